/**
 * Answers without any model: at most a few sentences of the window, quoted, the best first. It speaks the same events as
 * a generating model, so that citations and checks take one path.
 */
import type { ContextItem } from '../core/context.ts';
import { PerseaError } from '../core/errors.ts';
import type { Evidence, ScoredSentence } from '../core/evidence.ts';
import { escapeMarkers } from '../core/markers.ts';
import { questionLanguage } from '../core/question-language.ts';
import { isLeadIn, opensItem } from '../core/lists.ts';
import { readableList, readableSentence } from '../core/readable.ts';
import { isHeading, type Span, splitSentences } from '../core/sentences.ts';
import { isHeaderRow, isTableRow } from '../core/tables.ts';
import { approximateTokens } from '../core/tokens.ts';
import { contentWords } from '../core/words.ts';
import { assertMayReach } from '../egress/sealed-prompt.ts';
import type { GenerateEvent, GenerateRequest, LanguageModel } from './language-model.ts';

export interface ExtractiveOptions {
  readonly id?: string;
  readonly maxSentences?: number;
}

/** Two sentences hold the answer clearly more often than one, three hardly more than two. */
const defaultMaxSentences = 2;
/** A further sentence whose score is at least this share of the best one's is as likely to be the answer. */
const closeScoreShare = 0.8;
/** A word of the question in a lesser one is chance: on squad2 as many answers lie in two sentences as without this, and fewer are beside the point. */
const leastScoreShare = 0.6;
/** Of a list that runs on within a line: the sentence after it is the item. */
const bareMark = /^\s*\(?(?:\d{1,3}|\p{L})[.)]\s*$/u;
/** It needs no prompt, so no window is too large for it. */
const unlimitedContextTokens = 1_000_000;

export function createExtractiveModel(options: ExtractiveOptions = {}): LanguageModel {
  const maxSentences = options.maxSentences ?? defaultMaxSentences;
  const identity = { id: options.id ?? 'extractive', zone: 'local' } as const;
  return {
    ...identity,
    provider: 'extractive',
    contextTokens: unlimitedContextTokens,
    price: { inputPerMTok: 0, outputPerMTok: 0 },
    tokens: approximateTokens,
    async *generate(request: GenerateRequest): AsyncGenerator<GenerateEvent> {
      assertMayReach(request, identity);
      if (request.signal?.aborted === true) throw new PerseaError('aborted', 'The answer was no longer wanted.');
      const quotes = chooseQuotes(request.question, request.evidence, request.window.items, maxSentences);
      for (const [index, quote] of quotes.entries()) {
        const separator = separatorBetween(quotes[index - 1]?.text, quote.text);
        yield { type: 'text-delta', text: `${separator}${quote.text} [${quote.item.marker}]` };
      }
      yield { type: 'finish', finishReason: 'stop', inputTokens: 0, outputTokens: 0 };
    },
  };
}

/** Quotes that would read as one sentence (`… Corvane Ltd. colour: blue …`) would be checked as one: they stand apart. */
function separatorBetween(before: string | undefined, after: string): string {
  if (before === undefined) return '';
  const isTold = splitSentences(`${before} ${after}`).some((span) => span.end === before.length);
  return isTold ? ' ' : '\n\n';
}

