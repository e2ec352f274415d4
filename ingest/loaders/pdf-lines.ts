/** Runs of text of PDF pages to lines, and lines that are no content (running headers, footers, page numbers) away. */
import type { FlatRun } from './pdf-flat.ts';
import { least, most } from './pdf-geometry.ts';

/** A piece of a line without a gap that is wider than a word space: a whole line of prose, or one table cell's. */
export interface Piece extends FlatRun {
  /** A whole table that is drawn with rules, in place of text. */
  readonly table: readonly (readonly string[])[] | null;
}

export interface Page {
  readonly number: number;
  readonly width: number;
  readonly height: number;
  /** Text across the main one of its page, or comments on it. */
  readonly isAside: boolean;
  readonly pieces: readonly Piece[];
  /** Comments, and fields of forms that the page does not draw. */
  readonly notes: readonly string[];
}

/** In parts of the font size. */
const spaceGap = 0.16;
const cellGap = 0.9;
const sameBaseline = 0.35;

export function piecesOf(runs: readonly FlatRun[]): readonly Piece[] {
  const pieces: Piece[] = [];
  let line: OpenPiece | null = null;
  for (const run of runs) {
    if (line !== null && belongsTo(line, run)) {
      extend(line, run);
      continue;
    }
    if (run.text.trim() === '') continue;
    close(line, pieces);
    line = {
      ...run,
      parts: [run.text],
      fonts: new Map([[run.font, run.text.length]]),
      boldLength: run.isBold ? run.text.length : 0,
    };
  }
  close(line, pieces);
  return pieces;
}

interface OpenPiece {
  readonly parts: string[];
  readonly left: number;
  right: number;
  readonly y: number;
  size: number;
  readonly isArtifact: boolean;
  readonly fonts: Map<string, number>;
  boldLength: number;
}

function belongsTo(line: OpenPiece, run: FlatRun): boolean {
  const gap = run.left - line.right;
  if (Math.abs(line.y - run.y) <= sameBaseline * Math.max(line.size, run.size)) {
    // Kerned runs may lie a little to the left; a real step back begins a new piece.
    return gap > -0.5 * run.size && gap <= cellGap * Math.max(line.size, run.size);
  }
  const isRaised = run.size < line.size * 0.8 && Math.abs(line.y - run.y) < line.size * 0.6;
  return isRaised && Math.abs(gap) < run.size;
}

function extend(line: OpenPiece, run: FlatRun): void {
  const needsSpace =
    run.left - line.right > spaceGap * run.size && !line.parts.at(-1)?.endsWith(' ') && !/^\s/.test(run.text);
  line.parts.push(needsSpace ? ` ${run.text}` : run.text);
  if (run.text.trim() !== '') {
    line.right = Math.max(line.right, run.right);
    line.size = Math.max(line.size, run.size);
    line.fonts.set(run.font, (line.fonts.get(run.font) ?? 0) + run.text.length);
    if (run.isBold) line.boldLength += run.text.length;
  }
}

function close(line: OpenPiece | null, pieces: Piece[]): void {
  if (line === null) return;
  const text = tidy(line.parts.join(''));
  if (text === '') return;
  let font = '';
  let most = 0;
  for (const [name, count] of line.fonts) {
    if (count > most) {
      font = name;
      most = count;
    }
  }
  const { left, right, y, size, isArtifact } = line;
  pieces.push({ text, left, right, y, size, font, isBold: line.boldLength > text.length / 2, isArtifact, table: null });
}

/** Ligatures and other forms of letters as the letters; broken fonts yield control characters in place of glyphs. */
function tidy(text: string): string {
  return text
    .replace(/(?!\s)[\p{Cc}\ufffe\uffff]/gu, '')
    .replace(/[\ufb00-\ufdff\ufe70-\ufefc\u0132\u0133]+/g, (letters) => letters.normalize('NFKC'))
    .replace(/\s+/g, ' ')
    .trim();
}

