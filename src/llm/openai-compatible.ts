/**
 * Any server that speaks OpenAI's chat completions, through the AI SDK. The SDK is loaded at the first question, so that
 * answers without a model never pay for it.
 */
import { isAbortError, PerseaError } from '../core/errors.ts';
import type { TokenCounter } from '../core/tokens.ts';
import type { Zone } from '../core/zones.ts';
import { assertMayReach } from '../egress/sealed-prompt.ts';
import { estimatedTokens } from './estimated-tokens.ts';
import type { FinishReason, GenerateEvent, GenerateRequest, LanguageModel, ModelPrice } from './language-model.ts';

export interface OpenAiCompatibleOptions {
  readonly id: string;
  /** Ends in `/v1`, as a rule. */
  readonly baseUrl: string;
  /** The server's own name for the model. */
  readonly model: string;
  /** Name of the environment variable that holds the key; without it no key is sent. */
  readonly apiKeyEnv?: string;
  readonly zone: Zone;
  readonly contextTokens: number;
  readonly price?: ModelPrice;
  /** Longest silence of the server, before the first token and between tokens. */
  readonly timeoutMs?: number;
  readonly temperature?: number;
  readonly tokens?: TokenCounter;
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** A small model on a busy CPU may read a long prompt for half a minute before its first token. */
const defaultTimeoutMs = 120_000;
const free: ModelPrice = { inputPerMTok: 0, outputPerMTok: 0 };

export function createOpenAiCompatibleModel(options: OpenAiCompatibleOptions): LanguageModel {
  const tokens = options.tokens ?? estimatedTokens;
  return {
    id: options.id,
    provider: 'openai-compatible',
    zone: options.zone,
    contextTokens: options.contextTokens,
    price: options.price ?? free,
    tokens,
    generate: (request) => generate(options, tokens, request),
  };
}

async function* generate(
  options: OpenAiCompatibleOptions,
  tokens: TokenCounter,
  request: GenerateRequest,
): AsyncGenerator<GenerateEvent> {
  assertMayReach(request, options);
  const failures = new FailureTexts(options);
  const apiKey = apiKeyOf(options);
  const silence = new SilenceLimit(options.timeoutMs ?? defaultTimeoutMs, request.signal);
  let text = '';
  try {
    silence.restart();
    const [{ streamText }, { createOpenAICompatible }] = await Promise.all([
      import('ai'),
      import('@ai-sdk/openai-compatible'),
    ]);
    const provider = createOpenAICompatible({
      name: options.id,
      baseURL: options.baseUrl,
      includeUsage: true,
      ...(apiKey === undefined ? {} : { apiKey }),
    });
    const { fullStream } = streamText({
      model: provider(options.model),
      instructions: request.prompt.system,
      prompt: request.prompt.user,
      temperature: options.temperature ?? 0,
      maxOutputTokens: request.maxOutputTokens,
      maxRetries: 0,
      abortSignal: silence.signal,
      // Prompts hold documents: they must not travel into traces.
      telemetry: { isEnabled: false },
      // The stream itself reports errors; the SDK's default prints them.
      onError: () => undefined,
    });
    for await (const part of fullStream) {
      silence.restart();
      if (part.type === 'error') throw part.error;
      if (part.type === 'abort') break;
      if (part.type === 'text-delta' && part.text !== '') {
        text += part.text;
        // The reader's own pace is no silence of the server.
        silence.pause();
        yield { type: 'text-delta', text: part.text };
        silence.restart();
      }
      if (part.type === 'finish') {
        const { inputTokens, outputTokens } = part.totalUsage;
        // A stream that was cut off ends like a finished one, but without a reason to finish.
        if (part.rawFinishReason === undefined) throw failures.cutOff();
        yield {
          type: 'finish',
          finishReason: finishReasonOf(part.finishReason),
          inputTokens: inputTokens ?? tokens.count(request.prompt.system) + tokens.count(request.prompt.user),
          outputTokens: outputTokens ?? tokens.count(text),
        };
        return;
      }
    }
    // The SDK ends its iterator without an error when it was aborted.
    throw silence.reason() ?? failures.cutOff();
  } catch (thrown) {
    throw silence.reason() ?? failures.from(thrown);
  } finally {
    // Also reached when the consumer stops early: the socket must not stay open.
    silence.end();
  }
}

function apiKeyOf(options: OpenAiCompatibleOptions): string | undefined {
  if (options.apiKeyEnv === undefined) return undefined;
  const key = (options.environment ?? process.env)[options.apiKeyEnv];
  if (key !== undefined && key !== '') return key;
  throw new PerseaError(
    'model-key-missing',
    `The model "${options.id}" was to be asked, but the environment variable ${options.apiKeyEnv} with its key is not set. Set it before starting Persea.`,
    { details: { model: options.id, apiKeyEnv: options.apiKeyEnv } },
  );
}

function finishReasonOf(reason: string): FinishReason {
  return reason === 'stop' || reason === 'length' || reason === 'content-filter' ? reason : 'other';
}

/** Aborts the request when the caller does, or when the server says nothing for too long. */
class SilenceLimit {
  readonly #controller = new AbortController();
  readonly #timeoutMs: number;
  readonly #outer: AbortSignal | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isTimeout = false;

