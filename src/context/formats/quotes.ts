/**
 * Format `quotes`: first the sentences that fit the question best, each with the number of its item, then the items as in
 * `numbered`. Small models find in a few sentences what they overlook in a page.
 */
import type { ContextItem } from '../../core/context.ts';
import { fenceFor } from '../../core/fence.ts';
import { escapeMarkers } from '../../core/markers.ts';
import type { ContextFormat, FormatRequest } from './format.ts';
import { renderNumbered } from './numbered.ts';

const quoteCount = 5;

export const renderQuotes: ContextFormat = (items, request) => {
  const passages = renderNumbered(items, request);
  const quotes = bestQuotes(items, request).map(({ marker, text }) => `[${marker}] ${text}`);
  if (quotes.length === 0) return passages;
  const fence = fenceFor(quotes);
  return `Sentences that fit the question best:\n${fence}\n${quotes.join('\n')}\n${fence}\n\nThe sources whole:\n\n${passages}`;
};

/** Only sentences that stand in an item whole: what was left out of the window is not quoted into it. */
function bestQuotes(items: readonly ContextItem[], { sentences }: FormatRequest) {
  const quotes: { readonly marker: number; readonly text: string }[] = [];
  for (const sentence of sentences) {
    const item = items.find(
      ({ documentId, start, end }) =>
        documentId === sentence.documentId && sentence.start >= start && sentence.end <= end,
    );
    // A sentence over several lines, such as a list, stays readable on one.
    const text = escapeMarkers(sentence.text.replace(/\s+/g, ' ').trim());
    if (item !== undefined && text !== '') quotes.push({ marker: item.marker, text });
    if (quotes.length === quoteCount) break;
  }
  return quotes;
}
