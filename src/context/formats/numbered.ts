/**
 * Format `numbered`: each item under its number, title, heading path, uri, page and date, its text fenced as data. The
 * fence is longer than any run of its character in the texts, so that no text can end its own fence.
 */
import type { ContextItem } from '../../core/context.ts';
import { isoDay } from '../../core/dates.ts';
import { locatorText } from '../../core/locator.ts';
import { escapeMarkers } from '../../core/markers.ts';

const fenceCharacter = '~';
const shortestFence = 3;

export function renderNumbered(items: readonly ContextItem[]): string {
  const bodies = items.map(bodyOf);
  const fence = fenceCharacter.repeat(longestRun(bodies) + 1);
  return items
    .map((item, index) => `[${item.marker}] ${factsOf(item)}\n${fence}\n${bodies[index] ?? ''}\n${fence}`)
    .join('\n\n');
}

function bodyOf(item: ContextItem): string {
  const text = item.tableHeader === null ? item.text : `${item.tableHeader}\n${item.text}`;
  // A source's own bracketed numbers must not look like the numbers of items.
  return escapeMarkers(text);
}

function longestRun(texts: readonly string[]): number {
  let longest = shortestFence - 1;
  for (const text of texts) for (const run of text.matchAll(/~+/g)) longest = Math.max(longest, run[0].length);
  return longest;
}

function factsOf(item: ContextItem): string {
  const headings = item.headingPath[0] === item.title ? item.headingPath.slice(1) : item.headingPath;
  const lines = [[item.title, ...headings].map(oneLine).join(' > ')];
  const place = [oneLine(item.uri)];
  const [first] = item.places;
  if (first !== undefined) place.push(oneLine(locatorText(first.locator)));
  else if (item.page !== null) place.push(`page ${item.page}`);
  const day = isoDay(item.date);
  if (day !== null) place.push(day);
  // The web address is left to the citation: a model has no use for it and might write it into its text.
  if (item.owner !== undefined) place.push(`owner ${oneLine(item.owner)}`);
  lines.push(`source: ${place.join(', ')}`);
  return lines.join('\n');
}

/** Titles and headings come from documents too: they must not be able to start a line, an item or a fence of their own. */
function oneLine(text: string): string {
  return escapeMarkers(text.replace(/[\s\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim());
}
