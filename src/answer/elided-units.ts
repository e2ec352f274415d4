/** Units that a later part of a sentence leaves out, because an earlier one has them: `8 weeks for seniors and 4 for juniors`. */
import type { CanonicalWord } from './canonical.ts';
import { isPreposition } from './prepositions.ts';

/**
 * The words with the unit behind each number that stands without one behind a joint.
 *
 * @param joint the lead of what goes on with an enumeration
 */
export function withElidedUnits(words: readonly CanonicalWord[], joint: string): readonly CanonicalWord[] {
  const completed: CanonicalWord[] = [];
  let unit: CanonicalWord | undefined;
  /** Of the parts before this one. */
  let known: CanonicalWord | undefined;
  for (const [at, word] of words.entries()) {
    const next = words[at + 1];
    const begins = word.lead === joint || (at > 0 && word.clause !== words[at - 1]?.clause);
    if (begins) [known, unit] = [unit ?? known, undefined];
    completed.push(word);
    if (!word.isNumber) continue;
    const isAlone =
      next === undefined || next.clause !== word.clause || next.lead === joint || isPreposition(next.lead);
    if (!isAlone && next.lead === '' && !next.isNumber) unit ??= next;
    else if (isAlone && known !== undefined && unit === undefined && !hasUnitLater(words, at, joint)) {
      completed.push({ ...known, clause: word.clause, isDenied: word.isDenied, lacked: word.lacked });
    }
  }
  return completed;
}

/** Whether a later number of the same part has a unit of its own: of `grade 4 for 8 weeks`. */
function hasUnitLater(words: readonly CanonicalWord[], at: number, joint: string): boolean {
  for (let place = at + 1; place < words.length; place++) {
    const [word, next] = [words[place], words[place + 1]];
    if (word === undefined || word.lead === joint || word.clause !== words[at]?.clause) return false;
    if (word.isNumber && next !== undefined && next.lead === '' && next.clause === word.clause) return true;
  }
  return false;
}
