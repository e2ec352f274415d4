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
  /** Candidates per result that are compared by their full vectors; quantized distances alone recall about .8. */
  readonly refineFactor: number;
}

/** From measurements at one million rows; see the benchmarks. */
export const defaultSearchPolicy: SearchPolicy = {
  exactRows: 50_000,
  wideShare: 0.3,
  nprobes: 20,
  wideNprobes: 300,
  refineFactor: 10,
};

export type VectorPlan =
  | { readonly kind: 'exact' }
  | { readonly kind: 'index'; readonly nprobes: number; readonly refineFactor: number };

/** The plans to try in order, until one returns as many rows as are visible. The last is always exact. */
export function planVectorSearch(
  facts: { readonly hasIndex: boolean; readonly visibleRows: number; readonly totalRows: number },
  policy: SearchPolicy,
): readonly VectorPlan[] {
  const { hasIndex, visibleRows, totalRows } = facts;
  const exact: VectorPlan = { kind: 'exact' };
  if (!hasIndex || visibleRows <= policy.exactRows) return [exact];
  const { nprobes, wideNprobes, refineFactor } = policy;
  const wide: VectorPlan = { kind: 'index', nprobes: wideNprobes, refineFactor };
  if (visibleRows < policy.wideShare * totalRows) return [wide, exact];
  return [{ kind: 'index', nprobes, refineFactor }, wide, exact];
}
