/**
 * Where the blocks of a Markdown source lie. What stands within a line (emphasis, links, code) decides no block, and
 * leaving it out more than halves the time; only headings are read in full, for their titles.
 */
import type { RootContent } from 'mdast';
import { gfmFootnoteFromMarkdown } from 'mdast-util-gfm-footnote';
import { gfmTableFromMarkdown } from 'mdast-util-gfm-table';
import { toString as plainText } from 'mdast-util-to-string';
import { gfmFootnote } from 'micromark-extension-gfm-footnote';
import { gfmTable } from 'micromark-extension-gfm-table';
import remarkFrontmatter from 'remark-frontmatter';
import remarkGfm from 'remark-gfm';
import remarkParse from 'remark-parse';
import { type Processor, unified } from 'unified';

/** Names of the inline constructs of CommonMark. */
const inlineConstructs = [
  'attention',
  'autolink',
  'characterEscape',
  'characterReference',
  'codeText',
  'hardBreakEscape',
  'htmlText',
  'labelEnd',
  'labelStartImage',
  'labelStartLink',
];

function blocksOnly(this: Processor): void {
  const data = this.data();
  data.micromarkExtensions = [
    ...(data.micromarkExtensions ?? []),
    gfmTable(),
    gfmFootnote(),
    { disable: { null: inlineConstructs } },
  ];
  data.fromMarkdownExtensions = [
    ...(data.fromMarkdownExtensions ?? []),
    gfmTableFromMarkdown(),
    gfmFootnoteFromMarkdown(),
  ];
}

const blockParser = unified().use(remarkParse).use(blocksOnly).freeze();
const headParser = unified().use(remarkParse).use(blocksOnly).use(remarkFrontmatter, ['yaml', 'toml']).freeze();
const fullParser = unified().use(remarkParse).use(remarkGfm).freeze();

/** A block of the outermost level; offsets are those of the whole source. */
export interface MarkdownNode {
  readonly node: RootContent;
  readonly start: number;
  readonly end: number;
}

/** The parser's time grows with the square of the length of what it is given at once. */
const windowLength = 32_768;
/** A single block that is longer is read no further: where it ends is told by the next blank line. */
const maxNodeLength = 524_288;
/** Nobody quotes or indents as deep, and the parser would take minutes: such a run of lines is a paragraph. */
const tooNested = /^(?:[ \t]*>){60}|^[ \t]{240,}(?:[-*+]|\d+[.)])[ \t]|^(?:[ \t]*(?:[-*+]|\d+[.)])[ \t]){60}/m;
/** The time for a line grows with the square of its length. */
const maxLineLength = 50_000;

/**
 * Reads the source in windows. A block is complete once another one begins behind it, so all blocks of a window hold but the
 * last, with which the next window begins.
 */
export function parseMarkdownBlocks(source: string, window = windowLength): readonly MarkdownNode[] {
  const found: MarkdownNode[] = [];
  let start = 0;
  let length = Math.max(window, frontMatterLength(source));
  while (start < source.length) {
    const newline = start + length >= source.length ? -1 : source.indexOf('\n', start + length);
    // A line without end is cut: a paragraph is one in any case.
    const longest = start + Math.max(length, maxNodeLength);
    const end = Math.min(source.length, newline === -1 || newline > longest ? longest : newline + 1);
    const isLast = end >= source.length;
    const nodes = nodesOf(source.slice(start, end), start);
    const last = nodes.at(-1);
    let complete = nodes.length - 1;
    // A definition and the lines right under it are read as one.
    while (nodes[complete - 1]?.node.type === 'definition') complete--;
    if (isLast || last === undefined) {
      found.push(...nodes);
      start = end;
    } else if (complete > 0) {
      found.push(...nodes.slice(0, complete));
      start = nodes[complete]?.start ?? last.start;
      length = window;
    } else if (/^(?:yaml|toml)$/.test(last.node.type)) {
      found.push(last);
      start = last.end;
      length = window;
    } else if (length < maxNodeLength) {
      length *= 2;
    } else {
      const blank = /\n[^\S\n]*\n/g;
      blank.lastIndex = end - 1;
      const until = blank.exec(source)?.index ?? source.length;
      found.push({ ...last, end: until });
      start = until;
      length = window;
    }
  }
  return found;
}

/** The first window holds all of the front matter, because it may state rights. */
function frontMatterLength(source: string): number {
  const fence = /^(---|\+\+\+)[^\S\n]*\n/.exec(source)?.[1];
  if (fence === undefined) return 0;
  const closing = fence === '---' ? /\n---[^\S\n]*(?:\n|$)/g : /\n\+\+\+[^\S\n]*(?:\n|$)/g;
  closing.lastIndex = fence.length;
  return closing.exec(source) === null ? 0 : closing.lastIndex;
}

function nodesOf(source: string, shift: number): readonly MarkdownNode[] {
  // What may be front matter is read as such whatever it costs: it may state rights.
  const isHead = shift === 0 && /^(?:---|\+\+\+)/.test(source);
  if (isHead || !isEndless(source)) return parsed(source, shift);
  return [...source.matchAll(/[^\n]*\S[^\n]*(?:\n[^\n]*\S[^\n]*)*/g)].flatMap(({ index, 0: run }) => {
    const start = shift + index;
    if (!isEndless(run)) return parsed(run, start);
    return { node: { type: 'paragraph', children: [] }, start, end: start + run.length };
  });
}

function isEndless(source: string): boolean {
  return tooNested.test(source) || source.split('\n').some((line) => line.length > maxLineLength);
}

function parsed(source: string, shift: number): readonly MarkdownNode[] {
  const { children } = (shift === 0 ? headParser : blockParser).parse(source);
  return children.map((node) => ({
    node,
    start: shift + (node.position?.start.offset ?? 0),
    end: shift + (node.position?.end.offset ?? 0),
  }));
}

const markup = /[*_`[\]<&\\~:!]/;

/** Longer ones are paragraphs behind a number sign; their beginning names them well enough. */
const maxHeadingLength = 1_000;

/** What a heading says, without markup and without a template's anchor (`{#id}`). */
export function headingTitle(source: string): string {
  const line = source
    .slice(0, maxHeadingLength)
    .replace(/\n\s*(?:=+|-+)\s*$/, '')
    .replace(/^\s*#{1,6}(?=\s|$)/, '')
    .replace(/(?:^|\s)#+\s*$/, '');
  const text = markup.test(line) ? plainText(fullParser.parse(line.trim())) : line;
  return text
    .replace(/\s*\{[:#.][^}]*\}\s*$/, '')
    .replace(/\s+/g, ' ')
    .trim();
}
