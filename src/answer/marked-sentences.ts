/** A model's text as sentences, each with the numbers of the sources that it was marked with. */
import { splitSentences } from '../core/sentences.ts';
import { isHeaderRow, isTableRow } from '../core/tables.ts';
import { stripMarkers, withoutUnfinishedMarker } from './markers.ts';

/** A sentence of the model's text with the numbers it was marked with. */
export interface MarkedSentence {
  readonly text: string;
  readonly separator: string;
  readonly markers: readonly number[];
  /** White space before it on the line that it begins; null where it begins none. */
  readonly indent: number | null;
  /** Whether it names the columns of a table. */
  readonly isTableHeader: boolean;
  /** Where it ends, its markers included, in the text as the model wrote it. */
  readonly rawEnd: number;
  /** Whether what follows shows that it is complete. */
  readonly isSettled: boolean;
}

/**
 * A marker belongs to the sentence that it stands in or behind; one at the start of a line to the sentence after it. A
 * number of no item stays as text where the window holds it in brackets too, since then it is the source's own.
 */
export function markedSentences(
  raw: string,
  isKnown: (number: number) => boolean,
  isSourceText: (written: string, numbers: readonly number[], isUncertain: boolean) => boolean,
  numbersNamed?: (name: string, isRound: boolean) => readonly number[],
): readonly MarkedSentence[] {
  const { text, markers, rawIndexes } = stripMarkers(raw, isSourceText, numbersNamed);
  const spans = splitSentences(text).flatMap((span) => splitAtMarkers(span, text, markers));
  const visible = withoutUnfinishedMarker(text).length;
  return spans.map((span, index) => {
    const next = spans[index + 1];
    const until = next?.start ?? text.length + 1;
    const own = markers.filter(({ position }) => {
      const from = index === 0 ? 0 : span.start + (text[span.start - 1] === '\n' ? 0 : 1);
      const to = next !== undefined && text[next.start - 1] === '\n' ? next.start : until + 1;
      return position >= from && position < to;
    });
    const previousEnd = spans[index - 1]?.end ?? 0;
    return {
      text: text.slice(span.start, span.end),
      separator: breakOf(text.slice(previousEnd, span.start)),
      markers: [...new Set(own.flatMap(({ numbers }) => numbers))].filter(isKnown),
      indent: indentAt(text, span.start),
      isTableHeader: isTableRow(text.slice(span.start, span.end)) && isHeaderRow(text, span.end),
      rawEnd: rawIndexes[span.end] ?? raw.length,
      // The splitter looks at the first whole word of the next sentence and no further.
      isSettled: next !== undefined && /^\W*[\p{L}\p{N}]+[^\p{L}\p{N}]/u.test(text.slice(next.start, visible)),
    };
  });
}

/**
 * `It is so. [1] item: that` are two sentences, whatever the second begins with: the marker closes the first. So it does at the end of a line,
 * unless the next one goes on in lower case.
 */
function splitAtMarkers(
  span: { readonly start: number; readonly end: number },
  text: string,
  markers: readonly { readonly position: number }[],
): readonly { readonly start: number; readonly end: number }[] {
  const parts: { start: number; end: number }[] = [];
  let start = span.start;
  for (const { position } of markers) {
    if (position <= start || position >= span.end) continue;
    if (!closedSentence.test(text.slice(start, position)) && !nextLine.test(text.slice(position))) continue;
    parts.push({ start, end: position });
    start = position + (/^\s*/.exec(text.slice(position))?.[0].length ?? 0);
  }
  return [...parts, { start, end: span.end }];
}

const nextLine = /^[ \t]*\n\s*[^\p{Ll}\s]/u;
export const closedSentence = /[.!?…]["'”»)\]]*$/;

function indentAt(text: string, start: number): number | null {
  const before = text.slice(text.lastIndexOf('\n', start - 1) + 1, start);
  return before.trim() === '' ? before.length : null;
}

/** White space between sentences, tidied: a paragraph, a line or a blank. */
function breakOf(between: string): string {
  const newlines = between.split('\n').length - 1;
  return newlines >= 2 ? '\n\n' : newlines === 1 ? '\n' : between === '' ? '' : ' ';
}
