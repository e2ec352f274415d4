/** Content words of a chunk, heading path included; counted once for each chunk of a question, whoever needs them. */
import type { StoredChunk } from '../core/chunk.ts';
import type { KnownLanguage } from '../core/function-words.ts';
import { contentWords } from '../core/words.ts';

const known = new WeakMap<
  StoredChunk,
  { readonly language: KnownLanguage | null; readonly words: readonly string[] }
>();

/** @param language of the question, whose endings and stop words count */
export function wordsOfChunk(chunk: StoredChunk, language: KnownLanguage | null): readonly string[] {
  const memo = known.get(chunk);
  if (memo?.language === language) return memo.words;
  const words = contentWords(chunk.indexText, { language });
  known.set(chunk, { language, words });
  return words;
}
