/** Tables that are drawn with rules: cells are what the lines part, and one without a line inside spans rows or columns. */
import type { Segment } from './pdf-drawing.ts';
import type { FlatRun, Leaf } from './pdf-flat.ts';
import { type Piece, piecesOf } from './pdf-lines.ts';

/** In points: lines this close are one. */
const snap = 2.5;
/** A line may stop short of the one that it meets. */
const reach = 4;
const maxCells = 20_000;
const maxSegmentsOfPage = 4_000;

interface Grid {
  /** Places of the vertical lines, from the left. */
  readonly xs: readonly number[];
  /** Places of the horizontal lines, from the top. */
  readonly ys: readonly number[];
  readonly verticals: readonly Segment[];
  readonly horizontals: readonly Segment[];
}

/** The leaf's pieces, with ruled tables in the places where their text begins. */
export function piecesWithTables(leaf: Leaf): readonly Piece[] {
  const grids = gridsOf(leaf.segments);
  if (grids.length === 0) return piecesOf(leaf.runs);
  const members = new Map<Grid, FlatRun[]>();
  const parts: (FlatRun[] | Grid)[] = [];
  for (const run of leaf.runs) {
    const grid = grids.find((candidate) => isInside(run, candidate));
    if (grid === undefined) {
      const last = parts.at(-1);
      if (Array.isArray(last)) last.push(run);
      else parts.push([run]);
      continue;
    }
    const known = members.get(grid);
    if (known === undefined) {
      members.set(grid, [run]);
      parts.push(grid);
    } else {
      known.push(run);
    }
  }
  return parts.flatMap((part) => (Array.isArray(part) ? piecesOf(part) : tablePieces(part, members.get(part) ?? [])));
}

function isInside(run: FlatRun, grid: Grid): boolean {
  const x = (run.left + run.right) / 2;
  const y = run.y - run.size * 0.3;
  return x >= (grid.xs[0] ?? 0) && x <= (grid.xs.at(-1) ?? 0) && y >= (grid.ys[0] ?? 0) && y <= (grid.ys.at(-1) ?? 0);
}

function tablePieces(grid: Grid, runs: readonly FlatRun[]): readonly Piece[] {
  const rows = rowsOf(grid, runs);
  const filled = rows.filter((row) => row.some((cell) => cell !== ''));
  const columns = (filled[0] ?? []).filter((_, index) => filled.some((row) => row[index] !== '')).length;
  const [first] = runs;
  // A frame around prose, or lines for writing on.
  if (first === undefined || filled.length < 2 || columns < 2) return piecesOf(runs);
  const kept = filled.map((row) => row.filter((_, index) => filled.some((other) => other[index] !== '')));
  return [
    {
      text: '',
      left: grid.xs[0] ?? 0,
      right: grid.xs.at(-1) ?? 0,
      y: grid.ys.at(-1) ?? 0,
      size: first.size,
      font: first.font,
      isBold: false,
      isArtifact: false,
      table: kept,
    },
  ];
}

function rowsOf(grid: Grid, runs: readonly FlatRun[]): readonly (readonly string[])[] {
  const columns = grid.xs.length - 1;
  const rows = grid.ys.length - 1;
  const region = regionsOf(grid, rows, columns);
  const inRegion = new Map<number, FlatRun[]>();
  for (const run of runs) {
    const column = slotOf(grid.xs, (run.left + run.right) / 2);
    const row = slotOf(grid.ys, run.y - run.size * 0.3);
    const key = region[row * columns + column] ?? 0;
    const known = inRegion.get(key);
    if (known === undefined) inRegion.set(key, [run]);
    else known.push(run);
  }
  const lines = new Map([...inRegion].map(([key, own]) => [key, linesOf(own)]));
  const result: (readonly string[])[] = [];
  for (let row = 0; row < rows; row++) {
    const keys = Array.from({ length: columns }, (_, column) => region[row * columns + column] ?? 0);
    const isOwn = keys.every((key) => Math.floor(key / columns) === row && region[key + columns] !== key);
    const cells = keys.map((key) => lines.get(key) ?? []);
    result.push(...(isOwn ? subRows(cells) : [cells.map(joined)]));
  }
  return result;
}

