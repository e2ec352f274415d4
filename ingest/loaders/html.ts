/** HTML: the main content, without navigation, scripts and what the page hides, as plain text with blocks. */
import { Readability } from '@mozilla/readability';
import type { Element, Root as HastRoot } from 'hast';
import { parseHTML } from 'linkedom';
import type { Paragraph, Root } from 'mdast';
import rehypeParse from 'rehype-parse';
import rehypeRemark from 'rehype-remark';
import { unified } from 'unified';
import { SKIP, visit } from 'unist-util-visit';
import type { DocumentProperties, ParsedDocument, Warning } from '../../src/core/document.ts';
import { decodeText } from './decode.ts';
import { asDate, asText } from './front-matter.ts';
import type { PageDocument } from './html-dom.ts';
import { writeOutFields } from './html-fields.ts';
import { dropUnread } from './html-hidden.ts';
import { asHtml, escapeHtml, fitsTree, readFlat } from './html-source.ts';
import { flatText, tidyTable } from './html-tables.ts';
import type { Loader, LoaderInput } from './loader.ts';
import { parsedDocument } from './parsed-document.ts';
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
  return parsedDocument({
    title: page.title ?? input.fileName,
    mediaType: input.mediaType,
    body: page.builder,
    properties: page.properties,
    warnings: [...decoded.warnings, ...page.warnings],
  });
}

export interface HtmlPage {
  readonly title: string | null;
  readonly properties: DocumentProperties;
  readonly builder: TextBuilder;
  readonly warnings: readonly Warning[];
}

/** What frames a page. */
const boilerplate =
  'nav,aside,[role=navigation],[role=banner],[role=contentinfo],[role=search],[role=complementary],body>header,body>footer';
/** Readability is made for news pages; where it drops more than this of a page's text, the page is no such page. */
const keptShare = 0.8;
/** Where `main` holds less than this, the page uses it for something else. */
const markedShare = 0.5;
/** It takes seconds for more of them, and pages of this length are no news. */
const maxArticleElements = 8_000;
const levelAttribute = 'data-level';

/** `isWhole`: nothing frames the content, as in mails and books; all of it is read. */
export interface ReadHtmlOptions {
  readonly isWhole?: boolean;
}

export function readHtml(source: string, options: ReadHtmlOptions = {}): HtmlPage {
  const html = asHtml(source);
  try {
    if (fitsTree(html)) return readTree(html, options);
  } catch (thrown) {
    // Out of stack.
    if (!(thrown instanceof RangeError)) throw thrown;
  }
  const title = /<title\b[^<>]*>([^<]*)/i.exec(html)?.[1] ?? '';
  const message =
    'The page is too large or nests too deep; headings and paragraphs were read, lists and tables as plain text.';
  return {
    title: asText(plainText(title)),
    properties: {},
    builder: readFlat(html, plainText),
    warnings: [{ code: 'structure-lost', message }],
  };
}

function readTree(source: string, { isWhole = false }: ReadHtmlOptions): HtmlPage {
  // A fragment without <html> has no body in linkedom.
  const dom = parseHTML(/<html[\s>]/i.test(source) ? source : `<html><body>${source}</body></html>`);
  const document: PageDocument = dom.document;
  const properties = propertiesOf(document);
  const titleElement = asText(document.querySelector('title')?.textContent?.replace(/\s+/g, ' '));
  const warnings = dropUnread(document);
  writeOutFields(document);
  const heading = asText(document.querySelector('h1')?.textContent?.replace(/\s+/g, ' '));
  const builder = new TextBuilder();
  const readArticle = (): Article | null => {
    if ([...document.querySelectorAll('*')].length > maxArticleElements) return null;
    try {
      // Readability takes its document apart.
      return new Readability(dom.document.cloneNode(true)).parse();
    } catch {
      // It gives up on unusual trees; the whole page is always a good answer.
      return null;
    }
  };
  const main = isWhole ? (document.body?.innerHTML ?? '') : mainContent(document, readArticle, heading);
  renderTree(treeOf(main), builder);
  return { title: heading ?? titleElement, properties, builder, warnings };
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
  const whole = document.body ?? document.documentElement;
  const wholeLength = letters(whole?.textContent ?? '');
  const content = markedContent(document, wholeLength) ?? articleContent(readArticle(), wholeLength);
  if (content === null) return whole?.innerHTML ?? '';
  // Both may leave out the heading that names the page, which is the root of every heading path.
  const isLost = heading !== null && !content.includes(`${levelAttribute}="1"`);
  return isLost ? `<h1>${escapeHtml(heading)}</h1>${content}` : content;
}

