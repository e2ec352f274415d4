/** What a context format is. */
import type { ContextItem } from '../../core/context.ts';
import type { ScoredSentence } from '../../core/evidence.ts';

/** What else is known of the question, for formats that show the likeliest sentences. */
export interface FormatRequest {
  readonly question: string;
  /** Best first; each stands in one of the documents, not always within an item. */
  readonly sentences: readonly ScoredSentence[];
}

/**
 * Items in the order in which they are to stand, each with its `marker`, to the text that a model gets. Pure: the same
 * items and request always give the same text. Whatever comes from a document is fenced by a delimiter that it cannot
 * contain, and its own bracketed numbers are escaped.
 */
export type ContextFormat = (items: readonly ContextItem[], request: FormatRequest) => string;

/** A format as questions use it: a company's own runs in a thread. */
export type FormatInUse = (items: readonly ContextItem[], request: FormatRequest) => string | Promise<string>;
