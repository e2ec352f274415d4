/**
 * Where traces and the feedback to them lie. A person gets only the traces of that person's own questions, an administrator
 * those of everybody; what of one may be shown is decided anew each time, by `showTrace`.
 */
import type { AccessScope } from '../access/scope.ts';
import type { Feedback, FeedbackRequest, TraceFacts, TraceRecord } from '../core/trace.ts';

export type ContentPolicy = 'none' | 'hashes' | 'full';

/**
 * What was kept of the texts: themselves (`full`), or a keyed hash of each (`hashes`). The prompt, which repeats the window, is
 * kept as a hash in either case.
 */
export interface KeptContent {
  readonly kind: Exclude<ContentPolicy, 'none'>;
  readonly question: string;
  readonly answer: string;
  readonly prompt: string;
  /** Null where a purge took the text away. */
  readonly items: readonly (string | null)[];
  readonly claims: readonly string[];
  readonly droppedClaims: readonly string[];
  readonly warnings: readonly string[];
}

export interface StoredTrace {
  readonly traceId: string;
  readonly principalId: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly facts: TraceFacts;
  readonly content: KeptContent | null;
  readonly feedback: Feedback | null;
}

export type TraceRemoval = { readonly traceId: string } | { readonly principalId: string };

export interface TraceFilter {
  readonly limit?: number;
  /** Only those that have feedback. */
  readonly hasFeedback?: boolean;
}

export interface TraceStore {
  /** There when the call returns, or later where another process is writing, which holds up nothing else. */
  record(trace: TraceRecord, policy: ContentPolicy): Promise<void>;
  /** Undefined for an id that does not exist, is past its time, or belongs to somebody else. */
  find(scope: AccessScope, traceId: string): StoredTrace | undefined;
  /** Newest first. */
  list(scope: AccessScope, filter?: TraceFilter): readonly StoredTrace[];
  /** Replaces earlier feedback to the same trace. False where it is not the asker's own trace, or there is none. */
  recordFeedback(scope: AccessScope, request: FeedbackRequest): boolean;
  /** Deletes one trace, or all of a person's questions, with the feedback to them; returns how many. Only for the system. */
  remove(scope: AccessScope, which: TraceRemoval): number;
  /** Deletes what is past its time, feedback included; returns how many traces. */
  expire(): number;
  /** Ids of documents whose texts are kept. */
  documentIds(scope: AccessScope): readonly string[];
  /** Takes the texts of these documents, and what was made of them, out of every trace. */
  forgetDocuments(documentIds: readonly string[]): void;
  /** Leaves no byte of what was deleted in the file. Throws `store-busy` while somebody reads. */
  compact(): void;
  close(): void;
}
