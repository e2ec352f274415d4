/**
 * How a file of separated values is written. Each dialect that may be meant reads a sample, and the one wins whose rows have
 * the same number of cells and whose cells look like values: the method of van den Burg, Nazábal and Sutton, "Wrangling
 * messy CSV files by detecting row and type patterns" (2019), with fewer kinds of values.
 */
import { type Options, parse } from 'csv-parse/sync';

export interface CsvDialect {
  readonly delimiter: string;
  /** Null where quotes are letters like any other. */
  readonly quote: '"' | "'" | null;
  readonly escape: '"' | "'" | '\\';
}

const delimiters = [',', ';', '\t', '|'] as const;
const sampleLength = 32_768;
const sampleRows = 200;
/** More cells a row say little more for a delimiter; a single one says hardly anything. */
const singleCellScore = 0.001;
/** For values that stand alone in their lines: a control character made for it, which nobody uses. */
const noDelimiter = '\u001f';

/** `text` without an Excel line that names the delimiter, which is `given`. */
export function sniffDialect(text: string, given: string | null): CsvDialect {
  const sample = text.slice(0, sampleLength);
  // The last line of a sample may be half a row.
  const whole = sample.length < text.length ? sample.slice(0, sample.lastIndexOf('\n') + 1) || sample : sample;
  const quote = quoteOf(whole);
  const escaping = hasBackslashes(whole) && quote === '"' ? '\\' : quote;
  const usual = { quote, escape: escaping } as const;
  if (given !== null) return { ...usual, delimiter: given };
  let best: CsvDialect = { ...usual, delimiter: noDelimiter };
  let bestScore = 0;
  for (const delimiter of delimiters) {
    if (!whole.includes(delimiter)) continue;
    const score = scoreOf(whole, { ...usual, delimiter });
    if (score > bestScore) {
      best = { ...usual, delimiter };
      bestScore = score;
    }
  }
  return best;
}

/** Single quotes only where they open and close whole cells, and double ones do not. */
function quoteOf(sample: string): '"' | "'" {
  const double = sample.match(/(?:^|[,;\t|])"/gm)?.length ?? 0;
  const single = sample.match(/(?:^|[,;\t|])'[^'\n]*'(?=[,;\t|]|$)/gm)?.length ?? 0;
  return double === 0 && single >= 2 ? "'" : '"';
}

/** `\"` within a cell; before a delimiter it is the end of a Windows path. */
function hasBackslashes(sample: string): boolean {
  return /\\"(?![,;\t|\n]|$)/.test(sample) && !/[^,;\t|\n]""[^,;\t|\n]/.test(sample);
}

function scoreOf(sample: string, dialect: CsvDialect): number {
  const rows = readSample(sample, dialect);
  const lengths = Map.groupBy(rows, (row) => row.length);
  // Prose with a comma here and there.
  if ((lengths.get(1)?.length ?? 0) > rows.length / 2) return 0;
  let pattern = 0;
  for (const [length, some] of lengths) {
    pattern += some.length * (Math.max(singleCellScore, length - 1) / length);
  }
  const cells = rows.flat();
  const known = cells.filter(isValue).length;
  return (pattern / lengths.size) * (known / Math.max(1, cells.length));
}

function readSample(sample: string, dialect: CsvDialect): readonly (readonly string[])[] {
  try {
    return readCsv(sample, dialect, sampleRows);
  } catch {
    // A quote that is never closed, or not before the sample ends.
    return readCsv(sample, { ...dialect, quote: null }, sampleRows);
  }
}

/** Numbers, dates, words, addresses; what holds other delimiters is several cells or prose. */
function isValue(cell: string): boolean {
  const text = cell.trim();
  return (
    /^[\p{L}\p{N}\p{Pd}\s._'’()/%€$£°+#:@&*-]*$/u.test(text) ||
    /^[-+]?[\d.,']*\d\s*[%€$£]?$/.test(text) ||
    /^(?:https?:\/\/|[\w.+-]+@)\S+$/.test(text)
  );
}

/** Throws what csv-parse throws where a quote is never closed. */
export function readCsv(text: string, dialect: CsvDialect, maxRows: number | null = null): string[][] {
  const options: Options = {
    delimiter: dialect.delimiter,
    quote: dialect.quote ?? false,
    ...(dialect.quote === null ? {} : { escape: dialect.escape }),
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    ...(maxRows === null ? {} : { to: maxRows }),
  };
  return parse(text, options);
}
