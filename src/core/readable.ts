/**
 * A sentence of a document as it reads alone: Markdown's marks taken off, a table row with the names of its columns. The
 * extractive model writes this form and the support check recognises it, so that both must come from here.
 */
import type { Span } from './sentences.ts';
import { cellsOf, headerCells, isTableRow, tableHeaderBefore } from './tables.ts';

const leadingMarks = /^\s*(?:(?:#{1,6}|>|[-*+]|\d{1,3}[.)])\s+)*(?:\[[ xX]\]\s+)?/;
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
const leadingSign = /^[-+>\d]/;

/** Text without Markdown's marks and with single spaces; words and their order stay. */
export function plainText(markdown: string): string {
  if (isPlain.test(markdown) && !leadingSign.test(markdown)) return markdown;
  return (
    markdown
      .replace(leadingMarks, '')
      .replace(/<br\s*\/?>/gi, ' ')
      .replace(/<(https?:\/\/[^\s>]+)>/g, '$1')
      .replace(/<\/?[a-z][^<>]*>/gi, '')
      .replace(/!?\[((?:[^\]\\[]|\\.)*)\]\([^()\s]*(?:\([^()\s]*\)[^()\s]*)*(?:\s+"[^"]*")?\)/g, '$1')
      .replace(/(`+)(.+?)\1/g, '$2')
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

/**
 * @param text the text that the span lies in
 * @param tableHeader header of the table that `text` begins in the middle of, if it does
 */
export function readableSentence(text: string, span: Span, tableHeader: string | null = null): string {
  const sentence = text.slice(span.start, span.end);
  return isTableRow(sentence) ? readableRow(text, span, tableHeader) : plainText(sentence);
}

function readableRow(text: string, span: Span, tableHeader: string | null): string {
  const lineStart = text.lastIndexOf('\n', span.start - 1) + 1;
  const { header, isCut } = tableHeaderBefore(text, span.start === 0 ? 0 : lineStart);
  const names = headerCells(header ?? (isCut ? (tableHeader ?? '') : '')).map(plainText);
  return readableCells(cellsOf(text.slice(span.start, span.end)).map(plainText), names);
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
