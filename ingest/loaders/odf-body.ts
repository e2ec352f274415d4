/** The body of an OpenDocument to the shared Markdown tree, element by element. */
import type { RootContent } from 'mdast';
import { PerseaError } from '../../src/core/errors.ts';
import { BlockList, type FlatItem } from './block-list.ts';
import type { OdfStyles } from './odf-styles.ts';
import { cellText, isLayout, paragraphOf, tableOf } from './render.ts';
import { attribute, childAt, childrenNamed, descendants, elementsOf, textOf, type XmlElement } from './xml-tree.ts';

export interface OdfContext {
  readonly fileName: string;
  readonly styles: OdfStyles;
  /** Content of an object inside the document (a chart, a formula), by its address. */
  readonly objectOf: (address: string) => XmlElement | undefined;
  /** Characters that repeated cells may come to. */
  readonly characters: number;
}

export interface OdfGrid {
  readonly rows: readonly (readonly string[])[];
  /** Rows with content that the program hides. */
  readonly hidden: number;
  readonly cells: readonly (readonly RootContent[])[];
  /** Notes and comments in its cells. */
  readonly beside: readonly RootContent[];
}

type Piece = FlatItem | RootContent;

interface OpenList {
  readonly style: string;
  readonly numbers: (number | undefined)[];
}

/** An empty row or column that is repeated to the end of the sheet is no content. */
const maxRepeated = 1_000;
const maxSpanned = 64;
/** A longer text in a merged cell is no value that its rows share. */
const maxSpreadCharacters = 500;

/** Never part of what a reader reads: declarations, controls of forms, and slides' notes, which are read apart. */
const skipped = new Set([
  'sequence-decls',
  'variable-decls',
  'user-field-decls',
  'forms',
  'notes',
  'index-title-template',
]);
const shapes = new Set([
  'frame',
  'custom-shape',
  'rect',
  'ellipse',
  'circle',
  'line',
  'path',
  'polygon',
  'connector',
  'g',
]);

export class OdfBody {
  /** Passages that were left out because they are hidden, or deleted by a reviewer. */
  hidden = 0;
  deleted = 0;
  readonly #context: OdfContext;
  readonly #listsById = new Map<string, OpenList>();
  readonly #lastByStyle = new Map<string, OpenList>();
  readonly #headings: (number | undefined)[] = [];
  #beside: RootContent[] = [];
  #spent = 0;

  constructor(context: OdfContext) {
    this.#context = context;
  }

  /** Notes, comments and boxes follow the block that they belong to. */
  blocksOf(elements: readonly XmlElement[]): RootContent[] {
    const list = new BlockList();
    const outer = this.#beside;
    for (const element of elements) {
      this.#beside = [];
      for (const piece of this.#pieces(element)) list.add(piece);
      for (const block of this.#beside) list.add(block);
    }
    this.#beside = outer;
    return list.blocks;
  }

  #pieces(element: XmlElement): readonly Piece[] {
    const { styles } = this.#context;
    if (skipped.has(element.name)) return [];
    if (styles.isHidden(element) || attribute(element, 'display') === 'none') {
      this.hidden += 1;
      return [];
    }
    switch (element.name) {
      case 'h':
        return this.#heading(element);
      case 'p':
        return this.#paragraph(element);
      case 'list':
        return this.#items(element, null, 0);
      case 'table':
        return this.#table(element);
      case 'tracked-changes':
        this.deleted += descendants(element, 'deletion').length;
        return [];
      case 'annotation':
        this.#addComment(element);
        return [];
      case 'image':
        return [];
      case 'object':
        return this.#object(element);
      default: {
        if (shapes.has(element.name)) {
          const text = this.#shape(element);
          return text === '' ? [] : [paragraphOf(text)];
        }
        // Indexes repeat the headings that follow; their bodies are lists of them.
        if (/^(?:table-of-content|.*-index|bibliography)$/.test(element.name)) return [];
        return this.blocksOf(elementsOf(element));
      }
    }
  }

  #heading(element: XmlElement): readonly Piece[] {
    const text = this.#line(element);
    const depth = Math.min(10, Math.max(1, Number(attribute(element, 'outline-level') ?? 1) || 1)) - 1;
    let number = '';
    if (attribute(element, 'is-list-header') !== 'true') {
      const { styles } = this.#context;
      this.#headings.length = Math.min(this.#headings.length, depth + 1);
      this.#headings[depth] = (this.#headings[depth] ?? styles.startOf(null, depth) - 1) + 1;
      number = styles.headingNumber(this.#headings, depth);
    }
    return text.trim() === '' ? [] : [headingOf(depth + 1, number === '' ? text : `${number} ${text}`)];
  }

  #paragraph(element: XmlElement): readonly Piece[] {
    const text = this.#line(element);
    if (text.trim() === '') return [];
    switch (this.#context.styles.roleOf(element)) {
      case 'title':
        return [headingOf(1, text)];
      case 'caption':
        return [{ ...paragraphOf(text), data: { isCaption: true } }];
      case 'quote':
        return [{ type: 'blockquote', children: [paragraphOf(text)] }];
      case 'code':
        return [{ type: 'code', value: text }];
      default:
        return [paragraphOf(text)];
    }
  }

