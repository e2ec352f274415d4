/**
 * Convex fusion: each arm's scores of one query are scaled to 0..1 over its best candidates and added with weights.
 * Pure, and independent of the order of its input.
 */

export interface ArmHit {
  readonly id: string;
  readonly score: number;
}

export interface FusionInput {
  readonly vector: readonly ArmHit[];
  readonly keyword: readonly ArmHit[];
  /** Share of the vector arm, 0 to 1; the keyword arm has the rest. */
  readonly denseWeight: number;
  /** Over how many of an arm's best scores its minimum and maximum are taken. */
  readonly depth: number;
  /** True cosines of hits that only the keyword arm found; scaled like the arm's own, so possibly below 0. Missing ones count 0. */
  readonly knownCosines?: ReadonlyMap<string, number>;
  /** Other keyword scores, 0 to 1 already, that have this share of the keyword arm's say; missing ones count 0. */
  readonly candidateWords?: { readonly scores: ReadonlyMap<string, number>; readonly share: number };
}

/** Every id that either arm found, with its fused score. At most 1; below 0 only through a known cosine. */
export function fuseConvex(input: FusionInput): ReadonlyMap<string, number> {
  const isVectorEmpty = input.vector.length === 0;
  const isKeywordEmpty = input.keyword.length === 0;
  // An arm without any hit has no say, so that a single arm's scores still reach 1.
  const denseWeight = isVectorEmpty ? 0 : isKeywordEmpty ? 1 : input.denseWeight;
  const scaleVector = scalerOf(input.vector, input.depth);
  const scaleKeyword = scalerOf(input.keyword, input.depth);
  const vector = new Map(input.vector.map((hit) => [hit.id, scaleVector(hit.score)]));
  const keyword = new Map(input.keyword.map((hit) => [hit.id, scaleKeyword(hit.score)]));
  const share = input.candidateWords?.share ?? 0;
  const fused = new Map<string, number>();
  for (const id of new Set([...vector.keys(), ...keyword.keys()])) {
    const cosine = isVectorEmpty ? undefined : input.knownCosines?.get(id);
    const dense = vector.get(id) ?? (cosine === undefined ? 0 : scaleVector(cosine));
    const words = (1 - share) * (keyword.get(id) ?? 0) + share * (input.candidateWords?.scores.get(id) ?? 0);
    fused.set(id, denseWeight * dense + (1 - denseWeight) * words);
  }
  return fused;
}

/** Maps the best of the `depth` highest scores to 1 and the worst of them to 0; what lies beyond is below 0. Equal scores are all 1. */
export function scalerOf(hits: readonly ArmHit[], depth: number): (score: number) => number {
  const best = hits
    .map((hit) => hit.score)
    .sort((a, b) => b - a)
    .slice(0, Math.max(1, depth));
  const highest = best[0] ?? 0;
  const lowest = best[best.length - 1] ?? 0;
  const range = highest - lowest;
  return range > 0 ? (score) => (score - lowest) / range : (score) => (score >= highest ? 1 : 0);
}
