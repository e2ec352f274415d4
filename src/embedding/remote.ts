/**
 * Embeddings by a server that speaks OpenAI's `/embeddings`. Plain `fetch`: one request shape does not need an SDK, and a
 * question from the command line does not wait for one to load.
 */
import PQueue from 'p-queue';
import { type Clock, retry, systemClock, withDeadline } from '../core/async.ts';
import { isAbortError, PerseaError } from '../core/errors.ts';
import { sha256Hex } from '../core/ids.ts';
import { approximateTokens } from '../core/tokens.ts';
import type { Zone } from '../core/zones.ts';
import type { Embedder, EmbedOptions } from './embedder.ts';
import { parseVectors, readBounded } from './remote-response.ts';

export interface RemoteEmbedderOptions {
  /** Ends in `/v1`, as a rule. */
  readonly baseUrl: string;
  readonly model: string;
  /** Name of the environment variable that holds the key; without it no key is sent. */
  readonly apiKeyEnv?: string | undefined;
  readonly zone: Zone;
  readonly dimensions: number;
  /** What the model wants before a question and before a document's text. */
  readonly prefixes?: { readonly query: string; readonly document: string };
  readonly maxTokens?: number;
  readonly denseWeight?: number;
  /** Primary tags of the languages that the model was made for. */
  readonly languages?: readonly string[] | undefined;
  /** For one request, body included. */
  readonly timeoutMs?: number;
  readonly attempts?: number;
  /** Requests at a time; more wait, questions first. */
  readonly concurrency?: number;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly clock?: Clock;
}

const noPrefixes = { query: '', document: '' };
/** So much a small server on a CPU embeds within some seconds. */
const batchTexts = 16;
const batchCharacters = 32_000;
const firstDelayMs = 500;
/** A server that wants a longer pause is not waited for. */
const longestPauseMs = 60_000;
const queueLimit = 1_000;

/** The address is no part of it: the same model behind another address gives the same vectors. */
export function remoteFingerprint(options: RemoteEmbedderOptions): string {
  const { model, dimensions, prefixes = noPrefixes, maxTokens = 512 } = options;
  const facts = JSON.stringify([model, dimensions, prefixes.query, prefixes.document, maxTokens]);
  return `remote/${model}/${sha256Hex(facts).slice(0, 16)}`;
}

/**
 * Throws `model-key-missing` at once, and from calls `model-failed`, `model-timeout`, `queue-full`. Neither the key nor
 * any text stands in an error, because what a server answers may repeat both.
 */
export function createRemoteEmbedder(options: RemoteEmbedderOptions): Embedder {
  const { model, dimensions, zone, prefixes = noPrefixes, maxTokens = 512, clock = systemClock } = options;
  const endpoint = `${options.baseUrl.replace(/\/+$/, '')}/embeddings`;
  const server = new URL(endpoint).host;
  const apiKey = apiKeyOf(options);
  const timeoutMs = options.timeoutMs ?? 30_000;
  const queue = new PQueue({ concurrency: options.concurrency ?? 2 });
  const closing = new AbortController();

  const request = async (texts: readonly string[], signal: AbortSignal): Promise<readonly Float32Array[]> => {
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        ...(apiKey !== undefined && { authorization: `Bearer ${apiKey}` }),
      },
      body: JSON.stringify({ model, input: texts }),
      // The egress rules know this address alone: neither text nor key follows to another.
      redirect: 'error',
      signal,
    });
    if (!response.ok) {
      await response.body?.cancel();
      throw statusError(server, model, response);
    }
    return parseVectors(await readBounded(response, texts.length * dimensions), {
      count: texts.length,
      dimensions,
      server,
      model,
    });
  };

  const embedBatch = (texts: readonly string[], signal: AbortSignal): Promise<readonly Float32Array[]> => {
    const onTimeout = () =>
      new PerseaError('model-timeout', `The embedding server ${server} did not answer within ${timeoutMs} ms.`);
    const once = () =>
      withDeadline(timeoutMs, onTimeout, (deadline) => request(texts, deadline), signal).catch((thrown: unknown) => {
        throw failureOf(thrown, server, signal);
      });
    return retry(once, { attempts: options.attempts ?? 4, firstDelayMs, clock, signal, pauseMs: pauseOf });
  };

  const embed = async (texts: readonly string[], { signal, isUrgent }: EmbedOptions) => {
    const failed = new AbortController();
    const ended = AbortSignal.any([closing.signal, failed.signal, ...(signal === undefined ? [] : [signal])]);
    ended.throwIfAborted();
    if (queue.size >= queueLimit)
      throw new PerseaError('queue-full', `Already ${queue.size} requests wait for the embedding server ${server}.`);
    const priority = isUrgent === true ? 1 : 0;
    const batches = batchesOf(texts).map((batch) =>
      queue.add(() => embedBatch(batch, ended), { priority, signal: ended }),
    );
    try {
      return (await Promise.all(batches)).flat();
    } catch (thrown) {
      // The other batches of this call are of no use without the failed one.
      failed.abort(thrown);
      throw thrown;
    }
  };

  return {
    fingerprint: remoteFingerprint(options),
    model,
    zone,
    dimensions,
    maxTokens,
    denseWeight: options.denseWeight ?? 0.5,
    ...(options.languages === undefined ? {} : { languages: options.languages }),
    tokens: approximateTokens,
    async embedQuery(text, embedOptions = {}) {
      const [vector] = await embed([prefixes.query + cut(text, maxTokens)], { ...embedOptions, isUrgent: true });
      if (vector === undefined)
        throw new PerseaError('internal', 'The embedding server gave no vector for a question.');
      return vector;
    },
    embedDocuments: (texts, embedOptions = {}) =>
      embed(
        texts.map((text) => prefixes.document + cut(text, maxTokens)),
        embedOptions,
      ),
    async close() {
      closing.abort(new PerseaError('aborted', `The embedder ${model} was closed before it was done.`));
      await queue.onIdle();
    },
  };
}

