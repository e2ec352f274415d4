/** What `persea eval run` writes, and `persea eval compare` and `persea eval report` read. */
import type { CacheSavings } from '../query/answer-cache.ts';
import type { AnswersReport } from './answer-metrics.ts';
import type { AskedLanguages, ByLanguage } from './languages.ts';
import type { RankingMetrics } from './metrics.ts';
import type { FoundDocument } from './ranked-documents.ts';
import type { AnsweringFingerprint } from './tools.ts';

interface ReportBase {
  readonly dataset: string;
  /** Null for cases, which are asked over the configured store. */
  readonly documents: number | null;
  readonly queries: number;
  readonly fingerprint: {
    readonly embedding: string;
    readonly retrieval: string;
    /** Of the documents; of the cases, which are asked over the configured store. */
    readonly corpus: string;
    /** Of questions and judgements. */
    readonly questions: string;
  } & Partial<AnsweringFingerprint>;
  readonly seconds: { readonly ingest: number; readonly search: number };
  readonly latencyMs: { readonly p50: number; readonly p95: number };
}

export interface JudgedDocument extends FoundDocument {
  /** 0 where it was not judged relevant. */
  readonly grade: number;
}

export interface WantedDocument extends JudgedDocument {
  /** From 1; null where it is not among the ranked documents. */
  readonly rank: number | null;
}

export interface RetrievalQuery extends RankingMetrics, AskedLanguages {
  readonly id: string;
  readonly question: string;
  /** The only relevant document: queries of one document are not independent of each other. Absent where there are several. */
  readonly document?: string;
  /** The first ten. */
  readonly found: readonly JudgedDocument[];
  /** The relevant documents, highest grade first, at most ten of them. */
  readonly wanted: readonly WantedDocument[];
  readonly ms: number;
  readonly tags?: readonly string[];
  /** Cases only, and only where there are any: documents that were found and must not be. */
  readonly leaks?: readonly string[];
}

export interface RetrievalTagMetrics extends RankingMetrics {
  readonly cases: number;
}

export interface RetrievalMetrics extends RankingMetrics {
  /** Cases only. */
  readonly leaks?: number;
  readonly byTag?: Readonly<Record<string, RetrievalTagMetrics>>;
  readonly byLanguage?: ByLanguage<RetrievalTagMetrics>;
}

export interface RetrievalReport extends ReportBase {
  readonly kind: 'retrieval';
  readonly metrics: RetrievalMetrics;
  readonly perQuery: readonly RetrievalQuery[];
}

export interface AnswersRunReport extends ReportBase, AnswersReport {
  readonly kind: 'answers';
  /** What the answer cache, empty at the start of the run, spared the models. */
  readonly cache?: CacheSavings;
}

export type EvaluationReport = RetrievalReport | AnswersRunReport;
