/**
 * An embedder that never embeds the same text twice: document vectors are kept on disk by fingerprint and hash of the
 * text, the last questions in memory only (what people ask is not written down here).
 */
import { PerseaError } from '../core/errors.ts';
import { sha256Hex } from '../core/ids.ts';
import type { Embedder, EmbedOptions } from './embedder.ts';
import { VectorCache } from './vector-cache.ts';

export interface CachedEmbedderOptions {
  /** The cache file; made when the first document text comes. Several processes may share it. */
  readonly path: string;
  /** About the most that the file holds; the longest unused vectors go first. */
  readonly maxBytes?: number;
  /** A cache that is damaged or cannot be written is reported here and does not fail the call. */
  readonly onWarning?: (message: string) => void;
}

interface EmbeddingUsage {
  /** Document texts that the model really embedded, and their tokens. */
  readonly texts: number;
  readonly tokens: number;
  /** Document texts that needed no model: the cache had them, or they stood twice in one call. */
  readonly cachedTexts: number;
}

export interface CachedEmbedder extends Embedder {
  /** Since this embedder was made. */
  usage(): EmbeddingUsage;
}

/** About 1.2 million vectors of 384 dimensions. */
const defaultMaxBytes = 2 * 1024 ** 3;
/** One question is embedded for retrieval and again for the evidence. */
const rememberedQuestions = 128;
/** Written together; an interrupted run loses no more. */
const batchTexts = 64;

interface KeyedText {
  readonly key: string;
  readonly text: string;
}

export function createCachedEmbedder(inner: Embedder, options: CachedEmbedderOptions): CachedEmbedder {
  const cache = new VectorCache({
    path: options.path,
    fingerprint: inner.fingerprint,
    dimensions: inner.dimensions,
    maxBytes: options.maxBytes ?? defaultMaxBytes,
    onWarning: options.onWarning ?? (() => undefined),
  });
  const questions = new Map<string, Float32Array>();
  /** Texts at the model right now: two documents with the same text share one run. */
  const running = new Map<string, Promise<Float32Array>>();
  const usage = { texts: 0, tokens: 0, cachedTexts: 0 };

  /** Embeds and keeps one batch; each of its texts can be awaited by others meanwhile. */
  const run = (batch: readonly KeyedText[], embedOptions: EmbedOptions | undefined): Promise<Float32Array>[] => {
    const texts = batch.map(({ text }) => text);
    const vectors = inner.embedDocuments(texts, embedOptions).then((fresh) => {
      cache.write(batch.map(({ key }, index) => ({ key, vector: vectorAt(fresh, index) })));
      usage.texts += texts.length;
      for (const text of texts) usage.tokens += inner.tokens.count(text);
      return fresh;
    });
    return batch.map(({ key }, index) => {
      const vector = vectors.then((fresh) => vectorAt(fresh, index));
      running.set(key, vector);
      const forget = () => running.delete(key);
      vector.then(forget, forget);
      return vector;
    });
  };

  const embedDocuments = async (
    texts: readonly string[],
    embedOptions?: EmbedOptions,
  ): Promise<readonly Float32Array[]> => {
    const { signal } = embedOptions ?? {};
    signal?.throwIfAborted();
    const keys = texts.map((text) => sha256Hex(text));
    const textByKey = new Map(keys.map((key, index) => [key, texts[index] ?? '']));
    const vectors = cache.read([...textByKey.keys()]);
    usage.cachedTexts += keys.length - (textByKey.size - vectors.size);
    const own: KeyedText[] = [];
    const shared: [string, Promise<Float32Array>][] = [];
    for (const [key, text] of textByKey) {
      if (vectors.has(key)) continue;
      const other = running.get(key);
      if (other === undefined) own.push({ key, text });
      else shared.push([key, other]);
    }
    const started: [string, Promise<Float32Array>][] = [];
    for (let start = 0; start < own.length; start += batchTexts) {
      const batch = own.slice(start, start + batchTexts);
      for (const [index, vector] of run(batch, embedOptions).entries()) started.push([batch[index]?.key ?? '', vector]);
    }
    await Promise.all(started.map(async ([key, vector]) => vectors.set(key, await vector)));
    const failedElsewhere: string[] = [];
    for (const [key, vector] of shared) {
      const result = await untilAborted(vector, signal).catch(() => null);
      signal?.throwIfAborted();
      if (result === null) failedElsewhere.push(key);
      else vectors.set(key, result);
    }
    // The other call was aborted or failed: that says nothing about this one.
    const again = await (failedElsewhere.length === 0
      ? []
      : embedDocuments(
          failedElsewhere.map((key) => textByKey.get(key) ?? ''),
          embedOptions,
        ));
    for (const [index, key] of failedElsewhere.entries()) vectors.set(key, vectorAt(again, index));
    return keys.map((key) => {
      const vector = vectors.get(key);
      if (vector === undefined) throw missingVector();
      return vector;
    });
  };

  return {
    fingerprint: inner.fingerprint,
    model: inner.model,
    zone: inner.zone,
    dimensions: inner.dimensions,
    maxTokens: inner.maxTokens,
    denseWeight: inner.denseWeight,
    ...(inner.languages === undefined ? {} : { languages: inner.languages }),
    tokens: inner.tokens,
    async embedQuery(text, embedOptions) {
      embedOptions?.signal?.throwIfAborted();
      const known = questions.get(text);
      const vector = known ?? (await inner.embedQuery(text, embedOptions));
      // Set anew, so that the first in the map is the longest unused.
      questions.delete(text);
      questions.set(text, vector);
      const [oldest] = questions.keys();
      if (questions.size > rememberedQuestions && oldest !== undefined) questions.delete(oldest);
      return vector;
    },
    embedDocuments,
    async close() {
      await inner.close();
      await Promise.allSettled(running.values());
      cache.close();
    },
    usage: () => ({ ...usage }),
  };
}

function vectorAt(vectors: readonly Float32Array[], index: number): Float32Array {
  const vector = vectors[index];
  if (vector === undefined) throw missingVector();
  return vector;
}

function missingVector(): PerseaError {
  return new PerseaError('internal', 'An embedder gave fewer vectors than texts.');
}

function untilAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
