import { PerseaError } from '../../core/errors.ts';

/** Names with commas between them, each once; undefined where the option is not given. */
export function namesOf(list: string | undefined, option: string): readonly string[] | undefined {
  if (list === undefined) return undefined;
  const names = [...new Set(list.split(',').map((name) => name.trim()))];
  if (names.includes('')) throw new PerseaError('usage-invalid', `${option} takes names with commas between them.`);
  return names;
}
