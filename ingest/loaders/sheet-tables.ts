/** The cells of a sheet to tables: regions between empty rows and columns, each with its title and header row. */
import { looksLikeHeader, pipeTable } from './pipe-table.ts';
import type { TextBuilder } from './text-builder.ts';

/** Rows and columns from 0; what is hidden is left out and closes up. */
export interface SheetGrid {
  readonly name: string;
  readonly rows: ReadonlyMap<number, ReadonlyMap<number, string>>;
  /** Rectangles, last row and column included, whose value stands in their first cell. */
  readonly merges: readonly Rectangle[];
}

export interface Rectangle {
  readonly top: number;
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
}

/** A merged cell that is larger than this is a frame, not a value; a longer text in one is no value that its rows share. */
const maxMergedCells = 10_000;
const maxSpreadCharacters = 500;
/** Over all merged cells of a sheet. */
const maxSpread = 200_000;
/** Cells of a region, most of them empty, that are still written as a table. */
const maxRegionCells = 2_000_000;

export function addSheet(builder: TextBuilder, grid: SheetGrid, page: number): void {
  builder.add('sheet', grid.name, { level: 1, page });
  const rows = spreadMerges(grid);
  for (const band of runsOf([...rows.keys()].sort((a, b) => a - b))) {
    const columns = new Set(band.flatMap((row) => [...(rows.get(row)?.keys() ?? [])]));
    for (const run of runsOf([...columns].sort((a, b) => a - b))) {
      if (band.length * run.length > maxRegionCells) {
        addScattered(builder, rows, band, page);
        break;
      }
      const cells = band
        .map((row) => run.map((column) => rows.get(row)?.get(column) ?? ''))
        .filter((row) => row.some((cell) => cell !== ''));
      addRegion(builder, cells, page);
    }
  }
}

/** Rows that share hardly any column: a table of them would be nearly empty and boundless. */
function addScattered(
  builder: TextBuilder,
  rows: ReadonlyMap<number, ReadonlyMap<number, string>>,
  band: readonly number[],
  page: number,
): void {
  const lines = band.map((row) => [...(rows.get(row) ?? [])].sort(([a], [b]) => a - b).map(([, text]) => text));
  builder.add('paragraph', lines.map((cells) => cells.join(' ').replace(/\s+/g, ' ')).join('\n'), { page });
}

function addRegion(builder: TextBuilder, cells: readonly (readonly string[])[], page: number): void {
  let first = 0;
  // A line above the columns is the table's title, not its header.
  for (; first < cells.length; first++) {
    const values = new Set(cells[first]?.filter((cell) => cell !== ''));
    const next = cells[first + 1]?.filter((cell) => cell !== '').length ?? 0;
    const isTitle = values.size === 1 && (cells.length === 1 || next > 1);
    if (!isTitle) break;
    const text = [...values][0] ?? '';
    builder.add(first + 1 < cells.length ? 'caption' : 'paragraph', text, { page });
  }
  const body = cells.slice(first);
  if (body.length === 0) return;
  const table = pipeTable(body, { hasHeader: looksLikeHeader(body) });
  builder.add('table', table.text, { page, headerLength: table.headerLength });
}

/** Everybody in a merged cell's rows and columns reads its value, so each of them gets it. */
function spreadMerges({ rows, merges }: SheetGrid): ReadonlyMap<number, ReadonlyMap<number, string>> {
  const filled = new Map<number, Map<number, string>>();
  for (const [row, cells] of rows) {
    const kept = new Map([...cells].filter(([, text]) => text.trim() !== ''));
    if (kept.size > 0) filled.set(row, kept);
  }
  let spread = 0;
  for (const { top, left, bottom, right } of merges) {
    const value = filled.get(top)?.get(left);
    const size = (bottom - top + 1) * (right - left + 1);
    if (value === undefined || value.length > maxSpreadCharacters || size > maxMergedCells) continue;
    spread += size;
    if (spread > maxSpread) break;
    for (let row = top; row <= bottom; row++) {
      const cells = filled.get(row) ?? new Map<number, string>();
      for (let column = left; column <= right; column++) if (!cells.has(column)) cells.set(column, value);
      filled.set(row, cells);
    }
  }
  return filled;
}

/** Consecutive numbers of an ascending list, together. */
function runsOf(numbers: readonly number[]): readonly (readonly number[])[] {
  const runs: number[][] = [];
  for (const number of numbers) {
    const run = runs.at(-1);
    if (run !== undefined && run.at(-1) === number - 1) run.push(number);
    else runs.push([number]);
  }
  return runs;
}
