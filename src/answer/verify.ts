/**
 * Does the window support a claim? A deterministic check, strict on what answers go wrong with: numbers and their units,
 * dates, names, negation. It reads words and their places, not meaning: of who did what to whom it knows what the order of
 * words tells, and it takes a synonym for a missing word. So it errs towards less support.
 */
import type { Support } from '../core/answer.ts';
import type { ContextItem } from '../core/context.ts';
import type { ScoredSentence } from '../core/evidence.ts';
import { questionLanguage } from '../core/question-language.ts';
import { hasSameNegation, hasSameUnits, lacksUnit, saysOpposite, shareInOrder } from './agreement.ts';
import { type Candidate, readCandidates, type SupportingSpan } from './candidates.ts';
import { type Analysis, analyse, type CanonicalWord, hasForm } from './canonical.ts';
import { addsLimit, dropsLimit, excludesEachOther } from './contrasts.ts';
import { crossesClauses, crossesHalves, exchangesColumns, exchangesValues } from './enumeration.ts';
import { exchangesNouns } from './exchanged-nouns.ts';
import { exchangesDoers, exchangesRoles } from './roles.ts';
import { type Bearing, bearingOn } from './core-claim.ts';
import { addsReason } from './reasons.ts';
import { Rarity } from './rarity.ts';

export interface ClaimCheck {
  readonly support: Support;
  /** Best first; empty for `none`. Together they support the claim. */
  readonly spans: readonly SupportingSpan[];
  /** Without support where the model pointed, but partly in another place of the window. */
  readonly isPartlyElsewhere?: true;
}

export type TextPlace = Pick<ScoredSentence, 'documentId' | 'start' | 'end'>;

/** Reads each item at most once, and only when a claim is held against it. */
export class SupportChecker {
  readonly #items: readonly ContextItem[];
  readonly #candidates = new Map<ContextItem, readonly Candidate[]>();
  readonly #question: string;
  readonly #relevant: readonly TextPlace[];
  readonly #known: Known;
  readonly #names: ReadonlySet<string>;
  #rarity: Rarity | undefined;
  #bearing: ((claim: string) => Bearing) | undefined;

