/** OpenDocument texts, spreadsheets and presentations. Cells of spreadsheets hold their text as shown, formats applied. */
import type { List, ListItem, Paragraph, RootContent, Table } from 'mdast';
import type { ParsedDocument, Warning } from '../../src/core/document.ts';
import { PerseaError } from '../../src/core/errors.ts';
import { type OpenArchive, openArchive } from './archive.ts';
import type { Loader, LoaderInput } from './loader.ts';
import { activeContentWarnings, dublinCore, hiddenWarning } from './office-package.ts';
import { inlineText, renderTree } from './render.ts';
import { addSheet } from './sheet-tables.ts';
import { TextBuilder } from './text-builder.ts';
import { attribute, childAt, childrenNamed, descendants, elementsOf, parseXml, type XmlElement } from './xml-tree.ts';

export const odfLoader: Loader = {
  name: 'odf',
  mediaTypes: [
    'application/vnd.oasis.opendocument.text',
    'application/vnd.oasis.opendocument.spreadsheet',
    'application/vnd.oasis.opendocument.presentation',
  ],
  load: loadOdf,
};

/** An empty row or column that is repeated to the end of the sheet is no content. */
const maxRepeated = 1_000;

async function loadOdf(input: LoaderInput): Promise<ParsedDocument> {
  const { bytes, fileName, limits, mediaType } = input;
  const archive = await openArchive(bytes, fileName, limits);
  const source = await archive.readText('content.xml');
  const content = source === null ? undefined : childAt(parseXml(source, fileName), 'document-content');
  const body = content === undefined ? undefined : childAt(content, 'body');
  if (content === undefined || body === undefined) {
    throw new PerseaError(
      'document-damaged',
      `Parsed ${fileName}: it has no content. Save it anew with its own program.`,
    );
  }
  const styles = new Styles(content);
  const builder = new TextBuilder();
  const warnings: Warning[] = [...(await activeContentWarnings(archive, fileName))];
  let pageCount: number | null = null;
  for (const part of elementsOf(body)) {
    if (part.name === 'spreadsheet') {
      const { sheets, hidden } = addSheets(builder, part, styles);
      pageCount = sheets;
      warnings.push(...hiddenWarning(fileName, 'sheets, rows and columns', hidden));
    } else if (part.name === 'presentation') pageCount = addSlides(builder, part, styles);
    else if (part.name === 'text') renderTree({ type: 'root', children: blocksOf(part, styles) }, builder);
  }
  const { title, properties } = await metadata(archive, fileName);
  const heading = builder.blocks.find((block) => block.kind === 'heading' && block.level === 1)?.title ?? null;
  const slide = builder.blocks.find((block) => block.kind === 'slide')?.title ?? null;
  const hasContent = builder.blocks.some((block) => block.kind !== 'sheet' && block.kind !== 'slide');
  return {
    title: heading ?? title ?? slide ?? fileName,
    mediaType,
    text: hasContent || slide !== null ? builder.text : '',
    blocks: hasContent || slide !== null ? builder.blocks : [],
    pageCount,
    properties,
    frontMatter: null,
    attachments: [],
    warnings,
  };
}

async function metadata(archive: OpenArchive, fileName: string) {
  const source = await archive.readText('meta.xml');
  const meta = source === null ? undefined : childAt(parseXml(source, fileName), 'document-meta', 'meta');
  return meta === undefined ? { title: null, properties: {} } : dublinCore(meta);
}

/** Which list styles number their items, and which paragraph styles hide or title. */
class Styles {
  readonly #numbered = new Set<string>();
  readonly #hidden = new Set<string>();
  readonly #parents = new Map<string, string>();

  constructor(content: XmlElement) {
    const automatic = childAt(content, 'automatic-styles');
    for (const style of automatic === undefined ? [] : elementsOf(automatic)) {
      const name = attribute(style, 'name') ?? '';
      if (style.name === 'list-style' && elementsOf(style)[0]?.name === 'list-level-style-number') {
        this.#numbered.add(name);
      }
      const isHidden = descendants(style, 'table-properties', 'text-properties').some(
        (properties) => attribute(properties, 'display') === (properties.name === 'text-properties' ? 'none' : 'false'),
      );
      if (isHidden) this.#hidden.add(name);
      const parent = attribute(style, 'parent-style-name');
      if (parent !== undefined) this.#parents.set(name, parent);
    }
  }

  isNumbered(list: XmlElement): boolean {
    return this.#numbered.has(attribute(list, 'style-name') ?? '');
  }

