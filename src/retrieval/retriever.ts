/** Finds the passages that one scope may see for a question. Everything it returns was checked against the catalogue. */
import type { AccessScope } from '../access/scope.ts';
import type { Passage } from '../core/chunk.ts';
import type { Warning } from '../core/document.ts';
import type { FactFilter } from '../core/fact-filter.ts';

export type RetrievalMode = 'hybrid' | 'vector' | 'keyword';

export interface RetrieveOptions {
  readonly mode?: RetrievalMode;
  /** Number of passages wanted. */
  readonly topK?: number;
  /** How many rows each arm contributes, and over how many its scores are scaled. */
  readonly candidates?: number;
  /** Only documents of which these facts hold. */
  readonly facts?: FactFilter;
  readonly signal?: AbortSignal;
}

export interface RetrievalTimings {
  readonly embedMs: number;
  readonly vectorMs: number;
  readonly keywordMs: number;
  readonly recheckMs: number;
  readonly smoothMs: number;
  /** Absent without a reranker. */
  readonly rerankMs?: number;
  readonly totalMs: number;
}

/** What each arm returned and what the re-check refused: for the operator and developers, never for employees. */
export interface RetrievalExplanation {
  readonly denseWeight: number;
  readonly vectorRows: number;
  readonly keywordRows: number;
  /** Rows that the store returned although the catalogue no longer has them so. */
  readonly dropped: readonly { readonly chunkId: string; readonly reason: 'absent' | 'revision' | 'label' }[];
}

export interface Retrieval {
  /** Best first, at most `topK`. Scores and parts are raw: front doors pass them through `presentPassages`. */
  readonly passages: readonly Passage[];
  /** All visible candidates in the same order; `passages` is its beginning. Statistics of words are counted over these. */
  readonly candidates: readonly Passage[];
  /** What was done in the end, which is less than asked for when an arm was unavailable. */
  readonly mode: RetrievalMode;
  readonly warnings: readonly Warning[];
  readonly timings: RetrievalTimings;
  /** Blends what a reranker said of these candidates into another ranking of them; absent where it said nothing. */
  readonly rerank?: (passages: readonly Passage[]) => readonly Passage[];
  /** Null unless the scope may see raw scores. */
  readonly explanation: RetrievalExplanation | null;
}

export interface Retriever {
  /** Throws `PerseaError`: `aborted`, `filter-too-broad`, or what the store and the catalogue throw. A failing embedder is a warning. */
  retrieve(scope: AccessScope, query: string, options?: RetrieveOptions): Promise<Retrieval>;
}
