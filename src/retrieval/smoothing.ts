/**
 * Score regularisation after Diaz (CIKM 2005): candidates that resemble each other should have similar scores, so a
 * chunk whose neighbours in vector space score high rises. Unlike there, the higher a score the less it moves: as the best of its list
 * a passage has both arms for it, and where one passage alone answers, its neighbours do not.
 */
import { dotProduct } from './vectors.ts';

export interface SmoothingOptions {
  /** Only the best so many candidates take part; the rest keep their scores. */
  readonly depth: number;
  /** At least 1. */
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
  const head = candidates.slice(0, options.depth);
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

/** For each candidate the most similar others; of equally similar ones those that score higher. Some 5,000 pairs, so none is kept. */
function nearestOf(head: readonly SmoothingCandidate[], count: number): readonly (readonly Neighbour[])[] {
  const nearest: Neighbour[][] = head.map(() => []);
  for (const [i, left] of head.entries()) {
    for (let j = i + 1; left.vector !== null && j < head.length; j++) {
      const right = head[j];
      if (right === undefined || right.vector === null) continue;
      const cosine = Math.max(0, dotProduct(left.vector, right.vector));
      const weight = cosine * cosine * cosine * cosine;
      keepNearest(nearest[i] ?? [], weight, right.score, count);
      keepNearest(nearest[j] ?? [], weight, left.score, count);
    }
  }
  return nearest;
}

/** @param kept the nearest so far, the nearest first */
function keepNearest(kept: Neighbour[], weight: number, score: number, count: number): void {
  const farthest = kept[count - 1];
  if (farthest !== undefined && !isNearer(weight, score, farthest)) return;
  let place = Math.min(kept.length, count - 1);
  for (; place > 0; place--) {
    const before = kept[place - 1];
    if (before === undefined || !isNearer(weight, score, before)) break;
    kept[place] = before;
  }
  kept[place] = { weight, score };
}

function isNearer(weight: number, score: number, other: Neighbour): boolean {
  return weight > other.weight || (weight === other.weight && score > other.score);
}
