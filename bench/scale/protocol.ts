/** What the measuring process and the process that asks say to each other. */
import type { SearchPolicy } from '../../src/store/planner.ts';

export const tableName = 'scale';
export const resultRows = 10;

export interface Setup {
  readonly folder: string;
  readonly documents: number;
  readonly search: Partial<SearchPolicy>;
  readonly latencyQuestions: number;
}

export type Request =
  | { readonly kind: 'cold' }
  /** True nearest chunks of the first questions of a person, by person. */
  | { readonly kind: 'visibility'; readonly person: number; readonly truth: readonly (readonly string[])[] }
  | { readonly kind: 'load'; readonly inFlight: number; readonly mode: 'hybrid' | 'vector' }
  | { readonly kind: 'memory' };

export interface Latency {
  readonly p50: number;
  readonly p95: number;
}

export interface VisibilityResult {
  readonly vector: Latency;
  readonly keyword: Latency;
  readonly hybrid: Latency;
  readonly recall: number;
  readonly short: number;
  readonly foreign: number;
}

export interface LoadResult extends Latency {
  readonly perSecond: number;
  readonly short: number;
  readonly foreign: number;
}

export interface MemoryResult {
  readonly residentMegabytes: number;
  readonly peakMegabytes: number;
}

export interface ColdResult {
  readonly firstVectorMs: number;
  readonly firstKeywordMs: number;
}
