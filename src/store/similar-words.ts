/**
 * Words with typing errors. The engine compares them with the vocabulary of its index alone, and rows that no index knows yet are
 * left out. In a small table those may be all rows, so there the rows themselves are read and compared.
 */

import type { StoredChunk } from '../core/chunk.ts';
import { editDistance } from '../core/edit-distance.ts';
import { contentWords } from '../core/words.ts';
import type { ScoredChunk } from './chunk-store.ts';

/** Up to so many rows reading them all takes a few hundredths of a second. */
export const maxComparedRows = 1_000;
/** Shorter words resemble too many others. */
const minLength = 4;
/** For longer ones the engine runs out of room to compare them. */
const maxLength = 40;
/** From so many letters on two edits are forgiven; below, one. */
const twoEditsLength = 6;
/** Each word is compared with the whole vocabulary. */
const maxWords = 12;

/** The words of a query that can be looked for so: folded and stemmed as those of the index are. */
export function comparableWords(query: string): readonly string[] {
  return [...new Set(contentWords(query))]
    .filter((word) => /^[\p{L}\p{N}]+$/u.test(word))
    .filter((word) => word.length >= minLength && word.length <= maxLength)
    .slice(0, maxWords);
}

export function forgivenEdits(word: string): number {
  return word.length >= twoEditsLength ? 2 : 1;
}

/** The chunks that hold similar words, each with the share of the query's words that it does; best first, then in the order of ids. */
export function rankBySimilarWords(query: string, chunks: readonly StoredChunk[]): readonly ScoredChunk[] {
  const wanted = comparableWords(query);
  const similar = new Map<string, ReadonlySet<string>>();
  const matches = (word: string): ReadonlySet<string> => {
    const known = similar.get(word);
    if (known !== undefined) return known;
    const found = new Set(wanted.filter((other) => isSimilar(other, word)));
    similar.set(word, found);
    return found;
  };
  const ranked = chunks.flatMap((chunk) => {
    const found = new Set<string>();
    for (const word of new Set(contentWords(chunk.indexText))) for (const match of matches(word)) found.add(match);
    return found.size === 0 ? [] : [{ chunk, score: found.size / wanted.length }];
  });
  return ranked.sort((a, b) => b.score - a.score || (a.chunk.chunkId < b.chunk.chunkId ? -1 : 1));
}

/** The same first letter, and no more edits apart than are forgiven. */
function isSimilar(word: string, other: string): boolean {
  const edits = forgivenEdits(word);
  return word[0] === other[0] && editDistance(word, other, edits) <= edits;
}
