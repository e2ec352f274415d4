/**
 * How well retrieved spans cover the spans that answer, after Smith and Troynikov (Chroma, 2024), whose program counts
 * characters, as this one does: recall of the wanted ones, precision of the retrieved ones, intersection over union.
 */

export interface Span {
  readonly document: string;
  /** Half-open. */
  readonly start: number;
  readonly end: number;
}

export interface SpanScores {
  readonly recall: number;
  readonly precision: number;
  readonly iou: number;
}

/** Retrieved spans that overlap count twice in what was retrieved and once in what was found, as in the original. */
export function spanScores(wanted: readonly Span[], retrieved: readonly Span[]): SpanScores {
  const wantedLength = lengthOf(united(wanted));
  const found = lengthOf(united(wanted.flatMap((span) => retrieved.flatMap((other) => shared(span, other)))));
  const retrievedLength = lengthOf(retrieved);
  return {
    recall: wantedLength === 0 ? 0 : found / wantedLength,
    precision: retrievedLength === 0 ? 0 : found / retrievedLength,
    iou: found === 0 ? 0 : found / (retrievedLength + wantedLength - found),
  };
}

function shared(a: Span, b: Span): readonly Span[] {
  const start = Math.max(a.start, b.start);
  const end = Math.min(a.end, b.end);
  return a.document === b.document && start < end ? [{ document: a.document, start, end }] : [];
}

/** The same places, each once. */
function united(spans: readonly Span[]): readonly Span[] {
  const sorted = [...spans].sort((a, b) =>
    a.document < b.document ? -1 : a.document > b.document ? 1 : a.start - b.start,
  );
  const result: Span[] = [];
  for (const span of sorted) {
    const last = result.at(-1);
    if (last !== undefined && last.document === span.document && span.start <= last.end) {
      result[result.length - 1] = { ...last, end: Math.max(last.end, span.end) };
    } else result.push(span);
  }
  return result;
}

function lengthOf(spans: readonly Span[]): number {
  return spans.reduce((sum, { start, end }) => sum + (end - start), 0);
}
