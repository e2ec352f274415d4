/**
 * Content words of a chunk, heading path included. Counted once for each text: a question reads some hundred chunks, and
 * questions of one company come upon the same ones again.
 */
import type { StoredChunk } from '../core/chunk.ts';
import type { KnownLanguage } from '../core/function-words.ts';
import { Memo } from '../core/memo.ts';
import { contentWords } from '../core/words.ts';

interface KnownWords {
  /** Another chunker may give another text under the same id. */
  readonly text: string;
  readonly language: KnownLanguage | null;
  readonly words: readonly string[];
}

/** Some tens of megabytes at most. */
const known = new Memo<string, KnownWords>(5_000);

/** @param language of the question, whose endings and stop words count */
export function wordsOfChunk(chunk: StoredChunk, language: KnownLanguage | null): readonly string[] {
  const memo = known.get(chunk.chunkId);
  if (memo !== undefined && memo.language === language && memo.text === chunk.indexText) return memo.words;
  const words = contentWords(chunk.indexText, { language });
  known.set(chunk.chunkId, { text: chunk.indexText, language, words });
  return words;
}
