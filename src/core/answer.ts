/** The result of a question: a union over `status`. The shapes are fixed by the product contract. */
import type { ContextItem, Omission } from './context.ts';
import type { Locator } from './locator.ts';
import type { SidePurpose } from './prompt-purposes.ts';
import type { Zone } from './zones.ts';

/** How well the cited text supports a claim: stands there, follows from it, in part, not at all. */
export type Support = 'verbatim' | 'entailed' | 'partial' | 'none';

export interface Citation {
  readonly marker: number;
  readonly uri: string;
  readonly title: string;
  readonly headingPath: readonly string[];
  readonly page: number | null;
  readonly documentId: string;
  readonly chunkId: string;
  /** Half-open span in UTF-16 units of the parsed text; `quote` is its slice. */
  readonly start: number;
  readonly end: number;
  readonly quote: string;
  readonly support: Support;
  /** Where in the document the quote begins, in the terms of its format. */
  readonly locator?: Locator;
  /** Day of the document, such as `2026-02-03`: its own date, else when its source last changed it. */
  readonly date?: string;
  /** Who is responsible for the document. */
  readonly owner?: string;
  /** Address at which people open the document. */
  readonly url?: string;
  /** The document says of itself that it is no longer in force. */
  readonly status?: 'superseded';
  /** Last day on which the document is in force, as it says itself. */
  readonly validUntil?: string;
}

export interface Claim {
  readonly text: string;
  readonly citations: readonly number[];
  readonly support: Support;
}

/** `whole-collection`: about all documents at once, which only reading every one of them could answer. */
export type AbstentionReason = 'no-evidence' | 'insufficient-evidence' | 'unsupported-claims' | 'whole-collection';
export type RefusalReason = 'egress' | 'input-too-long' | 'budget' | 'policy';

export interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costUsd: number;
  readonly ms: {
    readonly retrieve: number;
    readonly rerank: number;
    readonly generate: number;
    readonly total: number;
  };
}

/**
 * What became of asking one model: `answered` (the answer is its own), `failed` (with the code of the error), `declined` (it would
 * not answer), `escalated` (its answer did not hold and another model was asked), `skipped` (a budget did not allow it).
 */
export const attemptOutcomes = ['answered', 'failed', 'declined', 'escalated', 'skipped'] as const;
export type AttemptOutcome = (typeof attemptOutcomes)[number];

export interface Attempt {
  /** Id of the model. */
  readonly model: string;
  readonly provider: string;
  readonly zone: Zone;
  /** Absent for an answer. */
  readonly purpose?: SidePurpose;
  readonly outcome: AttemptOutcome;
  readonly code: string | null;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costUsd: number;
  /** Tokens, and with them cost, are not those that the model's server told: it told none, or was not waited for. */
  readonly isEstimated?: true;
  /** Until its first word; null where it said nothing. */
  readonly firstTokenMs: number | null;
  /** When it was asked, after the question came. */
  readonly startMs: number;
  readonly ms: number;
}

export interface AnswerContext {
  readonly format: string;
  readonly tokens: number;
  readonly passages: number;
  readonly omitted: readonly Omission[];
  /** Only on request: the window exactly as a model gets it. */
  readonly text?: string;
  readonly items?: readonly Pick<ContextItem, 'marker' | 'uri' | 'chunkIds' | 'start' | 'end' | 'text'>[];
}

interface AnswerBase {
  readonly text: string;
  readonly citations: readonly Citation[];
  readonly claims: readonly Claim[];
  readonly warnings: readonly string[];
  /** The model that wrote the answer; null where none was asked. */
  readonly model: { readonly id: string; readonly provider: string; readonly zone: Zone } | null;
  readonly prompt: { readonly id: string; readonly version: string; readonly hash: string } | null;
  readonly context: AnswerContext;
  /** Of all attempts together. */
  readonly usage: Usage;
  /** The models that were asked, for the answer and on the way to it, in order; absent where none was. */
  readonly attempts?: readonly Attempt[];
  readonly cache: 'hit' | 'miss';
  readonly traceId: string;
}

export interface AnsweredAnswer extends AnswerBase {
  readonly status: 'answered';
  readonly reason: null;
}

export interface AbstainedAnswer extends AnswerBase {
  readonly status: 'abstained';
  readonly reason: AbstentionReason;
  /** What was searched for, where that is not the question as it was asked: what a follow-up was read as. */
  readonly searchedFor?: string;
  /** Documents that the asker may see and that come nearest. */
  readonly nearest: readonly { readonly uri: string; readonly title: string }[];
}

export interface RefusedAnswer extends AnswerBase {
  readonly status: 'refused';
  readonly reason: RefusalReason;
}

export type Answer = AnsweredAnswer | AbstainedAnswer | RefusedAnswer;
