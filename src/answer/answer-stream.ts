/**
 * A model's text becomes an answer: each sentence is held against the window and released only with its citations. Text
 * and citation list never disagree, because both are made here, sentence by sentence; a whole text goes the same way as
 * a stream.
 */
import type { AbstentionReason, Citation, Claim } from '../core/answer.ts';
import type { ContextWindow } from '../core/context.ts';
import { escapeMarkers } from '../core/markers.ts';
import { plainText } from '../core/readable.ts';
import { splitSentences } from '../core/sentences.ts';
import { saysUnknown, unknownAnswer } from './abstain.ts';
import { CitationList } from './citations.ts';
import { stripMarkers, withoutUnfinishedMarker } from './markers.ts';
import { type ClaimCheck, SupportChecker } from './verify.ts';

/**
 * What becomes of a sentence that the window does not support: `remove` leaves it out; `mark` keeps it with a note and
 * without a citation; `abstain` gives up the whole answer, and therefore releases nothing before the end.
 */
export type AnswerPolicy = 'mark' | 'remove' | 'abstain';

export interface AnswerStreamOptions {
  /** A claim may take plain words, never names or numbers, from the question. */
  readonly question?: string;
  readonly window: ContextWindow;
  readonly policy: AnswerPolicy;
  /** Looks at each sentence before it is shown; everything may be shown when absent. */
  readonly guard?: SentenceGuard;
}

/** As src/guard/output.ts makes it. */
interface SentenceGuard {
  /** A sentence as it may be shown; null where it must not be. */
  sentence(text: string): string | null;
  /** One that no source supports, with nothing in it but words. */
  plain(text: string): string;
  /** What may stand of `addition` between `before` and `suffix`; null for nothing. */
  joined(before: string, addition: string, suffix: string): string | null;
}

/** A sentence with its markers, white space before it included: released texts, joined, are the answer's text. */
export interface ReleasedSentence {
  readonly text: string;
  readonly claim: Claim;
  /** Citations that this sentence is the first to use. */
  readonly newCitations: readonly Citation[];
}

export interface ResolvedAnswer {
  readonly status: 'answered' | 'abstained';
  readonly reason: AbstentionReason | null;
  /** Empty when abstained: the fixed text is `abstentionText(reason)`. */
  readonly text: string;
  readonly citations: readonly Citation[];
  readonly claims: readonly Claim[];
  /** What the model said and the window does not support; never shown, for the trace. */
  readonly droppedClaims: readonly string[];
  readonly warnings: readonly string[];
}

export interface AnswerStream {
  /** Takes the next piece of the model's text; returns the sentences that can be shown now. */
  push(delta: string): readonly ReleasedSentence[];
  /** How many characters at the end of the model's text are of no sentence yet that was released or left out. */
  readonly undecided: number;
  /**
   * The model is done: the last sentences and the whole result. Where it was cut off, a sentence that has no end is left out: half
   * of a claim may say the opposite of the whole.
   */
  end(how?: { readonly isCut: boolean }): {
    readonly released: readonly ReleasedSentence[];
    readonly answer: ResolvedAnswer;
  };
}

/** A sentence of the model's text with the numbers it was marked with. */
interface MarkedSentence {
  readonly text: string;
  readonly separator: string;
  readonly markers: readonly number[];
  /** Where it ends, its markers included, in the text as the model wrote it. */
  readonly rawEnd: number;
  /** Whether what follows shows that it is complete. */
  readonly isSettled: boolean;
}

/** Stands for the markers of a sentence before they are known. */
const anyMarker = ' [1]';
const unsupportedNote = ' (not supported by the sources)';

export function resolveAnswer(text: string, options: AnswerStreamOptions): ResolvedAnswer {
  const stream = createAnswerStream(options);
  stream.push(text);
  return stream.end().answer;
}

