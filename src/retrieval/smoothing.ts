/**
 * Score regularisation after Diaz (CIKM 2005): candidates that resemble each other should have similar scores, so a
 * chunk whose neighbours in vector space score high rises. Unlike there, the higher a score the less it moves: as the best of its list
 * a passage has both arms for it, and where one passage alone answers, its neighbours do not.
 */
import { pairwiseDots } from '../core/pairwise-dots.ts';

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

/** New scores of the candidates, which come best first. Similarities count by their fourth power, which leaves near copies the most say. */
export function smoothScores(
  candidates: readonly SmoothingCandidate[],
  options: SmoothingOptions = defaultSmoothing,
): ReadonlyMap<string, number> {
  const scores = new Map(candidates.map((candidate) => [candidate.id, candidate.score]));
  const head = candidates
    .slice(0, options.depth)
    .flatMap(({ id, score, vector }) => (vector === null ? [] : [{ id, score, vector }]));
  const dots = pairwiseDots(head.map(({ vector }) => vector));
  const nearest = new Nearest(options.neighbours);
  for (const [index, candidate] of head.entries()) {
    nearest.clear();
    for (let other = 0; other < head.length; other++) {
      if (other === index) continue;
      const similarity = Math.max(0, dots[index * head.length + other] ?? 0);
      nearest.offer((similarity * similarity) ** 2, head[other]?.score ?? 0);
    }
    const mean = nearest.mean();
    if (mean === null) continue;
    const share = options.share * Math.min(1, Math.max(0, 1 - candidate.score));
    scores.set(candidate.id, candidate.score + share * (mean - candidate.score));
  }
  return scores;
}

/** The neighbours of one candidate after another, the nearest first; of equally near ones that with the higher score. */
class Nearest {
  readonly #weights: Float64Array;
  readonly #scores: Float64Array;
  #size = 0;

  constructor(count: number) {
    this.#weights = new Float64Array(count);
    this.#scores = new Float64Array(count);
  }

  clear(): void {
    this.#size = 0;
  }

  offer(weight: number, score: number): void {
    const [weights, scores] = [this.#weights, this.#scores];
    let place = this.#size;
    for (; place > 0; place--) {
      const other = weights[place - 1] ?? 0;
      if (other > weight || (other === weight && (scores[place - 1] ?? 0) >= score)) break;
    }
    if (place >= weights.length) return;
    this.#size = Math.min(this.#size + 1, weights.length);
    for (let moved = this.#size - 1; moved > place; moved--) {
      weights[moved] = weights[moved - 1] ?? 0;
      scores[moved] = scores[moved - 1] ?? 0;
    }
    weights[place] = weight;
    scores[place] = score;
  }

  /** Null where nothing resembles it. */
  mean(): number | null {
    let [total, sum] = [0, 0];
    for (let place = 0; place < this.#size; place++) {
      total += this.#weights[place] ?? 0;
      sum += (this.#weights[place] ?? 0) * (this.#scores[place] ?? 0);
    }
    return total === 0 ? null : sum / total;
  }
}
