/**
 * Sentences with exact offsets. A table row, a list item, a heading and a line of code are sentences of their own, because
 * a quote must be readable alone. The rules are our own rather than the runtime's, so that another version of Node never
 * moves a boundary and with it the chunks of every index.
 */

export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Words after which a full stop ends no sentence, whatever follows: English, German, French. */
const neverLast = new Set(
  (
    'mr mrs ms dr prof rev hon gen col sgt capt lt sen rep gov st messrs mme mlle mm vs cf ca approx resp fig figs eq nos vol chap sec art arts para pp ' +
    'hr fr frau herr dipl ing bzw vgl sog ggf evtl inkl exkl zzgl abzgl insb bspw ca nr abs ziff kap aufl hrsg tel str ' +
    'env éd ref réf tél av boul e.g i.e p.ex z.b d.h u.a o.ä i.d.r u.u s.o s.u z.t m.e i.s.d i.s.v a.d n.chr v.chr p.a c.-à-d'
  ).split(' '),
);
/** Words after which a full stop ends a sentence only if what follows can open one: they also stand last. */
const sometimesLast = new Set(
  'etc inc ltd co corp llc plc jr sr dept div est ext no usw u.s u.k u.n e.u a.m p.m ph.d m.d b.a m.a b.sc m.sc art'.split(
    ' ',
  ),
);
const openers =
  /^(?:the|a|an|this|that|these|those|it|he|she|we|you|they|in|on|at|if|when|for|all|each|no|there|der|die|das|ein|eine|es|sie|wir|im|bei|wenn|alle|le|la|les|un|une|il|elle|nous|vous|ce|cette|en|dans|si|pour)$/iu;
const months =
  /^(?:january|february|march|april|may|june|july|august|september|october|november|december|januar|februar|märz|april|mai|juni|juli|august|september|oktober|november|dezember|jan|feb|mär|apr|jun|jul|aug|sep|sept|okt|nov|dez)\b/iu;

