/**
 * Content words of a chunk, heading path included. Counted once for each text: a question reads some hundred chunks, and
 * questions of one company come upon the same ones again.
 */
import type { StoredChunk } from '../core/chunk.ts';
import type { KnownLanguage } from '../core/function-words.ts';
import { contentWords } from '../core/words.ts';

interface KnownWords {
  /** Another chunker may give another text under the same id. */
  readonly text: string;
  readonly language: KnownLanguage | null;
  readonly words: readonly string[];
}

/** Some tens of megabytes at most; the oldest half goes when it is full. */
const maxKnown = 5_000;
const known = new Map<string, KnownWords>();

/** @param language of the question, whose endings and stop words count */
export function wordsOfChunk(chunk: StoredChunk, language: KnownLanguage | null): readonly string[] {
  const memo = known.get(chunk.chunkId);
  if (memo !== undefined && memo.language === language && memo.text === chunk.indexText) return memo.words;
  const words = contentWords(chunk.indexText, { language });
  if (known.size >= maxKnown) for (const old of [...known.keys()].slice(0, maxKnown / 2)) known.delete(old);
  known.set(chunk.chunkId, { text: chunk.indexText, language, words });
  return words;
}