interface CellLine {
  readonly y: number;
  readonly text: string;
}

function linesOf(runs: readonly FlatRun[]): readonly CellLine[] {
  const lines: { y: number; text: string }[] = [];
  for (const piece of piecesOf(runs)) {
    const line = lines.find((other) => Math.abs(other.y - piece.y) < piece.size * 0.5);
    if (line === undefined) lines.push({ y: piece.y, text: piece.text });
    else line.text += ` ${piece.text}`;
  }
  return lines.toSorted((a, b) => a.y - b.y);
}

function joined(lines: readonly CellLine[]): string {
  return lines.map((line) => line.text).join(' ');
}

/** Where rules part only groups of rows, all columns have the same lines at the same heights. */
function subRows(cells: readonly (readonly CellLine[])[]): readonly (readonly string[])[] {
  const filled = cells.filter((lines) => lines.length > 0);
  const [first] = filled;
  const isGroup =
    first !== undefined &&
    first.length >= 3 &&
    filled.length >= 2 &&
    filled.every(
      (lines) =>
        lines.length === first.length && lines.every((line, index) => Math.abs(line.y - (first[index]?.y ?? 0)) < 2),
    );
  if (!isGroup) return [cells.map(joined)];
  return first.map((_, index) => cells.map((lines) => lines[index]?.text ?? ''));
}

/** For each cell, the first cell of the region that it belongs to: without a line between them, two cells are one. */
function regionsOf(grid: Grid, rows: number, columns: number): readonly number[] {
  const region = Array.from({ length: rows * columns }, (_, index) => index);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const own = region[row * columns + column] ?? 0;
      const middleX = ((grid.xs[column] ?? 0) + (grid.xs[column + 1] ?? 0)) / 2;
      const middleY = ((grid.ys[row] ?? 0) + (grid.ys[row + 1] ?? 0)) / 2;
      if (column + 1 < columns && !isParted(grid.verticals, grid.xs[column + 1] ?? 0, middleY, 'x'))
        merge(region, row * columns + column + 1, own);
      if (row + 1 < rows && !isParted(grid.horizontals, grid.ys[row + 1] ?? 0, middleX, 'y'))
        merge(region, (row + 1) * columns + column, region[row * columns + column] ?? 0);
    }
  }
  return region;
}

function merge(region: number[], cell: number, into: number): void {
  const old = region[cell] ?? cell;
  const target = Math.min(old, into);
  const other = Math.max(old, into);
  if (target === other) return;
  for (const [index, key] of region.entries()) if (key === other) region[index] = target;
}

function isParted(lines: readonly Segment[], at: number, across: number, axis: 'x' | 'y'): boolean {
  return lines.some((line) =>
    axis === 'x'
      ? Math.abs(line.x1 - at) <= snap && line.y1 - reach <= across && line.y2 + reach >= across
      : Math.abs(line.y1 - at) <= snap && line.x1 - reach <= across && line.x2 + reach >= across,
  );
}

function slotOf(places: readonly number[], value: number): number {
  const index = places.findLastIndex((place) => place <= value);
  return Math.min(places.length - 2, Math.max(0, index));
}

function gridsOf(segments: readonly Segment[]): readonly Grid[] {
  if (segments.length < 4 || segments.length > maxSegmentsOfPage) return [];
  const horizontals = mergeLines(segments.filter((line) => line.y2 - line.y1 < 1 && line.x2 - line.x1 >= 1));
  const verticals = mergeLines(
    segments.filter((line) => line.x2 - line.x1 < 1 && line.y2 - line.y1 >= 1).map(swap),
  ).map(swap);
  return groupsOf(horizontals, verticals)
    .map((group) => gridOf(group.horizontals, group.verticals))
    .filter((grid) => grid !== null);
}

