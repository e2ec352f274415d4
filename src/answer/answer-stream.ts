/**
 * A model's text becomes an answer: each sentence is held against the window and released only with its citations, in the order in
 * which the model wrote them; a whole text goes the same way as a stream.
 */
import type { AbstentionReason, Citation, Claim, Support } from '../core/answer.ts';
import type { ContextWindow } from '../core/context.ts';
import { counted } from '../core/counts.ts';
import { plainText } from '../core/readable.ts';
import { isHeading } from '../core/sentences.ts';
import { saysUnknown, unknownAnswer } from './abstain.ts';
import { AnswerText, longerBreak, type ReleasedSentence, type SentenceGuard, type TableHead } from './answer-text.ts';
import { isCourtesy } from './courtesy.ts';
import { keepsCore } from './core-claim.ts';
import type { SupportingSpan } from './candidates.ts';
import { closedSentence, type MarkedSentence, markedSentences } from './marked-sentences.ts';
import { withoutUnfinishedMarker } from './markers.ts';
import { behindLabels, ModelLists, type PlacedSentence } from './model-lists.ts';
import { ModelTables, type ReadRow } from './model-tables.ts';
import { itemsNamed } from './named-sources.ts';
import { SourceList } from './source-list.ts';
import { type ClaimCheck, SupportChecker, type TextPlace } from './verify.ts';

/**
 * What becomes of a sentence that the window does not support: `remove` leaves it out, and gives up the whole answer where it was the
 * core and nothing was released before it; `mark` keeps it with a note and without a citation; `abstain` gives up the whole answer, and
 * therefore releases nothing before the end.
 */
export type AnswerPolicy = 'mark' | 'remove' | 'abstain';

