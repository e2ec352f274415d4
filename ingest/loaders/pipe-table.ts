/** Tables as pipe tables: one row a line, the header rows closed by a rule line. */
import { isYear } from '../../src/core/dates.ts';

export interface PipeTable {
  readonly text: string;
  /** Length of header and rule line, 0 without a header. */
  readonly headerLength: number;
}

const maxFilling = 10;
const minCells = 100_000;

export function pipeTable(rows: readonly (readonly string[])[], options: { readonly hasHeader: boolean }): PipeTable {
  const filled = rows.filter((row) => row.some((cell) => cell.trim() !== ''));
  const columns = filled.reduce((most, row) => Math.max(most, row.length), 0);
  const cells = filled.reduce((sum, row) => sum + row.length, 0);
  // One endless row among many short ones would fill the memory with empty cells.
  const isRagged = filled.length * columns > cells * maxFilling + minCells;
  const lines = filled.map((row) => pipeRow(row, isRagged ? row.length : columns));
  const [header, ...body] = lines;
  if (header === undefined) return { text: '', headerLength: 0 };
  if (!options.hasHeader || body.length === 0) return { text: lines.join('\n'), headerLength: 0 };
  const head = `${header}\n|${' --- |'.repeat(columns)}`;
  return { text: `${head}\n${body.join('\n')}`, headerLength: head.length };
}

type CellKind = 'empty' | 'year' | 'number' | 'date' | 'text';

const kindRows = 100;
const usualShare = 0.7;

/** A first row whose cells are of another kind than those below them; where all is text, it names the columns. */
export function looksLikeHeader(rows: readonly (readonly string[])[]): boolean {
  const [first, ...body] = rows.slice(0, kindRows);
  if (first === undefined) return false;
  let votes = 0;
  for (const [column, cell] of first.entries()) {
    const kind = cellKind(cell);
    const usual = usualKind(body.map((row) => cellKind(row[column] ?? '')));
    if (usual === null || kind === 'empty') continue;
    if (kind !== usual) votes += kind === 'text' || kind === 'year' || usual === 'text' ? 1 : -1;
    else if (kind !== 'text') votes -= 1;
  }
  return votes > 0 || (votes === 0 && first.every((cell) => !['number', 'year', 'date'].includes(cellKind(cell))));
}

/** Null where the cells of a column have nothing in common. */
function usualKind(kinds: readonly CellKind[]): CellKind | null {
  const filled = kinds.filter((kind) => kind !== 'empty');
  const [usual] = [...Map.groupBy(filled, (kind) => kind)].toSorted(([, a], [, b]) => b.length - a.length);
  return usual !== undefined && usual[1].length >= filled.length * usualShare ? usual[0] : null;
}

function cellKind(cell: string): CellKind {
  const text = cell.trim();
  if (text === '' || /^(?:-|–|n\/?a|null|none)$/i.test(text)) return 'empty';
  if (isYear(text)) return 'year';
  if (/^\(?[-+−]?[€$£]?\s?[\d.,'\s]*\d\)?\s?[%€$£]?$/.test(text)) return 'number';
  return /^\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}/.test(text) ? 'date' : 'text';
}

function pipeRow(row: readonly string[], columns: number): string {
  const cells = Array.from({ length: columns }, (_, index) => escapeCell(row[index] ?? ''));
  return `| ${cells.join(' | ')} |`;
}

function escapeCell(cell: string): string {
  return cell.replace(/\s+/g, ' ').trim().replaceAll('|', '\\|');
}
