/** Lines of PDF pages to headings, paragraphs, lists and tables in reading order. */
import type { BlockKind } from '../../src/core/document.ts';
import type { Page, Piece } from './pdf-lines.ts';
import { most } from './pdf-geometry.ts';
import { tableAt } from './pdf-tables.ts';
import { pipeTable } from './pipe-table.ts';
import { headingLevel } from './text.ts';
import type { TextBuilder } from './text-builder.ts';

/** Titles of the document's own outline, folded, with their depth from 1. */
export type Outline = ReadonlyMap<string, number>;

interface Line extends Piece {
  readonly page: number;
}

interface Style {
  readonly bodySize: number;
  /** Sizes of headings, largest first. */
  readonly headingSizes: readonly number[];
  /** 1 where the document opens with a title that its outline leaves out, so that the outline's entries stand below it. */
  readonly outlineShift: number;
  /** Fonts that set few characters: a short line in one of them stands out. */
  readonly rareFonts: ReadonlySet<string>;
  readonly isBodyBold: boolean;
  /** Usual distance between baselines, in parts of the font size. */
  readonly leading: number;
  readonly words: ReadonlySet<string>;
}

const headingRatio = 1.12;
const maxHeadingLength = 160;
/** Larger letters that set more of the text than this are no headings. */
const headingShare = 0.45;
const rareFontShare = 0.2;
/** Where more of the text is bold, bold tells no headings. */
const boldShare = 0.3;
const bullet = /^(?:[•‣◦▪●○■□–—*·\uf0b7\uf0a7-]|o(?=\s[\p{Lu}\d]))\s+(?=\S)/u;
const captionLabel = /^(?:table|figure|fig\.|tabelle|abbildung|abb\.|tableau)\s*\d+\s*[.:]/i;
/** An entry of a table of contents. */
const dotLeaders = /\.{4,}\s*\d*$/;
const footnoteRatio = 0.92;
const footnoteMark = /^(?:\d{1,3}|[*†‡§¹²³⁴-⁹])[.)]?\s*\p{L}/u;
const numbered = /^\(?(?:\d{1,3}|[a-z])[.)]\s+(?=\S)/;

export function layOut(pages: readonly Page[], outline: Outline, builder: TextBuilder): void {
  const style = styleOf(pages, outline);
  const open = new OpenParagraph(builder, style);
  for (const page of pages) {
    const { body, footnotes } = page.isAside ? asideOf(page) : partFootnotes(page, style);
    for (let index = 0; index < body.length; ) {
      const piece = body[index];
      if (piece === undefined) break;
      const table = piece.table === null ? tableAt(body, index) : { rows: piece.table, end: index + 1 };
      if (table !== null) {
        open.close();
        const text = pipeTable(table.rows, { hasHeader: true });
        builder.add('table', text.text, { page: page.number, headerLength: text.headerLength });
        index = table.end;
        continue;
      }
      const line: Line = { ...joinSameLine(body, index), page: page.number };
      index = afterSameLine(body, index);
      open.add(line, headingLevelOf(line, body[index], open.last, style, outline));
    }
    for (const lines of footnotes) open.defer('paragraph', joinLines(lines, style.words), page.number);
    for (const note of page.notes) open.defer('quote', note, page.number);
  }
  open.close();
}

/** Text across the page's main one is told after it. */
function asideOf(page: Page): { readonly body: readonly Piece[]; readonly footnotes: readonly (readonly Piece[])[] } {
  return { body: [], footnotes: page.pieces.length === 0 ? [] : [page.pieces] };
}

