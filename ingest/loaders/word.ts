/** DOCX and RTF through officeparser's tree to the shared Markdown tree: headings, lists, tables, notes. */
import type { Heading, List, ListItem, Paragraph, Root, RootContent, Table } from 'mdast';
import { type OfficeContentNode, OfficeErrorType, type OfficeMetadata, OfficeParser } from 'officeparser';
import type { DocumentProperties, ParsedDocument } from '../../src/core/document.ts';
import { PerseaError } from '../../src/core/errors.ts';
import { type OpenArchive, openArchive } from './archive.ts';
import { asDate, asText } from './front-matter.ts';
import type { Loader, LoaderInput } from './loader.ts';
import { addChart } from './office-drawing.ts';
import { activeContentWarnings, mainPart, relationshipsOf } from './office-package.ts';
import { inlineText, renderTree } from './render.ts';
import { TextBuilder } from './text-builder.ts';
import { attribute, childAt, descendants, parseXml, type XmlElement } from './xml-tree.ts';

const rtf = 'application/rtf';

export const wordLoader: Loader = {
  name: 'word',
  mediaTypes: ['application/vnd.openxmlformats-officedocument.wordprocessingml.document', rtf],
  load: loadWord,
};

async function loadWord(input: LoaderInput): Promise<ParsedDocument> {
  const isRtf = input.mediaType === rtf;
  const archive = isRtf ? null : await openArchive(input.bytes, input.fileName, input.limits);
  const styles = archive === null ? noStyles : await readStyles(archive, input.fileName);
  const ast = await parse(input, isRtf ? 'rtf' : 'docx');
  const notes: Paragraph[] = [];
  const blocks = new WordBlocks(styles, notes).of(ast.content);
  const root: Root = { type: 'root', children: [...blocks, ...notes] };
  const builder = new TextBuilder();
  renderTree(root, builder);
  const warnings = archive === null ? [] : activeContentWarnings(archive, input.fileName);
  if (archive !== null) await addCharts(builder, archive, input.fileName);
  const heading = builder.blocks.find((block) => block.kind === 'heading' && block.level === 1)?.title ?? null;
  return {
    title: heading ?? asText(ast.metadata.title) ?? input.fileName,
    mediaType: input.mediaType,
    text: builder.text,
    blocks: builder.blocks,
    pageCount: null,
    properties: propertiesOf(ast.metadata),
    frontMatter: null,
    attachments: [],
    warnings,
  };
}

async function parse(input: LoaderInput, fileType: 'docx' | 'rtf') {
  try {
    return await OfficeParser.parseOffice(Buffer.from(input.bytes), {
      fileType,
      ignoreComments: false,
      ignoreHeadersAndFooters: true,
      ignorePageGeometry: true,
      decompressionLimits: {
        maxUncompressedBytes: Math.max(64 * 1024 * 1024, input.bytes.length * input.limits.archiveRatio),
        maxZipEntries: input.limits.archiveEntries,
      },
    });
  } catch (thrown) {
    throw officeError(thrown, input.fileName, fileType);
  }
}

function officeError(thrown: unknown, fileName: string, fileType: string): PerseaError {
  const issue = thrown instanceof Error && 'officeIssue' in thrown ? thrown.officeIssue : undefined;
  const code = typeof issue === 'object' && issue !== null && 'code' in issue ? issue.code : undefined;
  switch (code) {
    case OfficeErrorType.PASSWORD_REQUIRED:
    case OfficeErrorType.PASSWORD_INCORRECT:
    case OfficeErrorType.DOCUMENT_DECRYPTION_FAILED:
      return new PerseaError('document-encrypted', `Opened ${fileName}: it has a password. Save a copy without it.`, {
        cause: thrown,
      });
    case OfficeErrorType.ZIP_ENTRY_COUNT_LIMIT_EXCEEDED:
    case OfficeErrorType.ZIP_SIZE_LIMIT_EXCEEDED:
    case OfficeErrorType.ZIP_ENTRY_INVALID_SIZE:
    case OfficeErrorType.XML_ELEMENT_LIMIT_EXCEEDED:
    case OfficeErrorType.MAX_NESTING_DEPTH_EXCEEDED:
      return new PerseaError(
        'archive-unsafe',
        `Opened ${fileName}: it unpacks to more than the limits allow. Save it anew.`,
        { cause: thrown },
      );
    default:
      return new PerseaError(
        'document-damaged',
        `Parsed ${fileName} as ${fileType.toUpperCase()}: its parts are missing or broken. Save it anew.`,
        { cause: thrown },
      );
  }
}

/** officeparser's nodes to the Markdown tree, with what the document's own styles say of them. */
class WordBlocks {
  readonly #styles: WordStyles;
  readonly #notes: Paragraph[];
  /** Position of the last numbered heading at each depth, by list. */
  readonly #numbers = new Map<string, number[]>();

