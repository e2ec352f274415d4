/**
 * Where the blocks of a Markdown source lie. What stands within a line (emphasis, links, code) decides no block, and
 * leaving it out more than halves the time; only headings are read in full, for their titles.
 */
import type { Root } from 'mdast';
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

const blockParser = unified().use(remarkParse).use(blocksOnly).use(remarkFrontmatter, ['yaml', 'toml']).freeze();
const fullParser = unified().use(remarkParse).use(remarkGfm).freeze();

export function parseMarkdownBlocks(source: string): Root {
  return blockParser.parse(source);
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
