/**
 * Exact or approximate? The engine's own default probes a fixed number of partitions and then filters, which returns too few rows
 * to whoever sees little. So the visible rows are counted first, and the count decides.
 */

export interface SearchPolicy {
  /** Up to so many visible rows all are compared: full recall, at most about 60 ms. */
  readonly exactRows: number;
  /** Below this visible share the neighbours found in a few partitions are mostly hidden ones, so many partitions are probed. */
  readonly wideShare: number;
  readonly nprobes: number;
  readonly wideNprobes: number;
  /** Candidates per result that are compared by their full vectors: with 1 recall is .83 to .98, from 5 on 1 (`bench:vector-index`). */
  readonly refineFactor: number;
}

/** From measurements at one million rows; see docs/scale.md. */
export const defaultSearchPolicy: SearchPolicy = {
  exactRows: 50_000,
  wideShare: 0.3,
  nprobes: 20,
  wideNprobes: 300,
  refineFactor: 5,
};

/**
 * `flat` holds the vectors as they are: searched in all its partitions it finds what comparing all rows finds, in a third of the
 * time. `quantized` holds approximations.
 */
export type VectorIndexKind = 'flat' | 'quantized';

export type VectorPlan =
  | { readonly kind: 'exact' }
  /** Null compares nothing a second time: the index has the full vectors. */
  | { readonly kind: 'index'; readonly nprobes: number; readonly refineFactor: number | null };

/** More than any index has; the engine takes what there is. */
const everyPartition = 100_000;

/** The plans to try in order, until one returns as many rows as are visible. The last is always exact. */
export function planVectorSearch(
  facts: { readonly index: VectorIndexKind | null; readonly visibleRows: number; readonly totalRows: number },
  policy: SearchPolicy,
): readonly VectorPlan[] {
  const { index, visibleRows, totalRows } = facts;
  const exact: VectorPlan = { kind: 'exact' };
  if (index === 'flat') return [{ kind: 'index', nprobes: everyPartition, refineFactor: null }, exact];
  if (index === null || visibleRows <= policy.exactRows) return [exact];
  const { nprobes, wideNprobes, refineFactor } = policy;
  const wide: VectorPlan = { kind: 'index', nprobes: wideNprobes, refineFactor };
  if (visibleRows < policy.wideShare * totalRows) return [wide, exact];
  return [{ kind: 'index', nprobes, refineFactor }, wide, exact];
}
