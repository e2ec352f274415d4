/** What claim and evidence must have in common besides their words: negation, units of numbers, order. */
import type { Analysis, CanonicalWord } from './canonical.ts';

/**
 * The clauses of the evidence that carry the claim must be negated as often as those of the claim are: of two negations one left out says
 * the opposite. So must those that carry a clause of it that takes up another one, or `not A but B` would say as much as `neither A nor B`.
 */
export function hasSameNegation(claim: Analysis, evidence: Analysis): boolean {
  const clauses = [...Map.groupBy(claim.words, (word) => word.clause)].map(([clause, words]) => ({
    words,
    count: (claim.negations[clause] ?? 0) + countOf(words.map(({ lacked }) => lacked).filter((lacked) => lacked > 0)),
  }));
  const said = clauses.reduce((sum, { count }) => sum + count, 0);
  if (said !== negationsOf(claim.words, evidence)) return false;
  return clauses.every(({ words, count }) => {
    const others = clauses.filter((other) => other.count !== count);
    const takesUp = words.some(({ form }) => others.some((other) => other.words.some((word) => word.form === form)));
    // What only goes on with an enumeration is denied with its beginning.
    return !takesUp || count === negationsOf(words, evidence);
  });
}

function countOf(values: readonly number[]): number {
  return new Set(values).size;
}

/**
 * How often a text denies these words: by its clauses that have most of them, and by what is said to be lacking. Of what a further clause
 * adds before its own negation nothing is denied: `Glasses are covered. They are not lent.`
 */
function negationsOf(words: readonly CanonicalWord[], { words: all, negations }: Analysis): number {
  const wanted = new Set(words.map(({ form }) => form));
  const lacking = new Set(all.filter(({ form, lacked }) => lacked > 0 && wanted.has(form)).map(({ lacked }) => lacked));
  const clauses = [...Map.groupBy(all, (word) => word.clause)];
  let missing = [...wanted];
  let count = lacking.size;
  let isFurther = false;
  while (missing.length > 0) {
    const [best] = clauses
      .map(([clause, own]) => ({ clause, own, found: own.filter(({ form }) => missing.includes(form)) }))
      .map((one) => ({ ...one, size: new Set(one.found.map(({ form }) => form)).size }))
      .sort((a, b) => b.size - a.size);
    if (best === undefined || best.size === 0) break;
    const isBefore = best.own.some(({ isDenied }) => isDenied) && !best.found.some(({ isDenied }) => isDenied);
    if (!isFurther || !isBefore) count += negations[best.clause] ?? 0;
    const found = new Set(best.found.map(({ form }) => form));
    missing = missing.filter((form) => !found.has(form));
    isFurther = true;
  }
  return count;
}

/** `10 days` is not supported by `10 weeks and 26 days`: a number stands with its own unit, where the evidence has that unit. */
export function hasSameUnits(claim: Analysis, evidence: Analysis): boolean {
  return [1, -1].every((side) =>
    claim.words.every((word, index) => {
      const unit = neighbour(claim.words, index, side);
      if (!word.isNumber || unit === undefined || unit.isNumber) return true;
      if (side < 0 && word.lead !== '' && hasUnit(evidence, word, neighbour(claim.words, index, 1))) return true;
      let hasOther = false;
      for (const [at, other] of evidence.words.entries()) {
        if (!other.isNumber || neighbour(evidence.words, at, side)?.form !== unit.form) continue;
        if (other.form === word.form) return true;
        hasOther = true;
      }
      return !hasOther;
    }),
  );
}

/** Whether a number stands before this word in the evidence, too: then what stands before the number is not its unit. */
function hasUnit({ words }: Analysis, { form }: CanonicalWord, unit: CanonicalWord | undefined): boolean {
  return (
    unit !== undefined && words.some((other, at) => other.form === form && neighbour(words, at, 1)?.form === unit.form)
  );
}

/** What a number counts is no word that may be missing: `26 months` where nothing is said of months. */
export function lacksUnit(claim: Analysis, missing: readonly CanonicalWord[]): boolean {
  const forms = new Set(missing.map((word) => word.form));
  return claim.words.some((word, index) => word.isNumber && forms.has(neighbour(claim.words, index, 1)?.form ?? ''));
}

/** `unsuccessful` where the evidence says `successful`, and the other way round. */
export function saysOpposite(missing: readonly CanonicalWord[], evidence: Analysis): boolean {
  return missing.some(
    ({ form }) =>
      opposites.some((prefix) => evidence.forms.has(`${prefix}${form}`)) ||
      opposites.some((prefix) => form.startsWith(prefix) && evidence.forms.has(form.slice(prefix.length))),
  );
}

/** `in` and `im` begin as many words that deny nothing. */
const opposites = ['un', 'non', 'dis', 'ir', 'il'];

function neighbour(words: readonly CanonicalWord[], index: number, side: number): CanonicalWord | undefined {
  const other = words[index + side];
  return other?.clause === words[index]?.clause ? other : undefined;
}

/** Longest common subsequence of the claim's found words with the evidence, as a share of them. */
export function shareInOrder(claim: Analysis, evidence: Analysis): number {
  const source = evidence.words.map((word) => word.form);
  const known = new Set(source);
  const wanted = claim.words.map((word) => word.form).filter((form) => known.has(form));
  if (wanted.length === 0) return 1;
  let previous: number[] = new Array(source.length + 1).fill(0);
  for (const form of wanted) {
    const current = [0];
    for (const [index, other] of source.entries()) {
      current.push(
        other === form ? (previous[index] ?? 0) + 1 : Math.max(previous[index + 1] ?? 0, current[index] ?? 0),
      );
    }
    previous = current;
  }
  return (previous.at(-1) ?? 0) / wanted.length;
}
