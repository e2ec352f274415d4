/** HTML: the main content, without navigation, scripts and what the page hides, as plain text with blocks. */
import { Readability } from '@mozilla/readability';
import type { Element, Root as HastRoot } from 'hast';
import { parseHTML } from 'linkedom';
import type { Root } from 'mdast';
import rehypeParse from 'rehype-parse';
import rehypeRemark from 'rehype-remark';
import { unified } from 'unified';
import { SKIP, visit } from 'unist-util-visit';
import type { DocumentProperties, ParsedDocument } from '../../src/core/document.ts';
import { decodeText } from './decode.ts';
import { asDate, asText } from './front-matter.ts';
import type { Loader, LoaderInput } from './loader.ts';
import { renderTree } from './render.ts';
import { TextBuilder } from './text-builder.ts';

export const htmlLoader: Loader = {
  name: 'html',
  mediaTypes: ['text/html'],
  async load(input) {
    return loadHtml(input);
  },
};

function loadHtml(input: LoaderInput): ParsedDocument {
  const decoded = decodeText(input.bytes, input.fileName, declaredCharset(input.bytes));
  const page = readHtml(decoded.text);
  return {
    title: page.title ?? input.fileName,
    mediaType: input.mediaType,
    text: page.builder.text,
    blocks: page.builder.blocks,
    pageCount: null,
    properties: page.properties,
    frontMatter: null,
    attachments: [],
    warnings: decoded.warnings,
  };
}

/** The part of the DOM that is used here; the compiler's own DOM types are for browsers and would reach the whole tree. */
interface PageElement {
  readonly textContent: string | null;
  readonly innerHTML: string;
  getAttribute(name: string): string | null;
  setAttribute(name: string, value: string): void;
  closest(selector: string): PageElement | null;
  remove(): void;
}

interface PageDocument {
  readonly body: PageElement | null;
  readonly documentElement: PageElement | null;
  querySelector(selector: string): PageElement | null;
  querySelectorAll(selector: string): Iterable<PageElement>;
}

export interface HtmlPage {
  readonly title: string | null;
  readonly properties: DocumentProperties;
  readonly builder: TextBuilder;
}

/** Never part of what a reader reads. */
const unreadable = 'script,style,noscript,template,iframe,object,embed,svg,canvas,dialog,input,select,button,textarea';
const boilerplate =
  'nav,aside,[role=navigation],[role=banner],[role=contentinfo],[role=search],[role=complementary],body>header,body>footer';
const hidden =
  '[hidden],[aria-hidden=true],[style*="display:none" i],[style*="display: none" i],[style*="visibility:hidden" i],[style*="visibility: hidden" i]';
/** Readability is made for news pages; where it drops more than this of a page's text, the page is no such page. */
const keptShare = 0.8;
const levelAttribute = 'data-level';

export function readHtml(source: string): HtmlPage {
  // A fragment without <html> has no body in linkedom.
  const dom = parseHTML(/<html[\s>]/i.test(source) ? source : `<html><body>${source}</body></html>`);
  const document: PageDocument = dom.document;
  const properties = propertiesOf(document);
  const titleElement = asText(document.querySelector('title')?.textContent?.replace(/\s+/g, ' '));
  for (const element of document.querySelectorAll(`${unreadable},${hidden}`)) element.remove();
  const heading = asText(document.querySelector('h1')?.textContent?.replace(/\s+/g, ' '));
  const builder = new TextBuilder();
  const readArticle = (): Article | null => {
    try {
      // Readability takes its document apart.
      return new Readability(dom.document.cloneNode(true), { maxElemsToParse: 100_000 }).parse();
    } catch {
      // It gives up on unusual trees; the whole page is always a good answer.
      return null;
    }
  };
  const main = mainContent(document, readArticle, heading);
  renderTree(treeOf(main), builder);
  return { title: heading ?? titleElement, properties, builder };
}

interface Article {
  readonly content?: string | null | undefined;
  readonly textContent?: string | null | undefined;
}

function mainContent(document: PageDocument, readArticle: () => Article | null, heading: string | null): string {
  for (const element of document.querySelectorAll('h1')) element.setAttribute(levelAttribute, '1');
  for (const element of document.querySelectorAll(boilerplate)) {
    // Within the content it is a remark beside the text, not the page's frame.
    if (element.closest('main,article') === null || element.closest('nav,[role=navigation]') !== null) element.remove();
  }
  const article = readArticle();
  const whole = document.body ?? document.documentElement;
  const wholeHtml = whole?.innerHTML ?? '';
  const wholeLength = letters(whole?.textContent ?? '');
  const content = article?.content;
  if (content === undefined || content === null || letters(article?.textContent ?? '') < wholeLength * keptShare)
    return wholeHtml;
  // It removes a heading that repeats the page's title, which is the root of every heading path.
  const isLost = heading !== null && !content.includes(`${levelAttribute}="1"`);
  return isLost ? `<h1>${escapeHtml(heading)}</h1>${content}` : content;
}