export function createAnswerStream(options: AnswerStreamOptions): AnswerStream {
  const checker = new SupportChecker(options.window.items, options.question ?? '');
  const citations = new CitationList();
  const { items } = options.window;
  const isKnown = (number: number) => items.some((item) => item.marker === number);
  const isSourceText = (written: string, numbers: readonly number[], isRound: boolean) =>
    // A number in round brackets that is no item's, or that a source has so too, is more likely part of what is said.
    isRound
      ? !numbers.every(isKnown) || items.some((item) => item.text.includes(written))
      : !numbers.some(isKnown) && items.some((item) => item.text.includes(written));
  const claims: Claim[] = [];
  const dropped: string[] = [];
  const said = new Set<string>();
  /** Under `mark`: unsupported sentences before the first supported one. An answer without any citation is none. */
  let held: { readonly text: string; readonly separator: string }[] = [];
  let text = '';
  let buffer = '';
  let separatorBefore = '';
  let isUnknown = false;

  const release = (sentence: string, separator: string, check: ClaimCheck | null): readonly ReleasedSentence[] => {
    const { guard } = options;
    const shown = check === null && guard !== undefined ? guard.plain(sentence) : sentence;
    const addition = (text === '' ? '' : separator === '' ? ' ' : separator) + escapeMarkers(shown);
    const suffix = check === null ? unsupportedNote : anyMarker;
    const safe = guard === undefined ? addition : guard.joined(text, addition, suffix);
    if (safe === null) {
      dropped.push(plainText(sentence));
      return [];
    }
    const cited = (check?.spans ?? []).map((span) => citations.cite(span, check?.support ?? 'none'));
    const markers = [...new Set(cited.map(({ citation }) => citation.marker))].sort((a, b) => a - b);
    const claim: Claim = { text: plainText(sentence), citations: markers, support: check?.support ?? 'none' };
    const released = safe + (check === null ? unsupportedNote : ` ${markers.map((n) => `[${n}]`).join('')}`);
    text += released;
    claims.push(claim);
    const newCitations = cited.filter(({ isNew }) => isNew).map(({ citation }) => citation);
    return [{ text: released, claim, newCitations }];
  };

  const take = (written: MarkedSentence): readonly ReleasedSentence[] => {
    separatorBefore = longerBreak(separatorBefore, written.separator);
    if (isUnknown) return [];
    const isBare = written.text
      .trim()
      .toLowerCase()
      .replaceAll('’', "'")
      .startsWith(unknownAnswer.toLowerCase().slice(0, -1));
    const safe = isBare || options.guard === undefined ? written.text : options.guard.sentence(written.text);
    if (safe === null) {
      dropped.push(plainText(written.text));
      return [];
    }
    const sentence = { ...written, text: safe };
    const check = isBare ? noSupport : checker.check(sentence.text, sentence.markers);
    const isWeak = check.support === 'none' || check.support === 'partial';
    if (isBare || (isWeak && saysUnknown(sentence.text))) {
      // Said first it is the answer; said after an answer it adds nothing.
      isUnknown = text === '';
      return [];
    }
    const key = plainText(sentence.text).toLowerCase();
    if (said.has(key)) return [];
    said.add(key);
    if (check.support === 'none') {
      if (!checker.isClaim(sentence.text) || isLeadIn(sentence)) return [];
      dropped.push(plainText(sentence.text));
      if (options.policy !== 'mark') return [];
      const separator = takeSeparator();
      if (text === '') {
        held.push({ text: sentence.text, separator });
        return [];
      }
      return release(sentence.text, separator, null);
    }
    const separator = takeSeparator();
    const released = held.flatMap((earlier) => release(earlier.text, earlier.separator, null));
    held = [];
    return [...released, ...release(sentence.text, separator, check)];
  };

  const takeSeparator = () => {
    const separator = separatorBefore;
    separatorBefore = '';
    return separator;
  };

  const process = (isEnd: boolean, isCut = false): ReleasedSentence[] => {
    const released: ReleasedSentence[] = [];
    let rawStart = 0;
    const sentences = markedSentences(buffer, isKnown, isSourceText);
    const isHalf = isCut && !closedSentence.test(sentences.at(-1)?.text ?? '');
    for (const sentence of isHalf ? sentences.slice(0, -1) : sentences) {
      if (!isEnd && !sentence.isSettled) break;
      released.push(...take(sentence));
      rawStart = sentence.rawEnd;
    }
    buffer = buffer.slice(rawStart);
    return released;
  };

  /** Nothing may be shown that a later sentence could take back. */
  const mayReleaseEarly = options.policy !== 'abstain';
  return {
    push(delta) {
      buffer += delta;
      return mayReleaseEarly && /\s/.test(delta) ? process(false) : [];
    },
    get undecided() {
      return buffer.length;
    },
    end({ isCut } = { isCut: false }) {
      buffer = withoutUnfinishedMarker(buffer);
      const released = process(true, isCut);
      const reason = reasonToAbstain(options.policy, citations.all.length, dropped.length, isUnknown);
      const warnings = warningsOf(options.policy, dropped.length, claims);
      const answer: ResolvedAnswer =
        reason === null
          ? { status: 'answered', reason, text, citations: citations.all, claims, droppedClaims: dropped, warnings }
          : { status: 'abstained', reason, text: '', citations: [], claims: [], droppedClaims: dropped, warnings: [] };
      return { released: reason === null ? released : [], answer };
    },
  };
}

