/** Tables of a page's tree: those that only place things become their content, the others get one text in each cell. */
import type { Element, ElementContent, Nodes } from 'hast';
import { SKIP, visit } from 'unist-util-visit';

const maxSpan = 1_000;
/** Merged cells repeat their value up to so many cells of a table; beyond that they stand once. */
const maxCells = 100_000;
/** A cell with more text than this, in paragraphs or under headings, is a column of a page. */
const longCell = 500;
const blockTags =
  /^(?:address|article|aside|blockquote|caption|center|d[ldt]|details|div|fieldset|figcaption|figure|footer|form|h[1-6]|header|hr|li|main|nav|[ou]l|p|pre|section|summary|table|t(?:body|foot|head)|t[rdh])$/;
const structureTags = /^(?:table|h[1-6]|p|[ou]l|pre|blockquote|article|section)$/;

export function tidyTable(table: Element): void {
  if (isLayout(table)) unwrapTable(table);
  else squareTable(table);
}

/**
 * It places things on the page if it says so, has a single cell or a single row or column of blocks, or a cell as long as a page.
 * A table with header cells is none of these, except where another table lies in it.
 */
function isLayout(table: Element): boolean {
  if (/^(?:presentation|none)$/.test(String(table.properties.role))) return true;
  const rows: number[] = [];
  let hasHeader = false;
  let holdsBlocks = false;
  let hasLongCell = false;
  visit(table, 'element', (element) => {
    if (element === table) return undefined;
    if (element.tagName === 'tr') rows.push(0);
    if (element.tagName === 'th' || element.tagName === 'caption') hasHeader = true;
    if (element.tagName !== 'td' && element.tagName !== 'th') return undefined;
    rows[rows.length - 1] = (rows.at(-1) ?? 0) + 1;
    if (element.children.some((child) => child.type === 'element' && structureTags.test(child.tagName))) {
      holdsBlocks = true;
      hasLongCell ||= flatText(element).length > longCell;
    }
    return SKIP;
  });
  const cells = rows.reduce((sum, count) => sum + count, 0);
  if (cells <= 1) return true;
  if (hasHeader) return false;
  return holdsBlocks && (hasLongCell || rows.length === 1 || Math.max(...rows) === 1);
}

/** Everybody in a merged cell's rows and columns reads its value, so each of them gets it; what lies in a cell becomes text. */
function squareTable(table: Element): void {
  const rows: Element[] = [];
  visit(table, 'element', (element) => {
    if (element === table) return undefined;
    if (element.tagName === 'tr') rows.push(element);
    if (element.tagName !== 'td' && element.tagName !== 'th') return undefined;
    if (element.children.some(holdsBlock)) element.children = [{ type: 'text', value: flatText(element) }];
    return SKIP;
  });
  const taken: Element[][] = rows.map(() => []);
  let left = maxCells;
  for (const [top, row] of rows.entries()) {
    let column = 0;
    for (const cell of row.children) {
      if (cell.type !== 'element' || (cell.tagName !== 'td' && cell.tagName !== 'th')) continue;
      while (taken[top]?.[column] !== undefined) column++;
      const span = [spanOf(cell.properties.colSpan), spanOf(cell.properties.rowSpan)] as const;
      const [width, height] = span[0] * span[1] > left ? [1, 1] : span;
      left -= width * height;
      delete cell.properties.colSpan;
      delete cell.properties.rowSpan;
      for (const line of taken.slice(top, top + height)) {
        for (let offset = 0; offset < width; offset++) line[column + offset] = cell;
      }
      column += width;
    }
  }
  for (const [index, row] of rows.entries()) {
    const cells = Array.from(taken[index] ?? [], (cell) => cell ?? emptyCell());
    row.children = cells.map((cell, column) => (cell === cells[column - 1] ? structuredClone(cell) : cell));
  }
}

function holdsBlock(node: ElementContent): boolean {
  return node.type === 'element' && (blockTags.test(node.tagName) || node.children.some(holdsBlock));
}

/** The text of a node in one line: blocks apart from each other, items of lists with their marks. */
export function flatText(node: Nodes): string {
  const parts: string[] = [];
  const collect = (inner: Nodes): void => {
    if (inner.type === 'text') parts.push(inner.value);
    if (!('children' in inner)) return;
    const tag = inner.type === 'element' ? inner.tagName : '';
    const isBlock = blockTags.test(tag) || tag === 'br';
    if (isBlock) parts.push(tag === 'li' ? ' - ' : ' ');
    if (tag === 'img' && inner.type === 'element') parts.push(String(inner.properties.alt ?? ''));
    for (const child of inner.children) collect(child);
    if (isBlock) parts.push(' ');
  };
  collect(node);
  return parts.join('').replace(/\s+/g, ' ').trim();
}

function spanOf(value: unknown): number {
  const span = Number(value ?? 1);
  return Number.isInteger(span) && span >= 1 ? Math.min(span, maxSpan) : 1;
}

function emptyCell(): Element {
  return { type: 'element', tagName: 'td', properties: {}, children: [] };
}

function unwrapTable(table: Element): void {
  table.tagName = 'div';
  visit(table, 'element', (element) => {
    if (element !== table && element.tagName === 'table') return SKIP;
    if (/^(?:t[rdh]|thead|tbody|tfoot|caption)$/.test(element.tagName)) {
      element.tagName = 'div';
      element.children.push({ type: 'text', value: ' ' });
    }
    return undefined;
  });
}
