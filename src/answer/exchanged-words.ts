/** A word of a claim that stands in the very place where the evidence has another one: `the manager approves` for `the director approves`, `rejects` for `approves`. */
import { stemOf } from '../core/stems.ts';
import { type Analysis, type CanonicalWord, joint } from './canonical.ts';
import { gappedWords } from './enumeration.ts';
import { areNear } from './synonyms.ts';
import { isAdverb, isPlain, mayBeVerb } from './word-kinds.ts';

/**
 * Whether a plain word stands for another one that the claim lacks: both nouns by their places, with the same words on both sides, or, of a
 * word that the evidence lacks, on one side at the border of a clause.
 *
 * @param isLetPass whether a word may stand for any other
 */
export function exchangesNouns(
  claim: Analysis,
  evidence: Analysis,
  missing: readonly CanonicalWord[],
  isLetPass: (form: string) => boolean,
): boolean {
  const lacks = new Set(missing.map(({ form }) => form));
  return claim.words.some((word, at) => {
    if (!word.isNoun || isLetPass(word.form)) return false;
    const isMissing = lacks.has(word.form);
    const places = placesOf(evidence, claim.words, at);
    if (!isMissing && places.some(({ other, isLeft, isRight }) => other.form === word.form && (isLeft || isRight)))
      return false;
    if (!isMissing && beginsGap(evidence.words, word)) return false;
    return places.some(({ other, isUnit, isLeft, isRight }) => {
      if (
        !other.isNoun ||
        isUnit ||
        isPronoun(other) ||
        claim.forms.has(other.form) ||
        isVariant(word.form, other.form) ||
        areNear(word.form, other.form)
      )
        return false;
      if (isLeft && isRight) return true;
      // There the evidence may say more.
      const isAtBorder =
        (isLeft && isBorder(claim.words, at, at + 1)) || (isRight && isBorder(claim.words, at, at - 1));
      return isMissing && isAtBorder && word.lead === other.lead;
    });
  });
}

/** The words of the evidence, and whether the neighbours of a word of the claim stand beside them. */
function placesOf(evidence: Analysis, words: readonly CanonicalWord[], at: number) {
  const [before, after] = [words[at - 1]?.form, words[at + 1]?.form];
  return evidence.words.map((other, place) => ({
    other,
    // What is counted stands for nothing that is not.
    isUnit: evidence.words[place - 1]?.isNumber === true && words[at - 1]?.isNumber !== true,
    isLeft: before === evidence.words[place - 1]?.form,
    isRight: after === evidence.words[place + 1]?.form,
  }));
}

/**
 * Whether a verb, or what describes something, that the evidence lacks stands between two words between which it has another one that the
 * claim lacks: `rejects` for `approves`, `minor` for `major`.
 */
export function exchangesOthers(claim: Analysis, evidence: Analysis, missing: readonly CanonicalWord[]): boolean {
  const lacks = new Set(missing.map(({ form }) => form));
  return claim.words.some(
    (word, at) =>
      lacks.has(word.form) &&
      mayBeVerb(word) &&
      placesOf(evidence, claim.words, at).some(
        ({ other, isUnit, isLeft, isRight }) =>
          isLeft && isRight && !isUnit && mayBeVerb(other) && !claim.forms.has(other.form) && !mayStandFor(word, other),
      ),
  );
}

/** Of what is missing, what stands where the evidence has another word that says the same: `provides` for `offers`. */
export function saidOtherwise(
  claim: Analysis,
  evidence: Analysis,
  missing: readonly CanonicalWord[],
): readonly CanonicalWord[] {
  return missing.filter((word) => {
    const at = claim.words.findIndex(({ form }) => form === word.form);
    return (
      isPlain(word) &&
      placesOf(evidence, claim.words, at).some(
        ({ other, isLeft, isRight }) =>
          isLeft && isRight && !claim.forms.has(other.form) && areNear(word.form, other.form),
      )
    );
  });
}

function mayStandFor(a: CanonicalWord, b: CanonicalWord): boolean {
  // What excludes each other of adverbs is told apart elsewhere.
  if (isVariant(a.form, b.form) || areNear(a.form, b.form) || (isAdverb(a) && isAdverb(b))) return true;
  return (['de', 'fr'] as const).some((language) => stemOf(a.form, language) === stemOf(b.form, language));
}

/** Whether it begins a part with a value, in which the evidence leaves out what the first part says: `bikes may stay for 7 days and cars for 2`. */
function beginsGap(words: readonly CanonicalWord[], { form }: CanonicalWord): boolean {
  return words.some((word, at) => {
    if (word.form !== form || at === 0 || (word.lead !== joint && word.clause === words[at - 1]?.clause)) return false;
    const rest = words.slice(at + 1);
    const end = rest.findIndex(({ lead, clause }) => lead === joint || clause !== word.clause);
    const part = end === -1 ? rest : rest.slice(0, end);
    return part.length < gappedWords && part.some(({ isNumber }) => isNumber);
  });
}

/** Whether a clause of several words ends between the two. */
function isBorder(words: readonly CanonicalWord[], at: number, beside: number): boolean {
  return words[beside]?.clause !== words[at]?.clause && words[2 * at - beside] !== undefined;
}

/** As stemmed: `the old one`, `themselves`. */
function isPronoun({ form }: CanonicalWord): boolean {
  return form === 'on' || /sel[fv]$/.test(form);
}

/** `app` and `application`, `organised` and `organized`. */
function isVariant(a: string, b: string): boolean {
  return a.startsWith(b) || b.startsWith(a) || a.replaceAll('z', 's') === b.replaceAll('z', 's');
}
