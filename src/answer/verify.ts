/**
 * Does the window support a claim? A deterministic check, strict on what answers go wrong with: numbers and their units,
 * dates, names, negation. It reads words, not meaning: it cannot tell who did what to whom within one sentence, and it
 * takes a synonym for a missing word. So it errs towards less support.
 */
import type { Support } from '../core/answer.ts';
import type { ContextItem } from '../core/context.ts';
import { readableSentence } from '../core/readable.ts';
import { splitSentences } from '../core/sentences.ts';
import { type Analysis, analyse, type CanonicalWord } from './canonical.ts';

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

/** A sentence of an item, or two adjacent ones, ready to be compared. */
interface Candidate extends SupportingSpan {
  readonly analysis: Analysis;
  /** What stands above it: title, headings, column names. It may complete a sentence, never carry it. */
  readonly above: ReadonlySet<string>;
  readonly isPair: boolean;
}

/** Reads each item at most once, and only when a claim is held against it. */
export class SupportChecker {
  readonly #items: readonly ContextItem[];
  readonly #candidates = new Map<ContextItem, readonly Candidate[]>();

  constructor(items: readonly ContextItem[]) {
    this.#items = items;
  }

  /** Whether the text says anything that could be supported: `Yes.` and `Here is the answer:` do not. */
  isClaim(text: string): boolean {
    return analyse(text, { isClaim: true }).words.length > 0;
  }

  /**
   * @param cited markers of window items, as the model gave them; those that do not exist are ignored
   */
  check(claimText: string, cited: readonly number[]): ClaimCheck {
    const claim = analyse(claimText, { isClaim: true });
    if (claim.words.length === 0) return { support: 'none', spans: [] };
    const citedItems = this.#items.filter((item) => cited.includes(item.marker));
    const byCited = this.#checkAgainst(claim, citedItems);
    if (isStrong(byCited)) return this.#withFurtherSources(claim, byCited, citedItems);
    const byAny = this.#checkAgainst(claim, this.#items);
    return isStrong(byAny) ? byAny : byCited;
  }

  /** A second source that the model named stays if it supports the claim by itself. */
  #withFurtherSources(claim: Analysis, found: ClaimCheck, cited: readonly ContextItem[]): ClaimCheck {
    const spans = [...found.spans];
    for (const item of cited) {
      if (spans.some((span) => span.item === item)) continue;
      const alone = this.#checkAgainst(claim, [item]);
      if (isStrong(alone)) spans.push(...alone.spans);
    }
    return { support: found.support, spans };
  }

  #checkAgainst(claim: Analysis, items: readonly ContextItem[]): ClaimCheck {
    const rated = items
      .flatMap((item) => this.#candidatesOf(item))
      .map((candidate) => ({ candidate, rating: rate(claim, [candidate]) }))
      .filter(({ rating }) => rating.support !== 'none' || rating.covered >= shareOfEachPart)
      .sort((a, b) => compareRatings(a.rating, b.rating));
    const best = rated[0];
    if (best === undefined) return { support: 'none', spans: [] };
    if (supportRank[best.rating.support] >= supportRank.entailed) return checkOf(best.rating.support, [best.candidate]);
    const parts = this.#joined(
      claim,
      rated.map(({ candidate }) => candidate),
    );
    if (parts !== null) return checkOf('entailed', parts);
    return best.rating.support === 'partial' ? checkOf('partial', [best.candidate]) : { support: 'none', spans: [] };
  }

  /** A claim drawn from several places: each must carry a good part of it, and together they must carry all. */
  #joined(claim: Analysis, candidates: readonly Candidate[]): readonly Candidate[] | null {
    const parts: Candidate[] = [];
    for (const candidate of candidates) {
      if (parts.length >= mostParts) break;
      if (parts.some((part) => overlaps(part, candidate))) continue;
      const before = parts.length === 0 ? 0 : rate(claim, parts).covered;
      if (rate(claim, [...parts, candidate]).covered <= before) continue;
      parts.push(candidate);
      if (rate(claim, parts).support === 'entailed') return parts;
    }
    return null;
  }

  #candidatesOf(item: ContextItem): readonly Candidate[] {
    const known = this.#candidates.get(item);
    if (known !== undefined) return known;
    const sentences = splitSentences(item.text).map((span) => ({
      ...span,
      text: readableSentence(item.text, span, item.tableHeader),
    }));
    const above = analyse([item.title, ...item.headingPath, item.tableHeader ?? ''].join(' ; ')).forms;
    const candidates: Candidate[] = [];
    for (const [index, sentence] of sentences.entries()) {
      candidates.push({
        item,
        start: sentence.start,
        end: sentence.end,
        analysis: analyse(sentence.text),
        above,
        isPair: false,
      });
      const next = sentences[index + 1];
      if (next === undefined) continue;
      const both = analyse(`${sentence.text} ; ${next.text}`);
      candidates.push({ item, start: sentence.start, end: next.end, analysis: both, above, isPair: true });
    }
    this.#candidates.set(item, candidates);
    return candidates;
  }
}

