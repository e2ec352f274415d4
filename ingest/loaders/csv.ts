/** Comma-separated and similar values: one pipe table with the first row as its header. */
import { parse } from 'csv-parse/sync';
import type { ParsedDocument } from '../../src/core/document.ts';
import { decodeText } from './decode.ts';
import type { Loader, LoaderInput } from './loader.ts';
import { looksLikeHeader, pipeTable } from './pipe-table.ts';
import { TextBuilder } from './text-builder.ts';

const delimiters = [',', ';', '\t', '|'] as const;
const sniffedLines = 30;

export const csvLoader: Loader = {
  name: 'csv',
  mediaTypes: ['text/csv', 'text/tab-separated-values'],
  async load(input) {
    return loadCsv(input);
  },
};

function loadCsv(input: LoaderInput): ParsedDocument {
  const { text, warnings } = decodeText(input.bytes, input.fileName);
  const rows: string[][] = parse(text, {
    delimiter: sniffDelimiter(text),
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
  });
  const builder = new TextBuilder();
  const table = pipeTable(rows, { hasHeader: looksLikeHeader(rows) });
  builder.add('table', table.text, { headerLength: table.headerLength });
  return {
    title: input.fileName,
    mediaType: input.mediaType,
    text: builder.text,
    blocks: builder.blocks,
    pageCount: null,
    properties: {},
    frontMatter: null,
    attachments: [],
    warnings,
  };
}

/** The delimiter that parts the first records most evenly; quoted text does not count. */
export function sniffDelimiter(text: string): string {
  const lines = text
    .slice(0, 65_536)
    .replace(/"(?:[^"]|"")*"/g, '""')
    .split('\n', sniffedLines)
    .filter((line) => line.trim() !== '');
  let best: string = delimiters[0];
  let bestScore = 0;
  for (const delimiter of delimiters) {
    const counts = lines.map((line) => line.split(delimiter).length - 1);
    const first = counts[0] ?? 0;
    if (first === 0) continue;
    const even = counts.filter((count) => count === first).length / counts.length;
    const score = even * 10 + Math.min(first, 9) / 10;
    if (score > bestScore) {
      best = delimiter;
      bestScore = score;
    }
  }
  return best;
}