/** Share of the page's height, at the top and at the bottom, where running lines stand. */
const marginShare = 0.13;
/** The first and the last line of a page count further inside. */
const wideMarginShare = 0.25;
/** In a short document two equal lines may be chance, so only the very edges count. */
const shortMarginShare = 0.08;
const shortPages = 4;
/** Odd and even pages may differ, and chapters begin without a header. */
const runningShare = 0.4;
/** On so many pages a line of the same place and text is a chapter's header. */
const chapterPages = 3;
const pageNumber = /^(?:[-–—|]\s*)?(?:(?:page|seite|p\.|s\.)\s*)?#(?:\s*(?:of|von|sur|de|\/|\|)\s*#)?(?:\s*[-–—|])?$/i;

export interface StrippedPages {
  readonly pages: readonly Page[];
  /** Each line that was removed, once, as it stands on the first page that has it. */
  readonly removed: readonly string[];
}

/** Pages without the lines that repeat at the same height on many of them. */
export function withoutRunningLines(pages: readonly Page[]): StrippedPages {
  const pageCount = new Set(pages.map((page) => page.number)).size;
  const seen = new Map<string, Set<number>>();
  const keys = pages.map((page) => {
    const edges = edgesOf(page, pageCount);
    return page.pieces.map((piece) => runningKey(piece, page, edges));
  });
  for (const [index, page] of pages.entries()) {
    for (const key of keys[index] ?? []) {
      if (key !== null) seen.set(key, (seen.get(key) ?? new Set()).add(page.number));
    }
  }
  const needed = Math.max(2, Math.ceil(pageCount * runningShare));
  const removed = new Map<string, string>();
  const stripped = pages.map((page, index) => {
    const pieces = page.pieces.filter((piece, place) => {
      const key = keys[index]?.[place] ?? null;
      if (key === null) return true;
      const isPageNumber = pageNumber.test(key.slice(key.indexOf(' ') + 1));
      const enough = isPageNumber || piece.isArtifact ? 2 : isChapterHeader(piece, page) ? chapterPages : needed;
      const isRunning = (seen.get(key)?.size ?? 0) >= Math.min(enough, needed);
      if (isRunning && !removed.has(key)) removed.set(key, piece.text);
      return !isRunning;
    });
    return { ...page, pieces };
  });
  // Pages that hold nothing else are slides or labels, not running lines.
  return stripped.some((page) => page.pieces.length > 0)
    ? { pages: stripped, removed: [...removed.values()] }
    : { pages, removed: [] };
}

/** A small line alone at the very edge names the chapter: another on every few pages. Titles of slides are larger. */
function isChapterHeader(piece: Piece, page: Page): boolean {
  const sizes = page.pieces.map((other) => other.size).toSorted((a, b) => a - b);
  const usual = sizes[Math.floor(sizes.length / 2)] ?? 0;
  return (
    piece.size <= usual * 1.05 && (piece.y < marginShare * page.height || piece.y > (1 - marginShare) * page.height)
  );
}

function runningKey(piece: Piece, page: Page, edges: Edges): string | null {
  if (piece.table !== null) return null;
  const share = piece.y / page.height;
  const isAtEdge =
    (piece.y <= edges.top && share < wideMarginShare) || (piece.y >= edges.bottom && share > 1 - wideMarginShare);
  if (!page.isAside && !isAtEdge && share > edges.margin && share < 1 - edges.margin) return null;
  return `${Math.round(piece.y / 4)} ${piece.text.replace(/\d+/g, '#').toLowerCase()}`;
}

interface Edges {
  readonly top: number;
  readonly bottom: number;
  readonly margin: number;
}

/** The first and the last line of a page are candidates further inside: margins may be wide. */
function edgesOf(page: Page, pageCount: number): Edges {
  const heights = page.pieces.map((piece) => piece.y);
  const margin = pageCount < shortPages ? shortMarginShare : marginShare;
  return { top: least(heights) + 1, bottom: most(heights) - 1, margin };
}
