/**
 * Tables by the places of their cells, with or without drawn rules. Producers write a table row by row, each cell whole, so
 * a row is a run of pieces whose cells begin at the same height and go to the right.
 */
import type { Piece } from './pdf-lines.ts';

interface Cell {
  readonly left: number;
  right: number;
  bottom: number;
  readonly lines: string[];
}

interface Row {
  readonly cells: readonly Cell[];
  readonly top: number;
  readonly bottom: number;
  /** Index after its last piece. */
  readonly end: number;
}

export interface FoundTable {
  readonly rows: readonly (readonly string[])[];
  /** Index after its last piece. */
  readonly end: number;
}

const maxCellLines = 14;
/** Longer cells in two columns are a page set in two columns. */
const proseCellLength = 48;
/** Distance between rows, in parts of the font size, over which they are two tables. */
const rowDistance = 4;

/** What stands alone before a list item or a caption: no cell. */
const markerOnly =
  /^(?:[•‣◦▪–—*·\uf0b7\uf0a7-]|o|\(?(?:\d{1,3}|[a-z]|[ivx]{1,5})[.)]|\[\d{1,3}\]|(?:table|figure|fig\.|tabelle|abbildung|abb\.|tableau)\s*\d{0,3}[.:]?)$/i;

/** The table that begins at the piece, or null. */
export function tableAt(pieces: readonly Piece[], start: number): FoundTable | null {
  const first = rowAt(pieces, start);
  if (first === null || first.cells.length < 2 || isMarked(first)) return null;
  const rows: Row[] = [first];
  let columns = columnsOf(first.cells);
  for (let position = first.end; position < pieces.length; ) {
    const row = rowAt(pieces, position);
    const last = rows.at(-1);
    const size = pieces[position]?.size ?? 10;
    if (row === null || last === undefined || row.top <= last.top || row.top - last.bottom > rowDistance * size) break;
    if (isMarked(row)) break;
    const merged = alignTo(columns, row.cells);
    if (merged === null) break;
    // A lone cell belongs to the table only between rows that have several.
    if (row.cells.length === 1) {
      const next = rowAt(pieces, row.end);
      const isInside =
        next !== null &&
        next.cells.length > 1 &&
        alignTo(columns, next.cells) !== null &&
        next.top - row.bottom <= rowDistance * size;
      const isFirstColumn = columnIndex(columns, row.cells[0]) === 0;
      if (!isInside && isFirstColumn) break;
    }
    columns = merged;
    rows.push(row);
    position = row.end;
  }
  if (rows.length < 2 || (rows.length === 2 && columns.length === 2 && isProse(rows))) return null;
  if (columns.length < 2 || isProse(rows)) return null;
  const grid = gridOf(rows, columns);
  return grid.length < 2 ? null : { rows: grid, end: rows.at(-1)?.end ?? start };
}

function isMarked(row: Row): boolean {
  return row.cells.length === 2 && markerOnly.test(row.cells[0]?.lines[0]?.trim() ?? '');
}

function rowAt(pieces: readonly Piece[], start: number): Row | null {
  const first = pieces[start];
  if (first === undefined || first.table !== null) return null;
  const cells: Cell[] = [{ left: first.left, right: first.right, bottom: first.y, lines: [first.text] }];
  let end = start + 1;
  for (; end < pieces.length; end++) {
    const piece = pieces[end];
    const cell = cells.at(-1);
    if (piece === undefined || cell === undefined || piece.table !== null) break;
    if (Math.abs(piece.y - first.y) < piece.size * 0.5 && piece.left > cell.right) {
      cells.push({ left: piece.left, right: piece.right, bottom: piece.y, lines: [piece.text] });
      continue;
    }
    const isBelow = piece.y > cell.bottom && piece.y - cell.bottom < piece.size * 1.5;
    const isSameCell =
      isBelow && piece.left < cell.right && piece.right > cell.left && cell.lines.length < maxCellLines;
    // In the first cell a further line is more likely the next row or plain text, unless a cell to its right follows at the row's height.
    if (!isSameCell || (cells.length === 1 && !returnsToTop(pieces, end, first))) break;
    cell.lines.push(piece.text);
    cell.right = Math.max(cell.right, piece.right);
    cell.bottom = piece.y;
  }
  return { cells, top: first.y, bottom: Math.max(...cells.map((cell) => cell.bottom)), end };
}

function returnsToTop(pieces: readonly Piece[], from: number, first: Piece): boolean {
  for (let index = from; index < Math.min(pieces.length, from + maxCellLines); index++) {
    const piece = pieces[index];
    if (piece === undefined) return false;
    if (Math.abs(piece.y - first.y) < piece.size * 0.5) return piece.left > first.right;
    if (Math.abs(piece.left - first.left) > piece.size * 3) return false;
  }
  return false;
}

interface Column {
  readonly left: number;
  readonly right: number;
}

function columnsOf(cells: readonly Cell[]): readonly Column[] {
  return cells.map((cell) => ({ left: cell.left, right: cell.right }));
}

/** The columns widened by the cells; null where a cell lies across two columns. */
function alignTo(columns: readonly Column[], cells: readonly Cell[]): readonly Column[] | null {
  let result: Column[] = [...columns];
  for (const cell of cells) {
    const hits = result.filter((column) => cell.left < column.right && cell.right > column.left);
    const [hit] = hits;
    if (hits.length > 1) return null;
    if (hit === undefined) {
      result = [...result, { left: cell.left, right: cell.right }].sort((a, b) => a.left - b.left);
      // One new column may show up in a later row (an empty cell above it); more is another layout.
      if (result.length > columns.length + 1) return null;
    } else {
      const index = result.indexOf(hit);
      result[index] = { left: Math.min(hit.left, cell.left), right: Math.max(hit.right, cell.right) };
    }
  }
  return result;
}

function columnIndex(columns: readonly Column[], cell: Cell | undefined): number {
  if (cell === undefined) return -1;
  return columns.findIndex((column) => cell.left < column.right && cell.right > column.left);
}

function isProse(rows: readonly Row[]): boolean {
  const lengths = rows.flatMap((row) =>
    row.cells.map((cell) => cell.lines.reduce((sum, line) => sum + line.length, 0) / cell.lines.length),
  );
  const long = lengths.filter((length) => length > proseCellLength).length;
  return long > lengths.length * 0.5;
}

/** Cells in their columns; a lone cell outside the first column goes on with the row above. */
function gridOf(rows: readonly Row[], columns: readonly Column[]): readonly (readonly string[])[] {
  const grid: string[][] = [];
  for (const row of rows) {
    const index = columnIndex(columns, row.cells[0]);
    const above = grid.at(-1);
    const target =
      row.cells.length === 1 && index > 0 && above !== undefined ? above : new Array<string>(columns.length).fill('');
    for (const cell of row.cells) {
      const column = columnIndex(columns, cell);
      const text = cell.lines.join(' ');
      if (column >= 0)
        target[column] = target[column] === '' || target[column] === undefined ? text : `${target[column]} ${text}`;
    }
    if (target !== above) grid.push(target);
  }
  return grid;
}