function letters(text: string): number {
  return text.replace(/\s+/g, '').length;
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

const toHast = unified().use(rehypeParse, { fragment: true }).freeze();
const toMdast = unified().use(rehypeRemark).freeze();

function treeOf(html: string): Root {
  const tree: HastRoot = toHast.parse(html);
  visit(tree, 'element', (element) => {
    if (element.properties.dataLevel === '1') element.tagName = 'h1';
    if (element.tagName === 'table') {
      if (isLayout(element)) unwrapTable(element);
      else squareTable(element);
    }
    return element.tagName === 'pre' ? SKIP : undefined;
  });
  return toMdast.runSync(tree) as Root;
}

/** A table without header cells that holds headings or other tables, or has a single cell, only places things on the page. */
function isLayout(table: Element): boolean {
  if (table.properties.role === 'presentation') return true;
  let cells = 0;
  let holdsBlocks = false;
  let hasHeader = false;
  visit(table, 'element', (element) => {
    if (element === table) return undefined;
    if (element.tagName === 'td' || element.tagName === 'th') cells++;
    if (element.tagName === 'th') hasHeader = true;
    if (/^(?:table|h[1-6])$/.test(element.tagName)) holdsBlocks = true;
    return element.tagName === 'table' ? SKIP : undefined;
  });
  return cells <= 1 || (holdsBlocks && !hasHeader);
}

const maxSpan = 1_000;

/** Everybody in a merged cell's rows and columns reads its value, so each of them gets it; inner tables become text. */
function squareTable(table: Element): void {
  const rows: Element[] = [];
  visit(table, 'element', (element) => {
    if (element === table) return undefined;
    if (element.tagName === 'table') {
      unwrapTable(element);
      return SKIP;
    }
    if (element.tagName === 'tr') rows.push(element);
    return undefined;
  });
  const taken: Element[][] = rows.map(() => []);
  for (const [top, row] of rows.entries()) {
    let column = 0;
    for (const cell of row.children) {
      if (cell.type !== 'element' || (cell.tagName !== 'td' && cell.tagName !== 'th')) continue;
      while (taken[top]?.[column] !== undefined) column++;
      const width = spanOf(cell.properties.colSpan);
      const height = spanOf(cell.properties.rowSpan);
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
    row.children = cells.map((cell, column) => (cells.indexOf(cell) === column ? cell : structuredClone(cell)));
  }
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
    if (element.tagName === 'table' && !isLayout(element)) return SKIP;
    if (/^(?:t[rdh]|thead|tbody|tfoot|caption)$/.test(element.tagName)) {
      element.tagName = 'div';
      element.children.push({ type: 'text', value: ' ' });
    }
    return undefined;
  });
}

function propertiesOf(document: PageDocument): DocumentProperties {
  const meta = (names: readonly string[]): string | null => {
    for (const element of document.querySelectorAll('meta')) {
      const name = (element.getAttribute('name') ?? element.getAttribute('property') ?? '').toLowerCase();
      const content = asText(element.getAttribute('content'));
      if (content !== null && names.includes(name)) return content;
    }
    return null;
  };
  const author = meta(['author', 'article:author', 'dc.creator', 'dcterms.creator']);
  const date = asDate(
    meta([
      'article:modified_time',
      'article:published_time',
      'dcterms.modified',
      'dcterms.date',
      'dc.date',
      'date',
      'last-modified',
    ]),
  );
  const language = asText(document.documentElement?.getAttribute('lang'));
  return {
    ...(author === null ? {} : { author }),
    ...(date === null ? {} : { date }),
    ...(language === null ? {} : { language }),
  };
}

function declaredCharset(bytes: Uint8Array): string | undefined {
  const head = new TextDecoder('latin1').decode(bytes.subarray(0, 2048));
  return (
    /<meta[^>]+charset\s*=\s*["']?([\w-]+)/i.exec(head)?.[1] ??
    /<\?xml[^>]+encoding\s*=\s*["']([\w-]+)/i.exec(head)?.[1]
  );
}