/** Small lines at the foot of a page that begin with a mark; the text above them goes on on the next page. */
function partFootnotes(page: Page, style: Style): ReturnType<typeof asideOf> {
  const { pieces } = page;
  const isSmall = (piece: Piece | undefined) => piece !== undefined && piece.size <= style.bodySize * footnoteRatio;
  let start = pieces.length;
  while (start > 0 && pieces[start - 1]?.table === null && isSmall(pieces[start - 1])) start--;
  while (start < pieces.length && !footnoteMark.test(pieces[start]?.text ?? '')) start++;
  const first = pieces[start];
  const above = pieces.slice(0, start);
  const lowest = most(above.map((piece) => piece.y));
  if (first === undefined || start === 0 || first.y < page.height / 2 || first.y < lowest) {
    return { body: pieces, footnotes: [] };
  }
  const footnotes: Piece[][] = [];
  for (const piece of pieces.slice(start)) {
    if (footnoteMark.test(piece.text) || footnotes.length === 0) footnotes.push([piece]);
    else footnotes.at(-1)?.push(piece);
  }
  return { body: above, footnotes };
}

/** Pieces on one baseline that are no table are one line with wide spaces. */
function joinSameLine(pieces: readonly Piece[], start: number): Piece {
  const members = pieces.slice(start, afterSameLine(pieces, start));
  const [first] = members;
  if (first === undefined) throw new RangeError('There is no line without a piece.');
  // A bold label before a line decides neither its size nor its font.
  const longest = members.reduce((best, piece) => (piece.text.length > best.text.length ? piece : best), first);
  return {
    ...first,
    size: longest.size,
    font: longest.font,
    isBold: longest.isBold,
    text: members.map((piece) => piece.text).join(' '),
    right: most(members.map((piece) => piece.right)),
  };
}

function afterSameLine(pieces: readonly Piece[], start: number): number {
  const first = pieces[start];
  let end = start + 1;
  for (let last = first; first !== undefined && last !== undefined; end++) {
    const piece = pieces[end];
    if (piece === undefined || piece.table !== null || Math.abs(piece.y - first.y) > 1 || piece.left < last.right)
      break;
    last = piece;
  }
  return end;
}

class OpenParagraph {
  readonly #builder: TextBuilder;
  readonly #style: Style;
  #kind: 'paragraph' | 'list' | 'heading' | 'caption' = 'paragraph';
  #level = 1;
  #lines: Line[] = [];
  readonly #deferred: { readonly kind: BlockKind; readonly text: string; readonly page: number }[] = [];

  constructor(builder: TextBuilder, style: Style) {
    this.#builder = builder;
    this.#style = style;
  }

  get last(): Line | null {
    return this.#lines.at(-1) ?? null;
  }

