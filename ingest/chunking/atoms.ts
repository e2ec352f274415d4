/**
 * The smallest pieces that a chunk may be cut between: sentences, list items, lines of code, headings; table-atoms.ts has those
 * of tables. A piece larger than the budget is cut at clauses, then words, then characters.
 */
import type { Block } from '../../src/core/document.ts';
import { splitSentences } from '../../src/core/sentences.ts';
import type { TokenCounter } from '../../src/core/tokens.ts';

export interface Atom {
  readonly start: number;
  readonly end: number;
  readonly tokens: number;
  readonly kind: Block['kind'];
  readonly page: number | null;
  /** How much it costs to begin a chunk here; see `boundaryCosts`. */
  readonly breakCost: number;
  /** What a chunk repeats of the table or the list that it lies in. */
  readonly repeated: RepeatedParts | null;
  /** Only of wide tables: its rows as they are embedded beside its text. */
  readonly lines: CountedText | null;
  /** A part of a row: never in one chunk with anything else. */
  readonly isAlone: boolean;
}

export interface CountedText {
  readonly text: string;
  readonly tokens: number;
}

/** Shared by all atoms of one table or list; each part of a row that had to be cut has one of its own. */
export interface RepeatedParts {
  /** Of a list, the sentence that leads to it. */
  readonly caption: RepeatedText | null;
  readonly header: RepeatedText | null;
}

/** What stands at this span, perhaps shortened; repeated where a chunk does not hold the span itself. */
export interface RepeatedText extends CountedText {
  readonly start: number;
  readonly end: number;
}

/** Compared with the costs in budget.ts; only their order and rough distances matter. */
export const boundaryCosts = {
  block: 0,
  listItem: 0.05,
  sentence: 0.12,
  /** Rows and lines are cut only where the whole does not fit. */
  row: 0.1,
  withinSentence: 0.6,
  /** A heading without its text, a caption without its table, a header without its rows, what leads to a list without the list. */
  glued: 3,
} as const;

export interface AtomLimits {
  /** No atom is larger. */
  readonly maxTokens: number;
}

/** Pieces of one block that is no table. Everything in it that is not white space lies in exactly one of them. */
export function atomsOf(block: Block, text: string, tokens: TokenCounter, limits: AtomLimits): readonly Atom[] {
  switch (block.kind) {
    case 'code':
      return wholeOrParts(block, lineSpans(text, block.start, block.end), boundaryCosts.row, text, tokens, limits);
    case 'list': {
      const items = itemSpans(text, block.start, block.end);
      return piecesOf(block, items, boundaryCosts.listItem, text, tokens, limits, true);
    }
    case 'heading':
    case 'slide':
    case 'sheet':
      return piecesOf(block, [block], boundaryCosts.block, text, tokens, limits, false);
    default:
      return piecesOf(
        block,
        sentenceSpans(text, block.start, block.end),
        boundaryCosts.sentence,
        text,
        tokens,
        limits,
        false,
      );
  }
}

export interface Piece {
  readonly start: number;
  readonly end: number;
}

function piecesOf(
  block: Block,
  pieces: readonly Piece[],
  cost: number,
  text: string,
  tokens: TokenCounter,
  limits: AtomLimits,
  hasSentences: boolean,
): Atom[] {
  const atoms: Atom[] = [];
  for (const piece of pieces) {
    const count = tokens.count(text.slice(piece.start, piece.end));
    const breakCost = atoms.length === 0 ? boundaryCosts.block : cost;
    if (count <= limits.maxTokens) {
      atoms.push(atom(block, piece, count, breakCost));
    } else if (hasSentences) {
      const sentences = sentenceSpans(text, piece.start, piece.end);
      const inner = piecesOf(block, sentences, boundaryCosts.sentence, text, tokens, limits, false);
      atoms.push(...inner.map((part, index) => (index === 0 ? { ...part, breakCost } : part)));
    } else {
      const parts = cutToFit(text, piece, tokens, limits.maxTokens);
      atoms.push(
        ...parts.map((part, index) =>
          atom(block, part, part.tokens, index === 0 ? breakCost : boundaryCosts.withinSentence),
        ),
      );
    }
  }
  return atoms;
}

export function atom(block: Block, { start, end }: Piece, count: number, breakCost: number): Atom {
  const { kind, page } = block;
  return { start, end, tokens: count, kind, page, breakCost, repeated: null, lines: null, isAlone: false };
}

/** One atom when the block fits, so that it is never cut; its parts otherwise. */
function wholeOrParts(
  block: Block,
  parts: readonly Piece[],
  cost: number,
  text: string,
  tokens: TokenCounter,
  limits: AtomLimits,
): readonly Atom[] {
  const atoms = piecesOf(block, parts, cost, text, tokens, limits, false);
  const sum = atoms.reduce((total, part) => total + part.tokens, 0);
  return sum <= limits.maxTokens ? [atom(block, block, sum, boundaryCosts.block)] : atoms;
}