/** A terminator, what may close after it, then white space; scripts without spaces need none. */
const boundary = /[.!?…]+["'”’»)\]*_]*(?=\s)|[。！？｡]+["'”’»」』）\]]*|[।॥؟۔]+(?=\s)/gu;
const tableRow = /^\s*\|/;
const tableRule = /^\s*\|?\s*:?-{3,}:?[\s|:-]*$/;
const markedHeading = /^\s{0,3}#{1,6}\s/;
const underline = /^\s{0,3}(?:=+|-{3,})\s*$/;
const fence = /^\s*(?:```|~~~)/;
const marker = /^[\s>]*(?:[-*+•‣◦▪–—]|\(?\d{1,3}[.)]|\(?[a-zA-Z]\)|\([ivx]{1,5}\))\s+(?:\[[ xX]\]\s+)?/;
/** `Subject: Leave`: a field among fields stands alone; a single one may be prose (`Note: …`). */
const field = /^\s*\p{Lu}[\p{L} -]{0,30}:\s+\S/u;
/** `3.2 Travel costs` or `§ 4 Fristen` on a line of its own. */
const numberedHeading =
  /^\s*(?:§\s*)?\d{1,3}(?:\.\d{1,3})+\.?\s+\p{Lu}[^.!?\n]{0,80}$|^\s*§\s*\d{1,4}[a-z]?\s+[^.!?\n]{1,80}$/u;

const bareTitle = /^(?:\d{1,2}\s+)?\p{Lu}(?!.{70})[^\d.!?:;|\n]*[\p{L})]$/u;

/** Half-open spans within `text`, offset by `base`, in text order; white space around them is left out, rule lines of tables, underlines and fences too. */
export function splitSentences(text: string, base = 0): readonly Span[] {
  const spans: Span[] = [];
  for (const run of runsOf(text)) splitRun(text, run, base, spans);
  return spans;
}

/** Whether a line begins with the mark of a list's item. */
export function isListItem(line: string): boolean {
  return marker.test(line);
}

/** Whether a line, or a sentence that is one, is marked or numbered as a heading. */
export function isHeading(line: string): boolean {
  return markedHeading.test(line) || numberedHeading.test(line);
}

/** A few words with no end of a sentence, no value and no mark of a list, perhaps numbered: on a line of its own most likely a title. */
export function isBareTitle(line: string): boolean {
  return bareTitle.test(line);
}

interface Run extends Span {
  /** Nothing within it ends a sentence: a table row, a heading, a line of code. */
  readonly isWhole: boolean;
}

/** Runs of lines that belong together: soft-wrapped lines join, lines that stand alone and blank lines part. */
function* runsOf(text: string): Generator<Run> {
  let start = 0;
  let isCode = false;
  for (let lineStart = 0; lineStart < text.length; ) {
    const newline = text.indexOf('\n', lineStart);
    const lineEnd = newline === -1 ? text.length : newline + 1;
    const line = text.slice(lineStart, newline === -1 ? text.length : newline);
    const isFence = fence.test(line);
    const isNothing = isFence || line.trim() === '' || (!isCode && (tableRule.test(line) || underline.test(line)));
    const isWhole = isCode || tableRow.test(line) || isHeading(line);
    if (isNothing || isWhole) {
      if (lineStart > start) yield { start, end: lineStart, isWhole: false };
      if (!isNothing) yield { start: lineStart, end: lineEnd, isWhole };
      start = lineEnd;
    } else if (
      marker.test(line) ||
      (field.test(line) && (start === lineStart || field.test(text.slice(start, lineStart))))
    ) {
      // The lines that follow without a marker of their own are the same item, wrapped.
      if (lineStart > start) yield { start, end: lineStart, isWhole: false };
      start = lineStart;
    }
    if (isFence) isCode = !isCode;
    lineStart = lineEnd;
  }
  if (start < text.length) yield { start, end: text.length, isWhole: false };
}

function splitRun(text: string, run: Run, base: number, spans: Span[]): void {
  const piece = text.slice(run.start, run.end);
  const first = marker.exec(piece)?.[0].length ?? 0;
  let start = 0;
  if (!run.isWhole) {
    for (const match of piece.matchAll(boundary)) {
      const end = match.index + match[0].length;
      if (end <= first || end >= piece.length || !isEnd(piece, match.index, match[0], end)) continue;
      push(spans, piece, start, end, base + run.start);
      start = end;
    }
  }
  push(spans, piece, start, piece.length, base + run.start);
}

function push(spans: Span[], piece: string, start: number, end: number, base: number): void {
  const raw = piece.slice(start, end);
  const trimmed = raw.trim();
  if (trimmed === '') return;
  const from = base + start + (raw.length - raw.trimStart().length);
  spans.push({ start: from, end: from + trimmed.length });
}

const wordBefore = /[\p{L}\p{N}][\p{L}\p{N}.-]*$/u;
const wordAfter = /^[\s"'“‘«(*_[]*([\p{L}\p{N}]+)/u;

/** Whether the terminator at `index` ends a sentence, by the words on both sides. */
function isEnd(piece: string, index: number, terminator: string, end: number): boolean {
  if (terminator[0] !== '.' || terminator.startsWith('..')) {
    // `Yahoo! announced`, `wait … what`: what goes on in lower case is the same sentence.
    return !/^\s+\p{Ll}/u.test(piece.slice(end, end + 40)) || /[。！？｡।॥؟۔]/u.test(terminator);
  }
  const next = wordAfter.exec(piece.slice(end, end + 60))?.[1] ?? '';
  if (/^\p{Ll}/u.test(next)) return false;
  const word = wordBefore.exec(piece.slice(Math.max(0, index - 24), index))?.[0] ?? '';
  const isBare = terminator === '.';
  if (!isBare || word === '') return true;
  const folded = word.toLowerCase();
  // `Herr` is written Hr.; HR is a department.
  if (neverLast.has(folded) && !/^\p{Lu}{2,}$/u.test(word)) return false;
  // Abbreviations written with spaces: `z. B.`, `p. ex.`
  if (/^\p{L}$/u.test(word) && /^\s+\p{L}{1,2}\./u.test(piece.slice(end, end + 12)) && /^\p{Ll}$/u.test(word))
    return false;
  const spaced = /(?:^|\s)(\p{Ll}{1,2}\.\s\p{L}{1,2})$/u.exec(piece.slice(Math.max(0, index - 8), index))?.[1];
  if (spaced !== undefined && neverLast.has(spaced.replace(/\s/g, '').toLowerCase())) return false;
  if (sometimesLast.has(folded)) return openers.test(next);
  // Initials (`J. Smith`) and dotted abbreviations (`S.p.A. Roma`).
  if (/^\p{Lu}$/u.test(word)) return next === '' || openers.test(next) || !/^\p{Lu}/u.test(next);
  if (/^(?:\p{L}\.)+\p{L}$/u.test(word)) return openers.test(next);
  // German ordinals: `am 3. Mai`, `im 2. Quartal`, `der 19. Bericht`.
  if (/^\d{1,2}$/.test(word))
    return (
      !months.test(next) &&
      !/\b(?:am|im|der|die|das|dem|den|des|vom|zum|zur|bis|ab|und)\s+\d{1,2}$/iu.test(
        piece.slice(Math.max(0, index - 12), index),
      )
    );
  return true;
}