  /**
   * @param question its plain words may complete a claim: `Normandy is located in France` answers where it is located
   * @param relevant the sentences that speak to the question most, best first
   */
  constructor(items: readonly ContextItem[], question = '', relevant: readonly TextPlace[] = []) {
    this.#items = items;
    this.#question = question;
    this.#relevant = relevant;
    const { words } = analyse(question);
    const formsOf = (some: readonly CanonicalWord[]) => new Set(some.map(({ form }) => form));
    this.#names = formsOf(words.filter((word) => word.isName));
    this.#known = {
      asked: formsOf(words.filter((word) => !word.isName && !word.isNumber)),
      rarity: () => this.#rarities(),
    };
  }

  /** Whether the text says anything that could be supported: `Yes.` and `Here is the answer:` do not. */
  isClaim(text: string): boolean {
    return analyse(text, { isClaim: true }).words.length > 0;
  }

  /** How much of the question a claim speaks of. */
  bearing(claimText: string): Bearing {
    this.#bearing ??= bearingOn(this.#question, this.#rarities());
    return this.#bearing(claimText);
  }

  /** The first word of a sentence is a name if the question has it as one. */
  #read(claimText: string): Analysis {
    const analysis = analyse(claimText, { isClaim: true });
    const words = analysis.words.map((word) => (this.#names.has(word.form) ? { ...word, isName: true } : word));
    return { ...analysis, words };
  }

  #rarities(): Rarity {
    if (this.#rarity !== undefined) return this.#rarity;
    const sentences = this.#items.flatMap((item) => this.#candidatesOf(item)).filter(({ kind }) => kind === 'alone');
    this.#rarity = new Rarity(sentences.map(({ analysis }) => analysis.forms));
    return this.#rarity;
  }

  /**
   * @param cited markers of window items, as the model gave them; those that do not exist are ignored
   */
  check(claimText: string, cited: readonly number[]): ClaimCheck {
    const claim: Claim = {
      whole: this.#read(claimText),
      known: this.#known,
      segments: claimText.split(segmentBreak).map((segment) => this.#read(segment)),
    };
    if (claim.whole.words.length === 0) return { support: 'none', spans: [] };
    const citedItems = this.#items.filter((item) => cited.includes(item.marker));
    const byCited = this.#checkAgainst(claim, citedItems);
    if (isStrong(byCited)) return this.#withFurtherSources(claim, byCited, citedItems);
    const byAny = this.#checkAgainst(claim, this.#items);
    if (isStrong(byAny)) return byAny;
    return byCited.support === 'none' && byAny.support !== 'none' ? { ...byCited, isPartlyElsewhere: true } : byCited;
  }

  /**
   * For a claim without support: the sentence that has most of its words, where it says nothing else as far as numbers, units, names,
   * negation and order tell. Null where nothing is near, or where what is nearest contradicts.
   */
  nearest(claimText: string): SupportingSpan | null {
    const claim = this.#read(claimText);
    let best: { candidate: Candidate; found: FoundWords } | null = null;
    for (const candidate of this.#items.flatMap((item) => this.#candidatesOf(item))) {
      if (candidate.kind === 'adjacent') continue;
      const found = foundWords(claim, candidate);
      if (best === null || found.covered > best.found.covered) best = { candidate, found };
    }
    if (best === null || !isNear(best.found, this.#known) || contradicts(claim, best.candidate, best.found))
      return null;
    const { item, start, end } = best.candidate;
    return { item, start, end };
  }

  /** Whether the claim is in another language than any of the items. */
  isAcrossLanguages(claimText: string): boolean {
    return this.#itemsAcross(claimText).length > 0;
  }

  /**
   * For a claim without support that cites items in another language: of their sentences with all of its numbers the one with most of what
   * both languages write alike, such as names, and of these the one that speaks to the question most. Other words cannot be compared, so
   * this supports nothing: it is what somebody who reads both may look at. Null where nothing of this points to a sentence.
   */
  nearestAcrossLanguages(claimText: string, cited: readonly number[]): SupportingSpan | null {
    const items = this.#itemsAcross(claimText).filter(({ marker }) => cited.includes(marker));
    const { words } = this.#read(claimText);
    const [best] = items
      .flatMap((item) => this.#candidatesOf(item))
      .filter(({ kind, analysis, above }) => {
        const isMissing = ({ form, isNumber }: CanonicalWord) =>
          isNumber && !analysis.forms.has(form) && !above.has(form);
        return kind === 'alone' && !words.some(isMissing);
      })
      .map((candidate) => {
        const shared = words.filter(({ form }) => hasForm(candidate.analysis, form)).length;
        const place = this.#relevant.findIndex((relevant) => overlaps(candidate, relevant));
        return { candidate, shared, place: place === -1 ? this.#relevant.length : place };
      })
      .filter(({ shared, place }) => shared > 0 || place < this.#relevant.length)
      .sort((a, b) => b.shared - a.shared || a.place - b.place);
    if (best === undefined) return null;
    const { item, start, end } = best.candidate;
    return { item, start, end };
  }

  /** What is too short to tell its language is in that of the question. */
  #itemsAcross(claimText: string): readonly ContextItem[] {
    const language = questionLanguage(claimText) ?? questionLanguage(this.#question);
    if (language === null) return [];
    return this.#items.filter(({ text }) => {
      const written = questionLanguage(text);
      return written !== null && written !== language;
    });
  }

  /** A second source that the model named stays if it supports the claim by itself. */
  #withFurtherSources(claim: Claim, found: ClaimCheck, cited: readonly ContextItem[]): ClaimCheck {
    const spans = [...found.spans];
    for (const item of cited) {
      if (spans.some((span) => span.item === item)) continue;
      const alone = this.#checkAgainst(claim, [item]);
      if (isStrong(alone)) spans.push(...alone.spans);
    }
    return { support: found.support, spans };
  }

  #checkAgainst(claim: Claim, items: readonly ContextItem[]): ClaimCheck {
    const candidates = items.flatMap((item) => this.#candidatesOf(item));
    const best = bestFor(claim.whole, claim.known, candidates);
    if (best !== null && supportRank[best.rating.support] >= supportRank.entailed) {
      return checkOf(best.rating.support, [best.candidate]);
    }
    const parts = joined(claim, candidates);
    if (parts !== null) return parts;
    return best === null ? { support: 'none', spans: [] } : checkOf(best.rating.support, [best.candidate]);
  }

  #candidatesOf(item: ContextItem): readonly Candidate[] {
    const known = this.#candidates.get(item);
    if (known !== undefined) return known;
    const candidates = readCandidates(item);
    this.#candidates.set(item, candidates);
    return candidates;
  }
}

/** A claim and the parts of it that may come from different places. */
interface Claim {
  readonly whole: Analysis;
  readonly known: Known;
  readonly segments: readonly Analysis[];
}

/** What weighs the words that a sentence lacks. */
interface Known {
  /** Words of the question. */
  readonly asked: ReadonlySet<string>;
  /** Made when it is first needed, for that takes reading all items. */
  rarity(): Rarity;
}

const segmentBreak = /[,;](?=\s)|\s(?:and|but|while|whereas|und|aber|während|et|mais|tandis que)\s/giu;
function bestFor(
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

/**
 * A claim drawn from several places: each part that says enough must follow from one place of its own, so that a number
 * is never taken from one row and its name from another.
 */
function joined(claim: Claim, candidates: readonly Candidate[]): ClaimCheck | null {
  if (claim.segments.length < 2) return null;
  // What is held against nothing must not deny anything.
  if (claim.segments.some((segment) => !saysEnough(segment) && segment.negations.some((count) => count > 0)))
    return null;
  const parts: Candidate[] = [];
  let isEntailed = true;
  for (const segment of claim.segments.filter(saysEnough)) {
    const best = bestFor(segment, claim.known, candidates);
    if (best === null) return null;
    isEntailed &&= supportRank[best.rating.support] >= supportRank.entailed;
    if (!parts.includes(best.candidate)) parts.push(best.candidate);
  }
  if (parts.length === 0 || parts.length > mostParts) return null;
  if (parts.every((part) => addsReason(claim.whole, part.analysis))) return null;
  const isFound = ({ form }: CanonicalWord) =>
    parts.some((part) => hasForm(part.analysis, form) || part.above.has(form));
  const missing = claim.whole.words.filter((word) => !isFound(word));
  if (missing.some((word) => word.isNumber || word.isName)) return null;
  // What one place denies as a whole it does not say in pieces.
  if (parts.length === 1 && parts.some(({ analysis }) => !hasSameNegation(claim.whole, analysis))) return null;
  if (
    parts.some(({ analysis }) =>
      exchangesNouns(claim.whole, analysis, missing, (form) => isUsersWord(form, claim.known)),
    )
  )
    return null;
  if (!isCovered({ words: claim.whole.words, missing }, claim.known)) return null;
  return checkOf(isEntailed && missing.length === 0 ? 'entailed' : 'partial', parts);
}

function overlaps({ item, start, end }: SupportingSpan, place: TextPlace): boolean {
  return item.documentId === place.documentId && item.start + start < place.end && place.start < item.start + end;
}

function saysEnough(segment: Analysis): boolean {
  return (
    segment.words.length >= wordsOfPart || (segment.words.length >= 2 && segment.words.some((word) => word.isNumber))
  );
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
const wordsOfPart = 3;
const mostParts = 3;

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

function isStrong(check: ClaimCheck): boolean {
  return supportRank[check.support] >= supportRank.entailed;
}

function checkOf(support: Support, candidates: readonly Candidate[]): ClaimCheck {
  return { support, spans: candidates.map(({ item, start, end }) => ({ item, start, end })) };
}

/** Which words of a claim a candidate has, each once. */
interface FoundWords {
  readonly words: readonly CanonicalWord[];
  readonly missing: readonly CanonicalWord[];
  readonly covered: number;
  readonly own: number;
}

function foundWords(claim: Analysis, { analysis, above }: Candidate): FoundWords {
  const words = [...new Map(claim.words.map((word) => [word.form, word])).values()];
  const own = words.filter((word) => hasForm(analysis, word.form));
  const missing = words.filter((word) => !own.includes(word) && !above.has(word.form));
  return { words, missing, covered: 1 - missing.length / words.length, own: own.length / words.length };
}

/** Enough of a claim, or of what it says besides the question's words, stands in the sentence for a judge to look at it. */
function isNear({ words, missing, own }: FoundWords, { asked }: Known): boolean {
  const told = words.filter(({ form }) => !asked.has(form));
  const found = told.filter((word) => !missing.includes(word));
  return own >= nearShare || (found.length > 0 && found.length / told.length >= nearShare);
}

/** Whether what is missing tells little beside the rest; plain words of the question are not missed. */
function isCovered({ words, missing }: Pick<FoundWords, 'words' | 'missing'>, { asked, rarity }: Known): boolean {
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
  if (claim.sequence === analysis.sequence) return { ...rating, support: 'verbatim' };
  const isWhole = !dropsLimit(claim.contrasts, analysis.contrasts, claim.forms);
  if (isContained(claim, analysis)) return { ...rating, support: isWhole ? 'verbatim' : 'partial' };
  const isFound =
    kind !== 'adjacent' &&
    own >= ownShare &&
    isCovered(found, known) &&
    !exchangesNouns(claim, analysis, found.missing, (form) => isUsersWord(form, known));
  if (!isFound || contradicts(claim, candidate, found)) return { ...rating, support: 'none' };
  return { ...rating, support: covered === 1 && isWhole && isInOrder(claim, analysis) ? 'entailed' : 'partial' };
}

/** A word that only the question has may be another one for the same thing: `vacation` where the sources say `leave`. */
function isUsersWord(form: string, { asked, rarity }: Known): boolean {
  return asked.has(form) && !rarity().has(form);
}

/** By numbers, units, names, negation, roles or order; never by plain words. */
function contradicts(
  claim: Analysis,
  { analysis, sentences, halves, otherRows, columns }: Candidate,
  { words, missing }: FoundWords,
): boolean {
  return (
    missing.some((word) => word.isNumber || word.isName || otherRows.has(word.form)) ||
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
    crossesClauses(claim, sentence)
  );
}

function formsOf({ words }: Analysis): string {
  return words.map(({ form }) => form).join(' ');
}

function isInOrder(claim: Analysis, evidence: Analysis): boolean {
  return shareInOrder(claim, evidence) >= orderShare;
}

/** Word for word in the sentence; but a piece cut from under a negation says the opposite. */
function isContained(claim: Analysis, evidence: Analysis): boolean {
  return evidence.sequence.includes(claim.sequence) && hasSameNegation(claim, evidence);
}
