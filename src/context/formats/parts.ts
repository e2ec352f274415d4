/** What formats have in common: where an item comes from, and what stands of it in a line. */
import { type ContextItem, textBelowRepeated } from '../../core/context.ts';
import { isoDay } from '../../core/dates.ts';
import { locatorText } from '../../core/locator.ts';
import { escapeMarkers } from '../../core/markers.ts';

/** The item's text with the header of a table or the lead-in of a list that it begins in; a source's own bracketed numbers do not look like markers. */
export function bodyOf(item: ContextItem): string {
  return escapeMarkers(textBelowRepeated(item));
}

/** Titles and headings come from documents too: they must not be able to start a line, an item or a fence of their own. */
export function oneLine(text: string): string {
  return escapeMarkers(text.replace(/[\s\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim());
}

/** Headings below the title. */
export function headingsOf(item: ContextItem): readonly string[] {
  return item.headingPath[0] === item.title ? item.headingPath.slice(1) : item.headingPath;
}

export function titleLine(item: ContextItem): string {
  return [item.title, ...headingsOf(item)].map(oneLine).join(' > ');
}

/** Page, slide, sheet or time; null where the format of the document has none. */
export function placeOf(item: ContextItem): string | null {
  const [first] = item.places;
  if (first !== undefined) return oneLine(locatorText(first.locator));
  return item.page === null ? null : `page ${item.page}`;
}

/** The web address is left to the citation: a model has no use for it and might write it into its text. */
export function sourceFacts(item: ContextItem): readonly string[] {
  const facts = [oneLine(item.uri), placeOf(item), isoDay(item.date)];
  if (item.owner !== undefined) facts.push(`owner ${oneLine(item.owner)}`);
  return facts.filter((fact) => fact !== null);
}