  isHidden(element: XmlElement): boolean {
    return this.#hidden.has(attribute(element, 'style-name') ?? '');
  }

  nameOf(element: XmlElement): string {
    const name = attribute(element, 'style-name') ?? '';
    return this.#parents.get(name) ?? name;
  }
}

/** Never part of what a reader reads: changes that were made, comments, notes' numbers, forms' controls. */
const skipped = new Set(['tracked-changes', 'annotation', 'sequence-decls', 'forms', 'notes', 'index-title-template']);

function blocksOf(parent: XmlElement, styles: Styles): RootContent[] {
  const notes: RootContent[] = [];
  const blocks = elementsOf(parent).flatMap((element) => blockOf(element, styles, notes));
  return [...blocks, ...notes];
}

function blockOf(element: XmlElement, styles: Styles, notes: RootContent[]): RootContent[] {
  if (skipped.has(element.name) || styles.isHidden(element)) return [];
  switch (element.name) {
    case 'h': {
      const depth = Math.min(6, Math.max(1, Number(attribute(element, 'outline-level') ?? 1) || 1));
      return [
        { type: 'heading', depth: depth as 1, children: [{ type: 'text', value: lineText(element, styles, notes) }] },
      ];
    }
    case 'p': {
      const boxes = descendants(element, 'text-box', 'table').flatMap((box) => blockOf(box, styles, notes));
      const text = lineText(element, styles, notes);
      const isTitle = /^Title$/i.test(styles.nameOf(element)) && text.trim() !== '';
      const block: RootContent = isTitle
        ? { type: 'heading', depth: 1, children: [{ type: 'text', value: text }] }
        : paragraph(text);
      return [block, ...boxes];
    }
    case 'list':
      return [listOf(element, styles, notes)];
    case 'table':
      return [tableOf(element, styles)];
    default:
      // Indexes repeat the headings that follow; their bodies are lists of them.
      if (/^(?:table-of-content|.*-index|bibliography)$/.test(element.name)) return [];
      return elementsOf(element).flatMap((child) => blockOf(child, styles, notes));
  }
}

function paragraph(text: string): Paragraph {
  return { type: 'paragraph', children: [{ type: 'text', value: text }] };
}

function listOf(
  element: XmlElement,
  styles: Styles,
  notes: RootContent[],
  isOrdered = styles.isNumbered(element),
): List {
  const children = elementsOf(element)
    .filter((child) => child.name === 'list-item' || child.name === 'list-header')
    .map((item): ListItem => {
      const content = elementsOf(item).flatMap((child): RootContent[] =>
        child.name === 'list'
          ? [
              listOf(
                child,
                styles,
                notes,
                attribute(child, 'style-name') === undefined ? isOrdered : styles.isNumbered(child),
              ),
            ]
          : blockOf(child, styles, notes),
      );
      return {
        type: 'listItem',
        children: content.filter((block) => block.type === 'paragraph' || block.type === 'list'),
      };
    });
  return { type: 'list', ordered: isOrdered, start: isOrdered ? 1 : null, children };
}

function tableOf(element: XmlElement, styles: Styles): Table {
  const { rows } = gridOf(element, styles);
  const width = Math.max(0, ...rows.map((row) => row.length));
  return {
    type: 'table',
    children: rows.map((row) => ({
      type: 'tableRow',
      children: Array.from({ length: width }, (_, index) => ({
        type: 'tableCell' as const,
        children: [{ type: 'text' as const, value: row[index] ?? '' }],
      })),
    })),
  };
}

interface Grid {
  readonly rows: readonly (readonly string[])[];
  readonly hidden: number;
}

