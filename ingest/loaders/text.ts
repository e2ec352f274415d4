/** Plain text: paragraphs between blank lines, with the few structures that plain text can show. */
import type { Block, BlockKind, ParsedDocument } from '../../src/core/document.ts';
import { decodeText } from './decode.ts';
import type { Loader, LoaderInput } from './loader.ts';
import { parsedDocument } from './parsed-document.ts';

export const textLoader: Loader = {
  name: 'text',
  mediaTypes: ['text/plain'],
  async load(input) {
    return loadText(input);
  },
};

function loadText(input: LoaderInput): ParsedDocument {
  const decoded = decodeText(input.bytes, input.fileName);
  const text = decoded.text.trimEnd();
  const blocks = textBlocks(text);
  const first = blocks[0];
  return parsedDocument({
    title: first?.kind === 'heading' && first.title !== null ? first.title : input.fileName,
    mediaType: input.mediaType,
    body: { text, blocks },
    warnings: decoded.warnings,
  });
}

const underline = /^\s{0,3}(?:(=)=+|(-)-{2,})\s*$/;
const listLine = /^\s*(?:[-*+•‣◦▪–]\s|\(?\d{1,3}[.)]\s|\(?[a-z]\)\s)/;
const maxHeadingLength = 90;

/** Blocks of running text; used by every format whose text has no structure of its own. */
export function textBlocks(text: string): readonly Block[] {
  const blocks: Block[] = [];
  for (const run of runsOf(text)) {
    const lines = run.text.split('\n');
    const [first = '', second] = lines;
    const rule = second === undefined ? null : underline.exec(second);
    if (rule !== null && first.trim().length <= maxHeadingLength && first.trim() !== '') {
      const end = first.length + 1 + (second?.length ?? 0);
      blocks.push(headingBlock(run.start, run.start + end, first, rule[1] === '=' ? 1 : 2));
      const rest = run.text.slice(end);
      if (rest.trim() !== '') {
        const start = run.start + end + (rest.length - rest.trimStart().length);
        blocks.push(plainBlock(start, run.start + run.text.length, rest.trim()));
      }
    } else if (lines.length === 1 && headingLevel(first) !== null) {
      blocks.push(headingBlock(run.start, run.start + run.text.length, first, headingLevel(first) ?? 2));
    } else {
      blocks.push(plainBlock(run.start, run.start + run.text.length, run.text));
    }
  }
  return blocks;
}

/** Level of a line that reads as a heading: numbered (`3.2 Costs`), named (`Section 4`), or all capitals; null for others. */
export function headingLevel(line: string): number | null {
  const text = line.trim();
  if (text.length > maxHeadingLength || text.length < 2 || /[.,;:!?]$/.test(text)) return null;
  // AsciiDoc marks headings as Markdown does, with another sign.
  const marked = /^(={1,6})\s+\S/.exec(text)?.[1];
  if (marked !== undefined) return marked.length;
  const numbered = /^(\d{1,2}(?:\.\d{1,2})*)\.?\s+\p{Lu}/u.exec(text);
  if (numbered?.[1] !== undefined) return Math.min(6, numbered[1].split('.').length + 1);
  if (
    /^(?:chapter|section|part|article|annex|appendix|kapitel|abschnitt|teil|artikel|anhang|chapitre|partie|annexe|§)\s*[\dIVXA-Z]{1,5}\b/iu.test(
      text,
    )
  )
    return 2;
  const letters = text.replace(/[^\p{L}]/gu, '');
  return letters.length >= 4 && letters === letters.toUpperCase() && letters !== letters.toLowerCase() ? 2 : null;
}

function headingBlock(start: number, end: number, line: string, level: number): Block {
  const title = line.replace(/\s+/g, ' ').trim();
  return { kind: 'heading', start, end, level, title, page: null, headerEnd: null };
}

function plainBlock(start: number, end: number, text: string): Block {
  const lines = text.split('\n');
  const kind: BlockKind = lines.every((line) => /^\s*\|.*\|\s*$/.test(line))
    ? 'table'
    : listLine.test(lines[0] ?? '') && lines.length > 1
      ? 'list'
      : 'paragraph';
  const ruled = /^[^\n]*\n\s*\|?\s*:?-{3,}[^\n]*/.exec(text);
  const headerEnd = kind === 'table' ? start + (ruled?.[0].length ?? 0) : null;
  return { kind, start, end, level: null, title: null, page: null, headerEnd };
}

/** Runs of lines between blank lines, without the white space around them. */
function* runsOf(text: string): Generator<{ readonly start: number; readonly text: string }> {
  for (const match of text.matchAll(/[^\n]*\S[^\n]*(?:\n[^\n]*\S[^\n]*)*/g)) {
    yield { start: match.index, text: match[0].trimEnd() };
  }
}