  constructor(styles: WordStyles, notes: Paragraph[]) {
    this.#styles = styles;
    this.#notes = notes;
  }

  of(nodes: readonly OfficeContentNode[]): RootContent[] {
    const blocks: RootContent[] = [];
    for (let index = 0; index < nodes.length; ) {
      const node = nodes[index];
      if (node === undefined) break;
      const heading = this.#heading(node);
      if (heading !== null) {
        blocks.push(heading);
        index++;
      } else if (node.type === 'list') {
        let end = index + 1;
        while (nodes[end]?.type === 'list' && this.#headingLevel(nodes[end]) === undefined) end++;
        blocks.push(...this.#lists(nodes.slice(index, end)));
        index = end;
      } else {
        blocks.push(...this.#block(node));
        index++;
      }
    }
    return blocks;
  }

  #headingLevel(node: OfficeContentNode | undefined): number | undefined {
    const style = node?.type === 'list' || node?.type === 'paragraph' ? node.metadata?.style : undefined;
    return style === undefined ? undefined : this.#styles.headingLevels.get(style);
  }

  /** A numbered heading comes as an item of a list. Its number is part of what people call it. */
  #heading(node: OfficeContentNode): Heading | null {
    const level = node.type === 'heading' ? (node.metadata?.level ?? 1) : this.#headingLevel(node);
    if (level === undefined) return null;
    const text = `${this.#numberOf(node)}${this.#text(node)}`;
    const depth = Math.min(6, Math.max(1, level)) as Heading['depth'];
    return text.trim() === '' ? null : { type: 'heading', depth, children: [{ type: 'text', value: text }] };
  }

  #numberOf(node: OfficeContentNode): string {
    if (node.type !== 'list' || node.metadata?.listType !== 'ordered') return '';
    const depth = node.metadata.indentation ?? 0;
    const id = node.metadata.listId ?? '';
    const numbers = this.#numbers.get(id) ?? [];
    numbers.length = Math.min(numbers.length, depth + 1);
    while (numbers.length <= depth) numbers.push(1);
    numbers[depth] = (node.metadata.itemIndex ?? 0) + 1;
    this.#numbers.set(id, numbers);
    return `${numbers.join('.')} `;
  }