/** Rows of a table; a merged cell's value stands in each place that it covers. */
function gridOf(table: XmlElement, styles: Styles): Grid {
  const rows: string[][] = [];
  const spans: { readonly row: number; readonly column: number; readonly text: string }[] = [];
  let hidden = 0;
  for (const row of descendants(table, 'table-row')) {
    const isHidden = /^(?:collapse|filter)$/.test(attribute(row, 'visibility') ?? '');
    const cells: string[] = [];
    for (const cell of elementsOf(row)) {
      if (cell.name !== 'table-cell' && cell.name !== 'covered-table-cell') continue;
      const notes: RootContent[] = [];
      const text = [...elementsOf(cell).flatMap((child) => blockOf(child, styles, notes)), ...notes]
        .map((block) => inlineText(block))
        .filter((part) => part.trim() !== '')
        .join(' ');
      const repeated = Number(attribute(cell, 'number-columns-repeated') ?? 1) || 1;
      const across = Math.min(64, Number(attribute(cell, 'number-columns-spanned') ?? 1) || 1);
      const down = Math.min(1_000, Number(attribute(cell, 'number-rows-spanned') ?? 1) || 1);
      if (!isHidden && text !== '' && across * down > 1) {
        for (let y = 0; y < down; y++) {
          for (let x = 0; x < across; x++) spans.push({ row: rows.length + y, column: cells.length + x, text });
        }
      }
      const count = text === '' ? Math.min(repeated, maxRepeated) : Math.min(repeated, 16_384);
      for (let index = 0; index < count; index++) cells.push(text);
    }
    const repeatedRows = Number(attribute(row, 'number-rows-repeated') ?? 1) || 1;
    if (isHidden) {
      hidden += cells.some((cell) => cell !== '') ? 1 : 0;
      continue;
    }
    const isEmpty = cells.every((cell) => cell === '');
    const count = isEmpty ? Math.min(repeatedRows, 1) : Math.min(repeatedRows, maxRepeated);
    for (let index = 0; index < count; index++) rows.push(cells);
  }
  const filled = rows.map((row) => [...row]);
  for (const { row, column, text } of spans) {
    const cells = filled[row];
    if (cells !== undefined && (cells[column] ?? '') === '') cells[column] = text;
  }
  return { rows: filled, hidden };
}

function addSheets(
  builder: TextBuilder,
  part: XmlElement,
  styles: Styles,
): { readonly sheets: number; readonly hidden: number } {
  let hidden = 0;
  const tables = childrenNamed(part, 'table');
  for (const [index, table] of tables.entries()) {
    if (styles.isHidden(table)) {
      hidden += 1;
      continue;
    }
    const grid = gridOf(table, styles);
    hidden += grid.hidden;
    const rows = new Map(
      grid.rows.map((cells, row) => [
        row,
        new Map(cells.flatMap((text, column) => (text === '' ? [] : [[column, text] as const]))),
      ]),
    );
    addSheet(builder, { name: attribute(table, 'name') ?? `Sheet ${index + 1}`, rows, merges: [] }, index + 1);
  }
  return { sheets: tables.length, hidden };
}

function addSlides(builder: TextBuilder, part: XmlElement, styles: Styles): number {
  const pages = childrenNamed(part, 'page');
  for (const [index, slide] of pages.entries()) {
    const frames = elementsOf(slide).filter((element) => !['notes', 'forms'].includes(element.name));
    const titleFrame = frames.find((frame) => attribute(frame, 'class') === 'title');
    const title =
      titleFrame === undefined
        ? ''
        : blocksOf(titleFrame, styles)
            .map((block) => inlineText(block))
            .join(' ')
            .trim();
    builder.add('slide', title === '' ? `Slide ${index + 1}` : title, { level: 1, page: index + 1 });
    for (const frame of frames) {
      if (frame === titleFrame) continue;
      renderTree({ type: 'root', children: blockOf(frame, styles, []) }, builder, index + 1);
    }
    const notes = childAt(slide, 'notes');
    const text = (notes === undefined ? [] : descendants(notes, 'text-box'))
      .flatMap((box) => blocksOf(box, styles))
      .map((block) => inlineText(block))
      .filter((line) => line.trim() !== '')
      .join('\n');
    if (text !== '') builder.add('paragraph', `Notes: ${text}`, { page: index + 1 });
  }
  return pages.length;
}

/** Text of a paragraph or heading; footnotes go to the end of their part. */
function lineText(element: XmlElement, styles: Styles, notes: RootContent[]): string {
  return element.children
    .map((child): string => {
      if (typeof child === 'string') return child.replace(/\s+/g, ' ');
      switch (child.name) {
        case 's':
          return ' '.repeat(Math.min(1_000, Number(attribute(child, 'c') ?? 1) || 1));
        case 'tab':
          return '\t';
        case 'line-break':
          return '\n';
        case 'note': {
          const body = childAt(child, 'note-body');
          if (body !== undefined) notes.push(...blocksOf(body, styles));
          return '';
        }
        case 'annotation':
        case 'frame':
        case 'custom-shape':
        case 'bookmark':
        case 'tracked-changes':
        case 'ruby-text':
          return '';
        default:
          return styles.isHidden(child) ? '' : lineText(child, styles, notes);
      }
    })
    .join('');
}
