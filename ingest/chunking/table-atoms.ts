/**
 * Tables to atoms: the whole where it fits, else its rows, each knowing what a chunk that begins with it has to repeat. A row is
 * cut only where it does not fit under its caption and the names of its columns, then between cells, each part under its own.
 */
import type { Block } from '../../src/core/document.ts';
import { plainText, readableCells } from '../../src/core/readable.ts';
import { cellsOf, isRuleLine, isTableRow } from '../../src/core/tables.ts';
import type { TokenCounter } from '../../src/core/tokens.ts';
import {
  type Atom,
  type AtomLimits,
  atom,
  boundaryCosts,
  type CountedText,
  cutToFit,
  lineSpans,
  type Piece,
  type RepeatedParts,
  type RepeatedText,
} from './atoms.ts';
import { firstWords } from './index-prefix.ts';

/** Of a chunk, what the names of the columns may fill at most; longer ones are shortened cell by cell. */
const headerShare = 0.5;
/** The same for the caption, and for the first cell of a row that had to be cut. */
const captionShare = 1 / 8;
const maxNameLength = 40;
/**
 * From so many columns on, rows are also embedded as lines of `column: value`. Measured with bench/tables.ts: over tables of 4 to 20
 * columns the chunk with a cell's row ranks first for .89 of the questions with the lines and for .70 without.
 */
const wideColumns = 4;

/** `caption` is the block that names the table, wherever it stands. Everything that is not white space lies in exactly one atom. */
export function tableAtoms(
  table: Block,
  caption: Block | null,
  text: string,
  tokens: TokenCounter,
  limits: AtomLimits,
): readonly Atom[] {
  const captionText = caption === null ? null : repeatedCaption(caption, text, tokens, limits.maxTokens * captionShare);
  const maxTokens = limits.maxTokens - (captionText?.tokens ?? 0);
  const columns = columnsOf(table, text, tokens, limits.maxTokens * headerShare);
  const repeated: RepeatedParts = { caption: captionText, header: columns.header };
  const rowTokens = maxTokens - (columns.header?.tokens ?? 0);
  const bodyStart = Math.max(table.start, table.headerEnd ?? table.start);

  const header = headerAtoms(table, bodyStart, text, tokens, maxTokens, rowTokens);
  const rows = lineSpans(text, bodyStart, table.end).flatMap((span): Atom[] => {
    const row = atom(table, span, tokens.count(text.slice(span.start, span.end)), boundaryCosts.row);
    if (row.tokens > rowTokens || (columns.names.length > 0 && columns.header === null)) {
      return rowParts(table, row, captionText, columns, text, tokens, maxTokens);
    }
    return [withLine(row, columns, text, tokens, rowTokens)];
  });
  const atoms = [...header, ...rows].map((part) => ({ ...part, repeated: part.repeated ?? repeated }));
  const begin = caption !== null && caption.start < table.start ? boundaryCosts.glued : boundaryCosts.block;
  const costs = [begin, ...header.map(() => boundaryCosts.glued)];
  return (
    whole(table, atoms, begin, maxTokens) ??
    atoms.map((part, index) => ({ ...part, breakCost: costs[index] ?? part.breakCost }))
  );
}

/** Null where the table does not fit into one chunk. */
function whole(table: Block, atoms: readonly Atom[], beginCost: number, maxTokens: number): readonly Atom[] | null {
  const [first] = atoms;
  const sum = atoms.reduce((total, part) => total + part.tokens + (part.lines?.tokens ?? 0), 0);
  if (first === undefined || sum > maxTokens || atoms.some((part) => part.isAlone)) return null;
  const lines = atoms.flatMap((part) => part.lines ?? []);
  const tokens = atoms.reduce((total, part) => total + part.tokens, 0);
  return [
    {
      ...atom(table, table, tokens, beginCost),
      repeated: first.repeated,
      lines: lines.length === 0 ? null : joined(lines),
    },
  ];
}

