/**
 * How well the question's words stand in the candidates, counted over these alone. The keyword scores of the store are made with the word
 * statistics of the whole index, which hold what the asker may not see and other fields than the one that is asked about: there
 * a word can be rare that everything about the matter has. Pure.
 */
import type { StoredChunk } from '../core/chunk.ts';
import { questionLanguage } from '../core/question-language.ts';
import { contentWords } from '../core/words.ts';
import { wordsOfChunk } from './chunk-words.ts';
import { WordStatistics } from './word-statistics.ts';

/** Only the best so many candidates are read; the others count as without the words. */
const readCandidates = 100;
/** Over the candidates alone all words of the question look frequent, so they have half of the keyword arm's say and not all of it. */
const candidateShare = 0.5;

export interface CandidateWords {
  /** By chunk id, 0 to 1: BM25 in parts of the highest; chunks without any of the words are left out. */
  readonly scores: ReadonlyMap<string, number>;
  /** Share of these in what the keyword arm has to say. */
  readonly share: number;
}

/**
 * @param chunks best first, of both arms
 * @returns null where none of them has a word of the question
 */
export function scoreCandidateWords(question: string, chunks: readonly StoredChunk[]): CandidateWords | null {
  const language = questionLanguage(question);
  const asked = new Set(contentWords(question, { language }));
  const read = chunks.slice(0, readCandidates);
  const texts = read.map((chunk) => wordsOfChunk(chunk, language));
  const given = new WordStatistics(asked, texts).bm25OfTexts();
  const counted = read.flatMap(({ chunkId }, index) => {
    const score = given[index] ?? 0;
    return score > 0 ? [[chunkId, score] as const] : [];
  });
  const highest = Math.max(0, ...counted.map(([, score]) => score));
  if (highest === 0) return null;
  return { scores: new Map(counted.map(([id, score]) => [id, score / highest])), share: candidateShare };
}
