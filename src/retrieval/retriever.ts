/** Finds the passages that one scope may see for a question. Everything it returns was checked against the catalogue. */
import type { AccessScope } from '../access/scope.ts';
import type { Passage, StoredChunk } from '../core/chunk.ts';
import type { Warning } from '../core/document.ts';
import type { FactFilter } from '../core/fact-filter.ts';
import type { Classified } from '../egress/sealed-prompt.ts';
import type { CallGate } from '../llm/language-model.ts';
import type { RankingSettings } from './ranking.ts';
import type { DropReason } from './recheck.ts';
import type { SmoothingOptions } from './smoothing.ts';

export type RetrievalMode = 'hybrid' | 'vector' | 'keyword';

/** A candidate of which no more than this is known yet. */
export interface Found {
  readonly chunk: StoredChunk;
  readonly classification: string;
}

export interface RetrieveOptions {
  readonly mode?: RetrievalMode;
  /** Number of passages wanted. */
  readonly topK?: number;
  /** How many rows each arm contributes, and over how many its scores are scaled. */
  readonly candidates?: number;
  /** Only documents of which these facts hold. */
  readonly facts?: FactFilter;
  /** The caller ranks the candidates itself: both arms are fused, and no more is spent on the order. */
  readonly isRankedByCaller?: boolean;
  /**
   * Asked of what the search found, before it is ranked; where it says no, no more is spent on the order either. Not asked of a search
   * by keywords alone.
   */
  readonly isWorthRanking?: (found: readonly Found[]) => boolean;
  /** What the question has text of besides the asker's own words, such as earlier answers; it may keep the question from the embedder. */
  readonly madeFrom?: readonly Classified[];
  /** On whose account a model may be asked to rerank; on nobody's when absent. */
  readonly calls?: CallGate;
  /** The caller may see raw scores, whoever is asked as: explains in any case. */
  readonly isExplained?: boolean;
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

export interface DroppedRow {
  readonly chunkId: string;
  readonly reason: DropReason;
  /** Null for a document that is not visible: it is not named. */
  readonly uri: string | null;
}

/** What each arm returned and what the re-check refused: for the operator and developers, never for employees. */
export interface RetrievalExplanation {
  readonly denseWeight: number;
  readonly vectorRows: number;
  readonly keywordRows: number;
  /** No word was found, so words spelled like them were searched. */
  readonly hasSimilarWords: boolean;
  /** Phrases and codes that passages were looked through for. */
  readonly exactTerms: readonly string[];
  readonly smoothing: SmoothingOptions | null;
  readonly hasNearness: boolean;
  readonly hasCandidateWords: boolean;
  /** Rows that the store returned although the catalogue no longer has them so. */
  readonly dropped: readonly DroppedRow[];
}

/** A query that was searched for in another spelling than it was typed in, or with both forms of an abbreviation. */
export interface Respelled {
  readonly query: string;
  /** Any other part of the question in the same way. */
  respell(text: string): string;
  /** Typing errors: a word of the query, and the candidates' word that it was read as. */
  readonly readAs: ReadonlyMap<string, string>;
  /** What these words come from. */
  readonly madeFrom: readonly Classified[];
}

export interface Retrieval {
  /** Best first, at most `topK`. Scores and parts are raw: front doors pass them through `presentPassages`. */
  readonly passages: readonly Passage[];
  /** All visible candidates in the same order; `passages` is its beginning. Statistics of words are counted over these. */
  readonly candidates: readonly Passage[];
  /** What was done in the end, which is less than asked for when an arm was unavailable. */
  readonly mode: RetrievalMode;
  /** Absent where the query was searched for as it was typed. */
  readonly respelled?: Respelled;
  /** All candidates as other settings would rank them, before any reranker; absent where just one arm was asked. */
  readonly rankAs?: (settings: Partial<RankingSettings>) => readonly Passage[];
  readonly warnings: readonly Warning[];
  readonly timings: RetrievalTimings;
  /** Blends what a reranker said of these candidates into another ranking of them; absent where it said nothing. */
  readonly rerank?: (passages: readonly Passage[]) => readonly Passage[];
  /** Null unless the scope may see raw scores, or the caller says so. */
  readonly explanation: RetrievalExplanation | null;
}

export interface Retriever {
  /** Throws `PerseaError`: `aborted`, `filter-too-broad`, or what the store and the catalogue throw. A failing embedder is a warning. */
  retrieve(scope: AccessScope, query: string, options?: RetrieveOptions): Promise<Retrieval>;
}
