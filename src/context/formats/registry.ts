/** The context formats by name: the built-in ones, and a company's own beside them. */
import { PerseaError } from '../../core/errors.ts';
import { renderCompact } from './compact.ts';
import type { ContextFormat, FormatInUse } from './format.ts';
import { renderJson } from './json.ts';
import { renderMarkdown } from './markdown.ts';
import { renderNumbered } from './numbered.ts';
import { renderQuotes } from './quotes.ts';
import { renderXml } from './xml.ts';

export type FormatRegistry = ReadonlyMap<string, FormatInUse>;

export const builtInFormats: ReadonlyMap<string, ContextFormat> = new Map([
  ['numbered', renderNumbered],
  ['xml', renderXml],
  ['markdown', renderMarkdown],
  ['json', renderJson],
  ['quotes', renderQuotes],
  ['compact', renderCompact],
]);

/** @throws PerseaError `unknown-format`, with the names that exist */
export function contextFormat<Format>(formats: ReadonlyMap<string, Format>, name: string): Format {
  const format = formats.get(name);
  if (format === undefined) {
    const names = [...formats.keys()];
    throw new PerseaError(
      'unknown-format',
      `The context format ${JSON.stringify(name)} does not exist; there are: ${names.join(', ')}.`,
      { details: { format: name, formats: names } },
    );
  }
  return format;
}

/** All formats, or those among which one of this name would be. */
export type ReadFormats = (wanted?: string) => Promise<FormatRegistry>;

/** Files of the company are read only for a name that is not built in: a broken one must not stop questions that do not use it. */
export async function findFormat(name: string, read: ReadFormats): Promise<FormatInUse> {
  return builtInFormats.get(name) ?? contextFormat(await read(name), name);
}