const noSupport: ClaimCheck = { support: 'none', spans: [] };

function reasonToAbstain(
  policy: AnswerPolicy,
  citationCount: number,
  droppedCount: number,
  isUnknown: boolean,
): AbstentionReason | null {
  if (policy === 'abstain' && droppedCount > 0) return 'unsupported-claims';
  if (citationCount > 0) return null;
  return droppedCount > 0 && !isUnknown ? 'unsupported-claims' : 'insufficient-evidence';
}

function warningsOf(policy: AnswerPolicy, droppedCount: number, claims: readonly Claim[]): readonly string[] {
  const warnings: string[] = [];
  const sentences = (count: number) => (count === 1 ? '1 sentence' : `${count} sentences`);
  if (droppedCount > 0) {
    const fate = policy === 'mark' ? 'marked' : 'left out';
    warnings.push(
      `${sentences(droppedCount)} ${droppedCount === 1 ? 'was' : 'were'} ${fate}: the sources do not support ${droppedCount === 1 ? 'it' : 'them'}.`,
    );
  }
  const partial = claims.filter((claim) => claim.support === 'partial').length;
  if (partial > 0)
    warnings.push(`${sentences(partial)} ${partial === 1 ? 'is' : 'are'} only partly supported by the cited text.`);
  return warnings;
}

/** `The limits are:` and headings lead to claims and are none. */
function isLeadIn(sentence: MarkedSentence): boolean {
  return sentence.markers.length === 0 && (/:[*_]*$/.test(sentence.text) || /^#{1,6}\s/.test(sentence.text));
}

/** Of the white space around sentences that were left out, the strongest break stays. */
function longerBreak(a: string, b: string): string {
  const lines = (text: string) => text.split('\n').length;
  return lines(b) > lines(a) || (a === '' && b !== '') ? b : a;
}

/**
 * A marker belongs to the sentence that it stands in or behind; one at the start of a line to the sentence after it. A
 * number of no item stays as text where the window holds it in brackets too, since then it is the source's own.
 */
function markedSentences(
  raw: string,
  isKnown: (number: number) => boolean,
  isSourceText: (written: string, numbers: readonly number[], isRound: boolean) => boolean,
): readonly MarkedSentence[] {
  const { text, markers, rawIndexes } = stripMarkers(raw, isSourceText);
  const spans = splitSentences(text).flatMap((span) => splitAtMarkers(span, text, markers));
  const visible = withoutUnfinishedMarker(text).length;
  return spans.map((span, index) => {
    const next = spans[index + 1];
    const until = next?.start ?? text.length + 1;
    const own = markers.filter(({ position }) => {
      const from = index === 0 ? 0 : span.start + (text[span.start - 1] === '\n' ? 0 : 1);
      const to = next !== undefined && text[next.start - 1] === '\n' ? next.start : until + 1;
      return position >= from && position < to;
    });
    const previousEnd = spans[index - 1]?.end ?? 0;
    return {
      text: text.slice(span.start, span.end),
      separator: breakOf(text.slice(previousEnd, span.start)),
      markers: [...new Set(own.flatMap(({ numbers }) => numbers))].filter(isKnown),
      rawEnd: rawIndexes[span.end] ?? raw.length,
      // The splitter looks at the first whole word of the next sentence and no further.
      isSettled: next !== undefined && /^\W*[\p{L}\p{N}]+[^\p{L}\p{N}]/u.test(text.slice(next.start, visible)),
    };
  });
}

/** `It is so. [1] item: that` are two sentences, whatever the second begins with: the marker closes the first. */
function splitAtMarkers(
  span: { readonly start: number; readonly end: number },
  text: string,
  markers: readonly { readonly position: number }[],
): readonly { readonly start: number; readonly end: number }[] {
  const parts: { start: number; end: number }[] = [];
  let start = span.start;
  for (const { position } of markers) {
    if (position <= start || position >= span.end || !closedSentence.test(text.slice(start, position))) continue;
    parts.push({ start, end: position });
    start = position + (/^\s*/.exec(text.slice(position))?.[0].length ?? 0);
  }
  return [...parts, { start, end: span.end }];
}

const closedSentence = /[.!?…]["'”»)\]]*$/;

/** White space between sentences, tidied: a paragraph, a line or a blank. */
function breakOf(between: string): string {
  const newlines = between.split('\n').length - 1;
  return newlines >= 2 ? '\n\n' : newlines === 1 ? '\n' : between === '' ? '' : ' ';
}
