/** The numbered passages that go into a prompt, and the list of what was left out and why. */

import type { Place } from './locator.ts';

/** One of the chunks that an item was merged from, for the exact place of a citation. */
interface ContextChunk {
  readonly chunkId: string;
  /** Half-open span in the parsed text. */
  readonly start: number;
  readonly end: number;
  readonly headingPath: readonly string[];
  readonly page: number | null;
}

/** One numbered item: one or more neighbouring chunks of one document, merged. */
export interface ContextItem {
  /** The number by which a model cites it, from 1. */
  readonly marker: number;
  readonly uri: string;
  readonly title: string;
  readonly documentId: string;
  /** What the heading paths of its chunks have in common. */
  readonly headingPath: readonly string[];
  /** Where it begins. */
  readonly page: number | null;
  readonly classification: string;
  /** Milliseconds since the epoch. */
  readonly date: number | null;
  readonly url?: string;
  readonly owner?: string;
  /** What the document says of itself; for citations, not for models. */
  readonly status?: 'superseded';
  readonly validUntil?: string;
  /** In text order, where the format has pages, slides, sheets or times. */
  readonly places: readonly Place[];
  readonly chunkIds: readonly string[];
  /** In text order; `chunkIds` are their ids. */
  readonly chunks: readonly ContextChunk[];
  /** Half-open span in the parsed text; `text` is its slice. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** Header rows of the table that the item begins in the middle of: shown to a model, never quoted. */
  readonly tableHeader: string | null;
  /** What leads to the list that the item begins in the middle of, where it is in one: shown and never quoted as well. */
  readonly leadIn?: string;
  /** Fused score of the best of its chunks, 0 to 1. */
  readonly score: number;
}

/** What stands above the item's text in its document and belongs to it; null where it begins in no table and in no list. */
export function repeatedAbove({ tableHeader, leadIn }: Pick<ContextItem, 'tableHeader' | 'leadIn'>): string | null {
  return tableHeader ?? leadIn ?? null;
}

/** The item's text below what belongs to it. */
export function textBelowRepeated(item: ContextItem): string {
  const above = repeatedAbove(item);
  return above === null ? item.text : `${above}\n${item.text}`;
}

export type OmissionReason = 'budget' | 'egress' | 'duplicate' | 'superseded' | 'share' | 'limit';

export interface Omission {
  readonly uri: string;
  readonly reason: OmissionReason;
}

export interface ContextWindow {
  readonly format: string;
  readonly items: readonly ContextItem[];
  /** Exactly what a model gets as evidence. */
  readonly text: string;
  /** Tokens of `text`, by the counter of the model it was packed for. */
  readonly tokens: number;
  readonly omitted: readonly Omission[];
}
