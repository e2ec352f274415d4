/** The order of passages, best first, the same in every store with the same documents. */
import { isoDay } from '../core/dates.ts';

export interface Placed {
  readonly uri: string;
  /** Milliseconds since the epoch, or null where none is known. */
  readonly date: number | null;
  readonly chunk: { readonly ordinal: number };
}

/** Sums of the same numbers in another order differ by less, and mean the same. */
const scoreSteps = 1e9;

/** A new list by falling score; equal ones by {@link byPrecedence}. The score of each is asked for once. */
export function inOrderOfScore<T extends Placed>(placed: Iterable<T>, scoreOf: (placed: T) => number): T[] {
  return Array.from(placed, (value) => ({ value, steps: Math.round(scoreOf(value) * scoreSteps) }))
    .sort((a, b) => b.steps - a.steps || byPrecedence(a.value, b.value))
    .map(({ value }) => value);
}

/**
 * Of passages that say the same, most often an edition and the one before, the newer document comes first. Days and not moments: the files of one copy
 * or checkout are moments apart by chance. Then the one that lies less deep, since archives lie below what they keep.
 */
function byPrecedence(a: Placed, b: Placed): number {
  const [dayOfA, dayOfB] = [isoDay(a.date) ?? '', isoDay(b.date) ?? ''];
  if (dayOfA !== dayOfB) return dayOfA > dayOfB ? -1 : 1;
  if (a.uri !== b.uri) return depth(a) - depth(b) || (a.uri < b.uri ? -1 : 1);
  return a.chunk.ordinal - b.chunk.ordinal;
}

function depth({ uri }: Placed): number {
  return uri.split('/').length;
}