const supportRank: Readonly<Record<Support, number>> = { none: 0, partial: 1, entailed: 2, verbatim: 3 };
/** With fewer of its words found a claim says something else. */
const partialShare = 0.8;
/** Of the words of an entailed claim at least this share stands in the sentence itself, the rest above it. */
const ownShare = 0.5;
/** Of the words found at least this share stands in the claim's order. */
const orderShare = 0.5;
const shareOfEachPart = 0.5;
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

function overlaps(a: SupportingSpan, b: SupportingSpan): boolean {
  return a.item === b.item && a.start < b.end && b.start < a.end;
}

function rate(claim: Analysis, candidates: readonly Candidate[]): Rating {
  const evidence = candidates.map((candidate) => candidate.analysis);
  const isAbove = (form: string) => candidates.some((candidate) => candidate.above.has(form));
  const isOwn = (form: string) => evidence.some((analysis) => hasForm(analysis, form));
  const distinct = [...new Map(claim.words.map((word) => [word.form, word])).values()];
  const own = distinct.filter((word) => isOwn(word.form));
  const found = distinct.filter((word) => isOwn(word.form) || isAbove(word.form));
  const rating = {
    covered: found.length / distinct.length,
    own: own.length / distinct.length,
    isPair: candidates.some((candidate) => candidate.isPair),
    length: evidence.reduce((sum, analysis) => sum + analysis.words.length, 0),
  };
  if (evidence.some((analysis) => isContained(claim, analysis))) return { ...rating, support: 'verbatim' };
  const isSound =
    distinct.every((word) => found.includes(word) || !(word.isNumber || word.isName)) &&
    hasSameNegation(claim, evidence) &&
    hasSameUnits(claim, evidence);
  if (!isSound || rating.own < ownShare || rating.covered < partialShare) return { ...rating, support: 'none' };
  const isComplete = rating.covered === 1 && shareInOrder(claim, evidence) >= orderShare;
  return { ...rating, support: isComplete ? 'entailed' : 'partial' };
}

/** The stemmer knows English; in other languages endings of up to two letters are let pass. */
function hasForm(analysis: Analysis, form: string): boolean {
  if (analysis.forms.has(form)) return true;
  if (form.length < 6 || /\p{N}/u.test(form)) return false;
  for (const other of analysis.forms) {
    if (Math.abs(other.length - form.length) > 2 || other.length < 6) continue;
    if (other.startsWith(form) || form.startsWith(other)) return true;
  }
  return false;
}

/** Word for word in the sentence; but a piece cut from under a negation says the opposite. */
function isContained(claim: Analysis, evidence: Analysis): boolean {
  return evidence.sequence.includes(claim.sequence) && hasSameNegation(claim, [evidence]);
}

/** The clauses of the evidence that carry the claim must be negated exactly if a clause of the claim is. */
function hasSameNegation(claim: Analysis, evidence: readonly Analysis[]): boolean {
  let missing = [...claim.forms];
  const clauses = evidence.flatMap((analysis) =>
    [...Map.groupBy(analysis.words, (word) => word.clause)].map(([clause, words]) => ({
      forms: new Set(words.map((word) => word.form)),
      isNegated: analysis.isNegated[clause] === true,
    })),
  );
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
  return isNegated === claim.isNegated.includes(true);
}

/** `10 days` is not supported by `10 weeks and 26 days`: a number stands with its own unit, where the evidence has that unit. */
function hasSameUnits(claim: Analysis, evidence: readonly Analysis[]): boolean {
  return [1, -1].every((side) =>
    claim.words.every((word, index) => {
      const unit = neighbour(claim.words, index, side);
      if (!word.isNumber || unit === undefined || unit.isNumber) return true;
      let hasOther = false;
      for (const { words } of evidence) {
        for (const [at, other] of words.entries()) {
          if (!other.isNumber || neighbour(words, at, side)?.form !== unit.form) continue;
          if (other.form === word.form) return true;
          hasOther = true;
        }
      }
      return !hasOther;
    }),
  );
}

function neighbour(words: readonly CanonicalWord[], index: number, side: number): CanonicalWord | undefined {
  const other = words[index + side];
  return other?.clause === words[index]?.clause ? other : undefined;
}

/** Longest common subsequence of the claim's found words with the evidence, as a share of them. */
function shareInOrder(claim: Analysis, evidence: readonly Analysis[]): number {
  const source = evidence.flatMap((analysis) => analysis.words.map((word) => word.form));
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