  #items(list: XmlElement, outer: OpenList | null, depth: number): readonly Piece[] {
    const open = this.#openList(list, outer);
    const pieces: Piece[] = [];
    for (const item of elementsOf(list)) {
      if (item.name !== 'list-item' && item.name !== 'list-header') continue;
      let content: FlatItem['content'] | null = null;
      for (const child of elementsOf(item)) {
        if (child.name === 'list') {
          pieces.push(...this.#items(child, open, depth + 1));
          continue;
        }
        for (const block of this.#pieces(child)) {
          // A numbered heading may be written as an item of a list; tables end it.
          if (block.type !== 'paragraph') pieces.push(block);
          else if (content !== null) content.children.push(block);
          else {
            const marker = item.name === 'list-header' ? null : this.#nextNumber(open, item, depth);
            content = { type: 'listItem', children: [block], ...(marker === null ? {} : { data: { marker } }) };
            pieces.push({ type: 'item', depth, content });
          }
        }
      }
    }
    return pieces;
  }

  /** A list inside another one goes on with its style; another list may go on with its numbers. */
  #openList(list: XmlElement, outer: OpenList | null): OpenList {
    const style = attribute(list, 'style-name') ?? outer?.style ?? '';
    const continued = attribute(list, 'continue-list');
    const before =
      continued !== undefined
        ? this.#listsById.get(continued)
        : attribute(list, 'continue-numbering') === 'true'
          ? this.#lastByStyle.get(style)
          : undefined;
    const open: OpenList = { style, numbers: outer?.numbers ?? before?.numbers ?? [] };
    if (outer === null) this.#lastByStyle.set(style, open);
    this.#listsById.set(attribute(list, 'id') ?? '', open);
    return open;
  }

  #nextNumber({ style, numbers }: OpenList, item: XmlElement, depth: number): string | null {
    const { styles } = this.#context;
    const own = Number(attribute(item, 'start-value') ?? Number.NaN);
    numbers.length = Math.min(numbers.length, depth + 1);
    numbers[depth] = Number.isFinite(own) ? own : (numbers[depth] ?? styles.startOf(style, depth) - 1) + 1;
    return styles.itemNumber(style, numbers, depth);
  }

  #table(element: XmlElement): readonly RootContent[] {
    const { rows, cells, beside } = this.gridOf(element);
    return isLayout(cells) ? [...cells.flat(), ...beside] : [tableOf(rows), ...beside];
  }

  /** A merged cell's value stands in each place that it covers. */
  gridOf(table: XmlElement): OdfGrid {
    const rows: string[][] = [];
    const cells: RootContent[][] = [];
    const beside: RootContent[] = [];
    const spans: { readonly row: number; readonly column: number; readonly text: string }[] = [];
    let hidden = 0;
    for (const row of descendants(table, 'table-row')) {
      const isHidden = /^(?:collapse|filter)$/.test(attribute(row, 'visibility') ?? '');
      const line: string[] = [];
      for (const cell of elementsOf(row)) {
        if (cell.name !== 'table-cell' && cell.name !== 'covered-table-cell') continue;
        const comments = childrenNamed(cell, 'annotation');
        const blocks = this.blocksOf(elementsOf(cell).filter((child) => child.name !== 'annotation'));
        const text = cellText(blocks);
        beside.push(...this.blocksOf(comments));
        if (!isHidden && cell.name === 'table-cell') cells.push(blocks);
        const across = Math.min(maxSpanned, count(cell, 'number-columns-spanned'));
        const down = Math.min(maxRepeated, count(cell, 'number-rows-spanned'));
        if (!isHidden && text !== '' && text.length <= maxSpreadCharacters && across * down > 1) {
          this.#spend(text.length * across * down);
          for (let y = 0; y < down; y++) {
            for (let x = 0; x < across; x++) spans.push({ row: rows.length + y, column: line.length + x, text });
          }
        }
        const repeated = Math.min(maxRepeated, count(cell, 'number-columns-repeated'));
        this.#spend((text.length + 1) * repeated);
        for (let index = 0; index < repeated; index++) line.push(text);
      }
      const isEmpty = line.every((cell) => cell === '');
      if (isHidden) {
        hidden += isEmpty ? 0 : 1;
        continue;
      }
      const repeated = isEmpty ? 1 : Math.min(maxRepeated, count(row, 'number-rows-repeated'));
      this.#spend((repeated - 1) * line.reduce((sum, cell) => sum + cell.length + 1, 0));
      for (let index = 0; index < repeated; index++) rows.push([...line]);
    }
    for (const { row, column, text } of spans) {
      const line = rows[row];
      if (line !== undefined && (line[column] ?? '') === '') line[column] = text;
    }
    return { rows, hidden, cells, beside };
  }

  /** A few bytes of markup can ask for millions of cells. */
  #spend(characters: number): void {
    this.#spent += characters;
    if (this.#spent <= this.#context.characters) return;
    throw new PerseaError(
      'text-too-large',
      `Parsed ${this.#context.fileName}: its cells hold more than ${this.#context.characters} characters. Split the file.`,
    );
  }

  /** Text of a paragraph or heading as its reader sees it. */
  #line(element: XmlElement): string {
    let text = '';
    for (const child of element.children) {
      text += typeof child === 'string' ? child.replace(/\s+/g, ' ') : this.#inline(child);
    }
    return text;
  }

  #inline(element: XmlElement): string {
    switch (element.name) {
      case 's':
        return ' '.repeat(Math.min(maxRepeated, count(element, 'c')));
      case 'tab':
        return '\t';
      case 'line-break':
        return '\n';
      case 'note': {
        const body = childAt(element, 'note-body');
        const text = body === undefined ? '' : cellText(this.blocksOf(elementsOf(body)));
        const name = attribute(element, 'note-class') === 'endnote' ? 'Endnote' : 'Footnote';
        if (text !== '') this.#beside.push(paragraphOf(`${name}: ${text}`));
        return '';
      }
      case 'annotation':
        this.#addComment(element);
        return '';
      case 'ruby-text':
      case 'tracked-changes':
        return '';
      default:
        if (shapes.has(element.name)) return this.#shape(element);
        if (this.#context.styles.isHidden(element) || element.name === 'hidden-text') {
          this.hidden += 1;
          return '';
        }
        return this.#line(element);
    }
  }

  /** Texts in a shape come after the paragraph that it is anchored in; a picture is read as its description, a formula in its place. */
  #shape(element: XmlElement): string {
    const formulas = descendants(element, 'object')
      .map((object) => this.#formula(object))
      .filter((text) => text !== '');
    if (formulas.length > 0) return formulas.join(' ');
    const blocks = this.blocksOf(elementsOf(element).filter((child) => !/^(?:title|desc)$/.test(child.name)));
    this.#beside.push(...blocks);
    const described = childAt(element, 'desc') ?? childAt(element, 'title');
    return blocks.length > 0 || described === undefined ? '' : textOf(described);
  }

  #formula(object: XmlElement): string {
    const root = this.#context.objectOf(attribute(object, 'href') ?? '');
    const math = root === undefined ? undefined : descendants(root, 'math')[0];
    return math === undefined ? '' : descendants(math, 'annotation').map(textOf).join(' ').trim();
  }

  /** A chart holds the numbers that it shows in a table of its own. */
  #object(object: XmlElement): readonly RootContent[] {
    const root = this.#context.objectOf(attribute(object, 'href') ?? '');
    const chart = root === undefined ? undefined : childAt(root, 'document-content', 'body', 'chart', 'chart');
    if (chart === undefined) return [];
    const title = childrenNamed(chart, 'title').map(textOf).join(' ').trim();
    const tables = childrenNamed(chart, 'table').map((table) => tableOf(this.gridOf(table).rows));
    return [...(title === '' ? [] : [{ ...paragraphOf(title), data: { isCaption: true } }]), ...tables];
  }

  #addComment(element: XmlElement): void {
    const by = [childAt(element, 'creator'), childAt(element, 'date')].filter((part) => part !== undefined).map(textOf);
    const content = cellText(this.blocksOf(elementsOf(element).filter((child) => /^(?:p|list)$/.test(child.name))));
    if (content === '') return;
    const text = `Comment${by.length === 0 ? '' : ` (${by.join(', ')})`}: ${content}`;
    this.#beside.push({ type: 'blockquote', children: [paragraphOf(text)] });
  }
}

function headingOf(level: number, text: string): RootContent {
  return { type: 'heading', depth: Math.min(6, level) as 1, children: [{ type: 'text', value: text }] };
}

function count(element: XmlElement, name: string): number {
  return Math.max(1, Number(attribute(element, name) ?? 1) || 1);
}
