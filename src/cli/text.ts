/** Text for terminals: harmless, and wrapped at words. */

/**
 * Documents and models are not trusted: an escape sequence in a quote could repaint the terminal, and a direction mark
 * could make a sentence read as another one.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are exactly what must not reach the terminal.
const unprintable = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u200E\u200F\u202A-\u202E\u2066-\u2069]/g;

/** Tabs and line feeds stay. */
export function printable(text: string): string {
  return text.replace(unprintable, '');
}

/** Of a file or a person: blanks stay as they are, so that it can be copied, but it never takes a second line. */
export function printableName(name: string): string {
  return printable(name.replace(/[\t\n\u2028\u2029]/g, ' '));
}

export function oneLine(text: string): string {
  return printable(text.replace(/\s+/g, ' ')).trim();
}

/** Cut at a word, with an ellipsis where something is missing. */
export function shorten(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  const cut = text.slice(0, maxLength - 1);
  const space = cut.lastIndexOf(' ');
  return `${(space > maxLength / 2 ? cut.slice(0, space) : cut).trimEnd()}…`;
}

/** Wraps text that may arrive in pieces; a word is never split, and never held back. */
export class LineWrapper {
  readonly #columns: number;
  readonly #indent: string;
  #column: number;

  /** `indent` starts every line but the first, whose own start is `column` characters long. */
  constructor(columns: number, indent = '', column = 0) {
    this.#columns = columns;
    this.#indent = indent;
    this.#column = column;
  }

  push(text: string): string {
    let wrapped = '';
    for (const [part] of text.matchAll(/\n|[^\S\n]+|\S+/g)) {
      if (part === '\n') {
        wrapped += part + this.#indent;
        this.#column = this.#indent.length;
      } else if (part.trim() !== '') {
        // What stands before the word on this line, a space last, is kept unless the word does not fit behind it.
        const isTooLong = this.#column + part.length > this.#columns && this.#column > this.#indent.length;
        if (isTooLong) {
          wrapped = `${wrapped.replace(/ $/, '')}\n${this.#indent}`;
          this.#column = this.#indent.length;
        }
        wrapped += part;
        this.#column += part.length;
      } else if (this.#column > this.#indent.length) {
        wrapped += ' ';
        this.#column += 1;
      }
    }
    return wrapped;
  }
}

export function wrap(text: string, columns: number, indent = ''): string {
  return indent + new LineWrapper(columns, indent, indent.length).push(text);
}

/** Columns as wide as their widest cell; the last one is not padded. */
export function alignedTable(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, cell.length);
  }
  return rows
    .map((row) =>
      row.map((cell, index) => (index === row.length - 1 ? cell : cell.padEnd(widths[index] ?? 0))).join('  '),
    )
    .map((line) => line.trimEnd())
    .join('\n');
}

/** `+0.012`, of a difference between measures. */
export function signed(value: number): string {
  return `${value < 0 ? '-' : '+'}${Math.abs(value).toFixed(3)}`;
}