function joined(lines: readonly CountedText[]): CountedText {
  return {
    text: lines.map((line) => line.text).join('\n'),
    tokens: lines.reduce((sum, line) => sum + line.tokens, 0),
  };
}

function repeatedCaption(caption: Block, text: string, tokens: TokenCounter, maxTokens: number): RepeatedText {
  const { start, end } = caption;
  const words = text.slice(start, end).replace(/\s+/g, ' ').trim();
  return { start, end, ...firstWords(words, tokens, Math.floor(maxTokens)) };
}

interface Columns {
  /** One a column, the rows of the header joined; empty where the table has no header. */
  readonly names: readonly string[];
  /** `names` without markup. */
  readonly plainNames: readonly string[];
  /** Names as parts of a row repeat them, each with its pipe. */
  readonly shortNames: readonly CountedText[];
  /** What chunks of whole rows repeat; null without a header, and where not even one word a column fits. */
  readonly header: RepeatedText | null;
}

function columnsOf(table: Block, text: string, tokens: TokenCounter, maxTokens: number): Columns {
  const [span] = trimmed(text, table.start, table.headerEnd ?? table.start);
  if (span === undefined) return { names: [], plainNames: [], shortNames: [], header: null };
  const lines = text
    .slice(span.start, span.end)
    .split('\n')
    .filter((line) => line.trim() !== '' && !isRuleLine(line));
  const names = joinedCells(lines.map(cellsOf));
  const line = lines.length === 1 ? (lines[0] ?? '').trim() : pipeRow(names);
  const shortened = longestThatFits(line, names, tokens, maxTokens);
  return {
    names,
    plainNames: names.map(plainText),
    shortNames: names.map((name) => {
      const short = firstWords(name, tokens, Math.floor(maxTokens / 2));
      return { text: short.text, tokens: short.tokens + 1 };
    }),
    header: shortened === null ? null : { ...span, ...shortened },
  };
}

/** Cell by cell, what stands in each row of a header, without what the row above says already. */
function joinedCells(rows: readonly (readonly string[])[]): readonly string[] {
  const width = rows.reduce((most, row) => Math.max(most, row.length), 0);
  return Array.from({ length: width }, (_, column) => {
    const cells = rows.map((row) => row[column] ?? '').filter((cell) => cell !== '');
    return cells.filter((cell, index) => cell !== cells[index - 1]).join(' ');
  });
}

