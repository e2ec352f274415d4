/** The tables of a model's text: what heads their columns is shown above the first row that is shown, and only if the sources have it so. */
import { plainText, readableCells } from '../core/readable.ts';
import { cellsOf, isTableRow } from '../core/tables.ts';
import type { TableHead } from './answer-text.ts';
import type { MarkedSentence } from './marked-sentences.ts';

const sourceColumn =
  /^(?:sources?|references?|refs?\.?|citations?|quellen?|belege?|références?|fuentes?|fonti|出典)?$/iu;

interface TableColumns {
  readonly names: readonly string[];
  /** Its last column held nothing but markers. */
  readonly hasSources: boolean;
  /** Undefined where the sources do not have the names. */
  readonly head: TableHead | undefined;
}

export interface ReadRow {
  /** With the names of its columns, as it is checked; undefined where they are not shown. */
  readonly named?: string;
  /** As a row below the head. */
  readonly row: string;
  /** As an item of a list, for where no head is shown. */
  readonly item: string;
  readonly head: TableHead | undefined;
}

export class ModelTables {
  #columns: TableColumns | undefined;

  /** Opens a table. @param isSupported whether names of columns may be shown */
  open(header: string, isSupported: (header: string) => boolean): void {
    const cells = cellsOf(header);
    const hasSources = cells.length > 1 && sourceColumn.test(plainText(cells.at(-1) ?? ''));
    const names = hasSources ? cells.slice(0, -1) : cells;
    const line = rowOf(names);
    const head = isSupported(line) ? { text: `${line}\n${rowOf(names.map(() => '---'))}` } : undefined;
    this.#columns = { names: names.map(plainText), hasSources, head };
  }

  /** Null for what is no row; it also ends the table. */
  read({ text }: Pick<MarkedSentence, 'text'>): ReadRow | null {
    if (!isTableRow(text)) {
      this.#columns = undefined;
      return null;
    }
    const { names = [], hasSources = false, head } = this.#columns ?? {};
    const all = cellsOf(text);
    const cells = hasSources && all.length > names.length ? all.slice(0, names.length) : all;
    const item = `- ${readableCells(cells, [])}`;
    const isWhole = head !== undefined && cells.length === names.length;
    return {
      ...(isWhole ? { named: readableCells(cells.map(plainText), names) } : {}),
      row: rowOf(cells),
      item,
      head: isWhole ? head : undefined,
    };
  }
}

function rowOf(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}