/** Sentences widened so that nothing but white space lies between them. */
function sentenceSpans(text: string, start: number, end: number): readonly Piece[] {
  const sentences = splitSentences(text.slice(start, end), start);
  const starts = sentences.map((sentence, index) => (index === 0 ? start : sentence.start));
  return tile(text, starts.length === 0 ? [start] : starts, end);
}

export function lineSpans(text: string, start: number, end: number): readonly Piece[] {
  const starts = [start];
  for (
    let newline = text.indexOf('\n', start);
    newline !== -1 && newline < end;
    newline = text.indexOf('\n', newline + 1)
  ) {
    starts.push(newline + 1);
  }
  return tile(text, starts, end);
}

const itemMarker = /^([^\S\n]*)(?:[-*+•‣◦▪–]|\(?\d{1,9}[.)]|\(?[a-z]\))\s/;

/** Items of the outermost level; what is nested stays with its item. */
function itemSpans(text: string, start: number, end: number): readonly Piece[] {
  const starts: number[] = [];
  let outer: number | null = null;
  for (const line of lineSpans(text, start, end)) {
    const lineStart = text.lastIndexOf('\n', line.start - 1) + 1;
    const indent = itemMarker.exec(text.slice(lineStart, Math.min(line.end + 1, lineStart + 80)))?.[1]?.length;
    if (indent === undefined || (outer !== null && indent > outer + 1)) continue;
    outer = outer === null ? indent : Math.min(outer, indent);
    starts.push(line.start);
  }
  if (starts[0] === undefined || starts[0] > start) starts.unshift(start);
  return tile(text, starts, end);
}

/** Spans from each start to the next, without the white space around them; empty ones are dropped. */
function tile(text: string, starts: readonly number[], end: number): readonly Piece[] {
  const pieces: Piece[] = [];
  for (const [index, start] of starts.entries()) {
    const trimmed = trimSpan(text, start, starts[index + 1] ?? end);
    if (trimmed !== null) pieces.push(trimmed);
  }
  return pieces;
}

function trimSpan(text: string, start: number, end: number): Piece | null {
  const raw = text.slice(start, end);
  const trimmed = raw.trim();
  if (trimmed === '') return null;
  const from = start + (raw.length - raw.trimStart().length);
  return { start: from, end: from + trimmed.length };
}

interface CountedPiece extends Piece {
  readonly tokens: number;
}

const clauseEnd = /[,;:)\]|–—]$/;

/** Pieces of at most `maxTokens`, cut after the last clause that fits, else the last word, else within the word. */
export function cutToFit(text: string, piece: Piece, tokens: TokenCounter, maxTokens: number): readonly CountedPiece[] {
  const words: CountedPiece[] = [];
  for (const match of text.slice(piece.start, piece.end).matchAll(/\S+/g)) {
    const start = piece.start + match.index;
    words.push(...cutWord(text, start, start + match[0].length, tokens, maxTokens));
  }
  const parts: CountedPiece[] = [];
  let from = 0;
  while (from < words.length) {
    let sum = 0;
    let to = from;
    let clause = -1;
    for (let index = from; index < words.length; index++) {
      const word = words[index];
      if (word === undefined || sum + word.tokens > maxTokens) break;
      sum += word.tokens;
      to = index + 1;
      // A clause in the first half would leave a piece that is too small to stand alone.
      if (sum > maxTokens / 2 && clauseEnd.test(text.slice(word.start, word.end))) clause = to;
    }
    const isRest = to >= words.length;
    const stop = isRest || clause === -1 ? Math.max(to, from + 1) : clause;
    const first = words[from];
    const last = words[stop - 1];
    if (first === undefined || last === undefined) break;
    const count = words.slice(from, stop).reduce((total, word) => total + word.tokens, 0);
    parts.push({ start: first.start, end: last.end, tokens: count });
    from = stop;
  }
  return parts;
}

function cutWord(
  text: string,
  start: number,
  end: number,
  tokens: TokenCounter,
  maxTokens: number,
): readonly CountedPiece[] {
  const count = tokens.count(text.slice(start, end));
  if (count <= maxTokens || end - start < 2) return [{ start, end, tokens: count }];
  let middle = Math.floor((start + end) / 2);
  // Never between the halves of a surrogate pair.
  if ((text.charCodeAt(middle) & 0xfc00) === 0xdc00) middle += middle + 1 < end ? 1 : -1;
  if (middle <= start || middle >= end) return [{ start, end, tokens: count }];
  return [...cutWord(text, start, middle, tokens, maxTokens), ...cutWord(text, middle, end, tokens, maxTokens)];
}