function pipeRow(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

/** The line itself, or its cells with as many words each as fit; null where even the first words are too many. */
function longestThatFits(
  line: string,
  names: readonly string[],
  tokens: TokenCounter,
  maxTokens: number,
): CountedText | null {
  const full = tokens.count(line);
  if (full <= maxTokens) return { text: line, tokens: full };
  const words = names.map((name) => name.split(/\s+/).map(beginningOf));
  const most = words.reduce((longest, ofName) => Math.max(longest, ofName.length), 1);
  let best: CountedText | null = null;
  let [low, high] = [1, most];
  while (low <= high) {
    const middle = (low + high) >> 1;
    const short = pipeRow(words.map((ofName) => ofName.slice(0, middle).join(' ')));
    const count = tokens.count(short);
    if (count <= maxTokens) {
      best = { text: short, tokens: count };
      low = middle + 1;
    } else {
      high = middle - 1;
    }
  }
  return best;
}

/** Names that are one endless word are recognised by how they begin. */
function beginningOf(word: string): string {
  return word.length <= maxNameLength ? word : [...word].slice(0, maxNameLength).join('');
}

/** The header as it stands, in one piece where that fits. A chunk that begins with a later piece repeats the names too. */
function headerAtoms(
  table: Block,
  bodyStart: number,
  text: string,
  tokens: TokenCounter,
  maxTokens: number,
  partTokens: number,
): Atom[] {
  const [span] = trimmed(text, table.start, bodyStart);
  if (span === undefined) return [];
  const count = tokens.count(text.slice(span.start, span.end));
  if (count <= maxTokens) return [atom(table, span, count, boundaryCosts.block)];
  return cutToFit(text, span, tokens, partTokens).map((part) =>
    atom(table, part, part.tokens, boundaryCosts.withinSentence),
  );
}

function trimmed(text: string, start: number, end: number): readonly Piece[] {
  const spans = lineSpans(text, start, end);
  const [first] = spans;
  const last = spans.at(-1);
  return first === undefined || last === undefined ? [] : [{ start: first.start, end: last.end }];
}

function withLine(row: Atom, { plainNames }: Columns, text: string, tokens: TokenCounter, rowTokens: number): Atom {
  const raw = text.slice(row.start, row.end);
  if (plainNames.length < wideColumns || !isTableRow(raw)) return row;
  const line = readableCells(cellsOf(raw).map(plainText), plainNames);
  const count = tokens.count(line);
  return line === '' || row.tokens + count > rowTokens ? row : { ...row, lines: { text: line, tokens: count } };
}

/** Parts of one row between its cells, each under the names of its own columns and, but for the first, the row's first cell. */
function rowParts(
  table: Block,
  row: Atom,
  caption: RepeatedText | null,
  { plainNames, shortNames }: Columns,
  text: string,
  tokens: TokenCounter,
  maxTokens: number,
): Atom[] {
  const cells = cellSpans(text, row).map((span) => ({
    ...span,
    tokens: tokens.count(text.slice(span.start, span.end)),
  }));
  const [first = row] = cells;
  const key = readableCells([plainText(cellsOf(text.slice(first.start, first.end))[0] ?? '')], plainNames.slice(0, 1));
  const keyLine = firstWords(key, tokens, Math.floor(maxTokens * captionShare));
  const parts: Atom[] = [];
  for (let from = 0; from < cells.length; ) {
    let sum = from === 0 ? closingPipe : closingPipe + keyLine.tokens;
    let to = from;
    do {
      sum += (cells[to]?.tokens ?? 0) + (shortNames[to]?.tokens ?? 0);
      to++;
    } while (to < cells.length && sum + (cells[to]?.tokens ?? 0) + (shortNames[to]?.tokens ?? 0) <= maxTokens);
    const span = { start: cells[from]?.start ?? row.start, end: cells[to - 1]?.end ?? row.end };
    const names = shortNames.slice(from, to).map((name) => name.text);
    const above = [
      ...(from > 0 && keyLine.text !== '' ? [keyLine.text] : []),
      ...(names.length > 0 ? [pipeRow(names)] : []),
    ].join('\n');
    const header = { text: above, tokens: tokens.count(above), ...nowhere };
    // A cell that is too large alone is cut within; every piece of it stands under its column.
    for (const piece of cutToFit(text, span, tokens, Math.max(1, maxTokens - header.tokens))) {
      const cost = parts.length === 0 ? row.breakCost : boundaryCosts.row;
      parts.push({ ...atom(table, piece, piece.tokens, cost), repeated: { caption, header }, isAlone: true });
    }
    from = to;
  }
  return parts;
}

const closingPipe = 1;
/** Of what is made of several places: no chunk holds it. */
const nowhere = { start: -1, end: -1 };

/** Each cell with the pipe before it; the last one with the pipe that ends the row. */
function cellSpans(text: string, row: Piece): readonly Piece[] {
  const raw = text.slice(row.start, row.end);
  const pipes = [...raw.matchAll(/(?<!\\)\|/g)].map((match) => match.index);
  const starts = pipes.filter((pipe) => raw.slice(pipe + 1).trim() !== '');
  if (starts[0] !== 0) starts.unshift(0);
  return starts.flatMap((start, index) =>
    trimmed(text, row.start + start, row.start + (starts[index + 1] ?? raw.length)),
  );
}
