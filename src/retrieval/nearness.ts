/**
 * How near to each other the neighbouring words of a question stand in a passage: BM25 counts words wherever they are, so a passage
 * about all of them scores no higher than one that names each in another sentence. After the sequential dependence model of
 * Metzler and Croft (SIGIR 2005), with the distance in the place of its windows. Pure.
 */
import type { StoredChunk } from '../core/chunk.ts';
import type { KnownLanguage } from '../core/function-words.ts';
import { questionLanguage } from '../core/question-language.ts';
import { contentWords } from '../core/words.ts';
import { wordsOfChunk } from './chunk-words.ts';
import { SoughtWords } from './numbered-words.ts';
import { WordStatistics } from './word-statistics.ts';

/** Only the best so many candidates are read: one that has the words together has them at all, and so is not far down. */
const readCandidates = 30;
/** Measured: .2 to .4 gain alike on sets by themselves, and .3 and more the most where others lie in the same index. */
const nearnessShare = 0.3;
/** Pairs of a question of some hundred words; longer ones name more than one thing anyway. */
const maxPairs = 64;

export interface NearnessScores {
  /** By chunk id, 0 to 1: 1 where each word stands beside the one that it stands beside in the question. */
  readonly scores: ReadonlyMap<string, number>;
  /** Share of these in the score. */
  readonly weight: number;
}

/**
 * Rare words count more; how rare they are is counted over the chunks that are read, so that nothing else is revealed by a score.
 *
 * @param chunks best first
 * @returns null for a question without two words beside each other
 */
export function scoreNearness(question: string, chunks: readonly StoredChunk[]): NearnessScores | null {
  const language = questionLanguage(question);
  const pairs = pairsOf(question, language);
  if (pairs.length === 0) return null;
  const read = chunks.slice(0, readCandidates);
  const texts = read.map((chunk) => wordsOfChunk(chunk, language));
  const wanted = new Set(pairs.flat());
  const sought = new SoughtWords(wanted);
  const statistics = new WordStatistics(wanted, texts);
  const weights = pairs.map(([a, b]) => Math.min(statistics.inverseFrequency(a), statistics.inverseFrequency(b)));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const scores = new Map<string, number>();
  for (const [index, chunk] of read.entries()) {
    const places = texts[index]?.placesOf(sought);
    const near = pairs.reduce((sum, [a, b], pair) => {
      const distance = leastDistance(places?.get(a) ?? [], places?.get(b) ?? []);
      return sum + (distance === null ? 0 : (weights[pair] ?? 0) / distance);
    }, 0);
    scores.set(chunk.chunkId, near / total);
  }
  return { scores, weight: nearnessShare };
}

/** The score with its share of nearness; between 0 and 1 if the score is. */
export function withNearness(score: number, nearness: NearnessScores | null, chunkId: string): number {
  if (nearness === null) return score;
  return (1 - nearness.weight) * score + nearness.weight * (nearness.scores.get(chunkId) ?? 0);
}

/** Content words beside each other, each pair once. */
function pairsOf(question: string, language: KnownLanguage | null): readonly (readonly [string, string])[] {
  const words = contentWords(question, { language });
  const pairs = new Map<string, readonly [string, string]>();
  for (const [index, word] of words.entries()) {
    const next = words[index + 1];
    if (next !== undefined && next !== word) pairs.set([word, next].join(' '), [word, next]);
    if (pairs.size === maxPairs) break;
  }
  return [...pairs.values()];
}

/** Of two ascending lists of places; null where one is empty. */
function leastDistance(a: readonly number[], b: readonly number[]): number | null {
  let least: number | null = null;
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    const [left = 0, right = 0] = [a[i], b[j]];
    const distance = Math.max(1, Math.abs(left - right));
    if (least === null || distance < least) least = distance;
    if (left < right) i++;
    else j++;
  }
  return least;
}
