/** What a chunk repeats of the tables and lists that it holds parts of. */
import type { RepeatedParts, RepeatedText } from './atoms.ts';

/** Caption and header, as far as they stand outside of the span from `start` to `end`, which ends with or within the table or list. */
export function repeatedIn({ caption, header }: RepeatedParts, start: number, end: number): readonly RepeatedText[] {
  const isOutside = (repeated: RepeatedText) => repeated.start < start || repeated.end > end;
  return [caption, header].flatMap((repeated) => (repeated !== null && isOutside(repeated) ? [repeated] : []));
}