  #block(node: OfficeContentNode): RootContent[] {
    switch (node.type) {
      case 'table':
        return this.#table(node);
      case 'code':
        return [{ type: 'code', value: this.#text(node) }];
      case 'comment': {
        const text = this.#text(node).trim();
        return text === '' ? [] : [{ type: 'blockquote', children: [paragraphOf(`Comment: ${text}`)] }];
      }
      case 'header':
      case 'footer':
      case 'image':
      case 'break':
        return [];
      case 'paragraph': {
        const paragraph = paragraphOf(this.#text(node));
        const style = node.metadata?.style ?? '';
        if (this.#styles.captions.has(style)) return [{ ...paragraph, data: { isCaption: true } }];
        const isQuote = /^(?:intense)?quote$/i.test(style);
        return [isQuote ? { type: 'blockquote', children: [paragraph] } : paragraph];
      }
      default: {
        const hasBlocks =
          node.children?.some((child) => /^(?:paragraph|heading|table|list)$/.test(child.type)) ?? false;
        return hasBlocks ? this.of(node.children ?? []) : [paragraphOf(this.#text(node))];
      }
    }
  }

  /** Word knows only items with an indentation; a deeper item belongs to the one before it. */
  #lists(items: readonly OfficeContentNode[]): List[] {
    const lists: List[] = [];
    const open: { readonly list: List; readonly indentation: number; readonly id: string }[] = [];
    for (const item of items) {
      if (item.type !== 'list') continue;
      const indentation = item.metadata?.indentation ?? 0;
      const isOrdered = item.metadata?.listType === 'ordered';
      const id = `${item.metadata?.listId ?? ''} ${isOrdered}`;
      while ((open.at(-1)?.indentation ?? -1) > indentation) open.pop();
      let current = open.at(-1);
      if (current !== undefined && current.indentation === indentation && current.id !== id) {
        open.pop();
        current = open.at(-1);
      }
      if (current === undefined || current.indentation < indentation) {
        const list: List = {
          type: 'list',
          ordered: isOrdered,
          start: isOrdered ? (item.metadata?.itemIndex ?? 0) + 1 : null,
          children: [],
        };
        const parent = current?.list.children.at(-1);
        if (parent === undefined) lists.push(list);
        else parent.children.push(list);
        current = { list, indentation, id };
        open.push(current);
      }
      const entry: ListItem = { type: 'listItem', children: [paragraphOf(this.#text(item))] };
      current.list.children.push(entry);
    }
    return lists;
  }

  /** A table of one cell is a frame around text. */
  #table(node: OfficeContentNode): RootContent[] {
    const rows = (node.children ?? []).filter((row) => row.type === 'row');
    const cells = rows.flatMap((row) => row.children ?? []);
    if (cells.length === 1) return this.of(cells[0]?.children ?? []);
    const grid: string[][] = rows.map(() => []);
    for (const [top, row] of rows.entries()) {
      for (const cell of row.children ?? []) {
        if (cell.type !== 'cell') continue;
        const text = this.of(cell.children ?? [])
          .map((block) => inlineText(block))
          .join(' ');
        const line = grid[top] ?? [];
        let left = 0;
        while (line[left] !== undefined) left++;
        // Everybody in a merged cell's rows and columns reads its value, so each of them gets it.
        const right = left + Math.min(64, cell.metadata?.colSpan ?? 1);
        for (const covered of grid.slice(top, top + (cell.metadata?.rowSpan ?? 1))) {
          for (let column = left; column < right; column++) covered[column] = text;
        }
      }
    }
    const table: Table = {
      type: 'table',
      children: grid.map((cells) => ({
        type: 'tableRow',
        children: Array.from(cells, (text) => ({
          type: 'tableCell' as const,
          children: [{ type: 'text' as const, value: text ?? '' }],
        })),
      })),
    };
    return [table];
  }

  /** Text of a node; its footnotes are collected and stand at the document's end. */
  #text(node: OfficeContentNode): string {
    for (const note of node.notes ?? []) {
      const text = (note.text ?? '').trim();
      if (text !== '') this.#notes.push(paragraphOf(text));
    }
    if (node.children === undefined || node.children.length === 0)
      return node.type === 'break' ? '\n' : (node.text ?? '');
    const parts = node.children.map((child) => this.#text(child));
    return parts.join(node.children.some((child) => child.type === 'paragraph') ? '\n' : '');
  }
}

function paragraphOf(text: string): Paragraph {
  return { type: 'paragraph', children: [{ type: 'text', value: text }] };
}

interface WordStyles {
  /** Levels by the ids of styles, which are in the language of the program; their names are always English. */
  readonly headingLevels: ReadonlyMap<string, number>;
  readonly captions: ReadonlySet<string>;
}

const noStyles: WordStyles = { headingLevels: new Map(), captions: new Set() };

async function readStyles(archive: OpenArchive, fileName: string): Promise<WordStyles> {
  const source = await archive.readText('word/styles.xml');
  if (source === null) return noStyles;
  const styles = descendants(parseXml(source, fileName), 'style');
  const byId = new Map(styles.map((style) => [attribute(style, 'styleId') ?? '', style]));
  const headingLevels = new Map<string, number>();
  const captions = new Set<string>();
  const valueAt = (style: XmlElement, ...path: readonly string[]) => {
    const element = childAt(style, ...path);
    return element === undefined ? undefined : attribute(element, 'val');
  };
  for (const [id, own] of byId) {
    let style: XmlElement | undefined = own;
    // A style inherits from another; a chain that is longer runs in a circle.
    for (let step = 0; style !== undefined && step < 10; step++) {
      const named = /^heading (\d)$/i.exec(valueAt(style, 'name') ?? '')?.[1];
      const outline = valueAt(style, 'pPr', 'outlineLvl');
      const level = named !== undefined ? Number(named) : outline === undefined ? null : Number(outline) + 1;
      if (level !== null && level >= 1 && level <= 9) {
        headingLevels.set(id, level);
        break;
      }
      if (/^caption$/i.test(valueAt(style, 'name') ?? '')) captions.add(id);
      style = byId.get(valueAt(style, 'basedOn') ?? '');
    }
  }
  return { headingLevels, captions };
}

/** Charts stand where their picture does, which the tree does not tell; their numbers come at the end. */
async function addCharts(builder: TextBuilder, archive: OpenArchive, fileName: string): Promise<void> {
  for (const { type, target, isExternal } of (
    await relationshipsOf(archive, await mainPart(archive, fileName, 'word/document.xml'), fileName)
  ).values()) {
    const source = type === 'chart' && !isExternal ? await archive.readText(target) : null;
    if (source !== null) addChart(builder, parseXml(source, fileName), null);
  }
}

function propertiesOf(metadata: OfficeMetadata): DocumentProperties {
  const author = asText(metadata.author);
  const date = asDate(metadata.modified ?? metadata.created);
  const language = asText(metadata.language);
  return {
    ...(author === null ? {} : { author }),
    ...(date === null ? {} : { date }),
    ...(language === null ? {} : { language }),
  };
}
