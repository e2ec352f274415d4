/** Sources that a model points to by their names instead of their numbers. */
import type { ContextItem } from '../core/context.ts';
import { sourceWord } from './markers.ts';

const leadingWord = new RegExp(`^${sourceWord}\\s*:\\s*`, 'iu');
/** `p. 3`, `Seite 4`, `section 2.1`, `§ 4`: where in the source. */
const placeInside = /^(?:pp?\.?|pages?|seiten?|s\.|sections?|abschnitt|§|#)?\s*\d[\d.–-]*$/iu;
const fileName = /\.[a-z0-9]{1,5}$/iu;

/**
 * Markers of the items with one of the names: `leave.md`, `Source: Leave`, `hr/leave.md, p. 3`, `a.md; b.md`. None where anything else
 * stands beside them, for then it is text.
 *
 * @param isRound people write much in round brackets: only names of files, and what is called a source, are names of sources there
 */
export function itemsNamed(
  items: readonly ContextItem[],
  written: string,
  { isRound }: { readonly isRound: boolean },
): readonly number[] {
  const text = written.trim().replace(leadingWord, '');
  if (isRound && text === written.trim() && !fileName.test(text.split(/[,;]/)[0]?.trim() ?? '')) return [];
  const whole = named(items, text);
  if (whole.length > 0) return whole;
  for (const separator of [/;/, /,/]) {
    const parts = text.split(separator).map((part) => part.trim());
    const found = parts.map((part, index) =>
      index > 0 && placeInside.test(part) ? null : namedWithPlace(items, part),
    );
    if (parts.length > 1 && found.every((numbers) => numbers === null || numbers.length > 0)) {
      return [...new Set(found.flatMap((numbers) => numbers ?? []))];
    }
  }
  return [];
}

function namedWithPlace(items: readonly ContextItem[], text: string): readonly number[] {
  const whole = named(items, text);
  if (whole.length > 0) return whole;
  const comma = text.lastIndexOf(',');
  return comma > 0 && placeInside.test(text.slice(comma + 1).trim()) ? named(items, text.slice(0, comma)) : [];
}

function named(items: readonly ContextItem[], text: string): readonly number[] {
  const name = text
    .trim()
    .replace(/^["“*_`]+|["”*_`]+$/g, '')
    .toLowerCase();
  return items.filter((item) => namesOf(item).includes(name)).map((item) => item.marker);
}

function namesOf({ uri, title }: ContextItem): readonly string[] {
  const file = uri.slice(uri.lastIndexOf('/') + 1);
  return [uri, file, file.replace(fileName, ''), title].map((name) => name.toLowerCase());
}
