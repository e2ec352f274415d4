/**
 * Ranks the candidates of an answer by what the asker may see alone. The store's keyword scores are made with the word statistics of
 * the whole index, so their order can move with documents that the asker may not see, and with it, near the edge, whether
 * a question is answered at all. Here BM25 is counted anew over the visible candidates; cosines depend on nothing else anyway.
 */
import type { Passage } from '../core/chunk.ts';
import { atLeastByMeaning, inOtherLanguages } from './across-languages.ts';
import { exactTermsOf, scoreExactTerms, withExactShare } from './exact-terms.ts';
import { fuseConvex } from './fusion.ts';
import { scoreNearness, withNearness } from './nearness.ts';
import { inOrderOfScore } from './order.ts';
import { readQuestion } from './question-words.ts';

/** The configured share of the vector arm; `auto` is the model's own, and without a model there is no such arm. */
export function denseWeightOf(configured: number | 'auto', embedder: { readonly denseWeight: number } | null): number {
  return configured === 'auto' ? (embedder?.denseWeight ?? 0) : configured;
}

export interface VisibleRanking {
  /** Share of the vector arm where both arms are weighed. */
  readonly denseWeight: number;
  /** Whether words that stand beside each other in the question should do so in a passage; yes when absent. */
  readonly hasNearness?: boolean;
  /** That the vector arm's model was made for. */
  readonly languages?: readonly string[] | undefined;
}

/**
 * With the words of the question near to each other first, as in a search: of squad2's questions .851 have the right paragraph first
 * without it and .878 with it.
 *
 * Best first; equal ones as {@link inOrderOfScore} says and not as they came, which the index decides. Scores are those of the new ranking, parts stay as they were.
 */
export function rankByVisibleWords(
  question: string,
  candidates: readonly Passage[],
  { denseWeight, hasNearness = true, languages }: VisibleRanking,
): readonly Passage[] {
  const asked = readQuestion(question, candidates);
  const given = asked.statistics().bm25OfTexts();
  const keyword = candidates.flatMap(({ chunk }, index) => {
    const score = given[index] ?? 0;
    return score > 0 ? [{ id: chunk.chunkId, score }] : [];
  });
  const vector = candidates.flatMap(({ chunk, parts }) => {
    const part = parts.find(({ source }) => source === 'vector');
    return part === undefined ? [] : [{ id: chunk.chunkId, score: part.score }];
  });
  const chunks = candidates.map(({ chunk }) => chunk);
  const arms = { vector, keyword, denseWeight, depth: candidates.length };
  const fused = fuseConvex(arms);
  // Codes need no share of their own here: they are words of these statistics, rare ones.
  const terms = { ...exactTermsOf(question), codes: [] };
  const exact = scoreExactTerms(question, terms, chunks);
  const ranked = (scoreOf: (passage: Passage) => number) =>
    inOrderOfScore(
      candidates.map((passage) => ({ ...passage, score: scoreOf(passage) })),
      ({ score }) => score,
    );
  const fusedOf = ({ chunk }: Passage) => fused.get(chunk.chunkId) ?? 0;
  const nearness =
    hasNearness && keyword.length > 0 && denseWeight < 1
      ? scoreNearness(
          question,
          ranked(fusedOf).map(({ chunk }) => chunk),
        )
      : null;
  const near = new Map([...fused].map(([id, score]) => [id, withNearness(score, nearness, id)]));
  const others = inOtherLanguages(question, chunks, vector.length > 0 ? languages : undefined);
  const { scores } = atLeastByMeaning(near, others, () => fuseConvex({ ...arms, denseWeight: 1 }));
  return ranked(({ chunk: { chunkId } }) => withExactShare(scores.get(chunkId) ?? 0, exact, chunkId));
}
