/**
 * A deterministic embedder without a model: hashed words become a unit vector, so that texts with common words lie near
 * each other. It counts what it was asked for, so that tests can see what was embedded and what was not.
 */
import { createHash } from 'node:crypto';
import { PerseaError } from '../../src/core/errors.ts';
import { approximateTokens } from '../../src/core/tokens.ts';
import { contentWords } from '../../src/core/words.ts';
import type { Embedder, EmbedOptions } from '../../src/embedding/embedder.ts';

export interface FakeEmbedderOptions {
  readonly dimensions?: number;
  /** Part of the fingerprint: two fakes of different names are different models. */
  readonly name?: string;
}

export interface FakeEmbedder extends Embedder {
  /** Every document text that was embedded, in order. */
  readonly embedded: readonly string[];
  readonly queries: readonly string[];
}

/** Signed feature hashing over four coordinates a word: collisions of two words then never make them equal. */
function hashedVector(text: string, dimensions: number): Float32Array {
  const vector = new Float32Array(dimensions);
  const words = contentWords(text);
  for (const word of words.length > 0 ? words : [`(${text.trim()})`]) {
    const digest = createHash('sha256').update(word).digest();
    for (let part = 0; part < 4; part++) {
      const index = digest.readUInt32LE(part * 4) % dimensions;
      const sign = (digest[16 + part] ?? 0) % 2 === 0 ? 1 : -1;
      vector[index] = (vector[index] ?? 0) + sign;
    }
  }
  const norm = Math.hypot(...vector);
  if (norm === 0) vector[0] = 1;
  else for (let index = 0; index < dimensions; index++) vector[index] = (vector[index] ?? 0) / norm;
  return vector;
}

export function createFakeEmbedder(options: FakeEmbedderOptions = {}): FakeEmbedder {
  const dimensions = options.dimensions ?? 64;
  const model = options.name ?? 'fake';
  const embedded: string[] = [];
  const queries: string[] = [];
  let isClosed = false;
  const check = (signal: AbortSignal | undefined) => {
    signal?.throwIfAborted();
    if (isClosed) throw new PerseaError('aborted', `The embedder ${model} is closed.`);
  };
  return {
    fingerprint: `${model}/${dimensions}`,
    model,
    zone: 'local',
    dimensions,
    maxTokens: 512,
    denseWeight: 0.5,
    tokens: approximateTokens,
    embedded,
    queries,
    async embedQuery(text: string, { signal }: EmbedOptions = {}) {
      check(signal);
      queries.push(text);
      return hashedVector(text, dimensions);
    },
    async embedDocuments(texts: readonly string[], { signal }: EmbedOptions = {}) {
      check(signal);
      embedded.push(...texts);
      return texts.map((text) => hashedVector(text, dimensions));
    },
    async close() {
      isClosed = true;
    },
  };
}