interface Quote {
  readonly item: ContextItem;
  /** Half-open, within the item's text. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly score: number;
}

/** The question's words, and how words of quotes are compared with them. */
interface Asked {
  readonly words: ReadonlySet<string>;
  readonly wordsOf: (text: string) => readonly string[];
}

function chooseQuotes(
  question: string,
  evidence: Evidence,
  items: readonly ContextItem[],
  maxSentences: number,
): readonly Quote[] {
  const chosen: Quote[] = [];
  const language = questionLanguage(question);
  const wordsOf = (text: string) => contentWords(text, { language });
  const asked: Asked = { words: new Set(wordsOf(question)), wordsOf };
  for (const sentence of evidence.sentences) {
    if (chosen.length >= maxSentences) break;
    const quote = quoteOf(sentence, items);
    if (quote === null || chosen.some((other) => isSame(other, quote))) continue;
    if (chosen.some((other) => isLesserRow(quote, other, asked))) continue;
    const [best] = chosen;
    const isNear = (share: number) => best === undefined || quote.score >= share * best.score;
    if (isNear(closeScoreShare) || (isNear(leastScoreShare) && coversMore(quote, chosen, asked))) chosen.push(quote);
  }
  return chosen;
}

function isSame(a: Quote, b: Quote): boolean {
  const overlaps =
    a.item.documentId === b.item.documentId &&
    a.item.start + a.start < b.item.start + b.end &&
    b.item.start + b.start < a.item.start + a.end;
  return overlaps || a.text === b.text;
}

/** Of two rows of a table, the one that lacks what sets the other apart (`Germany`, `A-09`) is about something else. */
function isLesserRow(row: Quote, other: Quote, { words, wordsOf }: Asked): boolean {
  const isRow = (quote: Quote) => isTableRow(quote.item.text.slice(quote.start, quote.end));
  if (row.item !== other.item || !isRow(row) || !isRow(other)) return false;
  const held = (quote: Quote) => new Set(wordsOf(quote.text).filter((word) => words.has(word)));
  const [own, others] = [held(row), held(other)];
  return own.size < others.size && [...own].every((word) => others.has(word));
}

function coversMore(quote: Quote, chosen: readonly Quote[], { words, wordsOf }: Asked): boolean {
  const covered = new Set(chosen.flatMap((other) => wordsOf(other.text)));
  return wordsOf(quote.text).some((word) => words.has(word) && !covered.has(word));
}

function quoteOf(sentence: ScoredSentence, items: readonly ContextItem[]): Quote | null {
  const item = items.find(
    (other) => other.documentId === sentence.documentId && other.start <= sentence.start && sentence.end <= other.end,
  );
  if (item === undefined) return null;
  // Column names alone answer nothing; the rows below them are sentences of their own.
  if (isTableRow(sentence.text) && isHeaderRow(item.text, sentence.end - item.start)) return null;
  const span = pointedAt(item, { start: sentence.start - item.start, end: sentence.end - item.start });
  if (span === null) return null;
  const list = readableList(item.text, span);
  const readable = list?.text ?? readableSentence(item.text, span, item);
  if (!/[\p{L}\p{N}]/u.test(readable) || bareMark.test(readable)) return null;
  const text = escapeMarkers(closed(readable));
  return { item, start: span.start, end: list?.end ?? span.end, text, score: sentence.score };
}

/**
 * A heading or a question of the source says where the answer is, not what it is: the sentence after it stands in. So does the first item
 * for what leads to a list that cannot be quoted whole.
 */
function pointedAt(item: ContextItem, span: Span): Span | null {
  const sentences = splitSentences(item.text);
  let index = sentences.findIndex((other) => other.start >= span.start);
  let current: Span = span;
  for (;;) {
    index += 1;
    const next = index === 0 ? undefined : sentences[index];
    if (!isPointer(item.text.slice(current.start, current.end)) && !isBeforeList(item.text, current, next))
      return current;
    if (next === undefined) return null;
    current = next;
  }
}

function isPointer(sentence: string): boolean {
  return isHeading(sentence) || /\?["'”»)*_]*$/.test(sentence);
}

function isBeforeList(text: string, span: Span, next: Span | undefined): boolean {
  if (next === undefined || !isLeadIn(text.slice(span.start, span.end)) || !opensItem(text, next)) return false;
  return readableList(text, span) === null;
}

/** Every quote ends like a sentence, so that the next one and the marker are told from it. */
function closed(text: string): string {
  return /[.!?…:]["'”»)\]]*$/.test(text) ? text : `${text}.`;
}
