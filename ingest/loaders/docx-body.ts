/** The body of a Word document to the shared Markdown tree, element by element. */
import type { ListItem, RootContent } from 'mdast';
import type { DocxNumbering, ItemLabel } from './docx-numbering.ts';
import { type DocxStyle, type DocxStyles, isMonospaced, numberingOf, toggle, valueAt } from './docx-styles.ts';
import { DocxText, type NoteKind, type RelatedPart } from './docx-text.ts';
import { PerseaError } from '../../src/core/errors.ts';
import { BlockList, type FlatItem } from './block-list.ts';
import { cellText, isLayout, paragraphOf, tableOf } from './render.ts';
import { attribute, childAt, descendants, elementsOf, type XmlElement } from './xml-tree.ts';

export interface DocxContext {
  readonly fileName: string;
  readonly styles: DocxStyles;
  readonly numbering: DocxNumbering;
  /** Content of a footnote or endnote. */
  readonly noteOf: (kind: NoteKind, id: string) => XmlElement | undefined;
  /** What a reviewer wrote. */
  readonly commentOf: (id: string) => XmlElement | undefined;
}

/** Blocks, and what lies in parts of their own and comes after them. */
export interface DocxSection {
  readonly blocks: readonly RootContent[];
  readonly related: readonly RelatedPart[];
}

type Piece = FlatItem | RootContent;

