/**
 * Content words of a chunk, heading path included. Counted once: a question reads some hundred chunks, and questions of one company
 * come upon the same ones again. They are kept for as long as the store remembers the chunk.
 */
import type { StoredChunk } from '../core/chunk.ts';
import type { KnownLanguage } from '../core/function-words.ts';
import { contentWords } from '../core/words.ts';
import { languageOf } from './across-languages.ts';

interface KnownWords {
  readonly language: KnownLanguage;
  readonly words: readonly string[];
}

const known = new WeakMap<StoredChunk, KnownWords>();

/** @param asked the language of the question, whose endings and stop words count; English where none is known */
export function wordsOfChunk(chunk: StoredChunk, asked: KnownLanguage | null): readonly string[] {
  const language = asked ?? 'en';
  const memo = known.get(chunk);
  if (memo !== undefined && memo.language === language) return memo.words;
  const words = contentWords(chunk.indexText, { language });
  known.set(chunk, { language, words });
  return words;
}

/** Ahead of the first question that reads the chunk, which will most likely be in the chunk's own language. */
export function countWords(chunk: StoredChunk): void {
  wordsOfChunk(chunk, languageOf(chunk));
}
