/** What a question asks for, and what comes back while it is answered. */
import type { Answer, Citation } from '../core/answer.ts';
import type { SearchFilters } from '../core/fact-filter.ts';

/** Of conversation ids. */
export const conversationIdPattern = /^[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}$/;

export interface HistoryTurn {
  readonly role: 'user' | 'assistant';
  readonly text: string;
}

export interface AskRequest {
  readonly question: string;
  /** The asker's own name for a conversation; what was asked in it before is kept and makes follow-ups clear. */
  readonly conversationId?: string;
  /** What was said before, where the caller keeps it; instead of a conversation that is kept here. */
  readonly history?: readonly HistoryTurn[];
  /** Context format; the configured one when absent. */
  readonly format?: string;
  /** Id of a configured model: only this one is asked. */
  readonly model?: string;
  /** Adds the window exactly as a model gets it to the answer. */
  readonly includeContext?: boolean;
  /** In a stream: also shows what a model writes before it is checked, where the configuration allows it. */
  readonly includeDraft?: boolean;
  /** Only documents that fit are looked at. */
  readonly filters?: SearchFilters;
}

export type AskEvent =
  | { readonly type: 'answer-start'; readonly traceId: string }
  /** Whole sentences whose citations are resolved, in order; together they are the answer's text. */
  | { readonly type: 'text-delta'; readonly text: string }
  /**
   * Words that a model goes on to write after what is decided, unchecked and without marks: never a part of the answer. `reset`: what
   * was shown of the draft until now is void, because it was decided or another model is asked.
   */
  | { readonly type: 'draft'; readonly text: string; readonly reset?: true }
  /** Comes before the text that uses its marker. */
  | { readonly type: 'citation'; readonly citation: Citation }
  | { readonly type: 'answer-end'; readonly answer: Answer };
