/** Tables as pipe tables: one row a line, the header rows closed by a rule line. */

export interface PipeTable {
  readonly text: string;
  /** Length of header and rule line, 0 without a header. */
  readonly headerLength: number;
}

export function pipeTable(rows: readonly (readonly string[])[], options: { readonly hasHeader: boolean }): PipeTable {
  const filled = rows.filter((row) => row.some((cell) => cell.trim() !== ''));
  const columns = filled.reduce((most, row) => Math.max(most, row.length), 0);
  const lines = filled.map((row) => pipeRow(row, columns));
  const [header, ...body] = lines;
  if (header === undefined) return { text: '', headerLength: 0 };
  if (!options.hasHeader || body.length === 0) return { text: lines.join('\n'), headerLength: 0 };
  const head = `${header}\n|${' --- |'.repeat(columns)}`;
  return { text: `${head}\n${body.join('\n')}`, headerLength: head.length };
}

/** A first row with numbers in it is data. */
export function looksLikeHeader(rows: readonly (readonly string[])[]): boolean {
  const first = rows[0];
  return first?.every((cell) => !/^\s*[-+]?[\d.,]*\d%?\s*$/.test(cell)) ?? false;
}

function pipeRow(row: readonly string[], columns: number): string {
  const cells = Array.from({ length: columns }, (_, index) => escapeCell(row[index] ?? ''));
  return `| ${cells.join(' | ')} |`;
}

function escapeCell(cell: string): string {
  return cell.replace(/\s+/g, ' ').trim().replaceAll('|', '\\|');
}
