/**
 * Does the window support a claim? A deterministic check, strict on what answers go wrong with: numbers and their units,
 * dates, names, negation. It reads words, not meaning: it cannot tell who did what to whom within one sentence, and it
 * takes a synonym for a missing word. So it errs towards less support.
 */
import type { Support } from '../core/answer.ts';
import type { ContextItem } from '../core/context.ts';
import { readableSentence } from '../core/readable.ts';
import { splitSentences } from '../core/sentences.ts';
import { type Analysis, analyse, type CanonicalWord, hasForm, joinAnalyses } from './canonical.ts';
import { type Bearing, bearingOn } from './core-claim.ts';
import { Rarity } from './rarity.ts';

/** Half-open, within the item's text. */
export interface SupportingSpan {
  readonly item: ContextItem;
  readonly start: number;
  readonly end: number;
}

export interface ClaimCheck {
  readonly support: Support;
  /** Best first; empty for `none`. Together they support the claim. */
  readonly spans: readonly SupportingSpan[];
}

/** A sentence of an item, or two adjacent ones that belong together, ready to be compared. */
interface Candidate extends SupportingSpan {
  readonly analysis: Analysis;
  /** What stands above it: title, headings, column names, the line that leads to a list. It may complete a sentence, never carry it. */
  readonly above: ReadonlySet<string>;
  /** `alone`: one sentence; `linked`: the second one leans on the first; `adjacent`: merely side by side, which proves nothing but a verbatim quote. */
  readonly kind: 'alone' | 'linked' | 'adjacent';
}

/** Reads each item at most once, and only when a claim is held against it. */
export class SupportChecker {
  readonly #items: readonly ContextItem[];
  readonly #candidates = new Map<ContextItem, readonly Candidate[]>();
  readonly #question: string;
  readonly #asked: ReadonlySet<string>;
  #rarity: Rarity | undefined;
  #bearing: ((claim: string) => Bearing) | undefined;

  /** @param question its plain words may complete a claim: `Normandy is located in France` answers where it is located */
  constructor(items: readonly ContextItem[], question = '') {
    this.#items = items;
    this.#question = question;
    const plain = analyse(question).words.filter((word) => !word.isName && !word.isNumber);
    this.#asked = new Set(plain.map((word) => word.form));
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

  #rarities(): Rarity {
    const sentences = this.#items.flatMap((item) => this.#candidatesOf(item)).filter(({ kind }) => kind === 'alone');
    this.#rarity ??= new Rarity(sentences.map(({ analysis }) => analysis.forms));
    return this.#rarity;
  }

  /**
   * @param cited markers of window items, as the model gave them; those that do not exist are ignored
   */
  check(claimText: string, cited: readonly number[]): ClaimCheck {
    const claim: Claim = {
      whole: analyse(claimText, { isClaim: true }),
      asked: this.#asked,
      segments: claimText.split(segmentBreak).map((segment) => analyse(segment, { isClaim: true })),
    };
    if (claim.whole.words.length === 0) return { support: 'none', spans: [] };
    const citedItems = this.#items.filter((item) => cited.includes(item.marker));
    const byCited = this.#checkAgainst(claim, citedItems);
    if (isStrong(byCited)) return this.#withFurtherSources(claim, byCited, citedItems);
    const byAny = this.#checkAgainst(claim, this.#items);
    return isStrong(byAny) ? byAny : byCited;
  }

