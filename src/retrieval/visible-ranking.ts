/**
 * Ranks the candidates of an answer by what the asker may see alone. The store's keyword scores are made with the word statistics of
 * the whole index, so their order can move with documents that the asker may not see, and with it, near the edge, whether
 * a question is answered at all. Here BM25 is counted anew over the visible candidates; cosines depend on nothing else anyway.
 */
import type { Passage } from '../core/chunk.ts';
import { byPlace } from './arms.ts';
import { exactTermsOf, scoreExactTerms, withExactShare } from './exact-terms.ts';
import { fuseConvex } from './fusion.ts';
import { readQuestion } from './question-words.ts';
import { WordStatistics } from './word-statistics.ts';

/** The configured share of the vector arm; `auto` is the model's own, and without a model there is no such arm. */
export function denseWeightOf(configured: number | 'auto', embedder: { readonly denseWeight: number } | null): number {
  return configured === 'auto' ? (embedder?.denseWeight ?? 0) : configured;
}

/**
 * Best first; equal ones by their place and not as they came, which the index decides. Scores are those of the new ranking, parts stay as they were.
 */
export function rankByVisibleWords(
  question: string,
  candidates: readonly Passage[],
  denseWeight: number,
): readonly Passage[] {
  const asked = readQuestion(question, candidates);
  const texts = candidates.map((passage) => asked.ofChunk(passage.chunk));
  const statistics = new WordStatistics(texts, asked.words);
  const averageLength = texts.reduce((sum, words) => sum + words.length, 0) / Math.max(1, texts.length);
  const keyword = candidates.flatMap(({ chunk }, index) => {
    const score = statistics.bm25(asked.words, texts[index] ?? [], averageLength);
    return score > 0 ? [{ id: chunk.chunkId, score }] : [];
  });
  const vector = candidates.flatMap(({ chunk, parts }) => {
    const part = parts.find(({ source }) => source === 'vector');
    return part === undefined ? [] : [{ id: chunk.chunkId, score: part.score }];
  });
  const fused = fuseConvex({ vector, keyword, denseWeight, depth: candidates.length });
  // Codes need no share of their own here: they are words of these statistics, rare ones.
  const terms = { ...exactTermsOf(question), codes: [] };
  const exact = scoreExactTerms(
    question,
    terms,
    candidates.map(({ chunk }) => chunk),
  );
  const scoreOf = ({ chunk }: Passage) => withExactShare(fused.get(chunk.chunkId) ?? 0, exact, chunk.chunkId);
  return candidates
    .map((passage) => ({ ...passage, score: scoreOf(passage) }))
    .sort((a, b) => b.score - a.score || byPlace(a.chunk, b.chunk));
}
