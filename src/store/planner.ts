/**
 * Exact or approximate? The engine's own default probes a fixed number of partitions and then filters, which returns too few rows
 * to whoever sees little. So a small index is searched whole; of a large one the visible rows are counted first, and the count decides.
 */

export interface SearchPolicy {
  /** Of a table of up to so many rows all parts of the index are searched … */
  readonly wholeIndexRows: number;
  /** … for so many rows more than are wanted, which the caller orders by their full vectors. */
  readonly spareRows: number;
  /** In a larger table up to so many visible rows are all compared: full recall, and faster than an index of a million rows. */
  readonly exactRows: number;
  /** Parts of a large index that are searched at least; more where they hold too few visible rows. */
  readonly nprobes: number;
  /** Candidates per result that the engine compares by their full vectors … */
  readonly refineFactor: number;
  /** … and at least so many in all. */
  readonly refinedRows: number;
}

/** From measurements, those of large tables at one million rows; see docs/scale.md. */
export const defaultSearchPolicy: SearchPolicy = {
  wholeIndexRows: 110_000,
  spareRows: 100,
  exactRows: 15_000,
  nprobes: 300,
  refineFactor: 5,
  refinedRows: 200,
};

export type VectorPlan =
  | { readonly kind: 'exact' }
  /** Null compares nothing a second time within the engine; `spareRows` are found beyond those that are wanted. */
  | {
      readonly kind: 'index';
      readonly nprobes: number;
      readonly refineFactor: number | null;
      readonly spareRows: number;
    };

export interface SearchFacts {
  readonly hasIndex: boolean;
  readonly totalRows: number;
  /** Asked only where the plan depends on it. */
  readonly countVisible: () => Promise<number>;
  readonly limit: number;
}

/** More than any index has; the engine takes what there is. */
export const everyPartition = 100_000;

/** The plans to try in order, until one returns as many rows as are visible. The last is always exact. */
export async function planVectorSearch(
  { hasIndex, totalRows, countVisible, limit }: SearchFacts,
  { wholeIndexRows, spareRows, exactRows, nprobes, ...policy }: SearchPolicy,
): Promise<readonly VectorPlan[]> {
  const exact: VectorPlan = { kind: 'exact' };
  if (!hasIndex) return [exact];
  if (totalRows <= wholeIndexRows) {
    return [{ kind: 'index', nprobes: everyPartition, refineFactor: null, spareRows }, exact];
  }
  if ((await countVisible()) <= exactRows) return [exact];
  const refineFactor = Math.max(policy.refineFactor, Math.ceil(policy.refinedRows / limit));
  return [{ kind: 'index', nprobes, refineFactor, spareRows: 0 }, exact];
}
