/** Comma-separated and similar values: one pipe table, after the lines that stand above it. */
import type { ParsedDocument, Warning } from '../../src/core/document.ts';
import { type CsvDialect, readCsv, sniffDialect } from './csv-dialect.ts';
import { decodeText } from './decode.ts';
import type { Loader, LoaderInput } from './loader.ts';
import { parsedDocument } from './parsed-document.ts';
import { looksLikeHeader, pipeTable } from './pipe-table.ts';
import { TextBuilder } from './text-builder.ts';

export const csvLoader: Loader = {
  name: 'csv',
  mediaTypes: ['text/csv', 'text/tab-separated-values'],
  async load(input) {
    return loadCsv(input);
  },
};

/** A cell of more lines is one whose quote was closed by the opening quote of another. */
const maxCellLines = 200;
const shapeRows = 50;
const maxCaptionLength = 160;

function loadCsv(input: LoaderInput): ParsedDocument {
  const { fileName, mediaType } = input;
  const decoded = decodeText(input.bytes, fileName);
  const named = /^"?sep=(.)"?[^\S\n]*(?:\n|$)/i.exec(decoded.text);
  const text = named === null ? decoded.text : decoded.text.slice(named[0].length);
  const { rows, warnings } = readRows(text, sniffDialect(text, named?.[1] ?? null), fileName);
  const { above, body, below } = partRows(rows);
  const builder = new TextBuilder();
  addLines(builder, above);
  const table = pipeTable(body, { hasHeader: looksLikeHeader(body) });
  builder.add('table', table.text, { headerLength: table.headerLength });
  addLines(builder, below);
  return parsedDocument({
    title: fileName,
    mediaType,
    body: builder,
    warnings: [...decoded.warnings, ...warnings],
  });
}

type Rows = readonly (readonly string[])[];

function readRows(
  text: string,
  dialect: CsvDialect,
  fileName: string,
): { readonly rows: Rows; readonly warnings: readonly Warning[] } {
  try {
    const rows = readCsv(text, dialect);
    if (!rows.some((row) => row.some(isOverlong))) return { rows, warnings: [] };
  } catch {
    // A quote that is never closed.
  }
  const message = `${fileName} has a quote that is not closed; its lines were read as they are. Correct it.`;
  return { rows: readCsv(text, { ...dialect, quote: null }), warnings: [{ code: 'quotes-unbalanced', message }] };
}

function isOverlong(cell: string): boolean {
  return cell.length > maxCellLines && cell.split('\n', maxCellLines + 1).length > maxCellLines;
}

/** Titles and remarks above a table, and notes below it, have a single cell where its rows have several. */
function partRows(rows: Rows): { readonly above: Rows; readonly body: Rows; readonly below: Rows } {
  const columns = usualLength(rows.slice(0, shapeRows));
  const isRemark = (row: readonly string[]) =>
    row.length !== columns && (filled(row).length <= 1 || /^\s*(?:#|\/\/)/.test(row[0] ?? ''));
  if (columns < 2) return { above: [], body: rows, below: [] };
  let start = 0;
  while (start < rows.length && isTitle(rows[start] ?? [], rows[start + 1] ?? [], columns, isRemark)) start++;
  let end = rows.length;
  while (end > start + 1 && rows[end - 1]?.length === 1 && isRemark(rows[end - 1] ?? [])) end--;
  return start >= rows.length
    ? { above: [], body: rows, below: [] }
    : { above: rows.slice(0, start), body: rows.slice(start, end), below: rows.slice(end) };
}

/** A spreadsheet writes its title as a row of the full length with one cell filled. */
function isTitle(
  row: readonly string[],
  next: readonly string[],
  columns: number,
  isRemark: (row: readonly string[]) => boolean,
): boolean {
  return isRemark(row) || (columns >= 3 && filled(row).length <= 1 && (filled(next).length !== 1 || isRemark(next)));
}

function filled(row: readonly string[]): readonly string[] {
  return row.filter((cell) => cell.trim() !== '');
}

function usualLength(rows: Rows): number {
  const counts = Map.groupBy(rows, (row) => row.length);
  const [usual] = [...counts].toSorted(([a, some], [b, others]) => others.length - some.length || b - a);
  return usual?.[0] ?? 0;
}

function addLines(builder: TextBuilder, rows: Rows): void {
  const lines = rows.map((row) => filled(row).join(', '));
  const text = lines.join('\n');
  builder.add(lines.length === 1 && text.length <= maxCaptionLength ? 'caption' : 'paragraph', text);
}
