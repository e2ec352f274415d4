/** Positioned glyph runs of PDF pages to lines, and lines that are no content (running headers, footers, page numbers) away. */

/** What pdf.js tells of a run of glyphs. */
export interface TextItem {
  readonly str: string;
  /** Matrix a b c d x y; the origin is the page's lower left corner. */
  readonly transform: readonly number[];
  readonly width: number;
  readonly height: number;
  readonly fontName: string;
}

/** A piece of a line without a gap that is wider than a word space: a whole line of prose, or one table cell's. */
export interface Piece {
  readonly text: string;
  readonly left: number;
  readonly right: number;
  /** Baseline, measured from the top of the page. */
  readonly y: number;
  readonly size: number;
  readonly font: string;
}

export interface Page {
  readonly number: number;
  readonly width: number;
  readonly height: number;
  readonly pieces: readonly Piece[];
}

/** In parts of the font size. */
const spaceGap = 0.16;
const cellGap = 0.9;
const sameBaseline = 0.35;

/** Pieces in the direction in which most of the page is written; what runs across it is a watermark or a figure's label. */
export function piecesOf(items: readonly TextItem[], pageTop: number): readonly Piece[] {
  const turn = mainTurn(items);
  const cosine = [1, 0, -1, 0][turn] ?? 1;
  const sine = [0, 1, 0, -1][turn] ?? 0;
  const top = turn === 0 ? pageTop : Math.max(...items.map((item) => upOf(item, cosine, sine)));
  const pieces: Piece[] = [];
  let run: Run | null = null;
  for (const item of items) {
    const size = sizeOf(item);
    if (item.str === '' || size === 0 || turnOf(item) !== turn) continue;
    const left = (item.transform[4] ?? 0) * cosine + (item.transform[5] ?? 0) * sine;
    const y = top - upOf(item, cosine, sine);
    const right = left + Math.max(item.width, 0);
    if (run !== null && belongsTo(run, left, y, size)) {
      extend(run, item, left, right, size);
      continue;
    }
    if (item.str.trim() === '') continue;
    close(run, pieces);
    run = { text: item.str, left, right, y, size, fonts: new Map([[item.fontName, item.str.length]]) };
  }
  close(run, pieces);
  return pieces;
}

function belongsTo(run: Run, left: number, y: number, size: number): boolean {
  const gap = left - run.right;
  if (Math.abs(run.y - y) <= sameBaseline * Math.max(run.size, size)) {
    // Kerned runs may lie a little to the left; a real step back begins a new piece.
    return gap > -0.5 * size && gap <= cellGap * Math.max(run.size, size);
  }
  const isRaised = size < run.size * 0.8 && Math.abs(run.y - y) < run.size * 0.6;
  return isRaised && Math.abs(gap) < size;
}

function sizeOf(item: TextItem): number {
  return Math.hypot(item.transform[0] ?? 0, item.transform[1] ?? 0) || item.height;
}

/** Quarter turns, counter-clockwise. */
function turnOf(item: TextItem): number {
  const [a = 1, b = 0] = item.transform;
  if (Math.abs(a) >= Math.abs(b)) return a >= 0 ? 0 : 2;
  return b > 0 ? 1 : 3;
}

function upOf(item: TextItem, cosine: number, sine: number): number {
  return (item.transform[5] ?? 0) * cosine - (item.transform[4] ?? 0) * sine;
}

function mainTurn(items: readonly TextItem[]): number {
  const lengths = [0, 0, 0, 0];
  for (const item of items) {
    const turn = turnOf(item);
    lengths[turn] = (lengths[turn] ?? 0) + item.str.trim().length;
  }
  return lengths.indexOf(Math.max(...lengths));
}

interface Run {
  text: string;
  readonly left: number;
  right: number;
  readonly y: number;
  size: number;
  readonly fonts: Map<string, number>;
}

function extend(run: Run, item: TextItem, left: number, right: number, size: number): void {
  const needsSpace = left - run.right > spaceGap * size && !/\s$/.test(run.text) && !/^\s/.test(item.str);
  run.text += needsSpace ? ` ${item.str}` : item.str;
  if (item.str.trim() !== '') {
    run.right = Math.max(run.right, right);
    run.size = Math.max(run.size, size);
    run.fonts.set(item.fontName, (run.fonts.get(item.fontName) ?? 0) + item.str.length);
  }
}

function close(run: Run | null, pieces: Piece[]): void {
  if (run === null) return;
  // Broken fonts yield control characters in place of glyphs.
  const text = run.text
    .replace(/(?!\s)[\p{Cc}\ufffe\uffff]/gu, '')
    .replace(/\s+/g, ' ')
    .trim();
  if (text === '') return;
  let font = '';
  let most = 0;
  for (const [name, count] of run.fonts) {
    if (count > most) {
      font = name;
      most = count;
    }
  }
  pieces.push({ text, left: run.left, right: run.right, y: run.y, size: run.size, font });
}

/** Share of the page's height, at the top and at the bottom, where running lines stand. */
const marginShare = 0.13;
/** In a short document two equal lines may be chance, so only the very edges count. */
const shortMarginShare = 0.08;
const shortPages = 4;
/** Odd and even pages may differ, and chapters begin without a header. */
const runningShare = 0.4;
const pageNumber = /^(?:[-–—|]\s*)?(?:(?:page|seite|p\.|s\.)\s*)?#(?:\s*(?:of|von|sur|de|\/|\|)\s*#)?(?:\s*[-–—|])?$/i;

/** Pages without the lines that repeat at the same height on many of them. */
export function withoutRunningLines(pages: readonly Page[]): readonly Page[] {
  if (pages.length < 2) return pages;
  const seen = new Map<string, Set<number>>();
  for (const page of pages) {
    const edges = edgesOf(page, pages.length);
    for (const piece of page.pieces) {
      const key = runningKey(piece, page, edges);
      if (key !== null) seen.set(key, (seen.get(key) ?? new Set()).add(page.number));
    }
  }
  const needed = Math.max(2, Math.ceil(pages.length * runningShare));
  const stripped = pages.map((page) => {
    const edges = edgesOf(page, pages.length);
    const pieces = page.pieces.filter((piece) => {
      const key = runningKey(piece, page, edges);
      if (key === null) return true;
      const isPageNumber = pageNumber.test(key.slice(key.indexOf(' ') + 1));
      return (seen.get(key)?.size ?? 0) < (isPageNumber ? 2 : needed);
    });
    return { ...page, pieces };
  });
  // Pages that hold nothing else are slides or labels, not running lines.
  return stripped.some((page) => page.pieces.length > 0) ? stripped : pages;
}

function runningKey(piece: Piece, page: Page, edges: Edges): string | null {
  const share = piece.y / page.height;
  const isAtEdge = piece.y <= edges.top || piece.y >= edges.bottom;
  if (!isAtEdge && share > edges.margin && share < 1 - edges.margin) return null;
  return `${Math.round(piece.y / 4)} ${piece.text.replace(/\d+/g, '#').toLowerCase()}`;
}

interface Edges {
  readonly top: number;
  readonly bottom: number;
  readonly margin: number;
}

/** The first and the last line of a page are candidates wherever they stand: margins may be wide. */
function edgesOf(page: Page, pageCount: number): Edges {
  const heights = page.pieces.map((piece) => piece.y);
  const margin = pageCount < shortPages ? shortMarginShare : marginShare;
  return { top: Math.min(...heights) + 1, bottom: Math.max(...heights) - 1, margin };
}
