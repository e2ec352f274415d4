/** A noun of a claim that stands in the very place where the evidence has another one: `the manager approves` for `the director approves`. */
import type { Analysis, CanonicalWord } from './canonical.ts';

/**
 * Whether a plain word that the evidence lacks stands for another one that the claim lacks: both nouns by their places, with the same words
 * on both sides. Verbs are left alone, for a verb in the place of another one mostly says the same (`offers`, `provides`).
 */
export function exchangesNouns(claim: Analysis, evidence: Analysis, missing: readonly CanonicalWord[]): boolean {
  const lacks = new Set(missing.map(({ form }) => form));
  return claim.words.some((word, at) => {
    if (!word.isNoun || !lacks.has(word.form)) return false;
    const [before, after] = [claim.words[at - 1], claim.words[at + 1]];
    return evidence.words.some((other, place) => {
      if (!other.isNoun || claim.forms.has(other.form) || isVariant(word.form, other.form)) return false;
      const [left, right] = [evidence.words[place - 1], evidence.words[place + 1]];
      const [isLeft, isRight] = [before?.form === left?.form, after?.form === right?.form];
      if (isLeft && isRight) return true;
      // At the beginning or the end of a clause the evidence may say more.
      const isAtBorder =
        (isLeft && before !== undefined && after?.clause !== word.clause) ||
        (isRight && after !== undefined && before?.clause !== word.clause);
      return isAtBorder && word.lead === other.lead;
    });
  });
}

/** `app` and `application`, `organised` and `organized`. */
function isVariant(a: string, b: string): boolean {
  return a.startsWith(b) || b.startsWith(a) || a.replaceAll('z', 's') === b.replaceAll('z', 's');
}
