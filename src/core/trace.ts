/** One trace a question: how its answer came about. Facts name documents by id alone; every text is in `content`. */
import type { AttemptOutcome, Support, Usage } from './answer.ts';
import type { ScorePart } from './chunk.ts';
import type { OmissionReason } from './context.ts';
import type { EvidenceFeatures } from './evidence.ts';
import type { SidePurpose } from './prompt-purposes.ts';
import type { Zone } from './zones.ts';

export const traceStages = [
  'guard',
  'condense',
  'retrieve',
  'rerank',
  'rank',
  'score',
  'pack',
  'generate',
  'check',
  'judge',
  'repair',
] as const;
export type TraceStage = (typeof traceStages)[number];

export interface StageTime {
  readonly name: TraceStage;
  /** Milliseconds since the question came. */
  readonly startMs: number;
  readonly ms: number;
}

/** A passage that was looked at for the answer. */
export interface TracedPassage {
  readonly documentId: string;
  readonly chunkId: string;
  /** From 1. */
  readonly rank: number;
  /** Raw, as are the parts: for the operator and developers only. */
  readonly score: number;
  readonly parts: readonly ScorePart[];
}

/** An item of the window; its text is in `content.items` at the same position. */
export interface TracedItem {
  readonly marker: number;
  readonly documentId: string;
  readonly chunkIds: readonly string[];
  /** Half-open span in the parsed text of the revision that its chunks name. */
  readonly start: number;
  readonly end: number;
}

export interface TracedOmission {
  readonly documentId: string;
  readonly reason: OmissionReason;
}

/** A model that was asked, or one whose earlier answer was given again (`cached`). */
export interface TracedModel {
  readonly id: string;
  readonly provider: string;
  readonly zone: Zone;
  /** Absent for an answer. */
  readonly purpose?: SidePurpose;
  readonly outcome: AttemptOutcome | 'cached';
  /** Of the error; null where there was none. */
  readonly code: string | null;
  readonly startMs: number;
  readonly ms: number;
  /** Until its first word, from its start; null where it said none. */
  readonly firstTextMs: number | null;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** In US dollars; absent in traces of before it was kept. */
  readonly costUsd?: number;
  /** Tokens and cost are not those that the model's server told. */
  readonly isEstimated?: true;
}

/** A citation of the answer; the span is the quote's. */
export interface TracedCitation {
  readonly marker: number;
  readonly documentId: string;
  readonly chunkId: string;
  readonly start: number;
  readonly end: number;
  readonly support: Support;
}

/** What checking one claim gave; its text is in `content.claims` at the same position. */
export interface TracedCheck {
  readonly support: Support;
  readonly citations: readonly number[];
}

/** Texts of one question. What of them is kept is decided by `traces.content`. */
export interface TraceContent {
  readonly question: string;
  readonly answer: string;
  /** As sent to the last model; only ever kept as a hash. Empty where none was asked. */
  readonly prompt: string;
  readonly items: readonly string[];
  readonly claims: readonly string[];
  /** What a model said and the window does not support. */
  readonly droppedClaims: readonly string[];
  readonly warnings: readonly string[];
}

export interface TraceFacts {
  /** failed: the question ended in an error, whose code is the reason. */
  readonly status: 'answered' | 'abstained' | 'refused' | 'failed';
  readonly reason: string | null;
  readonly cache: 'hit' | 'miss';
  readonly questionCharacters: number;
  /** Where the question reads like orders to a language model: how much, 0 to 1, and by what. */
  readonly injection?: { readonly probability: number; readonly features: readonly string[] };
  readonly stages: readonly StageTime[];
  /** Null where nothing was looked for. */
  readonly retrieval: {
    readonly mode: string;
    /** Share of the vector arm. */
    readonly denseWeight: number;
    /** Visible passages that the arms found together. */
    readonly candidates: number;
    readonly passages: readonly TracedPassage[];
  } | null;
  /** What abstention weighed; null where it did not come to that. */
  readonly evidence: { readonly features: EvidenceFeatures; readonly fingerprint: string } | null;
  readonly window: {
    readonly format: string;
    readonly tokens: number;
    readonly items: readonly TracedItem[];
    readonly omitted: readonly TracedOmission[];
  } | null;
  readonly prompt: { readonly id: string; readonly version: string; readonly hash: string } | null;
  /** In the order in which they were asked. */
  readonly models: readonly TracedModel[];
  readonly usage: Usage;
  readonly citations: readonly TracedCitation[];
  readonly checks: readonly TracedCheck[];
  /** Documents that a warning names; they may have given nothing else. */
  readonly mentioned?: readonly string[];
  /** The answer counts documents of which it is not made, each of them visible to its asker. */
  readonly countsOthers?: true;
}

export interface TraceRecord {
  readonly traceId: string;
  readonly principalId: string;
  /** Milliseconds since the epoch, when the question came. */
  readonly at: number;
  readonly facts: TraceFacts;
  readonly content: TraceContent;
}

export const feedbackRatings = ['up', 'down'] as const;
export type FeedbackRating = (typeof feedbackRatings)[number];

export interface FeedbackRequest {
  readonly traceId: string;
  readonly rating: FeedbackRating;
  readonly comment?: string;
}

export interface Feedback {
  readonly rating: FeedbackRating;
  readonly comment: string | null;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** Of every document whose text, title or place went into what the trace says. */
export function tracedDocumentIds(facts: TraceFacts): readonly string[] {
  return [...new Set([...usedDocumentIds(facts), ...(facts.mentioned ?? [])])];
}

/** As `tracedDocumentIds`, without those that only a warning names. */
export function usedDocumentIds({ retrieval, window, citations }: TraceFacts): readonly string[] {
  const named = [...(retrieval?.passages ?? []), ...(window?.items ?? []), ...(window?.omitted ?? []), ...citations];
  return [...new Set(named.map(({ documentId }) => documentId))];
}
