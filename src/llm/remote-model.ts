/**
 * A model behind a server, through the AI SDK, whichever protocol it speaks. The SDK is loaded at the first question, so that
 * answers without a model never pay for it. It repeats nothing by itself: the wrappers do that.
 */
import type { LanguageModel as SdkModel } from 'ai';
import {
  type ConnectionSettings,
  type ConnectionValues,
  type Environment,
  readConnection,
} from '../core/server-connection.ts';
import type { TokenCounter } from '../core/tokens.ts';
import type { Zone } from '../core/zones.ts';
import { assertMayReach } from '../egress/sealed-prompt.ts';
import { estimatedTokens } from './estimated-tokens.ts';
import type { FinishReason, GenerateEvent, GenerateRequest, LanguageModel, ModelPrice } from './language-model.ts';
import { ModelFailures } from './model-failures.ts';
import { type BodyOptions, createModelFetch, type ModelFetchOptions } from './model-fetch.ts';
import { OpenThoughts, type ThoughtFilter } from './open-thoughts.ts';
import { SilenceLimit } from './silence-limit.ts';
import { believedTokens } from './told-tokens.ts';

export interface RemoteModelOptions extends ConnectionSettings {
  readonly id: string;
  /** Ends in `/v1`, as a rule. */
  readonly baseUrl: string;
  /** The server's own name for the model. */
  readonly model: string;
  /** Further fields of the request's body. */
  readonly options?: BodyOptions;
  readonly zone: Zone;
  readonly contextTokens: number;
  readonly price?: ModelPrice;
  /** Longest silence of the server, before the first token and between tokens. */
  readonly timeoutMs?: number;
  /** Null leaves it to the server. */
  readonly temperature?: number | null;
  readonly tokens?: TokenCounter;
  readonly environment?: Environment;
}

/** What a protocol needs to make the SDK's model. */
export interface Connection extends ConnectionValues {
  readonly baseUrl: string;
  readonly fetch: typeof fetch;
}

export interface Protocol {
  /** As it is named in the config and in answers. */
  readonly provider: string;
  /** What comes behind the base address. */
  readonly path: string;
  connect(options: RemoteModelOptions, connection: Connection): Promise<Exclude<SdkModel, string>>;
}

/** A small model on a busy CPU may read a long prompt for half a minute before its first token. */
const defaultTimeoutMs = 120_000;
const free: ModelPrice = { inputPerMTok: 0, outputPerMTok: 0 };
/** No tokenizer makes longer tokens of prose. A server that goes on has not kept to the limit it was given. */
const charactersPerToken = 16;
/** Of a stream: what surrounds each token, and what comes before the first one. */
const bytesPerToken = 4096;
const spareBytes = 1_048_576;
/** Where a server does not set them apart, thoughts stand in the text: sentences that are no part of the answer, right or wrong. */
const thoughtTags = ['think', 'thinking'];

export function createRemoteModel(protocol: Protocol, options: RemoteModelOptions): LanguageModel {
  const tokens = options.tokens ?? estimatedTokens;
  const openThoughts = new OpenThoughts();
  return {
    id: options.id,
    provider: protocol.provider,
    zone: options.zone,
    contextTokens: options.contextTokens,
    price: options.price ?? free,
    tokens,
    generate: (request) => generate(protocol, options, tokens, openThoughts.filter(), request),
  };
}

async function* generate(
  protocol: Protocol,
  options: RemoteModelOptions,
  tokens: TokenCounter,
  thoughts: ThoughtFilter,
  request: GenerateRequest,
): AsyncGenerator<GenerateEvent> {
  assertMayReach(request, options);
  const failures = new ModelFailures({ ...options, path: protocol.path, sizeSetting: 'its contextTokens' });
  const { maxOutputTokens, meter } = request;
  const silence = new SilenceLimit(options.id, options.timeoutMs ?? defaultTimeoutMs, request.signal);
  let charactersLeft = maxOutputTokens * charactersPerToken;
  let written = '';
  const wrote = (text: string) => {
    written += text;
    meter?.wrote(text);
  };
  const finish = (finishReason: FinishReason, input?: number, output?: number): GenerateEvent => {
    const { contextTokens } = options;
    const { system, user } = request.prompt;
    const toldInput = believedTokens(input, { least: 1, contextTokens });
    const toldOutput = believedTokens(output, { least: written === '' ? 0 : 1, contextTokens });
    return {
      type: 'finish',
      finishReason,
      inputTokens: toldInput ?? tokens.count(system) + tokens.count(user),
      outputTokens: toldOutput ?? tokens.count(written),
      ...(toldInput === undefined || toldOutput === undefined ? { isEstimated: true } : {}),
    };
  };
  try {
    silence.restart();
    const maxBytes = spareBytes + maxOutputTokens * bytesPerToken;
    const connection = await connectionOf(options, { failures, maxBytes, onTaken: () => meter?.taken() });
    const [{ extractReasoningMiddleware, streamText, wrapLanguageModel }, model] = await Promise.all([
      import('ai'),
      protocol.connect(options, connection),
    ]);
    const middleware = thoughtTags.map((tagName) => extractReasoningMiddleware({ tagName }));
    const { fullStream } = streamText({
      model: wrapLanguageModel({ model, middleware }),
      instructions: request.prompt.system,
      prompt: request.prompt.user,
      ...(options.temperature === null ? {} : { temperature: options.temperature ?? 0 }),
      maxOutputTokens,
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
      // Paid for like the answer.
      if (part.type === 'reasoning-delta') wrote(part.text);
      if (part.type === 'text-delta' && part.text !== '') {
        const piece = part.text.slice(0, charactersLeft);
        charactersLeft -= piece.length;
        wrote(piece);
        const said = thoughts.push(piece);
        // The reader's own pace is no silence of the server.
        silence.pause();
        if (said !== '') yield { type: 'text-delta', text: said };
        if (charactersLeft === 0) {
          yield finish('length');
          return;
        }
        silence.restart();
      }
      if (part.type === 'finish') {
        const { inputTokens, outputTokens } = part.totalUsage;
        // A stream that was cut off ends like a finished one, but without a reason to finish.
        if (part.rawFinishReason === undefined) throw failures.cutOff();
        silence.pause();
        const finishReason = finishReasonOf(part.finishReason);
        const rest = thoughts.end(finishReason === 'length');
        if (rest !== '') yield { type: 'text-delta', text: rest };
        yield finish(finishReason, inputTokens, outputTokens);
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

async function connectionOf(
  { id, baseUrl, options, environment, ...settings }: RemoteModelOptions,
  bounds: Omit<ModelFetchOptions, 'body'>,
): Promise<Connection> {
  return {
    baseUrl,
    ...(await readConnection(settings, id, environment)),
    fetch: createModelFetch({ ...bounds, ...(options === undefined ? {} : { body: options }) }),
  };
}

function finishReasonOf(reason: string): FinishReason {
  return reason === 'stop' || reason === 'length' || reason === 'content-filter' ? reason : 'other';
}