  /**
   * For a claim without support: the sentence that has most of its words, where it says nothing else as far as numbers, units, names,
   * negation and order tell. Null where nothing is near, or where what is nearest contradicts.
   */
  nearest(claimText: string): SupportingSpan | null {
    const claim = analyse(claimText, { isClaim: true });
    let best: { candidate: Candidate; found: FoundWords } | null = null;
    for (const candidate of this.#items.flatMap((item) => this.#candidatesOf(item))) {
      if (candidate.kind === 'adjacent') continue;
      const found = foundWords(claim, this.#asked, candidate);
      if (best === null || found.covered > best.found.covered) best = { candidate, found };
    }
    if (best === null || best.found.own < nearShare || contradicts(claim, best.candidate, best.found)) return null;
    if (lacksUnit(claim, best.found.missing)) return null;
    const { item, start, end } = best.candidate;
    return { item, start, end };
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
    const best = bestFor(claim.whole, claim.asked, candidates);
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
  /** Words of the question. */
  readonly asked: ReadonlySet<string>;
  readonly segments: readonly Analysis[];
}

const segmentBreak = /[,;](?=\s)|\s(?:and|but|while|whereas|und|aber|während|et|mais|tandis que)\s/giu;
/** Words by which a sentence leans on the one before it. */
const leaning =
  /^(?:it|its|they|their|them|this|that|these|those|he|she|his|her|such|there|both|es|er|sie|dies|diese[rsnm]?|das|dabei|dafür|davon|dazu|il|elle|ils|elles|cela|ce|cette|ces|celui|celle|celles|ceux)\b/iu;
const leadIn = /:[*_]*$/;
const headingLine = /^\s*#{1,6}\s/;
const listItem = /^\s*(?:[-*+•]|\d{1,3}[.)])\s/;

function readCandidates(item: ContextItem): readonly Candidate[] {
  const sentences = splitSentences(item.text).map((span) => {
    const text = readableSentence(item.text, span, item.tableHeader);
    return { ...span, raw: item.text.slice(span.start, span.end), text, alone: analyse(text) };
  });
  const formsAbove = new Map<string, ReadonlySet<string>>();
  const candidates: Candidate[] = [];
  let heading = '';
  let lead = '';
  for (const [index, sentence] of sentences.entries()) {
    if (headingLine.test(sentence.raw)) [heading, lead] = [sentence.text, ''];
    else if (leadIn.test(sentence.raw)) lead = sentence.text;
    else if (!listItem.test(sentence.raw)) lead = '';
    const path =
      item.chunks.findLast((chunk) => chunk.start <= item.start + sentence.start)?.headingPath ?? item.headingPath;
    const lines = [item.title, ...path, item.tableHeader ?? '', heading, lead].join(' ; ');
    const above = formsAbove.get(lines) ?? analyse(lines).forms;
    formsAbove.set(lines, above);
    const { start, end, alone } = sentence;
    // An item of a list is the end of the line that leads to it.
    const isListed = lead !== '' && listItem.test(sentence.raw);
    const analysis = isListed ? { ...joinAnalyses(analyse(lead), alone), sequence: alone.sequence } : alone;
    candidates.push({ item, start, end, analysis, above, kind: 'alone' });
    const next = sentences[index + 1];
    if (next === undefined) continue;
    const isLinked = leaning.test(next.text) || leadIn.test(sentence.raw) || sentence.raw.endsWith('?');
    const both = joinAnalyses(alone, next.alone);
    candidates.push({ item, start, end: next.end, analysis: both, above, kind: isLinked ? 'linked' : 'adjacent' });
  }
  return candidates;
}

function bestFor(
  claim: Analysis,
  asked: ReadonlySet<string>,
  candidates: readonly Candidate[],
): { candidate: Candidate; rating: Rating } | null {
  let best: { candidate: Candidate; rating: Rating } | null = null;
  for (const candidate of candidates) {
    const rating = rate(claim, asked, candidate);
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
  const parts: Candidate[] = [];
  let isEntailed = true;
  for (const segment of claim.segments.filter(saysEnough)) {
    const best = bestFor(segment, claim.asked, candidates);
    if (best === null) return null;
    isEntailed &&= supportRank[best.rating.support] >= supportRank.entailed;
    if (!parts.includes(best.candidate)) parts.push(best.candidate);
  }
  if (parts.length === 0 || parts.length > mostParts) return null;
  const isFound = ({ form }: CanonicalWord) =>
    parts.some((part) => hasForm(part.analysis, form) || part.above.has(form));
  const missing = claim.whole.words.filter((word) => !isFound(word));
  if (missing.some((word) => word.isNumber || word.isName)) return null;
  const covered = 1 - missing.length / claim.whole.words.length;
  if (covered < partialShare) return null;
  return checkOf(isEntailed && covered === 1 ? 'entailed' : 'partial', parts);
}

function saysEnough(segment: Analysis): boolean {
  return (
    segment.words.length >= wordsOfPart || (segment.words.length >= 2 && segment.words.some((word) => word.isNumber))
  );
}

const supportRank: Readonly<Record<Support, number>> = { none: 0, partial: 1, entailed: 2, verbatim: 3 };
/** With fewer of its words found a claim says something else. */
const partialShare = 0.8;
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
  /** Share found there or lent by the question. */
  readonly withQuestion: number;
}

function foundWords(claim: Analysis, asked: ReadonlySet<string>, { analysis, above }: Candidate): FoundWords {
  const words = [...new Map(claim.words.map((word) => [word.form, word])).values()];
  const own = words.filter((word) => hasForm(analysis, word.form));
  const missing = words.filter((word) => !own.includes(word) && !above.has(word.form));
  const lent = missing.filter((word) => !word.isNumber && !word.isName && asked.has(word.form));
  const covered = words.length - missing.length;
  return {
    words,
    missing,
    covered: covered / words.length,
    own: own.length / words.length,
    withQuestion: (covered + lent.length) / words.length,
  };
}

function rate(claim: Analysis, asked: ReadonlySet<string>, candidate: Candidate): Rating {
  const { analysis, kind } = candidate;
  const found = foundWords(claim, asked, candidate);
  const { covered, own } = found;
  const rating = { covered, own, isPair: kind !== 'alone', length: analysis.words.length };
  if (isContained(claim, analysis)) return { ...rating, support: 'verbatim' };
  const isCovered = kind !== 'adjacent' && own >= ownShare && found.withQuestion >= partialShare;
  if (!isCovered || contradicts(claim, candidate, found)) return { ...rating, support: 'none' };
  const isInOrder = shareInOrder(claim, analysis) >= orderShare;
  return { ...rating, support: covered === 1 && isInOrder ? 'entailed' : 'partial' };
}

/** By numbers, units, names, negation or order; never by plain words. */
function contradicts(claim: Analysis, { analysis }: Candidate, { words, missing }: FoundWords): boolean {
  return (
    missing.some((word) => word.isNumber || word.isName) ||
    !hasSameNegation(claim, analysis) ||
    !hasSameUnits(claim, analysis) ||
    // Names in another order: likely the roles are exchanged.
    (words.some((word) => word.isName) && shareInOrder(claim, analysis) < orderShare)
  );
}

/** Word for word in the sentence; but a piece cut from under a negation says the opposite. */
function isContained(claim: Analysis, evidence: Analysis): boolean {
  return evidence.sequence.includes(claim.sequence) && hasSameNegation(claim, evidence);
}

/** The clauses of the evidence that carry the claim must be negated exactly if a clause of the claim is. */
function hasSameNegation(claim: Analysis, evidence: Analysis): boolean {
  let missing = [...claim.forms];
  const clauses = [...Map.groupBy(evidence.words, (word) => word.clause)].map(([clause, words]) => ({
    forms: new Set(words.map((word) => word.form)),
    isNegated: evidence.isNegated[clause] === true,
  }));
  let isNegated = false;
  while (missing.length > 0) {
    const best = clauses
      .map((clause) => ({ clause, count: missing.filter((form) => clause.forms.has(form)).length }))
      .reduce((a, b) => (b.count > a.count ? b : a), { clause: null as (typeof clauses)[number] | null, count: 0 });
    if (best.clause === null) break;
    isNegated ||= best.clause.isNegated;
    const { forms } = best.clause;
    missing = missing.filter((form) => !forms.has(form));
  }
  return isNegated === claim.words.some((word) => claim.isNegated[word.clause] === true);
}

/** `10 days` is not supported by `10 weeks and 26 days`: a number stands with its own unit, where the evidence has that unit. */
function hasSameUnits(claim: Analysis, evidence: Analysis): boolean {
  return [1, -1].every((side) =>
    claim.words.every((word, index) => {
      const unit = neighbour(claim.words, index, side);
      if (!word.isNumber || unit === undefined || unit.isNumber) return true;
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

/** What a number counts is no word that may be missing: `26 months` where nothing is said of months. */
function lacksUnit(claim: Analysis, missing: readonly CanonicalWord[]): boolean {
  const forms = new Set(missing.map((word) => word.form));
  return claim.words.some((word, index) => word.isNumber && forms.has(neighbour(claim.words, index, 1)?.form ?? ''));
}

function neighbour(words: readonly CanonicalWord[], index: number, side: number): CanonicalWord | undefined {
  const other = words[index + side];
  return other?.clause === words[index]?.clause ? other : undefined;
}

/** Longest common subsequence of the claim's found words with the evidence, as a share of them. */
function shareInOrder(claim: Analysis, evidence: Analysis): number {
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
