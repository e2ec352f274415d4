/** How well one sentence of a source carries a claim: which of its words it has, and what of it contradicts. */
import type { Support } from '../core/answer.ts';
import { hasSameNegation, hasSameUnits, lacksUnit, saysOpposite, shareInOrder } from './agreement.ts';
import type { Candidate } from './candidates.ts';
import { type Analysis, type CanonicalWord, hasForm } from './canonical.ts';
import { addsLimit, dropsLimit, excludesEachOther } from './contrasts.ts';
import { crossesClauses, crossesDoers, crossesHalves, exchangesColumns, exchangesValues } from './enumeration.ts';
import { exchangesNouns, exchangesOthers, saidOtherwise } from './exchanged-words.ts';
import { isCurrency } from './quantities.ts';
import type { Rarity } from './rarity.ts';
import { addsReason } from './reasons.ts';
import { isReportingVerb } from './reporting-words.ts';
import { exchangesDoers, exchangesRoles, tellsParts } from './roles.ts';

/** What weighs the words that a sentence lacks. */
export interface Known {
  /** Words of the question. */
  readonly asked: ReadonlySet<string>;
  /** Made when it is first needed, for that takes reading all items. */
  rarity(): Rarity;
}

const supportRank: Readonly<Record<Support, number>> = { none: 0, partial: 1, entailed: 2, verbatim: 3 };
/**
 * With less of its words found, weighted by their rarity, a claim says something else. Of claims that people wrote as many pass as under
 * .80 of unweighted words, and fewer of those with a word exchanged.
 */
const partialShare = 0.75;
/** Of the words of an entailed claim at least this share stands in the sentence itself, the rest above it. */
const ownShare = 0.6;
/** With fewer of its words in the sentence that comes nearest a claim is about something else. */
const nearShare = 0.4;
/** Of the words found at least this share stands in the claim's order. */
const orderShare = 0.5;

export function bestFor(
  claim: Analysis,
  known: Known,
  candidates: readonly Candidate[],
): { candidate: Candidate; rating: Rating } | null {
  let best: { candidate: Candidate; rating: Rating } | null = null;
  for (const candidate of candidates) {
    const rating = rate(claim, known, candidate);
    if (rating.support === 'none') continue;
    if (best === null || compareRatings(rating, best.rating) < 0) best = { candidate, rating };
  }
  return best;
}

interface Rating {
  readonly support: Support;
  /** Share of the claim's words found, those above the sentence included. */
  readonly covered: number;
  /** Share found in the sentence itself. */
  readonly own: number;
  readonly isPair: boolean;
  readonly length: number;
}

function compareRatings(a: Rating, b: Rating): number {
  return (
    supportRank[b.support] - supportRank[a.support] ||
    b.covered - a.covered ||
    // One sentence proves more clearly than two.
    Number(a.isPair) - Number(b.isPair) ||
    b.own - a.own ||
    a.length - b.length
  );
}

export function isStrong({ support }: { readonly support: Support }): boolean {
  return supportRank[support] >= supportRank.entailed;
}

/** Which words of a claim a candidate has, each once. */
export interface FoundWords {
  readonly words: readonly CanonicalWord[];
  readonly missing: readonly CanonicalWord[];
  readonly covered: number;
  readonly own: number;
}

export function foundWords(claim: Analysis, { analysis, above }: Candidate): FoundWords {
  const words = [...new Map(claim.words.map((word) => [word.form, word])).values()];
  const own = words.filter((word) => hasForm(analysis, word.form));
  const missing = words.filter((word) => !own.includes(word) && !above.has(word.form));
  return { words, missing, covered: 1 - missing.length / words.length, own: own.length / words.length };
}

/** Enough of a claim, or of what it says besides the question's words, stands in the sentence for a judge to look at it. */
export function isNear({ words, missing, own }: FoundWords, { asked }: Known): boolean {
  const told = words.filter(({ form }) => !asked.has(form));
  const found = told.filter((word) => !missing.includes(word));
  return own >= nearShare || (found.length > 0 && found.length / told.length >= nearShare);
}

/** Whether what is missing tells little beside the rest; plain words of the question are not missed. */
export function isCovered(
  { words, missing }: Pick<FoundWords, 'words' | 'missing'>,
  { asked, rarity }: Known,
): boolean {
  const missed = missing.filter((word) => word.isNumber || word.isName || !asked.has(word.form));
  if (missed.length === 0) return true;
  const weight = (of: readonly CanonicalWord[]) => of.reduce((sum, { form }) => sum + rarity().of(form), 0);
  return 1 - weight(missed) / weight(words) >= partialShare;
}

