/** DOCX through officeparser's tree to the shared Markdown tree: headings, lists, tables, notes. */
import type { List, ListItem, Paragraph, Root, RootContent, Table } from 'mdast';
import { type OfficeContentNode, OfficeErrorType, type OfficeMetadata, OfficeParser } from 'officeparser';
import type { DocumentProperties, ParsedDocument } from '../../src/core/document.ts';
import { PerseaError } from '../../src/core/errors.ts';
import { asDate, asText } from './front-matter.ts';
import type { Loader, LoaderInput } from './loader.ts';
import { inlineText, renderTree } from './render.ts';
import { TextBuilder } from './text-builder.ts';

export const docxLoader: Loader = {
  name: 'docx',
  mediaTypes: ['application/vnd.openxmlformats-officedocument.wordprocessingml.document'],
  load: loadDocx,
};

async function loadDocx(input: LoaderInput): Promise<ParsedDocument> {
  const ast = await parse(input);
  const notes: Paragraph[] = [];
  const root: Root = { type: 'root', children: [...blocksOf(ast.content, notes), ...notes] };
  const builder = new TextBuilder();
  renderTree(root, builder);
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
    warnings: [],
  };
}

async function parse(input: LoaderInput) {
  try {
    return await OfficeParser.parseOffice(Buffer.from(input.bytes), {
      fileType: 'docx',
      ignoreComments: true,
      ignoreHeadersAndFooters: true,
      ignorePageGeometry: true,
      decompressionLimits: {
        maxUncompressedBytes: Math.max(64 * 1024 * 1024, input.bytes.length * input.limits.archiveRatio),
        maxZipEntries: input.limits.archiveEntries,
      },
    });
  } catch (thrown) {
    throw officeError(thrown, input.fileName);
  }
}

function officeError(thrown: unknown, fileName: string): PerseaError {
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
        `Parsed ${fileName} as DOCX: its parts are missing or broken. Save it anew.`,
        { cause: thrown },
      );
  }
}

function blocksOf(nodes: readonly OfficeContentNode[], notes: Paragraph[]): RootContent[] {
  const blocks: RootContent[] = [];
  for (let index = 0; index < nodes.length; ) {
    const node = nodes[index];
    if (node === undefined) break;
    if (node.type === 'list') {
      let end = index + 1;
      while (nodes[end]?.type === 'list') end++;
      blocks.push(...listsOf(nodes.slice(index, end), notes));
      index = end;
      continue;
    }
    blocks.push(...blockOf(node, notes));
    index++;
  }
  return blocks;
}

function blockOf(node: OfficeContentNode, notes: Paragraph[]): RootContent[] {
  switch (node.type) {
    case 'heading': {
      const level = Math.min(6, Math.max(1, node.metadata?.level ?? 1));
      return [
        {
          type: 'heading',
          depth: level as 1 | 2 | 3 | 4 | 5 | 6,
          children: [{ type: 'text', value: textOf(node, notes) }],
        },
      ];
    }
    case 'table':
      return tableOf(node, notes);
    case 'code':
      return [{ type: 'code', value: textOf(node, notes) }];
    case 'comment':
    case 'header':
    case 'footer':
    case 'image':
    case 'break':
      return [];
    case 'paragraph': {
      const paragraph = paragraphOf(textOf(node, notes));
      const isQuote = /^(?:intense)?quote$/i.test(node.metadata?.style ?? '');
      return [isQuote ? { type: 'blockquote', children: [paragraph] } : paragraph];
    }
    default: {
      const hasBlocks = node.children?.some((child) => /^(?:paragraph|heading|table|list)$/.test(child.type)) ?? false;
      return hasBlocks ? blocksOf(node.children ?? [], notes) : [paragraphOf(textOf(node, notes))];
    }
  }
}

function paragraphOf(text: string): Paragraph {
  return { type: 'paragraph', children: [{ type: 'text', value: text }] };
}

/** Word knows only items with an indentation; a deeper item belongs to the one before it. */
function listsOf(items: readonly OfficeContentNode[], notes: Paragraph[]): List[] {
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
    const entry: ListItem = { type: 'listItem', children: [paragraphOf(textOf(item, notes))] };
    current.list.children.push(entry);
  }
  return lists;
}

/** A table of one cell is a frame around text. */
function tableOf(node: OfficeContentNode, notes: Paragraph[]): RootContent[] {
  const rows = (node.children ?? []).filter((row) => row.type === 'row');
  const cells = rows.flatMap((row) => row.children ?? []);
  if (cells.length === 1) return blocksOf(cells[0]?.children ?? [], notes);
  const table: Table = {
    type: 'table',
    children: rows.map((row) => ({
      type: 'tableRow',
      children: (row.children ?? []).flatMap((cell) => {
        const text = blocksOf(cell.children ?? [], notes)
          .map((block) => inlineText(block))
          .join(' ');
        const span = cell.type === 'cell' ? Math.min(64, cell.metadata?.colSpan ?? 1) : 1;
        return Array.from({ length: span }, (_, index) => ({
          type: 'tableCell' as const,
          children: [{ type: 'text' as const, value: index === 0 ? text : '' }],
        }));
      }),
    })),
  };
  return [table];
}

/** Text of a node; its footnotes are collected and stand at the document's end. */
function textOf(node: OfficeContentNode, notes: Paragraph[]): string {
  for (const note of node.notes ?? []) {
    const text = (note.text ?? '').trim();
    if (text !== '') notes.push(paragraphOf(text));
  }
  if (node.children === undefined || node.children.length === 0)
    return node.type === 'break' ? '\n' : (node.text ?? '');
  const parts = node.children.map((child) => textOf(child, notes));
  return parts.join(node.children.some((child) => child.type === 'paragraph') ? '\n' : '');
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
