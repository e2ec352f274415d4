/** The context formats by name. */
import type { ContextItem } from '../../core/context.ts';
import { PerseaError } from '../../core/errors.ts';
import { renderNumbered } from './numbered.ts';

/** Pure: the same items always give the same text. */
export type ContextFormat = (items: readonly ContextItem[]) => string;

const formats: ReadonlyMap<string, ContextFormat> = new Map([['numbered', renderNumbered]]);

const formatNames: readonly string[] = [...formats.keys()];

/** @throws PerseaError `unknown-format`, with the names that exist */
export function contextFormat(name: string): ContextFormat {
  const format = formats.get(name);
  if (format === undefined) {
    throw new PerseaError(
      'unknown-format',
      `The context format ${JSON.stringify(name)} does not exist; there are: ${formatNames.join(', ')}.`,
      { details: { format: name, formats: formatNames } },
    );
  }
  return format;
}