/** Cells of all tables; a table of this size is data that belongs into a spreadsheet. */
const maxCells = 500_000;
/** A longer text in a merged cell is no value that its rows share. */
const maxSpreadCharacters = 500;
const maxSpan = 64;
const codeCharacter = /[{}()[\];=<>|$#\\]|\w::\w|^\s{2,}/;

export class DocxBody {
  readonly #context: DocxContext;
  readonly #text: DocxText;
  /** Text of a paragraph whose mark was deleted: it goes on in the next one. */
  #carried = '';
  #beside: RootContent[] = [];
  #related: RelatedPart[] = [];
  #list = new BlockList();
  readonly #sections: DocxSection[] = [];
  #cellCount = 0;
  readonly #shownNotes = new Set<string>();

  constructor(context: DocxContext) {
    this.#context = context;
    this.#text = new DocxText(context.styles);
  }

  get hiddenPassages(): number {
    return this.#text.hidden;
  }

  get deletedPassages(): number {
    return this.#text.deleted;
  }

  get faintPassages(): number {
    return this.#text.faint;
  }

  /** Reads one more element of the body. */
  add(element: XmlElement): void {
    this.#addTo(this.#list, element);
    if (this.#related.length === 0) return;
    this.#sections.push({ blocks: this.#list.blocks, related: this.#related });
    this.#list = new BlockList();
    this.#related = [];
  }

  /** All that was read, in order. */
  get sections(): readonly DocxSection[] {
    return [...this.#sections, { blocks: this.#list.blocks, related: [] }];
  }

  #blocksOf(elements: readonly XmlElement[]): RootContent[] {
    const list = new BlockList();
    for (const element of elements) this.#addTo(list, element);
    return list.blocks;
  }

  /** Notes and comments follow the block that they belong to. */
  #addTo(list: BlockList, element: XmlElement): void {
    for (const part of flowOf([element])) {
      const outer = this.#beside;
      this.#beside = [];
      for (const piece of this.#pieces(part)) list.add(piece);
      for (const block of this.#beside) list.add(block);
      this.#beside = outer;
    }
  }

  #pieces(element: XmlElement): readonly Piece[] {
    switch (element.name) {
      case 'p':
        return this.#paragraph(element);
      case 'tbl':
        return this.#table(element);
      case 'altChunk':
        this.#related.push({ type: 'chunk', id: attribute(element, 'id') ?? '' });
        return [];
      case 'oMathPara':
      case 'oMath':
        return [paragraphOf(this.#text.of(element).text)];
      default:
        return [];
    }
  }

  #paragraph(element: XmlElement): readonly Piece[] {
    const properties = childAt(element, 'pPr');
    const style = this.#context.styles.of(properties === undefined ? undefined : valueAt(properties, 'pStyle'));
    if (style.role === 'contents') return [];
    const read = this.#text.of(element, style);
    const boxes = this.#text.onOtherGround(() => read.boxes.flatMap((box) => this.#blocksOf(elementsOf(box))));
    this.#addNotes(read.notes, read.comments);
    this.#related.push(...read.related);
    const text = this.#carried + read.text;
    this.#carried = '';
    const mark = properties === undefined ? undefined : childAt(properties, 'rPr');
    if (mark !== undefined && childAt(mark, 'del') !== undefined) {
      this.#carried = text;
      return boxes;
    }
    const label = this.#label(properties, style);
    if (text.trim() === '') return boxes;
    return [this.#piece(element, style, text, label), ...boxes];
  }

  #piece(element: XmlElement, style: DocxStyle, text: string, label: NumberedLabel): Piece {
    const level = headingLevel(childAt(element, 'pPr'), style);
    if (level !== null) {
      const number = label.item?.type === 'number' ? `${label.item.text} ` : '';
      return { type: 'heading', depth: Math.min(6, level) as 1, children: [{ type: 'text', value: number + text }] };
    }
    if (label.item !== null) {
      const marker = label.item.type === 'number' ? { data: { marker: label.item.text } } : {};
      const content: ListItem = { type: 'listItem', children: [paragraphOf(text)], ...marker };
      return { type: 'item', depth: label.depth, content };
    }
    switch (style.role) {
      case 'title':
        return { type: 'heading', depth: 1, children: [{ type: 'text', value: text }] };
      case 'caption':
        return { ...paragraphOf(text), data: { isCaption: true } };
      case 'quote':
        return { type: 'blockquote', children: [paragraphOf(text)] };
      case 'code':
        return { type: 'code', value: text };
      default: {
        const isCode = codeCharacter.test(text) && isAllMonospaced(element, style);
        return isCode ? { type: 'code', value: text } : paragraphOf(text);
      }
    }
  }

  /** Empty items count too: Word shows their numbers. */
  #label(properties: XmlElement | undefined, style: DocxStyle): NumberedLabel {
    const own = numberingOf(properties);
    const reference = own === undefined ? style.numbering : own;
    if (reference === null) return { item: null, depth: 0 };
    const depth = reference.level ?? this.#context.numbering.levelOfStyle(reference.id, style.id);
    return { item: this.#context.numbering.next(reference.id, depth), depth };
  }

  #addNotes(notes: readonly { readonly kind: NoteKind; readonly id: string }[], comments: readonly string[]): void {
    for (const { kind, id } of notes) {
      // A note that names itself would have no end.
      const key = `${kind} ${id}`;
      if (this.#shownNotes.has(key)) continue;
      this.#shownNotes.add(key);
      const note = this.#context.noteOf(kind, id);
      const text = note === undefined ? '' : cellText(this.#blocksOf(elementsOf(note)));
      const name = kind === 'footnote' ? 'Footnote' : 'Endnote';
      if (text !== '') this.#beside.push(paragraphOf(`${name}: ${text}`));
    }
    for (const id of comments) {
      const comment = this.#context.commentOf(id);
      const content = comment === undefined ? '' : cellText(this.#blocksOf(elementsOf(comment)));
      if (comment === undefined || content === '') continue;
      const by = [attribute(comment, 'author'), attribute(comment, 'date')].filter((part) => part !== undefined);
      const text = `Comment${by.length === 0 ? '' : ` (${by.join(', ')})`}: ${content}`;
      this.#beside.push({ type: 'blockquote', children: [paragraphOf(text)] });
    }
  }

  #table(element: XmlElement): readonly RootContent[] {
    const rows = flowOf(elementsOf(element))
      .filter((row) => row.name === 'tr' && !this.#isLeftOut(row))
      .map((row) => this.#text.onOtherGround(() => this.#cells(row)));
    const cells = rows.flat();
    if (isLayout(cells.map((cell) => cell.blocks))) return cells.flatMap((cell) => cell.blocks);
    const grid: (string | undefined)[][] = rows.map(() => []);
    const open = new Map<number, string>();
    for (const [index, row] of rows.entries()) {
      const line = grid[index] ?? [];
      for (const cell of row) {
        const text = cell.isContinued ? (open.get(cell.left) ?? '') : cellText(cell.blocks);
        if (!cell.isContinued) open.delete(cell.left);
        // Everybody in a merged cell's rows and columns reads its value, so each of them gets it.
        const isShared = text.length <= maxSpreadCharacters;
        if (cell.isMerged && isShared) open.set(cell.left, text);
        for (let column = cell.left; column < cell.right; column++) {
          line[column] = column === cell.left || isShared ? text : '';
        }
      }
    }
    return [tableOf(grid)];
  }

  #isLeftOut(row: XmlElement): boolean {
    const properties = childAt(row, 'trPr');
    if (properties === undefined) return false;
    const isDeleted = childAt(properties, 'del') !== undefined;
    const isHidden = toggle(properties, 'hidden') === true;
    if (isDeleted) this.#text.deleted += 1;
    else if (isHidden) this.#text.hidden += 1;
    return isDeleted || isHidden;
  }

  #cells(row: XmlElement): readonly Cell[] {
    const cells: Cell[] = [];
    let left = span(childAt(row, 'trPr'), 'gridBefore', 0);
    for (const element of flowOf(elementsOf(row))) {
      if (element.name !== 'tc') continue;
      const properties = childAt(element, 'tcPr');
      const merge = properties === undefined ? undefined : childAt(properties, 'vMerge');
      const right = left + span(properties, 'gridSpan', 1);
      this.#countCells(right - left);
      const isContinued = merge !== undefined && attribute(merge, 'val') !== 'restart';
      const blocks = this.#blocksOf(elementsOf(element));
      cells.push({ left, right, blocks, isMerged: merge !== undefined, isContinued });
      left = right;
    }
    return cells;
  }

  #countCells(count: number): void {
    this.#cellCount += count;
    if (this.#cellCount <= maxCells) return;
    throw new PerseaError(
      'text-too-large',
      `Parsed ${this.#context.fileName}: its tables have more than ${maxCells} cells. Split the file.`,
    );
  }
}

interface NumberedLabel {
  readonly item: ItemLabel;
  /** From 0. */
  readonly depth: number;
}

interface Cell {
  /** Columns that it covers, half-open. */
  readonly left: number;
  readonly right: number;
  readonly blocks: readonly RootContent[];
  /** Whether it is merged with cells above or below it; a continued one shows what the first of them holds. */
  readonly isMerged: boolean;
  readonly isContinued: boolean;
}

function span(properties: XmlElement | undefined, name: string, fallback: number): number {
  const value = Number(properties === undefined ? fallback : (valueAt(properties, name) ?? fallback));
  return Number.isInteger(value) && value >= 0 ? Math.min(maxSpan, value) : fallback;
}

function headingLevel(properties: XmlElement | undefined, style: DocxStyle): number | null {
  const outline = properties === undefined ? undefined : valueAt(properties, 'outlineLvl');
  if (outline === undefined) return style.headingLevel;
  return /^[0-8]$/.test(outline) ? Number(outline) + 1 : null;
}

function isAllMonospaced(paragraph: XmlElement, style: DocxStyle): boolean {
  return descendants(paragraph, 'r').every((run) => {
    const properties = childAt(run, 'rPr');
    const own = properties === undefined ? undefined : isMonospaced(properties);
    return own ?? style.isMonospaced;
  });
}

const transparent = new Set(['sdtContent', 'customXml', 'smartTag', 'ins', 'moveTo', 'body', 'txbxContent']);

/** Paragraphs, tables, rows or cells, whatever marks of forms and reviews are around them. Tables of contents are left out. */
function flowOf(elements: readonly XmlElement[]): readonly XmlElement[] {
  return elements.flatMap((element) => {
    if (element.name === 'sdt') {
      const gallery = descendants(childAt(element, 'sdtPr') ?? element, 'docPartGallery')[0];
      const isContents = gallery !== undefined && /^Table of Contents$/i.test(attribute(gallery, 'val') ?? '');
      const content = childAt(element, 'sdtContent');
      return isContents || content === undefined ? [] : flowOf(elementsOf(content));
    }
    if (element.name === 'AlternateContent') {
      const choice = elementsOf(element)[0];
      return choice === undefined ? [] : flowOf(elementsOf(choice));
    }
    return transparent.has(element.name) ? flowOf(elementsOf(element)) : [element];
  });
}
