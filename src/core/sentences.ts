/**
 * Sentences with exact offsets. A table row, a list item, a heading and a line of code are sentences of their own, because
 * a quote must be readable alone.
 */

export interface Span {
  readonly start: number;
  readonly end: number;
}

const segmenter = new Intl.Segmenter('en', { granularity: 'sentence' });
/** The segmenter ends a sentence after these although none ends there. */
const abbreviationEnd =
  /(?:^|[\s(])(?:e\.g|i\.e|etc|vs|cf|no|nr|approx|ca|fig|sec|art|mr|mrs|ms|dr|prof|st|jr|sr|inc|ltd|co|z\.b|d\.h|bzw|usw|p\.ex|env|\p{L})\.\s*$/iu;
/** A line that stands alone: table row, list item, heading. */
const ownLine = /^\s*(?:\||[-*+]\s|\d+[.)]\s|#{1,6}\s|>)/;
const codeFence = /^\s*(?:`{3,}|~{3,})/;
const tableRow = /^\s*\|/;
const tableRule = /^\s*\|?\s*:?-{3,}/;

/** Half-open spans within `text`, offset by `base`, in text order; white space around them is left out, rule lines of tables too. */
export function splitSentences(text: string, base = 0): readonly Span[] {
  const spans: Span[] = [];
  for (const paragraph of paragraphsOf(text)) {
    if (tableRow.test(text.slice(paragraph.start, paragraph.end))) {
      pushTrimmed(spans, text, paragraph.start, paragraph.end, base);
      continue;
    }
    let open: Span | null = null;
    // A line break is a sentence's end to the segmenter, though a soft-wrapped sentence goes on after it.
    for (const segment of segmenter.segment(text.slice(paragraph.start, paragraph.end).replaceAll('\n', ' '))) {
      const start: number = open?.start ?? paragraph.start + segment.index;
      const end = paragraph.start + segment.index + segment.segment.length;
      if (abbreviationEnd.test(segment.segment) && end < paragraph.end) {
        open = { start, end };
        continue;
      }
      open = null;
      pushTrimmed(spans, text, start, end, base);
    }
    if (open !== null) pushTrimmed(spans, text, open.start, paragraph.end, base);
  }
  return spans;
}

function pushTrimmed(spans: Span[], text: string, start: number, end: number, base: number): void {
  const piece = text.slice(start, end);
  const trimmedStart = start + (piece.length - piece.trimStart().length);
  const trimmedEnd = start + piece.trimEnd().length;
  if (trimmedEnd > trimmedStart && !tableRule.test(piece))
    spans.push({ start: base + trimmedStart, end: base + trimmedEnd });
}

/** Runs of lines that belong together: soft-wrapped lines join; own lines, lines of code and blank lines part. */
function* paragraphsOf(text: string): Generator<Span> {
  let start = 0;
  let lineStart = 0;
  let isCode = false;
  while (lineStart < text.length) {
    const newline = text.indexOf('\n', lineStart);
    const lineEnd = newline === -1 ? text.length : newline + 1;
    const line = text.slice(lineStart, lineEnd);
    if (line.trim() === '') {
      if (lineStart > start) yield { start, end: lineStart };
      start = lineEnd;
    } else if (isCode || codeFence.test(line)) {
      if (lineStart > start) yield { start, end: lineStart };
      const isFence = codeFence.test(line);
      if (isFence) isCode = !isCode;
      else yield { start: lineStart, end: lineEnd };
      start = lineEnd;
    } else if (ownLine.test(line)) {
      if (lineStart > start) yield { start, end: lineStart };
      start = lineStart;
      // A heading or a table row is one line; a list item may be wrapped over several.
      if (/^\s*(?:\||#{1,6}\s)/.test(line)) {
        yield { start: lineStart, end: lineEnd };
        start = lineEnd;
      }
    }
    lineStart = lineEnd;
  }
  if (start < text.length) yield { start, end: text.length };
}