  constructor(timeoutMs: number, outer: AbortSignal | undefined) {
    this.#timeoutMs = timeoutMs;
    this.#outer = outer;
    if (outer?.aborted === true) this.#controller.abort();
    else outer?.addEventListener('abort', this.#onOuterAbort, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  pause(): void {
    clearTimeout(this.#timer);
  }

  restart(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#isTimeout = true;
      this.#controller.abort();
    }, this.#timeoutMs);
  }

  /** Why it was aborted; null if it was not. */
  reason(): PerseaError | null {
    if (this.#outer?.aborted === true) {
      return new PerseaError('aborted', 'The answer was no longer wanted; the model was told to stop.');
    }
    if (!this.#isTimeout) return null;
    return new PerseaError(
      'model-timeout',
      `The model said nothing for ${this.#timeoutMs} ms and was given up. Try again, or raise its timeoutMs.`,
      {
        details: { timeoutMs: this.#timeoutMs },
      },
    );
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#outer?.removeEventListener('abort', this.#onOuterAbort);
    this.#controller.abort();
  }

  readonly #onOuterAbort = () => this.#controller.abort();
}

/** Errors without the key, the prompt or the server's body: the latter two hold text of documents. */
class FailureTexts {
  readonly #model: string;
  readonly #host: string;

  constructor(options: OpenAiCompatibleOptions) {
    this.#model = options.id;
    this.#host = URL.canParse(options.baseUrl) ? new URL(options.baseUrl).host : 'an invalid address';
  }

  cutOff(): PerseaError {
    return this.#failed('ended its answer in the middle', true, {});
  }

  from(thrown: unknown): PerseaError {
    if (thrown instanceof PerseaError) return thrown;
    if (isAbortError(thrown)) return this.cutOff();
    const status = numberAt(thrown, 'statusCode');
    if (status !== undefined && status !== 200) {
      const isRetryable = status === 408 || status === 409 || status === 425 || status === 429 || status >= 500;
      const retryAfterMs = retryAfterOf(thrown);
      return this.#failed(`answered with status ${status}`, isRetryable, {
        status,
        ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      });
    }
    const code = networkCodeOf(thrown);
    if (code !== undefined) return this.#failed(`could not be reached (${code})`, true, { network: code });
    const name = thrown instanceof Error ? thrown.name : typeof thrown;
    return this.#failed(`sent something that is not a chat completion (${name})`, true, {});
  }

  #failed(found: string, isRetryable: boolean, details: Readonly<Record<string, unknown>>): PerseaError {
    return new PerseaError(
      'model-failed',
      `The model "${this.#model}" at ${this.#host} was asked and ${found}. Check its address, name and key in persea.yaml.`,
      { isRetryable, details: { model: this.#model, ...details } },
    );
  }
}

function valueAt(thrown: unknown, key: string): unknown {
  return typeof thrown === 'object' && thrown !== null && key in thrown
    ? (thrown as Record<string, unknown>)[key]
    : undefined;
}

function numberAt(thrown: unknown, key: string): number | undefined {
  const value = valueAt(thrown, key);
  return typeof value === 'number' ? value : undefined;
}

/** `Retry-After` in seconds or as a date, `retry-after-ms` before it. */
function retryAfterOf(thrown: unknown): number | undefined {
  const headers = valueAt(thrown, 'responseHeaders');
  const exact = Number(valueAt(headers, 'retry-after-ms') ?? Number.NaN);
  if (Number.isFinite(exact) && exact >= 0) return exact;
  const header = valueAt(headers, 'retry-after');
  if (typeof header !== 'string') return undefined;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}

/** `ECONNREFUSED` and the like, wherever in the chain of causes. */
function networkCodeOf(thrown: unknown): string | undefined {
  for (let current: unknown = thrown, depth = 0; current !== undefined && depth < 5; depth++) {
    const code = valueAt(current, 'code');
    if (typeof code === 'string' && /^(?:E[A-Z]+|UND_ERR_[A-Z_]+)$/.test(code)) return code;
    current = valueAt(current, 'cause');
  }
  return undefined;
}
