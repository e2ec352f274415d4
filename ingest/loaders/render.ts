/** A Markdown syntax tree (made from HTML or an office document) to plain text with blocks. */
import type { Blockquote, List, Nodes, Paragraph, Root, RootContent, Table, TableRow } from 'mdast';
import { type PipeTable, pipeTable } from './pipe-table.ts';
import type { TextBuilder } from './text-builder.ts';

declare module 'mdast' {
  interface Data {
    /** Words that belong to the table or picture beside them. */
    isCaption?: boolean;
    /** Number of a list's item as its document shows it, such as `(c)` or `2.1`. */
    marker?: string;
  }
}

/** Deeper structure is hostile or broken; its text is kept, flat. */
const maxDepth = 40;

export function renderTree(root: Root | Blockquote, builder: TextBuilder, page: number | null = null): void {
  for (const node of root.children) renderBlock(node, builder, page);
}

function renderBlock(node: RootContent, builder: TextBuilder, page: number | null): void {
  switch (node.type) {
    case 'heading':
      builder.add('heading', oneLine(inlineText(node)), { level: node.depth, page });
      break;
    case 'list':
      builder.add('list', listText(node, 0), { page });
      break;
    case 'table': {
      const table = tableText(node);
      builder.add('table', table.text, { page, headerLength: table.headerLength });
      break;
    }
    case 'code':
      builder.add('code', node.value, { page });
      break;
    case 'blockquote':
      builder.add('quote', blocksText(node.children, 0), { page });
      break;
    case 'html':
    case 'yaml':
    case 'definition':
    case 'thematicBreak':
      break;
    default:
      builder.add(node.data?.isCaption === true ? 'caption' : 'paragraph', tidy(inlineText(node)), { page });
  }
}

function blocksText(nodes: readonly RootContent[], depth: number): string {
  return nodes
    .map((node) => {
      if (depth > maxDepth) return tidy(inlineText(node));
      switch (node.type) {
        case 'list':
          return listText(node, depth + 1);
        case 'table':
          return tableText(node).text;
        case 'code':
          return node.value;
        case 'blockquote':
          return blocksText(node.children, depth + 1);
        default:
          return tidy(inlineText(node));
      }
    })
    .filter((text) => text !== '')
    .join('\n');
}

function listText(list: List, depth: number): string {
  const first = list.start ?? 1;
  return list.children
    .map((item, index) => {
      const marker = item.data?.marker ?? (list.ordered === true ? `${first + index}.` : '-');
      const box = item.checked === true ? '[x] ' : item.checked === false ? '[ ] ' : '';
      const text = blocksText(item.children, depth);
      const indent = ' '.repeat(marker.length + 1);
      return text === '' ? '' : `${marker} ${box}${text.replaceAll('\n', `\n${indent}`)}`;
    })
    .filter((item) => item !== '')
    .join('\n');
}

function tableText(table: Table): PipeTable {
  const rows = table.children.map((row) => row.children.map((cell) => inlineText(cell)));
  return pipeTable(rows, { hasHeader: true });
}

export function paragraphOf(text: string): Paragraph {
  return { type: 'paragraph', children: [{ type: 'text', value: text }] };
}

/** Rows of any length; missing cells are empty. */
export function tableOf(rows: readonly (readonly (string | undefined)[])[]): Table {
  const width = rows.reduce((most, row) => Math.max(most, row.length), 0);
  const children = rows.map(
    (row): TableRow => ({
      type: 'tableRow',
      children: Array.from({ length: width }, (_, index) => ({
        type: 'tableCell',
        children: [{ type: 'text', value: row[index] ?? '' }],
      })),
    }),
  );
  return { type: 'table', children };
}

/** A table of one cell is a frame around text, and one with a heading above other text in a cell lays out a page. */
export function isLayout(cells: readonly (readonly RootContent[])[]): boolean {
  return cells.length === 1 || cells.some(([first, next]) => first?.type === 'heading' && next !== undefined);
}

/** Blocks in a cell of a table, on one line; a table among them is read row by row. */
export function cellText(nodes: readonly RootContent[]): string {
  const [only, ...others] = nodes;
  // A bullet before the one thing in a cell says nothing.
  if (only?.type === 'list' && only.children.length === 1 && others.length === 0) {
    const [item] = only.children;
    if (item !== undefined && item.data?.marker === undefined) return cellText(item.children);
  }
  return nodes
    .map((node) => {
      const rows = node.type === 'table' ? node.children.flatMap((row) => row.children) : null;
      return rows === null ? blocksText([node], 0) : rows.map((cell) => inlineText(cell)).join(' ');
    })
    .join(' ')
    .replace(/\s+/g, ' ')
    .trim();
}

/** Everything a reader sees of a node, without markup; a picture shows as its alternative text. */
function inlineText(node: Nodes): string {
  switch (node.type) {
    case 'text':
    case 'inlineCode':
    case 'code':
      return node.value;
    case 'break':
      return '\n';
    case 'image':
    case 'imageReference':
      return node.alt ?? '';
    case 'html':
    case 'yaml':
    case 'definition':
      return '';
    default: {
      if (!('children' in node)) return '';
      const isFlow = node.type === 'listItem' || node.type === 'list' || node.type === 'blockquote';
      return node.children.map((child) => inlineText(child)).join(isFlow ? '\n' : '');
    }
  }
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

function tidy(text: string): string {
  return text
    .split('\n')
    .map((line) => line.replace(/[^\S\n]+/g, ' ').trim())
    .filter((line) => line !== '')
    .join('\n');
}
