/**
 * Does the window support a claim? A deterministic check, strict on what answers go wrong with: numbers and their units,
 * dates, names, negation. It reads words and their places, not meaning: of who did what to whom it knows what the order of
 * words tells, and it takes a synonym for a missing word. So it errs towards less support.
 */
import type { Support } from '../core/answer.ts';
import type { ContextItem } from '../core/context.ts';
import type { ScoredSentence } from '../core/evidence.ts';
import { questionLanguage } from '../core/question-language.ts';
import { hasSameNegation } from './agreement.ts';
import { type Candidate, readCandidates, type SupportingSpan } from './candidates.ts';
import { type Analysis, analyse, type CanonicalWord, hasForm } from './canonical.ts';
import { type Bearing, bearingOn } from './core-claim.ts';
import { exchangesNouns } from './exchanged-words.ts';
import { Rarity } from './rarity.ts';
import {
  bestFor,
  contradicts,
  type FoundWords,
  foundWords,
  isCovered,
  isNear,
  isOfAnother,
  isStrong,
  isUsersWord,
  type Known,
} from './rating.ts';
import { addsReason } from './reasons.ts';
import { exchangesDoers } from './roles.ts';

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
    if (best !== null && isStrong(best.rating)) {
      return checkOf(best.rating.support, [best.candidate]);
    }
    const parts = joined(claim, candidates);
    if (parts !== null) return parts;
    return best === null ? { support: 'none', spans: [] } : checkOf(best.rating.support, [best.candidate]);
  }

  #candidatesOf(item: ContextItem): readonly Candidate[] {
    const known = this.#candidates.get(item);
    if (known !== undefined) return known;
    const candidates = readCandidates(item, this.#items);
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

const segmentBreak = /[,;](?=\s)|\s(?:and|but|while|whereas|und|aber|während|et|mais|tandis que)\s/giu;
const wordsOfPart = 3;
const mostParts = 3;

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
    isEntailed &&= isStrong(best.rating);
    if (!parts.includes(best.candidate)) parts.push(best.candidate);
  }
  if (parts.length === 0 || parts.length > mostParts) return null;
  if (parts.every((part) => addsReason(claim.whole, part.analysis))) return null;
  if (parts.some(({ sentences }) => sentences.some((sentence) => exchangesDoers(claim.whole, sentence)))) return null;
  const isFound = ({ form }: CanonicalWord) =>
    parts.some((part) => hasForm(part.analysis, form) || part.above.has(form));
  const missing = claim.whole.words.filter((word) => !isFound(word));
  if (missing.some((word) => word.isNumber || word.isName || parts.some((part) => isOfAnother(word, part))))
    return null;
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

function checkOf(support: Support, candidates: readonly Candidate[]): ClaimCheck {
  return { support, spans: candidates.map(({ item, start, end }) => ({ item, start, end })) };
}
