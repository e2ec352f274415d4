/** Markdown keeps its source; the syntax tree only tells where the blocks lie. */
import type { RootContent } from 'mdast';
import type { Block, BlockKind, ParsedDocument } from '../../src/core/document.ts';
import { decodeText } from './decode.ts';
import {
  asText,
  type FrontMatter,
  parseFrontMatter,
  propertiesOf,
  refuseUnreadFrontMatter,
  unreadable,
} from './front-matter.ts';
import type { Loader, LoaderInput } from './loader.ts';
import { headingTitle, type MarkdownNode, parseMarkdownBlocks } from './markdown-blocks.ts';
import { renderTables } from './markdown-tables.ts';
import { normalizeText } from './normalize.ts';
import { parsedDocument } from './parsed-document.ts';
import { shiftBlock } from './text-builder.ts';

export const markdownLoader: Loader = {
  name: 'markdown',
  mediaTypes: ['text/markdown'],
  async load(input) {
    return loadMarkdown(input);
  },
};

async function loadMarkdown(input: LoaderInput): Promise<ParsedDocument> {
  const decoded = decodeText(input.bytes, input.fileName);
  // Blank lines above would hide the front matter, and with it the rights it states.
  const source = decoded.text.replace(/^(?:[^\S\n]*\n)+/, '');
  const nodes = parseMarkdownBlocks(source);
  const front = readFrontMatter(nodes[0], source, input.fileName);
  const bodyStart = front.end + leadingBlank(source.slice(front.end));
  const body = nodes.filter(({ start }) => start >= bodyStart);
  const { text, blocks } = await bodyOf(body, source, bodyStart);
  const firstTitle = blocks.find((block) => block.kind === 'heading' && block.level === 1)?.title;
  return parsedDocument({
    title:
      asText(front.values?.title) ??
      (firstTitle === undefined || firstTitle === null || firstTitle === '' ? input.fileName : firstTitle),
    mediaType: input.mediaType,
    body: { text, blocks },
    properties: propertiesOf(front.values),
    frontMatter: front.values,
    warnings: [...decoded.warnings, ...front.warnings],
  });
}

interface Body {
  readonly text: string;
  readonly blocks: readonly Block[];
}

/** The source from `bodyStart` on, with its HTML tables as pipe tables. */
async function bodyOf(nodes: readonly MarkdownNode[], source: string, bodyStart: number): Promise<Body> {
  const tables = await renderTables(nodes, source);
  const parts: string[] = [];
  const blocks: Block[] = [];
  let length = 0;
  let at = bodyStart;
  const add = (part: string) => {
    parts.push(part);
    length += part.length;
  };
  let next = 0;
  for (const node of nodes) {
    const table = tables[next - 1];
    if (table !== undefined && node.start < table.end) continue;
    if (node.start === tables[next]?.start) {
      const { end, content } = tables[next] ?? { end: node.end, content: { text: '', blocks: [] } };
      add(source.slice(at, node.start));
      blocks.push(...content.blocks.map((block) => shiftBlock(block, length)));
      add(content.text);
      at = end;
      next++;
      continue;
    }
    const block = blockOf(node, source);
    if (block !== null) blocks.push(shiftBlock(block, length - at));
  }
  add(source.slice(at));
  return { text: parts.join('').trimEnd(), blocks };
}

/** Markdown inside another format: no front matter, the source as it is. */
export async function markdownBlocks(raw: string): Promise<Body> {
  const text = normalizeText(raw).trimEnd();
  return bodyOf(parseMarkdownBlocks(text), text, 0);
}

function readFrontMatter(
  placed: MarkdownNode | undefined,
  source: string,
  fileName: string,
): FrontMatter & { readonly end: number } {
  const first = placed?.node;
  const end = placed?.end ?? 0;
  if (first?.type === 'yaml') {
    const front = parseFrontMatter(first.value, fileName);
    // Two rules with prose between them are no front matter: the prose stays in the text.
    return { ...front, end: front.values === null && first.value.trim() !== '' ? 0 : end };
  }
  // The syntax tree's types know only YAML; the plugin yields `toml` too.
  if ((first?.type as string | undefined) === 'toml') {
    if (/\baccess\b/i.test(source.slice(0, end))) throw unreadable(fileName, 1, undefined);
    const message = `The front matter of ${fileName} is TOML and was left out; write it as YAML to have it read.`;
    return { values: null, warnings: [{ code: 'front-matter-invalid', message }], end };
  }
  refuseUnreadFrontMatter(source, fileName);
  return { values: null, warnings: [], end: 0 };
}

function leadingBlank(text: string): number {
  return /^(?:[^\S\n]*\n)*/.exec(text)?.[0].length ?? 0;
}

const kinds: Partial<Record<RootContent['type'], BlockKind>> = {
  heading: 'heading',
  paragraph: 'paragraph',
  list: 'list',
  table: 'table',
  code: 'code',
  blockquote: 'quote',
  footnoteDefinition: 'paragraph',
  html: 'paragraph',
  yaml: 'paragraph',
};

function blockOf({ node, start, end }: MarkdownNode, source: string): Block | null {
  const kind = kinds[node.type];
  if (kind === undefined) return null;
  const raw = source.slice(start, end);
  if (raw.trim() === '' || (node.type === 'html' && isMarkupOnly(raw))) return null;
  return {
    kind,
    start,
    end: start + raw.trimEnd().length,
    level: node.type === 'heading' ? node.depth : null,
    title: node.type === 'heading' ? headingTitle(raw) : null,
    page: null,
    headerEnd: node.type === 'table' ? headerEnd(source, start, end) : null,
  };
}

/** The second line of a pipe table is its rule. */
function headerEnd(source: string, start: number, end: number): number {
  const firstLine = source.indexOf('\n', start);
  if (firstLine === -1 || firstLine >= end) return end;
  const secondLine = source.indexOf('\n', firstLine + 1);
  return secondLine === -1 || secondLine >= end ? end : secondLine;
}

function isMarkupOnly(html: string): boolean {
  return (
    html
      .replace(/<!--[\s\S]*?(?:-->|$)/g, '')
      .replace(/<(script|style)\b[\s\S]*?(?:<\/\1\s*>|$)/gi, '')
      .replace(/<[^>]*>/g, '')
      .trim() === ''
  );
}
