/**
 * Which sentences of a passage only say what the others are about: headings, titles, names of columns, bare links. To a question they are
 * near, because they are short and name its subject, and answer nothing. Pure.
 */

import { isLinkAlone } from '../core/readable.ts';
import { isBareTitle, isHeading, type Span } from '../core/sentences.ts';
import { isHeaderRow, isTableRow } from '../core/tables.ts';

/** An e-mail is called what its field `Subject: …` says. */
const fieldName = /^\p{Lu}[\p{L} -]{0,30}:\s+/u;

/**
 * @param spans sentences of the text, in order
 * @param readable the sentences as they read alone
 * @param path title of the document and headings above the passage
 */
export function headingsAmong(
  text: string,
  spans: readonly Span[],
  readable: readonly string[],
  path: readonly string[],
): readonly boolean[] {
  const known = new Set(path.map(bare));
  const isOfPath = (line: string) => known.has(bare(line)) || known.has(bare(line.replace(fieldName, '')));
  const isTitle = spans.map((span) => isAlone(text, span) && isBareTitle(text.slice(span.start, span.end)));
  return spans.map((span, index) => {
    const sentence = text.slice(span.start, span.end);
    if (isTableRow(sentence)) return isHeaderRow(text, span.end);
    if (isHeading(sentence) || isLinkAlone(sentence) || isOfPath(readable[index] ?? '')) return true;
    // One bare line after another is a list, and so is the last of a text.
    return isTitle[index] === true && isTitle[index + 1] === false;
  });
}

function bare(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}

/** Nothing else stands on its lines. */
function isAlone(text: string, { start, end }: Span): boolean {
  return (
    /(?:^|\n)[ \t]*$/.test(text.slice(Math.max(0, start - 20), start)) &&
    /^[ \t]*(?:\n|$)/.test(text.slice(end, end + 20))
  );
}
