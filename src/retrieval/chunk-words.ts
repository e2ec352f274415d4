/** Content words of a chunk, heading path included; counted once for each chunk of a question, whoever needs them. */
import type { StoredChunk } from '../core/chunk.ts';
import { contentWords } from '../core/words.ts';

const known = new WeakMap<StoredChunk, readonly string[]>();

export function wordsOfChunk(chunk: StoredChunk): readonly string[] {
  const words = known.get(chunk) ?? contentWords(chunk.indexText);
  known.set(chunk, words);
  return words;
}
