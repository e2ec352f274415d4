/** Pipe tables inside a text: the header that belongs to a row, and the cells of a row. */

const rowLine = /^\s*\|/;
/** A single dash is a rule only with a colon: alone it is a cell that says there is nothing. */
const rule = ':-+:?|-+:|-{2,}';
const ruleLine = new RegExp(`^\\s*\\|?\\s*(?:${rule})\\s*(?:\\|\\s*(?:${rule})\\s*)*\\|?\\s*$`);

export function isTableRow(line: string): boolean {
  return rowLine.test(line);
}

/** The line of dashes below the names of the columns. */
export function isRuleLine(line: string): boolean {
  return ruleLine.test(line.trimEnd());
}

/**
 * Header row and rule line of the table whose body holds the line that starts at `lineStart`; null where that line is not
 * in the body of a table with a header. `isCut` tells that the walk back ended at the start of the text, so that the
 * header may lie before it.
 */
export function tableHeaderBefore(text: string, lineStart: number): { header: string | null; isCut: boolean } {
  let end = lineStart;
  let rule: number | null = null;
  while (end > 0) {
    const start = text.lastIndexOf('\n', end - 2) + 1;
    const line = text.slice(start, end);
    if (rule !== null) return { header: rowLine.test(line) ? text.slice(start, rule).trimEnd() : null, isCut: false };
    if (!rowLine.test(line)) return { header: null, isCut: false };
    if (isRuleLine(line)) rule = end;
    end = start;
  }
  return { header: null, isCut: rule === null };
}

/** Whether the row that ends at `rowEnd` names the columns: a rule line follows it. */
export function isHeaderRow(text: string, rowEnd: number): boolean {
  const nextStart = text.indexOf('\n', rowEnd) + 1;
  if (nextStart === 0) return false;
  const nextEnd = text.indexOf('\n', nextStart);
  return isRuleLine(text.slice(nextStart, nextEnd === -1 ? text.length : nextEnd));
}

/** Trimmed cells; an escaped pipe belongs to its cell. */
export function cellsOf(row: string): string[] {
  const inner = row
    .trim()
    .replace(/^\|/, '')
    .replace(/(?<!\\)\|$/, '');
  return inner.split(/(?<!\\)\|/).map((cell) => cell.replaceAll('\\|', '|').trim());
}

/** The header row of `header rows + rule line`, as cells. */
export function headerCells(header: string): string[] {
  return cellsOf(header.split('\n')[0] ?? '');
}
