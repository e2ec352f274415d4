/** Spans that support claims become the numbered citations of an answer: one number a span, in order of appearance. */
import type { Citation, Support } from '../core/answer.ts';
import type { ContextItem } from '../core/context.ts';
import { isoDay } from '../core/dates.ts';
import type { SupportingSpan } from './verify.ts';

export class CitationList {
  readonly #citations: Citation[] = [];

  get all(): readonly Citation[] {
    return this.#citations;
  }

  /** The citation of this span, a new one if it has none yet; `isNew` tells which. */
  cite(span: SupportingSpan, support: Support): { readonly citation: Citation; readonly isNew: boolean } {
    const { item } = span;
    const start = item.start + span.start;
    const end = item.start + span.end;
    const known = this.#citations.find(
      (other) => other.documentId === item.documentId && other.start === start && other.end === end,
    );
    if (known !== undefined) return { citation: known, isNew: false };
    const chunk = chunkAt(item, start);
    const citation: Citation = {
      marker: this.#citations.length + 1,
      uri: item.uri,
      title: item.title,
      headingPath: chunk?.headingPath ?? item.headingPath,
      page: chunk?.page ?? item.page,
      documentId: item.documentId,
      chunkId: chunk?.chunkId ?? item.chunkIds[0] ?? '',
      start,
      end,
      quote: item.text.slice(span.start, span.end),
      support,
      ...factsOf(item, start),
    };
    this.#citations.push(citation);
    return { citation, isNew: true };
  }
}

/** What tells a reader where to look, and how much to rely on it. */
function factsOf(
  item: ContextItem,
  start: number,
): Pick<Citation, 'locator' | 'date' | 'owner' | 'url' | 'status' | 'validUntil'> {
  const { owner, url, status, validUntil } = item;
  const locator = item.places.findLast((place) => place.start <= start)?.locator;
  const date = isoDay(item.date);
  return {
    ...(locator === undefined ? {} : { locator }),
    ...(date === null ? {} : { date }),
    ...(owner === undefined ? {} : { owner }),
    ...(url === undefined ? {} : { url }),
    ...(status === undefined ? {} : { status }),
    ...(validUntil === undefined ? {} : { validUntil }),
  };
}

function chunkAt(item: ContextItem, position: number) {
  return item.chunks.findLast((chunk) => chunk.start <= position);
}
