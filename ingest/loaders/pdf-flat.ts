/**
 * Pages laid flat: text runs level, from left to right, and heights are measured downwards from the top. Text that runs in
 * another direction than most of its page (a label at the side, a watermark) makes a leaf of its own.
 */
import type { PageContent, PlacedGlyph, TextRun } from './pdf-content.ts';
import type { Segment } from './pdf-drawing.ts';
import { least, most } from './pdf-geometry.ts';
import { readsFromRight, toReadingOrder } from './pdf-right-to-left.ts';

export interface FlatRun {
  readonly text: string;
  readonly left: number;
  readonly right: number;
  /** Baseline, measured from the top of the page. */
  readonly y: number;
  readonly size: number;
  readonly font: string;
  readonly isBold: boolean;
  /** The producer says that it is no content. */
  readonly isArtifact: boolean;
}

export interface Leaf {
  readonly width: number;
  readonly height: number;
  readonly runs: readonly FlatRun[];
  /** Rules, with heights measured downwards. */
  readonly segments: readonly Segment[];
}

interface GlyphRun extends FlatRun {
  readonly glyphs: readonly PlacedGlyph[] | null;
}

/** In parts of the font size. */
const sameBaseline = 0.35;
const spaceGap = 0.16;
const cellGap = 0.9;

/** Most of the text first. */
export function leavesOf(content: PageContent, view: readonly number[]): readonly Leaf[] {
  const byAngle = Map.groupBy(content.runs, (run) => (run.angle % 90 <= 1 ? run.angle - (run.angle % 90) : run.angle));
  const lengthOf = (runs: readonly TextRun[]) => runs.reduce((sum, run) => sum + run.text.length, 0);
  const groups = [...byAngle].toSorted(([, a], [, b]) => lengthOf(b) - lengthOf(a));
  return groups.map(([angle, runs], index) => leafOf(angle, runs, index === 0 ? content.segments : [], view));
}

function leafOf(angle: number, runs: readonly TextRun[], segments: readonly Segment[], view: readonly number[]): Leaf {
  const [left = 0, bottom = 0, right = 612, top = 792] = view;
  const cosine = Math.cos((angle * Math.PI) / 180);
  const sine = Math.sin((angle * Math.PI) / 180);
  const along = (x: number, y: number) => x * cosine + y * sine;
  const up = (x: number, y: number) => y * cosine - x * sine;
  const corners = [
    [left, bottom],
    [right, bottom],
    [left, top],
    [right, top],
  ] as const;
  const heights = corners.map(([x, y]) => up(x, y));
  const widths = corners.map(([x, y]) => along(x, y));
  const highest = Math.max(...heights);
  const flat = runs.map((run): GlyphRun => {
    const start = along(run.x, run.y);
    const { text, size, font, isBold, isArtifact, glyphs } = run;
    return {
      text,
      left: start,
      right: start + run.width,
      y: highest - up(run.x, run.y),
      size,
      font,
      isBold,
      isArtifact,
      glyphs,
    };
  });
  return {
    width: Math.max(...widths) - Math.min(...widths),
    height: highest - Math.min(...heights),
    runs: inReadingOrder(flat),
    segments: segments.map(({ x1, y1, x2, y2 }) => {
      const xs = [along(x1, y1), along(x2, y2)] as const;
      const ys = [highest - up(x1, y1), highest - up(x2, y2)] as const;
      return { x1: Math.min(...xs), y1: Math.min(...ys), x2: Math.max(...xs), y2: Math.max(...ys) };
    }),
  };
}

/** Lines with text that is written from right to left are put together anew from their glyphs; others stay as they are. */
function inReadingOrder(runs: readonly GlyphRun[]): readonly FlatRun[] {
  if (!runs.some((run) => run.glyphs !== null)) return runs;
  const result: FlatRun[] = [];
  for (let start = 0; start < runs.length; ) {
    const first = runs[start];
    if (first === undefined) break;
    let end = start + 1;
    while (end < runs.length && isOnLine(first, runs[end])) end++;
    const line = runs.slice(start, end);
    if (line.some((run) => run.glyphs !== null)) result.push(...cellsOf(line));
    else result.push(...line);
    start = end;
  }
  return result;
}

function isOnLine(first: FlatRun, run: FlatRun | undefined): boolean {
  return run !== undefined && Math.abs(run.y - first.y) <= sameBaseline * Math.max(first.size, run.size);
}

function cellsOf(line: readonly GlyphRun[]): readonly FlatRun[] {
  const cells: GlyphRun[][] = [];
  let right = Number.NEGATIVE_INFINITY;
  for (const run of line.toSorted((a, b) => a.left - b.left)) {
    if (run.left - right > cellGap * run.size || cells.length === 0) cells.push([]);
    cells.at(-1)?.push(run);
    right = Math.max(right, run.right);
  }
  const read = cells.map(readCell);
  const fromRight = read.filter((cell) => cell.isFromRight).length * 2 >= read.length;
  return (fromRight ? read.reverse() : read).map((cell) => cell.run);
}

function readCell(runs: readonly GlyphRun[]): { readonly run: FlatRun; readonly isFromRight: boolean } {
  const longest = runs.reduce((best, run) => (run.text.length > best.text.length ? run : best));
  const glyphs = runs.flatMap((run) => placed(run));
  glyphs.sort((a, b) => a.offset - b.offset);
  const spaced: PlacedGlyph[] = [];
  for (const glyph of glyphs) {
    const last = spaced.at(-1);
    const end = last === undefined ? glyph.offset : last.offset + last.width;
    const gap = glyph.offset - end;
    if (gap > spaceGap * longest.size && last?.text !== ' ' && glyph.text !== ' ')
      spaced.push({ text: ' ', offset: end, width: gap });
    spaced.push(glyph);
  }
  const left = least(runs.map((run) => run.left));
  const right = most(runs.map((run) => run.right));
  const { y, size, font, isBold, isArtifact } = longest;
  return {
    run: { text: toReadingOrder(spaced), left, right, y, size, font, isBold, isArtifact },
    isFromRight: readsFromRight(spaced),
  };
}

/**
 * Glyphs with their places on the line; a run that reads from the left stays in one. Its space stands at its right end
 * although, in a line that is read from the right, the next word is at its left: so it gets one there, too.
 */
function placed(run: GlyphRun): readonly PlacedGlyph[] {
  if (run.glyphs !== null) return run.glyphs.map((glyph) => ({ ...glyph, offset: glyph.offset + run.left }));
  const text = run.text.trimEnd();
  const width = (run.right - run.left) / Math.max(1, text.length);
  const glyphs = [...text].map((letter, index) => ({ text: letter, offset: run.left + index * width, width }));
  return text === run.text ? glyphs : [{ text: ' ', offset: run.left - 0.01, width: 0 }, ...glyphs];
}