export interface AnswerStreamOptions {
  /** A claim may take plain words, never names or numbers, from the question. */
  readonly question?: string;
  readonly window: ContextWindow;
  /** The sentences that speak to the question most, best first. */
  readonly relevant?: readonly TextPlace[];
  readonly policy: AnswerPolicy;
  /** Looks at each sentence before it is shown; everything may be shown when absent. */
  readonly guard?: SentenceGuard;
  /** A claim with such support waits to be settled, and all that follows it; one without any only where something comes near it. */
  readonly inDoubt?: readonly Support[];
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

/** Whether the model was cut off: then a sentence that has no end is left out, for half of a claim may say the opposite of the whole. */
interface Ending {
  readonly isCut: boolean;
}

export interface DoubtfulClaim {
  readonly text: string;
  readonly check: ClaimCheck;
  /** What comes nearest to a claim without support and does not contradict it, in another language as far as numbers tell. */
  readonly nearest: SupportingSpan | null;
}

export interface AnswerStream {
  /** Takes the next piece of the model's text; returns the sentences that can be shown now. */
  push(delta: string): readonly ReleasedSentence[];
  /** How many characters at the end of the model's text are of no sentence yet that was released or left out. */
  readonly undecided: number;
  /** The model is done: the sentences that nothing stands in the way of. */
  finish(how?: Ending): readonly ReleasedSentence[];
  /** The claims that wait to be settled, in the order of the text. */
  doubtful(): readonly DoubtfulClaim[];
  /** Each claim in doubt gets the check that holds in place of its own. */
  settle(decide: (claim: DoubtfulClaim) => ClaimCheck): readonly ReleasedSentence[];
  /** What nothing supports of the text that is finished, as far as the model may be told of it. */
  unsupported(): readonly string[];
  /** Whether nothing can be shown as it is, for want of support. */
  readonly isLost: boolean;
  /**
   * Another text of the model follows a finished one. It takes the place of one of which nothing was shown; else it only adds supported
   * sentences that cite something new.
   */
  again(): void;
  /** Finishes what is not finished yet; the last sentences and the whole result. A claim still in doubt keeps its own check. */
  end(how?: Ending): {
    readonly released: readonly ReleasedSentence[];
    readonly answer: ResolvedAnswer;
  };
}

/** A checked sentence that is not shown yet. */
interface Waiting extends DoubtfulClaim {
  readonly sentence: string;
  readonly separator: string;
  /** Of the table that it is a row of. */
  readonly table?: TableHead;
  readonly isDoubtful: boolean;
  /** It has no marker of its own, and what is partly in a source needs one: that at the end of its paragraph may be meant for it, too. */
  readonly isPending: boolean;
  /** Where it begins in the model's text. */
  readonly from: number;
}

export function resolveAnswer(text: string, options: AnswerStreamOptions): ResolvedAnswer {
  const stream = createAnswerStream(options);
  stream.push(text);
  return stream.end().answer;
}

export function createAnswerStream(options: AnswerStreamOptions): AnswerStream {
  const { policy, guard, inDoubt = [] } = options;
  const { items } = options.window;
  const checker = new SupportChecker(items, options.question ?? '', options.relevant);
  const shown = new AnswerText(guard);
  const isKnown = (number: number) => items.some((item) => item.marker === number);
  const isSourceText = (written: string, numbers: readonly number[], isUncertain: boolean) => {
    const isWritten = () => items.some((item) => item.text.includes(written));
    // A raised number, or one in round brackets, that is no item's, or that a source has so too, is more likely part of what is said.
    if (isUncertain) return !numbers.every(isKnown) || isWritten();
    // `a[1]` of a source is an element of a list; `[1]` alone is a marker wherever there is such an item.
    return (!numbers.some(isKnown) || !/^\^?[[【［]/u.test(written)) && isWritten();
  };
  const numbersNamed = (name: string, isRound: boolean) => itemsNamed(items, name, { isRound });
  const dropped: string[] = [];
  /** Of a text that another one follows; it is told in the trace, and counts where that one does not answer either. */
  const setAside: string[] = [];
  /** What the guard let nothing of through. */
  const blocked = new Set<string>();
  let isAddition = false;
  const said = new Set<string>();
  const lists = new ModelLists();
  const tables = new ModelTables();
  const sourceList = new SourceList(items);
  let waiting: readonly Waiting[] = [];
  /** Whether the core of the answer was reached, by a supported sentence. An answer without any citation is none. */
  let isOpen = false;
  let buffer = '';
  /** Where the buffer begins in the model's text. */
  let readUpTo = 0;
  let separator = '';
  let isUnknown = false;

  /** What a sentence waits for: whether something comes near it that somebody else is to look at. */
  const doubtOf = (
    text: string,
    check: ClaimCheck,
    markers: readonly number[],
  ): Pick<Waiting, 'nearest' | 'isDoubtful'> => {
    const isWanted = inDoubt.includes(check.support);
    const nearest =
      isWanted && check.support === 'none'
        ? (checker.nearest(text) ?? checker.nearestAcrossLanguages(text, markers))
        : null;
    return { nearest, isDoubtful: isWanted && (nearest !== null || check.support !== 'none') };
  };

  /** The paragraph goes on to a sentence with these markers, or ends without any. */
  const endPending = (markers: readonly number[]): void => {
    if (!waiting.some((claim) => claim.isPending)) return;
    waiting = waiting.map((claim) => {
      if (!claim.isPending) return claim;
      const check = markers.length === 0 ? claim.check : checker.check(claim.sentence, markers);
      return { ...claim, check, ...doubtOf(claim.sentence, check, markers), isPending: false };
    });
  };

  /** A label that no source has, and that makes its item false or unknown, is left out; the item is checked alone. */
  const withLabels = (written: PlacedSentence): PlacedSentence => {
    const { text, labels = [], markers } = written;
    if (labels.length === 0) return written;
    const whole = behindLabels(text, labels);
    const stands = (one: string) => checker.check(one, markers).support !== 'none';
    return labels.some(stands) || stands(whole) ? { ...written, text: whole } : written;
  };

  const take = (written: PlacedSentence): void => {
    const { from } = written;
    separator = longerBreak(separator, written.separator);
    if (written.separator.includes('\n')) endPending([]);
    if (written.markers.length > 0) endPending(written.markers);
    if (isUnknown) return;
    if (written.isTableHeader) {
      const isSupportedHead = (line: string) =>
        (guard === undefined || guard.sentence(line) === line) && checker.check(line, []).support !== 'none';
      tables.open(written.text, isSupportedHead);
      return;
    }
    const row = tables.read(written);
    if (row === null) takeSentence(withLabels(written), from);
    else takeRow(row, written, from);
  };

  /** In its table if the names of the columns fit it, else as an item of a list. */
  const takeRow = ({ named, row, item, head }: ReadRow, written: MarkedSentence, from: number): void => {
    const isFitting = named !== undefined && checker.check(named, written.markers).support !== 'none';
    if (isFitting && head !== undefined) takeSentence({ ...written, text: row }, from, head);
    else takeSentence({ ...written, text: item }, from);
  };

  const takeSentence = (written: MarkedSentence, from: number, table?: TableHead): void => {
    const isBare = written.text
      .trim()
      .toLowerCase()
      .replaceAll('’', "'")
      .startsWith(unknownAnswer.toLowerCase().slice(0, -1));
    const safe = isBare || guard === undefined ? written.text : guard.sentence(written.text);
    if (safe === null) {
      dropped.push(plainText(written.text));
      blocked.add(plainText(written.text));
      return;
    }
    const sentence = { ...written, text: safe };
    const check = isBare ? noSupport : checker.check(sentence.text, sentence.markers);
    const isWeak = check.support === 'none' || check.support === 'partial';
    if (isBare || (isWeak && saysUnknown(sentence.text))) {
      // Said first it is the answer; said after an answer it adds nothing.
      isUnknown =
        shown.text === '' && !waiting.some((claim) => claim.isDoubtful || claim.isPending || isSupported(claim));
      return;
    }
    const text = plainText(sentence.text);
    const key = text.toLowerCase().replace(/["“”„«»]/g, '');
    if (said.has(key)) return;
    said.add(key);
    if (check.support === 'none' && (!checker.isClaim(sentence.text) || isLeadIn(sentence) || isCourtesy(text))) return;
    const isPending =
      sentence.markers.length === 0 &&
      (check.isPartlyElsewhere === true ||
        (check.support === 'none' && inDoubt.includes('none') && checker.isAcrossLanguages(safe)));
    const doubt = isPending ? { nearest: null, isDoubtful: false } : doubtOf(safe, check, sentence.markers);
    waiting = [
      ...waiting,
      { text, check, ...doubt, sentence: safe, separator, ...(table === undefined ? {} : { table }), isPending, from },
    ];
    separator = '';
  };

  const show = ({ text, check, sentence, separator: before, table }: Waiting): readonly ReleasedSentence[] => {
    if (isAddition && check.spans.every((span) => shown.cites(span))) {
      if (check.support === 'none') setAside.push(text);
      shown.leaveOut(before);
      return [];
    }
    if (check.support === 'none') {
      dropped.push(text);
      if (policy !== 'mark') {
        shown.leaveOut(before);
        return [];
      }
    }
    const released =
      check.support === 'none' ? shown.add(sentence, before, null) : shown.add(sentence, before, check, table);
    if (released !== null) return [released];
    dropped.push(text);
    blocked.add(text);
    return [];
  };

  /** What is decided, up to the first claim that is not; nothing before the core. */
  const release = (): readonly ReleasedSentence[] => {
    const doubt = waiting.findIndex((claim) => claim.isDoubtful || claim.isPending);
    const settled = doubt === -1 ? waiting : waiting.slice(0, doubt);
    isOpen ||= opensAnswer(settled);
    if (!isOpen) return [];
    waiting = waiting.slice(settled.length);
    return settled.flatMap(show);
  };

  /** Sentence by sentence, so that it does not matter in which pieces the text comes. */
  const opensAnswer = (settled: readonly Waiting[]): boolean => {
    const bearings = (claims: readonly Waiting[]) => claims.map(({ text }) => checker.bearing(text));
    return settled.some((claim, index) => {
      if (!isSupported(claim)) return false;
      const leftOut = settled.slice(0, index).filter((earlier) => !isSupported(earlier));
      if (leftOut.length === 0 || policy !== 'remove') return true;
      return keepsCore(bearings(settled.slice(0, index + 1).filter(isSupported)), bearings(leftOut));
    });
  };

  const read = (isEnd: boolean, isCut = false): void => {
    let rawStart = 0;
    const sentences = markedSentences(buffer, isKnown, isSourceText, numbersNamed);
    const isHalf = isCut && !closedSentence.test(sentences.at(-1)?.text ?? '');
    for (const sentence of isHalf ? sentences.slice(0, -1) : sentences) {
      if (!isEnd && !sentence.isSettled) break;
      if (sentence.indent !== null && sourceList.takes(sentence.text)) {
        endPending([]);
        separator = longerBreak(separator, sentence.separator);
      } else {
        lists.read({ ...sentence, from: readUpTo + rawStart }).forEach(take);
      }
      rawStart = sentence.rawEnd;
    }
    if (isEnd) {
      lists.end().forEach(take);
      endPending([]);
    }
    const rest = isEnd ? '' : buffer.slice(rawStart);
    readUpTo += buffer.length - rest.length;
    buffer = rest;
  };

  const lacking = (): readonly string[] => [
    ...dropped,
    ...waiting.filter((claim) => !isSupported(claim)).map(({ text }) => text),
  ];
  /** Nothing may be shown that a later sentence could take back. */
  const mayReleaseEarly = policy !== 'abstain';
  const finish = ({ isCut }: Ending = { isCut: false }) => {
    buffer = withoutUnfinishedMarker(buffer);
    read(true, isCut);
    return mayReleaseEarly ? release() : [];
  };
  const settle: AnswerStream['settle'] = (decide) => {
    waiting = waiting.map((claim) =>
      claim.isDoubtful ? { ...claim, check: decide(claim), isDoubtful: false } : claim,
    );
    return mayReleaseEarly ? release() : [];
  };
  return {
    push(delta) {
      buffer += delta;
      if (!mayReleaseEarly || !/\s/.test(delta)) return [];
      read(false);
      return release();
    },
    get undecided() {
      const first = waiting.find((claim) => claim.isDoubtful || claim.isPending || isSupported(claim));
      return buffer.length + (first === undefined ? 0 : readUpTo - first.from);
    },
    finish,
    doubtful: () => waiting.filter((claim) => claim.isDoubtful),
    settle,
    unsupported: () => lacking().filter((text) => !blocked.has(text)),
    get isLost() {
      return !isUnknown && lacking().length > 0 && (policy === 'abstain' || shown.text === '');
    },
    again() {
      isAddition = shown.text !== '';
      if (!isAddition) {
        setAside.push(...lacking());
        dropped.length = 0;
        waiting = [];
        said.clear();
        isOpen = false;
      }
      separator = '';
    },
    end(how) {
      const early = [...finish(how), ...settle(({ check }) => check)];
      const released = [...early, ...release()];
      const { text, citations, claims } = shown;
      const droppedClaims = [...setAside, ...lacking()];
      const leftOut = text === '' ? droppedClaims.length : dropped.length;
      const reason = reasonToAbstain(policy, citations.length, leftOut, isUnknown);
      const warnings = warningsOf(policy, leftOut, claims);
      const answer: ResolvedAnswer =
        reason === null
          ? { status: 'answered', reason, text, citations, claims, droppedClaims, warnings }
          : { status: 'abstained', reason, text: '', citations: [], claims: [], droppedClaims, warnings: [] };
      return { released: reason === null ? released : [], answer };
    },
  };
}

const noSupport: ClaimCheck = { support: 'none', spans: [] };

function isSupported({ check }: Pick<DoubtfulClaim, 'check'>): boolean {
  return check.support !== 'none';
}

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
  if (droppedCount > 0) {
    const fate = policy === 'mark' ? 'marked' : 'left out';
    warnings.push(
      `${counted(droppedCount, 'sentence')} ${droppedCount === 1 ? 'was' : 'were'} ${fate}: the sources do not support ${droppedCount === 1 ? 'it' : 'them'}.`,
    );
  }
  const partial = claims.filter((claim) => claim.support === 'partial').length;
  if (partial > 0)
    warnings.push(
      `${counted(partial, 'sentence')} ${partial === 1 ? 'is' : 'are'} only partly supported by the cited text.`,
    );
  return warnings;
}

/** `The limits are:` and headings lead to claims and are none. */
function isLeadIn(sentence: MarkedSentence): boolean {
  return sentence.markers.length === 0 && (/:[*_]*$/.test(sentence.text) || isHeading(sentence.text));
}
