/**
 * Score regularisation after Diaz (CIKM 2005): candidates that resemble each other should have similar scores, so a
 * chunk whose neighbours in vector space score high rises.
 */
import { dotProduct } from './vectors.ts';

export interface SmoothingOptions {
  /** Only the best so many candidates take part; the rest keep their order below them. */
  readonly depth: number;
  readonly neighbours: number;
  /** Share of the neighbours' mean in the new score. */
  readonly share: number;
}

export const defaultSmoothing: SmoothingOptions = { depth: 100, neighbours: 5, share: 0.3 };

export interface SmoothingCandidate {
  readonly id: string;
  readonly score: number;
  /** Unit vector; without one a candidate keeps its score and is nobody's neighbour. */
  readonly vector: Float32Array | null;
}

/** New scores of the candidates, which come best first. Similarities count by their fourth power, which leaves near copies the most say. */
export function smoothScores(
  candidates: readonly SmoothingCandidate[],
  options: SmoothingOptions = defaultSmoothing,
): ReadonlyMap<string, number> {
  const scores = new Map(candidates.map((candidate) => [candidate.id, candidate.score]));
  const head = candidates.slice(0, options.depth);
  const pairs: { weight: number; score: number }[][] = head.map(() => []);
  for (let i = 0; i < head.length; i++) {
    const left = head[i];
    if (left === undefined || left.vector === null) continue;
    for (let j = i + 1; j < head.length; j++) {
      const right = head[j];
      if (right === undefined || right.vector === null) continue;
      const weight = Math.max(0, dotProduct(left.vector, right.vector)) ** 4;
      pairs[i]?.push({ weight, score: right.score });
      pairs[j]?.push({ weight, score: left.score });
    }
  }
  head.forEach((candidate, index) => {
    const nearest = (pairs[index] ?? []).sort((a, b) => b.weight - a.weight || b.score - a.score);
    const chosen = nearest.slice(0, options.neighbours);
    const total = chosen.reduce((sum, pair) => sum + pair.weight, 0);
    if (total === 0) return;
    const mean = chosen.reduce((sum, pair) => sum + pair.weight * pair.score, 0) / total;
    scores.set(candidate.id, (1 - options.share) * candidate.score + options.share * mean);
  });
  return scores;
}
