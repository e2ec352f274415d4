/** What a question asks for, and what comes back while it is answered. */
import type { Answer, Citation } from '../core/answer.ts';
import type { SearchFilters } from '../core/fact-filter.ts';

export interface AskRequest {
  readonly question: string;
  /** Context format; the configured one when absent. */
  readonly format?: string;
  /** Id of a configured model: only this one is asked. */
  readonly model?: string;
  /** Adds the window exactly as a model gets it to the answer. */
  readonly includeContext?: boolean;
  /** Only documents that fit are looked at. */
  readonly filters?: SearchFilters;
}

export type AskEvent =
  | { readonly type: 'answer-start'; readonly traceId: string }
  /** Whole sentences whose citations are resolved, in order; together they are the answer's text. */
  | { readonly type: 'text-delta'; readonly text: string }
  /** Comes before the text that uses its marker. */
  | { readonly type: 'citation'; readonly citation: Citation }
  | { readonly type: 'answer-end'; readonly answer: Answer };
