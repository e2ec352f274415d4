/**
 * A sentence of a document as it reads alone: Markdown's marks taken off, a table row with the names of its columns, an item of a list
 * behind what leads to the list. The extractive model writes this form and the support check recognises it, so that both must come
 * from here.
 */
import { isLeadIn, itemsBehind, leadInOf, opensItem } from './lists.ts';
import { type Span, splitSentences } from './sentences.ts';
import { cellsOf, headerCells, isTableRow, tableHeaderBefore } from './tables.ts';

const leadingMarks = /^\s*(?:(?:#{1,6}|>|[-*+]|\d{1,3}[.)])\s+)*(?:\[[ xX]\]\s+)?/;
/** Of Markdown, whichever way it is written; the last form says where the others lead to. */
const linkAlone =
  /^(?:!?\[[^\][]*\](?:\([^()\s]*(?:\([^()\s]*\)[^()\s]*)*(?:\s+"[^"]*")?\)|\[[^\][]*\])|<?https?:\/\/[^\s>]+>?|\[[^\][]+\]:\s+\S+(?:\s+"[^"]*")?)[.,;]?$/;
const entities: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
  '&nbsp;': ' ',
};

/** Neither marks nor white space but single blanks: most sentences. */
const isPlain = /^(?! )(?:[^\s<>[\]()`*_~\\&#]| (?! |$))*$/u;
const codeMarks = /[<>[\]*_~\\&`]/g;
const leadingSign = /^[-+>\d]/;

/** Text without Markdown's marks and with single spaces; words and their order stay. */
export function plainText(markdown: string): string {
  if (isPlain.test(markdown) && !leadingSign.test(markdown)) return markdown;
  return (
    markdown
      .replace(leadingMarks, '')
      .replace(/<br\s*\/?>/gi, ' ')
      // What stands as code is no mark, whatever it is.
      .replace(/(?<!\\)(`+)(.+?)\1/g, (_, _ticks, code: string) => code.replace(codeMarks, '\\$&'))
      .replace(/(?<!\\)<(https?:\/\/[^\s>]+)>/g, '$1')
      .replace(/(?<!\\)<\/?[a-z][^<>]*>/gi, '')
      .replace(/(?<!\\)!?\[((?:[^\]\\[]|\\.)*)\]\([^()\s]*(?:\([^()\s]*\)[^()\s]*)*(?:\s+"[^"]*")?\)/g, '$1')
      // By its name or `[]`; what is in brackets twice without a letter is a list of citations.
      .replace(/(?<!\\)!?\[((?=[^\]]*\p{L})(?:[^\]\\[]|\\.)*)\]\[[^\][]*\]/gu, '$1')
      // The longest run of marks first; marks inside a word (`snake_case`, `2*3`) are not emphasis.
      .replace(/(?<![\p{L}\p{N}\\*])(\*{1,3})(?=\S)(.+?)(?<=\S)\1(?![\p{L}\p{N}*])/gu, '$2')
      .replace(/(?<![\p{L}\p{N}\\_])(_{1,3})(?=\S)(.+?)(?<=\S)\1(?![\p{L}\p{N}_])/gu, '$2')
      .replace(/~~(.+?)~~/g, '$1')
      .replace(/\\([!-/:-@[-`{-~])/g, '$1')
      .replace(/&(?:amp|lt|gt|quot|#39|nbsp);/g, (entity) => entities[entity] ?? entity)
      .replace(/\s+/g, ' ')
      .trim()
  );
}

/** Whether there is nothing in a sentence but one link, or where the link of a name leads to. */
export function isLinkAlone(sentence: string): boolean {
  return linkAlone.test(sentence.replace(leadingMarks, '').trim());
}

/** What the text that a span lies in repeats of what stands above it in the document. */
export interface ReadAbove {
  /** Header of the table that the text begins in the middle of, if it does. */
  readonly tableHeader?: string | null;
  /** What leads to the list that the text begins in the middle of, if it does. */
  readonly leadIn?: string | null;
}

/** @param text the text that the span lies in */
export function readableSentence(text: string, span: Span, above: ReadAbove = {}): string {
  const sentence = text.slice(span.start, span.end);
  if (isTableRow(sentence)) return readableRow(text, span, above.tableHeader ?? null);
  const plain = plainText(sentence);
  if (!opensItem(text, span)) return plain;
  const lead = leadInBefore(text, span.start, above);
  return lead === null ? plain : `${lead} ${plain}`;
}

/** As the items repeat it; one that stands outside of the text belongs to items with nothing above them in it. */
function leadInBefore(text: string, at: number, { leadIn }: ReadAbove): string | null {
  const span = leadInOf(text, at);
  const isFirstList = () => leadIn !== undefined && leadIn !== null && isListAlone(text.slice(0, at));
  const raw = span !== null ? text.slice(span.start, span.end) : isFirstList() ? (leadIn ?? '') : '';
  const plain = plainText(raw);
  return plain === '' ? null : plain.replace(/:?$/, ':');
}

function isListAlone(text: string): boolean {
  return splitSentences(text).every((span, index, spans) => {
    const before = index === 0 ? 0 : (spans[index - 1]?.end ?? 0);
    return opensItem(text, span) || (index > 0 && !text.slice(before, span.start).includes('\n'));
  });
}

/** More of a list is left out of a quote. */
const maxListLength = 600;

/**
 * A sentence that leads to a list, with its items: `You may bring: a dog; a cat.` It ends where the last item does that fits.
 *
 * @returns null where no list follows, and where an item is more than one sentence, which in one line would read as several
 */
export function readableList(text: string, leadIn: Span): { readonly end: number; readonly text: string } | null {
  if (!isLeadIn(text.slice(leadIn.start, leadIn.end))) return null;
  const items = itemsBehind(text, leadIn);
  let line = readableSentence(text, leadIn);
  let end = leadIn.end;
  for (const [index, item] of items.entries()) {
    const plain = plainText(text.slice(item.start, item.end)).replace(/[.;,]+$/, '');
    const longer = `${line}${index === 0 ? ' ' : '; '}${plain}`;
    if (longer.length > maxListLength) return index === 0 ? null : { end, text: `${line}; …` };
    [line, end] = [longer, item.end];
  }
  return items.length === 0 || splitSentences(line).length > 1 ? null : { end, text: line };
}

function readableRow(text: string, span: Span, tableHeader: string | null): string {
  const { names, cells } = namedCells(text, span, tableHeader);
  return readableCells(cells, names);
}

/**
 * The cells of a table row and the names of their columns, both as plain text; no names where the table has none.
 *
 * @param tableHeader header of the table that the text begins in the middle of, if it does
 */
export function namedCells(
  text: string,
  span: Span,
  tableHeader: string | null,
): { readonly names: readonly string[]; readonly cells: readonly string[] } {
  const lineStart = text.lastIndexOf('\n', span.start - 1) + 1;
  const { header, isCut } = tableHeaderBefore(text, span.start === 0 ? 0 : lineStart);
  const names = headerCells(header ?? (isCut ? (tableHeader ?? '') : '')).map(plainText);
  return { names, cells: cellsOf(text.slice(span.start, span.end)).map(plainText) };
}

/** `column: value; column: value`, without the empty cells; names and values are plain text. */
export function readableCells(cells: readonly string[], names: readonly string[]): string {
  const parts: string[] = [];
  for (const [index, value] of cells.entries()) {
    if (value === '') continue;
    const name = names[index] ?? '';
    parts.push(name === '' ? value : `${name}: ${value}`);
  }
  return parts.join('; ');
}