function swap({ x1, y1, x2, y2 }: Segment): Segment {
  return { x1: y1, y1: x1, x2: y2, y2: x2 };
}

/** Level lines at one height that touch are one line: borders are mostly drawn cell by cell, and twice. */
function mergeLines(lines: readonly Segment[]): readonly Segment[] {
  const merged: { x1: number; y1: number; x2: number; y2: number }[] = [];
  const rows: (typeof merged)[] = [];
  for (const line of lines.toSorted((a, b) => a.y1 - b.y1)) {
    const row = rows.at(-1);
    if (row !== undefined && line.y1 - (row[0]?.y1 ?? 0) <= snap) row.push({ ...line });
    else rows.push([{ ...line }]);
  }
  for (const row of rows) {
    const y = row[0]?.y1 ?? 0;
    let last: (typeof merged)[number] | null = null;
    for (const line of row.toSorted((a, b) => a.x1 - b.x1)) {
      if (last !== null && line.x1 <= last.x2 + reach) {
        last.x2 = Math.max(last.x2, line.x2);
      } else {
        last = { x1: line.x1, y1: y, x2: line.x2, y2: y };
        merged.push(last);
      }
    }
  }
  return merged;
}

interface Group {
  readonly horizontals: Segment[];
  readonly verticals: Segment[];
}

/** Lines that meet. */
function groupsOf(horizontals: readonly Segment[], verticals: readonly Segment[]): readonly Group[] {
  const parent = Array.from({ length: horizontals.length + verticals.length }, (_, index) => index);
  const rootOf = (index: number): number => {
    let root = index;
    while (parent[root] !== root) root = parent[root] ?? root;
    parent[index] = root;
    return root;
  };
  for (const [h, level] of horizontals.entries()) {
    for (const [v, upright] of verticals.entries()) {
      const meets =
        upright.x1 >= level.x1 - reach &&
        upright.x1 <= level.x2 + reach &&
        level.y1 >= upright.y1 - reach &&
        level.y1 <= upright.y2 + reach;
      if (meets) parent[rootOf(horizontals.length + v)] = rootOf(h);
    }
  }
  const groups = new Map<number, Group>();
  const groupAt = (index: number) => {
    const root = rootOf(index);
    const known = groups.get(root) ?? { horizontals: [], verticals: [] };
    groups.set(root, known);
    return known;
  };
  for (const [index, line] of horizontals.entries()) groupAt(index).horizontals.push(line);
  for (const [index, line] of verticals.entries()) groupAt(horizontals.length + index).verticals.push(line);
  return [...groups.values()];
}

function gridOf(horizontals: readonly Segment[], verticals: readonly Segment[]): Grid | null {
  if (horizontals.length < 2 || verticals.length < 1) return null;
  // Tables are often open at the sides: there the lines of the other direction end.
  const xs = placesOf([...verticals.map((line) => line.x1), ...endsOf(horizontals, 'x1', 'x2')]);
  const ys = placesOf([...horizontals.map((line) => line.y1), ...endsOf(verticals, 'y1', 'y2')]);
  if (xs.length < 3 || ys.length < 3 || (xs.length - 1) * (ys.length - 1) > maxCells) return null;
  return { xs, ys, horizontals, verticals };
}

function endsOf(lines: readonly Segment[], from: 'x1' | 'y1', to: 'x2' | 'y2'): readonly number[] {
  return [Math.min(...lines.map((line) => line[from])), Math.max(...lines.map((line) => line[to]))];
}

/** Distinct places; an end that overshoots a line by a little is that line. */
function placesOf(values: readonly number[]): readonly number[] {
  const places: number[] = [];
  for (const value of values.toSorted((a, b) => a - b)) {
    const last = places.at(-1);
    if (last === undefined || value - last > reach + 1) places.push(value);
  }
  return places;
}
