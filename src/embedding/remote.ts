/**
 * Embeddings by a server that speaks OpenAI's `/embeddings`. Plain `fetch`: one request shape does not need an SDK, and a
 * question from the command line does not wait for one to load.
 */
import PQueue from 'p-queue';
import { type Clock, retry, systemClock, withDeadline } from '../core/async.ts';
import { isAbortError, PerseaError } from '../core/errors.ts';
import { sha256Hex } from '../core/ids.ts';
import { patientDispatcher } from '../core/patient-dispatcher.ts';
import { type ConnectionSettings, type Environment, readConnection, withQuery } from '../core/server-connection.ts';
import { networkCodeOf, ServerFailures } from '../core/server-failures.ts';
import { approximateTokens } from '../core/tokens.ts';
import type { Zone } from '../core/zones.ts';
import type { Embedder, EmbedOptions } from './embedder.ts';
import { parseVectors, readBounded } from './remote-response.ts';

export interface RemoteEmbedderOptions extends ConnectionSettings {
  /** Ends in `/v1`, as a rule. */
  readonly baseUrl: string;
  readonly model: string;
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
  readonly environment?: Environment;
  readonly clock?: Clock;
}

const path = '/embeddings';
const noPrefixes = { query: '', document: '' };
/** So much a small server on a CPU embeds within some seconds. */
const batchTexts = 16;
const batchCharacters = 32_000;
const firstDelayMs = 500;
/** A server that wants a longer pause is not waited for. */
const longestPauseMs = 60_000;
const queueLimit = 1_000;
/** For a question, which is answered by keywords rather than late. */
const urgent = { attempts: 2, longestPauseMs: 2_000, restMs: 15_000 };
const tooManyRequests = 429;

/** The address is no part of it: the same model behind another address gives the same vectors. */
export function remoteFingerprint(options: RemoteEmbedderOptions): string {
  const { model, dimensions, prefixes = noPrefixes, maxTokens = 512 } = options;
  const facts = JSON.stringify([model, dimensions, prefixes.query, prefixes.document, maxTokens]);
  return `remote/${model}/${sha256Hex(facts).slice(0, 16)}`;
}

/**
 * Calls throw `model-key-missing`, `model-failed`, `model-timeout`, `queue-full`. Neither the key nor any text stands in an error,
 * because what a server answers may repeat both.
 */
export function createRemoteEmbedder(options: RemoteEmbedderOptions): Embedder {
  const { model, dimensions, zone, prefixes = noPrefixes, maxTokens = 512, clock = systemClock } = options;
  const endpoint = `${options.baseUrl.replace(/\/+$/, '')}${path}`;
  const failures = new ServerFailures({ ...options, id: model, path, sizeSetting: 'embedding.maxTokens' });
  const timeoutMs = options.timeoutMs ?? 30_000;
  const queue = new PQueue({ concurrency: options.concurrency ?? 2 });
  const closing = new AbortController();

  const request = async (texts: readonly string[], signal: AbortSignal): Promise<readonly Float32Array[]> => {
    const { apiKey, headers, query } = await readConnection(options, model, options.environment);
    const response = await fetch(withQuery(endpoint, query), {
      ...patientDispatcher(),
      method: 'POST',
      headers: {
        ...(apiKey !== undefined && { authorization: `Bearer ${apiKey}` }),
        ...headers,
        'content-type': 'application/json',
        accept: 'application/json',
      },
      body: JSON.stringify({ model, input: texts }),
      // The egress rules know this address alone: neither text nor key follows to another.
      redirect: 'manual',
      signal,
    });
    if (!response.ok) throw await statusError(failures, response);
    return parseVectors(await readBounded(response, texts.length * dimensions), {
      count: texts.length,
      dimensions,
      model,
    });
  };

  const embedBatch = (texts: readonly string[], signal: AbortSignal, isUrgent: boolean) => {
    const onTimeout = () =>
      new PerseaError('model-timeout', `The embedding model "${model}" did not answer within ${timeoutMs} ms.`);
    const once = () =>
      withDeadline(timeoutMs, onTimeout, (deadline) => request(texts, deadline), signal).catch((thrown: unknown) => {
        throw failureOf(thrown, failures, signal);
      });
    const { attempts = isUrgent ? urgent.attempts : 4 } = options;
    const isRetryable = (thrown: unknown) => mayPass(thrown) && (!isUrgent || isSoonOver(thrown));
    return retry(once, { attempts, firstDelayMs, clock, signal, isRetryable, pauseMs: pauseOf });
  };

  /** Of a server that kept a question waiting in vain; others do not wait for it meanwhile. */
  let resting: { readonly failure: PerseaError; readonly untilMs: number } | null = null;

  const embed = async (texts: readonly string[], { signal, isUrgent = false }: EmbedOptions) => {
    const failed = new AbortController();
    const ended = AbortSignal.any([closing.signal, failed.signal, ...(signal === undefined ? [] : [signal])]);
    ended.throwIfAborted();
    if (isUrgent && resting !== null && clock.now() < resting.untilMs) throw resting.failure;
    if (queue.size >= queueLimit)
      throw new PerseaError('queue-full', `Already ${queue.size} requests wait for the embedding model "${model}".`);
    const priority = isUrgent ? 1 : 0;
    const batches = batchesOf(texts).map((batch) =>
      queue.add(() => embedBatch(batch, ended, isUrgent), { priority, signal: ended }),
    );
    try {
      const vectors = (await Promise.all(batches)).flat();
      resting = null;
      return vectors;
    } catch (thrown) {
      if (isUrgent && mayPass(thrown) && thrown.details.status !== tooManyRequests) {
        resting = { failure: thrown, untilMs: clock.now() + urgent.restMs };
      }
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

async function statusError(failures: ServerFailures, response: Response): Promise<PerseaError> {
  const { status, headers } = response;
  const body = await readBounded(response, 0).catch(() => undefined);
  return failures.ofStatus({ status, body, header: (name) => headers.get(name) ?? undefined }, longestPauseMs);
}

function mayPass(thrown: unknown): thrown is PerseaError {
  return thrown instanceof PerseaError && thrown.isRetryable && thrown.code !== 'aborted';
}

function isSoonOver(thrown: PerseaError): boolean {
  return thrown.code !== 'model-timeout' && (pauseOf(thrown) ?? 0) <= urgent.longestPauseMs;
}

function pauseOf(thrown: unknown): number | undefined {
  const pause = thrown instanceof PerseaError ? thrown.details.retryAfterMs : undefined;
  return typeof pause === 'number' ? pause : undefined;
}

/** Network failures carry the address and sometimes headers in their cause: only their code is kept. */
function failureOf(thrown: unknown, failures: ServerFailures, signal: AbortSignal): unknown {
  if (thrown instanceof PerseaError || signal.aborted || isAbortError(thrown)) return thrown;
  const code = networkCodeOf(thrown);
  return code === undefined
    ? failures.garbled(thrown instanceof Error ? thrown.name : typeof thrown)
    : failures.ofNetwork(code);
}
