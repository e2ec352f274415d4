/** RTF through officeparser's tree to the shared Markdown tree: headings, lists, tables, notes. */
import type { Heading, List, ListItem, Paragraph, RootContent } from 'mdast';
import { type OfficeContentNode, OfficeErrorType, OfficeParser } from 'officeparser';
import type { DocumentProperties, ParsedDocument } from '../../src/core/document.ts';
import { PerseaError } from '../../src/core/errors.ts';
import { asDate, asText } from './front-matter.ts';
import type { Loader, LoaderInput } from './loader.ts';
import { parsedDocument } from './parsed-document.ts';
import { cellText, isLayout, paragraphOf, renderTree, tableOf } from './render.ts';
import { TextBuilder } from './text-builder.ts';

export const rtfLoader: Loader = { name: 'rtf', mediaTypes: ['application/rtf'], load: loadRtf };

async function loadRtf(input: LoaderInput): Promise<ParsedDocument> {
  const ast = await parse(input);
  const notes: Paragraph[] = [];
  const blocks = blocksOf(ast.content, notes);
  const builder = new TextBuilder();
  renderTree({ type: 'root', children: [...blocks, ...notes] }, builder);
  const heading = builder.blocks.find((block) => block.kind === 'heading' && block.level === 1)?.title ?? null;
  const author = asText(ast.metadata.author);
  const date = asDate(ast.metadata.modified ?? ast.metadata.created);
  const properties: DocumentProperties = {
    ...(author === null ? {} : { author }),
    ...(date === null ? {} : { date }),
  };
  return parsedDocument({
    title: heading ?? asText(ast.metadata.title) ?? input.fileName,
    mediaType: input.mediaType,
    body: builder,
    properties,
  });
}

async function parse({ bytes, fileName }: LoaderInput) {
  try {
    return await OfficeParser.parseOffice(Buffer.from(bytes), {
      fileType: 'rtf',
      ignoreComments: false,
      ignoreHeadersAndFooters: true,
      ignorePageGeometry: true,
    });
  } catch (thrown) {
    const issue = thrown instanceof Error && 'officeIssue' in thrown ? thrown.officeIssue : undefined;
    const code = typeof issue === 'object' && issue !== null && 'code' in issue ? issue.code : undefined;
    throw code === OfficeErrorType.MAX_NESTING_DEPTH_EXCEEDED
      ? new PerseaError('archive-unsafe', `Parsed ${fileName}: its groups are nested too deeply. Save it anew.`, {
          cause: thrown,
        })
      : new PerseaError('document-damaged', `Parsed ${fileName} as RTF: it is broken. Save it anew.`, {
          cause: thrown,
        });
  }
}

function blocksOf(nodes: readonly OfficeContentNode[], notes: Paragraph[]): RootContent[] {
  const blocks: RootContent[] = [];
  let items: OfficeContentNode[] = [];
  const closeList = () => {
    if (items.length > 0) blocks.push(...listsOf(items, notes));
    items = [];
  };
  for (const node of nodes) {
    if (node.type === 'list') {
      items.push(node);
      continue;
    }
    closeList();
    blocks.push(...blockOf(node, notes));
  }
  closeList();
  return blocks;
}

function blockOf(node: OfficeContentNode, notes: Paragraph[]): RootContent[] {
  switch (node.type) {
    case 'heading': {
      const depth = Math.min(6, Math.max(1, node.metadata?.level ?? 1)) as Heading['depth'];
      return [{ type: 'heading', depth, children: [{ type: 'text', value: textOf(node, notes) }] }];
    }
    case 'table':
      return rowsOf(node, notes);
    case 'code':
      return [{ type: 'code', value: textOf(node, notes) }];
    case 'comment': {
      const text = textOf(node, notes).trim();
      return text === '' ? [] : [{ type: 'blockquote', children: [paragraphOf(`Comment: ${text}`)] }];
    }
    case 'header':
    case 'footer':
    case 'image':
    case 'break':
      return [];
    default: {
      const isGroup = node.children?.some((child) => /^(?:paragraph|heading|table|list)$/.test(child.type)) ?? false;
      return isGroup ? blocksOf(node.children ?? [], notes) : [paragraphOf(textOf(node, notes))];
    }
  }
}

/** RTF knows only items with an indentation; a deeper item belongs to the one before it. */
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
      const start = isOrdered ? (item.metadata?.itemIndex ?? 0) + 1 : null;
      const list: List = { type: 'list', ordered: isOrdered, start, children: [] };
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

function rowsOf(node: OfficeContentNode, notes: Paragraph[]): RootContent[] {
  const rows = (node.children ?? [])
    .filter((row) => row.type === 'row')
    .map((row) => (row.children ?? []).map((cell) => blocksOf(cell.children ?? [], notes)));
  return isLayout(rows.flat()) ? rows.flat(2) : [tableOf(rows.map((cells) => cells.map(cellText)))];
}

/** Text of a node; its footnotes are collected and stand at the document's end. */
function textOf(node: OfficeContentNode, notes: Paragraph[]): string {
  for (const note of node.notes ?? []) {
    const text = (note.text ?? '').trim();
    if (text !== '') notes.push(paragraphOf(`Footnote: ${text}`));
  }
  const children = node.children ?? [];
  if (children.length === 0) return node.type === 'break' ? '\n' : (node.text ?? '');
  const isGroup = children.some((child) => child.type === 'paragraph');
  return children.map((child) => textOf(child, notes)).join(isGroup ? '\n' : '');
}