/** The page may say itself what its content is; then nobody needs to guess. */
function markedContent(document: PageDocument, wholeLength: number): string | null {
  const [main, ...others] = document.querySelectorAll('main,[role=main]');
  if (main === undefined || others.length > 0) return null;
  return letters(main.textContent ?? '') < wholeLength * markedShare ? null : main.innerHTML;
}

function articleContent(article: Article | null, wholeLength: number): string | null {
  const { content, textContent } = article ?? {};
  if (content === undefined || content === null) return null;
  return letters(textContent ?? '') < wholeLength * keptShare ? null : content;
}

function letters(text: string): number {
  return text.replace(/\s+/g, '').length;
}

const toHast = unified().use(rehypeParse, { fragment: true }).freeze();
const toMdast = unified()
  .use(rehypeRemark, {
    handlers: {
      caption: (_, node: Element) => captionOf(node),
      figcaption: (_, node: Element) => captionOf(node),
      math: (_, node: Element) => ({ type: 'text', value: String(node.properties.alttext ?? flatText(node)) }),
      dialog: (state, node: Element) => state.all(node),
      menu: (state, node: Element) => state.one({ ...node, tagName: 'ul' }, undefined),
    },
  })
  .freeze();

function captionOf(node: Element): Paragraph {
  return { type: 'paragraph', data: { isCaption: true }, children: [{ type: 'text', value: flatText(node) }] };
}

function plainText(html: string): string {
  return flatText(toHast.parse(html));
}

function treeOf(html: string): Root {
  const tree: HastRoot = toHast.parse(html);
  visit(tree, 'element', (element, index, parent) => {
    if (element.properties.dataLevel === '1') element.tagName = 'h1';
    if (element.tagName === 'table') {
      tidyTable(element);
      const caption = element.children.find((child) => child.type === 'element' && child.tagName === 'caption');
      if (caption !== undefined && parent !== undefined && index !== undefined) {
        element.children.splice(element.children.indexOf(caption), 1);
        parent.children.splice(index, 0, caption);
      }
    }
    return element.tagName === 'pre' ? SKIP : undefined;
  });
  return toMdast.runSync(tree) as Root;
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
  const canonical = document.querySelector('link[rel=canonical i]')?.getAttribute('href') ?? meta(['og:url']);
  const url = webAddress(canonical);
  const language = asText(document.documentElement?.getAttribute('lang'));
  return {
    ...(author === null ? {} : { author }),
    ...(date === null ? {} : { date }),
    ...(language === null ? {} : { language }),
    ...(url === null ? {} : { url }),
  };
}

/** The address if it is one that people can open. */
export function webAddress(value: string | null | undefined): string | null {
  const address = URL.parse(value?.trim() ?? '');
  return address !== null && /^https?:$/.test(address.protocol) ? address.href : null;
}

function declaredCharset(bytes: Uint8Array): string | undefined {
  const head = new TextDecoder('latin1').decode(bytes.subarray(0, 2048));
  return (
    /<meta[^>]+charset\s*=\s*["']?([\w-]+)/i.exec(head)?.[1] ??
    /<\?xml[^>]+encoding\s*=\s*["']([\w-]+)/i.exec(head)?.[1]
  );
}