function rate(claim: Analysis, known: Known, candidate: Candidate): Rating {
  const { analysis, kind } = candidate;
  const found = foundWords(claim, candidate);
  const { covered, own } = found;
  const rating = { covered, own, isPair: kind !== 'alone', length: analysis.words.length };
  if (claim.sequence === analysis.sequence && hasSameAmounts(claim, analysis))
    return { ...rating, support: 'verbatim' };
  const isWhole = !dropsLimit(claim.contrasts, analysis.contrasts, claim.forms);
  if (isContained(claim, analysis)) return { ...rating, support: isWhole ? 'verbatim' : 'partial' };
  if (kind === 'adjacent' || own < ownShare) return { ...rating, support: 'none' };
  const otherwise = saidOtherwise(claim, analysis, found.missing);
  const missed = found.missing.filter((word) => !otherwise.includes(word) && !isReportingVerb(word.form));
  const isFound =
    isCovered({ words: found.words, missing: missed }, known) &&
    !exchangesNouns(claim, analysis, found.missing, (form) => isUsersWord(form, known)) &&
    !exchangesOthers(claim, analysis, found.missing);
  if (!isFound || contradicts(claim, candidate, found)) return { ...rating, support: 'none' };
  return { ...rating, support: covered === 1 && isWhole && isInOrder(claim, analysis) ? 'entailed' : 'partial' };
}

/** A word that only the question has may be another one for the same thing: `vacation` where the sources say `leave`. */
export function isUsersWord(form: string, { asked, rarity }: Known): boolean {
  return asked.has(form) && !rarity().has(form);
}

/** Whether another section or another row of the table is about this word, and what holds the sentence is not. */
export function isOfAnother({ form }: CanonicalWord, { otherRows, otherSections }: Candidate): boolean {
  return otherRows.has(form) || otherSections.has(form);
}

/** By numbers, units, names, negation, roles or order; never by plain words. */
export function contradicts(claim: Analysis, candidate: Candidate, { words, missing }: FoundWords): boolean {
  const { analysis, sentences, halves, columns } = candidate;
  return (
    missing.some((word) => word.isNumber || word.isName || isOfAnother(word, candidate)) ||
    saysOpposite(missing, analysis) ||
    !hasSameNegation(claim, analysis) ||
    !hasSameUnits(claim, analysis) ||
    lacksUnit(claim, missing) ||
    excludesEachOther(claim.contrasts, analysis.contrasts) ||
    addsLimit(claim.contrasts, analysis.contrasts) ||
    sentences.some((sentence) => saysOtherwise(claim, sentence)) ||
    addsReason(claim, analysis) ||
    crossesHalves(claim, halves) ||
    exchangesColumns(claim, columns) ||
    // Names in another order: likely the roles are exchanged.
    (words.some((word) => word.isName) && !isInOrder(claim, analysis))
  );
}

/** Whether the words of one sentence stand in other relations to each other; not where they stand side by side as they do there. */
function saysOtherwise(claim: Analysis, sentence: Analysis): boolean {
  if (` ${formsOf(sentence)} `.includes(` ${formsOf(claim)} `)) return false;
  return (
    exchangesRoles(claim, sentence) ||
    exchangesDoers(claim, sentence) ||
    exchangesValues(claim, sentence) ||
    crossesClauses(claim, sentence) ||
    crossesDoers(claim, sentence)
  );
}

function formsOf({ words }: Analysis): string {
  return words.map(({ form }) => form).join(' ');
}

function isInOrder(claim: Analysis, evidence: Analysis): boolean {
  return shareInOrder(claim, evidence) >= orderShare || tellsParts(claim, evidence);
}

/** Word for word in the sentence; but a piece cut from under a negation says the opposite. */
function isContained(claim: Analysis, evidence: Analysis): boolean {
  return (
    evidence.sequence.includes(claim.sequence) && hasSameAmounts(claim, evidence) && hasSameNegation(claim, evidence)
  );
}

/** What is compared word for word has no signs: `€`, `%`, the minus, and the point of `12.50`, at which a piece may be cut. */
function hasSameAmounts(claim: Analysis, evidence: Analysis): boolean {
  const found = new Set(amountsOf(evidence));
  return amountsOf(claim).every((amount) => found.has(amount));
}

/** Each number, and each with its currency. */
function amountsOf({ words }: Analysis): readonly string[] {
  return words.flatMap(({ form, isNumber }, at) => {
    const of = words[at + 1]?.form ?? '';
    return isNumber ? [form, ...(isCurrency(of) ? [`${form} ${of}`] : [])] : isCurrency(form) ? [form] : [];
  });
}