function apiKeyOf({ apiKeyEnv, environment = process.env }: RemoteEmbedderOptions): string | undefined {
  if (apiKeyEnv === undefined) return undefined;
  const key = environment[apiKeyEnv];
  if (key !== undefined && key !== '') return key;
  throw new PerseaError(
    'model-key-missing',
    `The embedding model needs a key, but the environment variable ${apiKeyEnv} is not set. Set it before starting Persea.`,
  );
}

/** Servers refuse a text over their limit where a local model cuts it. The count is an estimate, so is the cut. */
function cut(text: string, maxTokens: number): string {
  const tokens = approximateTokens.count(text);
  return tokens <= maxTokens ? text : text.slice(0, Math.floor((text.length * maxTokens) / tokens));
}

function batchesOf(texts: readonly string[]): readonly (readonly string[])[] {
  const batches: string[][] = [];
  let characters = Number.POSITIVE_INFINITY;
  for (const text of texts) {
    const last = batches.at(-1);
    if (last === undefined || last.length >= batchTexts || characters + text.length > batchCharacters) {
      batches.push([text]);
      characters = text.length;
    } else {
      last.push(text);
      characters += text.length;
    }
  }
  return batches;
}

function statusError(server: string, model: string, response: Response): PerseaError {
  const { status } = response;
  const isRetryable = status === 408 || status === 409 || status === 425 || status === 429 || status >= 500;
  const retryAfterMs = retryAfterOf(response.headers.get('retry-after'));
  return new PerseaError(
    'model-failed',
    `The embedding server ${server} answered with status ${status} for the model ${model}.`,
    {
      isRetryable: isRetryable && (retryAfterMs ?? 0) <= longestPauseMs,
      details: { server, model, status, ...(retryAfterMs !== undefined && { retryAfterMs }) },
    },
  );
}

/** Seconds or a date. */
function retryAfterOf(header: string | null): number | undefined {
  if (header === null) return undefined;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}

function pauseOf(thrown: unknown): number | undefined {
  const pause = thrown instanceof PerseaError ? thrown.details.retryAfterMs : undefined;
  return typeof pause === 'number' ? pause : undefined;
}

/** Network failures carry the address and sometimes headers in their cause: only their code is kept. */
function failureOf(thrown: unknown, server: string, signal: AbortSignal): unknown {
  if (thrown instanceof PerseaError || signal.aborted || isAbortError(thrown)) return thrown;
  const cause = thrown instanceof Error ? thrown.cause : undefined;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'no connection';
  return new PerseaError('model-failed', `The embedding server ${server} could not be reached (${code}).`, {
    details: { server },
  });
}
