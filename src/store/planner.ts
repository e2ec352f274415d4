/**
 * Exact or approximate? The engine's own default probes a fixed number of partitions and then filters, which returns too few rows
 * to whoever sees little. So the visible rows are counted first, and the count decides.
 */

export interface SearchPolicy {
  /** Up to so many visible rows all are compared: full recall, and faster than an index of a million rows. */
  readonly exactRows: number;
  /** Parts of the index that are searched at least; more where they hold too few visible rows. */
  readonly nprobes: number;
  /** Candidates per result that are compared by their full vectors … */
  readonly refineFactor: number;
  /** … and at least so many in all. */
  readonly refinedRows: number;
}

/** From measurements at one million rows; see docs/scale.md. */
export const defaultSearchPolicy: SearchPolicy = {
  exactRows: 15_000,
  nprobes: 300,
  refineFactor: 5,
  refinedRows: 200,
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
  facts: { readonly index: VectorIndexKind | null; readonly visibleRows: number; readonly limit: number },
  policy: SearchPolicy,
): readonly VectorPlan[] {
  const { index, visibleRows, limit } = facts;
  const exact: VectorPlan = { kind: 'exact' };
  if (index === 'flat') return [{ kind: 'index', nprobes: everyPartition, refineFactor: null }, exact];
  if (index === null || visibleRows <= policy.exactRows) return [exact];
  const refineFactor = Math.max(policy.refineFactor, Math.ceil(policy.refinedRows / limit));
  return [{ kind: 'index', nprobes: policy.nprobes, refineFactor }, exact];
}
