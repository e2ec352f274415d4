/** What claim and evidence must have in common besides their words: negation, units of numbers, order. */
import type { Analysis, CanonicalWord } from './canonical.ts';

/** The clauses of the evidence that carry the claim must be negated as often as those of the claim are: of two negations one left out says the opposite. */
export function hasSameNegation(claim: Analysis, evidence: Analysis): boolean {
  let missing = [...claim.forms];
  const clauses = [...Map.groupBy(evidence.words, (word) => word.clause)].map(([clause, words]) => ({
    forms: new Set(words.map((word) => word.form)),
    negations: evidence.negations[clause] ?? 0,
  }));
  let found = 0;
  while (missing.length > 0) {
    const best = clauses
      .map((clause) => ({ clause, count: missing.filter((form) => clause.forms.has(form)).length }))
      .reduce((a, b) => (b.count > a.count ? b : a), { clause: null as (typeof clauses)[number] | null, count: 0 });
    if (best.clause === null) break;
    found += best.clause.negations;
    const { forms } = best.clause;
    missing = missing.filter((form) => !forms.has(form));
  }
  const said = [...new Set(claim.words.map((word) => word.clause))].reduce(
    (sum, clause) => sum + (claim.negations[clause] ?? 0),
    0,
  );
  return said === found;
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
