/** HTML tables inside Markdown become pipe tables, so that a row is found with its column names. */
import type { MarkdownNode } from './markdown-blocks.ts';
import type { TextBuilder } from './text-builder.ts';

/** Stands in place of the source between `start` and `end`. */
export interface RenderedTable {
  readonly start: number;
  readonly end: number;
  readonly content: TextBuilder;
}

const maxTableLength = 500_000;
/** A table of which less is kept stays as it is written: its markup is no plain HTML. */
const keptShare = 0.95;

/** A blank line ends a piece of HTML for Markdown, not a table for its reader: pieces are joined until the table closes. */
export async function renderTables(nodes: readonly MarkdownNode[], source: string): Promise<readonly RenderedTable[]> {
  const tables: RenderedTable[] = [];
  for (let index = 0; index < nodes.length; index++) {
    const first = nodes[index];
    if (first?.node.type !== 'html' || !/<table[\s>]/i.test(source.slice(first.start, first.end))) continue;
    let open = 0;
    for (let last = index; last < nodes.length; last++) {
      const { start = 0, end = 0 } = nodes[last] ?? {};
      if (end - first.start > maxTableLength) break;
      const piece = source.slice(start, end);
      open += (piece.match(/<table[\s>]/gi)?.length ?? 0) - (piece.match(/<\/table\s*>/gi)?.length ?? 0);
      if (open > 0) continue;
      const content = await renderTable(source.slice(first.start, end));
      if (content !== null) tables.push({ start: first.start, end, content });
      index = last;
      break;
    }
  }
  return tables;
}

async function renderTable(html: string): Promise<TextBuilder | null> {
  // Components of MDX and tags of templates mean something that only their program knows.
  if (/<[A-Z]|\{[{%]|=\{/.test(html)) return null;
  // Half of what a parser process would have to load before it reads its first Markdown, in which HTML is rare.
  const { readHtml } = await import('./html.ts');
  const { builder } = readHtml(html, { isWhole: true });
  const words = letters(html.replace(/<!--(?:(?!-->)[\s\S])*-->/g, '').replace(/<[^<>]*>|&#?\w{1,32};/g, ''));
  return letters(builder.text) >= words * keptShare ? builder : null;
}

function letters(text: string): number {
  return text.match(/[\p{L}\p{N}]/gu)?.length ?? 0;
}
