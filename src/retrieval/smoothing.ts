/**
 * Score regularisation after Diaz (CIKM 2005): candidates that resemble each other should have similar scores, so a
 * chunk whose neighbours in vector space score high rises. Unlike there, the higher a score the less it moves: as the best of its list
 * a passage has both arms for it, and where one passage alone answers, its neighbours do not.
 */
import { pairwiseDots } from '../core/vectors.ts';

export interface SmoothingOptions {
  /** Only the best so many candidates take part; the rest keep their scores. */
  readonly depth: number;
  readonly neighbours: number;
  /** How far a score of 0 moves to the mean of its neighbours, 0 to 1; one of 1 stays, the others in proportion. */
  readonly share: number;
}

/** Shares of .5 to 1 and 8 to 20 neighbours gain alike; a depth of 50 gains two thirds. */
export const defaultSmoothing: SmoothingOptions = { depth: 100, neighbours: 10, share: 0.8 };

export interface SmoothingCandidate {
  readonly id: string;
  readonly score: number;
  /** Unit vector; without one a candidate keeps its score and is nobody's neighbour. */
  readonly vector: Float32Array | null;
}

interface Neighbour {
  readonly weight: number;
  readonly score: number;
}

/** New scores of the candidates, which come best first. Similarities count by their fourth power, which leaves near copies the most say. */
export function smoothScores(
  candidates: readonly SmoothingCandidate[],
  options: SmoothingOptions = defaultSmoothing,
): ReadonlyMap<string, number> {
  const scores = new Map(candidates.map((candidate) => [candidate.id, candidate.score]));
  const head = candidates
    .slice(0, options.depth)
    .flatMap(({ id, score, vector }) => (vector === null ? [] : [{ id, score, vector }]));
  for (const [index, near] of nearestOf(head, options.neighbours).entries()) {
    const candidate = head[index];
    const total = near.reduce((sum, { weight }) => sum + weight, 0);
    if (candidate === undefined || total === 0) continue;
    const mean = near.reduce((sum, { weight, score }) => sum + weight * score, 0) / total;
    const share = options.share * Math.min(1, Math.max(0, 1 - candidate.score));
    scores.set(candidate.id, candidate.score + share * (mean - candidate.score));
  }
  return scores;
}

/** For each candidate the most similar others, the nearest first. */
function nearestOf(
  head: readonly { readonly score: number; readonly vector: Float32Array }[],
  count: number,
): readonly (readonly Neighbour[])[] {
  const dots = pairwiseDots(head.map(({ vector }) => vector));
  const scores = Float64Array.from(head, ({ score }) => score);
  return head.map((_, i) => {
    const nearest: Neighbour[] = [];
    let leastWeight = -1;
    for (let j = 0; j < head.length; j++) {
      if (j === i) continue;
      const similarity = Math.max(0, dots[i * head.length + j] ?? 0);
      const weight = (similarity * similarity) ** 2;
      // Most pairs are not among the nearest: for them nothing is made.
      if (weight < leastWeight) continue;
      insert(nearest, weight, scores[j] ?? 0, count);
      if (nearest.length === count) leastWeight = nearest.at(-1)?.weight ?? -1;
    }
    return nearest;
  });
}

function insert(nearest: Neighbour[], weight: number, score: number, count: number): void {
  let place = nearest.length;
  for (; place > 0; place--) {
    const other = nearest[place - 1];
    if (other === undefined || other.weight > weight || (other.weight === weight && other.score >= score)) break;
  }
  if (place >= count) return;
  nearest.splice(place, 0, { weight, score });
  if (nearest.length > count) nearest.pop();
}