  add(line: Line, level: number | null): void {
    const kind =
      level !== null
        ? 'heading'
        : captionLabel.test(line.text) || (this.#kind === 'caption' && this.#continuesCaption(line))
          ? 'caption'
          : isItem(line.text) || (this.#kind === 'list' && this.#continuesItem(line))
            ? 'list'
            : 'paragraph';
    const last = this.last;
    const goesOn =
      last !== null &&
      kind === this.#kind &&
      (kind === 'heading'
        ? this.#continuesHeading(line, last, level ?? 1)
        : kind === 'list'
          ? this.#isNear(line, last, 3)
          : kind === 'caption'
            ? !captionLabel.test(line.text)
            : this.#continuesParagraph(line, last));
    if (!goesOn) {
      this.close();
      this.#kind = kind;
      this.#level = level ?? 1;
    }
    this.#lines.push(line);
  }

  close(): void {
    const [first] = this.#lines;
    if (first !== undefined) {
      const facts = { page: first.page, level: this.#level };
      this.#builder.add(
        this.#kind,
        this.#kind === 'list' ? this.#listText() : joinLines(this.#lines, this.#style.words),
        facts,
      );
    }
    this.#lines = [];
    this.#kind = 'paragraph';
    for (const { kind, text, page } of this.#deferred.splice(0)) this.#builder.add(kind, text, { page });
  }

  /** A block that stands after the open paragraph, which may go on on the next page. */
  defer(kind: BlockKind, text: string, page: number): void {
    this.#deferred.push({ kind, text, page });
    if (this.#lines.length === 0) this.close();
  }

  #isNear(line: Line, last: Line, factor: number): boolean {
    if (line.page !== last.page) return line.page === last.page + 1;
    const distance = line.y - last.y;
    return distance > 0 && distance <= factor * this.#style.leading * Math.max(line.size, last.size);
  }

  #continuesHeading(line: Line, last: Line, level: number): boolean {
    return (
      level === this.#level &&
      line.page === last.page &&
      this.#isNear(line, last, 1.25) &&
      !/^\d+(?:\.\d+)*\.?\s/.test(line.text)
    );
  }

  #continuesItem(line: Line): boolean {
    const last = this.last;
    const [first] = this.#lines;
    if (last === null || first === undefined) return false;
    if (line.page !== last.page) return /^\p{Ll}/u.test(line.text) && !/[.!?:]$/.test(last.text);
    return line.left > first.left + 2 && this.#isNear(line, last, 1.3);
  }

  /** A caption goes on in its own font, and ends with the first gap. */
  #continuesCaption(line: Line): boolean {
    const last = this.last;
    return last !== null && line.page === last.page && line.size === last.size && this.#isNear(line, last, 1.15);
  }

  #continuesParagraph(line: Line, last: Line): boolean {
    if (Math.abs(line.size - last.size) > 0.15 * last.size) return false;
    const isOpenSentence = !/[.!?:;"”»)]$/.test(last.text);
    // On the next page or at the top of the next column a paragraph goes on only in the middle of a sentence.
    if (line.page !== last.page || line.y <= last.y) return isOpenSentence && /^[\p{Ll}(]/u.test(line.text);
    if (!this.#isNear(line, last, 1.3)) return false;
    const left = Math.min(...this.#lines.slice(1).map((other) => other.left), last.left);
    const isIndented = line.left > left + line.size && this.#lines.length > 1;
    return !(isIndented && !isOpenSentence);
  }

  #listText(): string {
    const items: Line[][] = [];
    for (const line of this.#lines) {
      if (isItem(line.text) || items.length === 0) items.push([line]);
      else items.at(-1)?.push(line);
    }
    return items.map((item) => joinLines(item, this.#style.words).replace(bullet, '- ')).join('\n');
  }
}

function isItem(text: string): boolean {
  return bullet.test(text) || numbered.test(text);
}

const lastWord = /([\p{L}]+)[-\u00ad\u2010]$/u;
const firstWord = /^([\p{Ll}][\p{L}]*)/u;

/** Lines joined by spaces; a word that was parted at the line's end is one word again, a compound keeps its hyphen. */
function joinLines(lines: readonly Piece[], words: ReadonlySet<string>): string {
  const parts: string[] = [];
  for (const { text } of lines) {
    const above = parts.at(-1) ?? '';
    const head = lastWord.exec(above)?.[1];
    const tail = firstWord.exec(text)?.[1];
    if (head !== undefined && tail !== undefined) {
      const isCompound = words.has(`${head}-${tail}`.toLowerCase()) && !words.has(`${head}${tail}`.toLowerCase());
      if (!isCompound) parts[parts.length - 1] = above.slice(0, -1);
      parts.push(text);
    } else {
      parts.push(parts.length === 0 ? text : ` ${text}`);
    }
  }
  return parts.join('').replaceAll('\u00ad', '');
}

export function foldTitle(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}

function headingLevelOf(
  line: Line,
  next: Piece | undefined,
  last: Line | null,
  style: Style,
  outline: Outline,
): number | null {
  if (captionLabel.test(line.text) || dotLeaders.test(line.text)) return null;
  if (line.text.length > maxHeadingLength || bullet.test(line.text)) return null;
  const known = outline.get(foldTitle(line.text));
  if (known !== undefined && line.size >= style.bodySize * 0.95) return Math.min(6, known + style.outlineShift);
  const rank = style.headingSizes.findIndex((size) => Math.abs(size - line.size) < 0.3);
  // A year may be the second line of a heading; alone, large digits are a page's or a figure's.
  const hasLetters = /\p{L}/u.test(line.text) || (last?.size === line.size && line.y - last.y < 2 * line.size);
  if (rank !== -1 && hasLetters && !/[,;]$/.test(line.text)) return Math.min(6, rank + 1);
  // At the body's size: a short line in a font of its own, apart from what stands above it.
  const stands =
    last === null || last.page !== line.page || line.y < last.y || line.y - last.y > 1.25 * style.leading * line.size;
  const isOther =
    (style.rareFonts.has(line.font) || (line.isBold && !style.isBodyBold)) &&
    next !== undefined &&
    next.font !== line.font;
  const isTitle = line.text.length <= 90 && /^[\p{Lu}\d§]/u.test(line.text) && !/[.,;:!?]$/.test(line.text);
  if (!stands || !isOther || !isTitle || Math.abs(line.size - style.bodySize) > 0.15 * style.bodySize) return null;
  const numberedLevel = headingLevel(line.text);
  return Math.min(6, style.headingSizes.length + (numberedLevel === null ? 1 : Math.max(1, numberedLevel - 1)));
}

function styleOf(pages: readonly Page[], outline: Outline): Style {
  const sizes = new Map<number, number>();
  const fonts = new Map<string, number>();
  const distances = new Map<number, number>();
  const words = new Set<string>();
  let characters = 0;
  let bold = 0;
  for (const page of pages) {
    let above: Piece | null = null;
    for (const piece of page.pieces) {
      const size = Math.round(piece.size * 2) / 2;
      sizes.set(size, (sizes.get(size) ?? 0) + piece.text.length);
      fonts.set(piece.font, (fonts.get(piece.font) ?? 0) + piece.text.length);
      characters += piece.text.length;
      if (piece.isBold) bold += piece.text.length;
      if (above !== null && above.size === piece.size && piece.y > above.y) {
        const distance = Math.round(((piece.y - above.y) / piece.size) * 20) / 20;
        if (distance < 2.5) distances.set(distance, (distances.get(distance) ?? 0) + 1);
      }
      above = piece;
      for (const match of piece.text.matchAll(/[\p{L}]+(?:-[\p{L}]+)*(?!-?$)/gu)) words.add(match[0].toLowerCase());
    }
  }
  const bodySize = mostOf(sizes) ?? 10;
  const bodyFont = mostOf(fonts) ?? '';
  const headingSizes = [...sizes]
    .filter(([size, count]) => size >= bodySize * headingRatio && count < characters * headingShare)
    .map(([size]) => size)
    .sort((a, b) => b - a);
  const rareFonts = new Set(
    [...fonts].filter(([font, count]) => font !== bodyFont && count < characters * rareFontShare).map(([font]) => font),
  );
  const merged = mergeClose(headingSizes);
  return {
    bodySize,
    headingSizes: merged,
    outlineShift: opensWithTitle(pages, merged[0], outline) ? 1 : 0,
    rareFonts,
    isBodyBold: bold > characters * boldShare,
    leading: mostOf(distances) ?? 1.2,
    words,
  };
}

function opensWithTitle(pages: readonly Page[], largest: number | undefined, outline: Outline): boolean {
  const first = pages[0]?.pieces[0];
  if (first === undefined || largest === undefined || outline.size === 0 || Math.abs(first.size - largest) > 0.3)
    return false;
  const title = foldTitle(first.text);
  return ![...outline.keys()].some((known) => known.startsWith(title));
}

/** Sizes that differ by a rounding are one. */
function mergeClose(sizes: readonly number[]): readonly number[] {
  const kept: number[] = [];
  for (const size of sizes) {
    const last = kept.at(-1);
    if (last === undefined || last - size > 0.6) kept.push(size);
  }
  return kept;
}

function mostOf<Key>(counts: ReadonlyMap<Key, number>): Key | null {
  let best: Key | null = null;
  let most = 0;
  for (const [key, count] of counts) {
    if (count > most) {
      best = key;
      most = count;
    }
  }
  return best;
}
