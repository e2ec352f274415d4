/**
 * What a question wants to see literally: phrases in quotation marks, codes such as `ERR-4012` or `27b`, and long numbers. Words and vectors
 * rank passages that merely resemble them nearly as high, so a passage that holds them gets a share of the score of its own.
 */
import type { StoredChunk } from '../core/chunk.ts';
import { isYear } from '../core/dates.ts';
import { questionLanguage } from '../core/question-language.ts';
import { contentWords, withPlainNumbers } from '../core/words.ts';

export interface ExactTerms {
  readonly phrases: readonly string[];
  readonly codes: readonly string[];
}

const maxTerms = 8;
const maxTermLength = 200;
const minDigits = 4;
const quoted =
  /"([^"\n]{0,200})"|“([^”\n]{0,200})”|„([^“”\n]{0,200})[“”]|«([^»\n]{0,200})»|»([^«\n]{0,200})«|「([^」\n]{0,200})」/gu;
const word = /[\p{L}\p{N}]+(?:[-_./][\p{L}\p{N}]+)*/gu;
/**
 * Share of the score that is given for holding what stands in quotation marks, in a question that is nothing else. In a longer one it
 * is smaller, as the part of its words that stand there: whoever describes what they look for, and names a title on the way, does
 * not ask for the passages that hold the title (hotpotqa −.005, cisi −.006 with the whole share) …
 */
const phraseShare = 0.5;
/** … and for codes alone, which the keyword search already ranks by how rare they are. */
const codeShare = 0.25;

export function exactTermsOf(question: string): ExactTerms {
  const phrases: string[] = [];
  for (const match of question.matchAll(quoted)) {
    const phrase = match.slice(1).find((text) => text !== undefined);
    if (phrase !== undefined && folded(phrase) !== '') phrases.push(phrase.trim());
  }
  const codes = [...withPlainNumbers(question.replace(quoted, ' ')).matchAll(word)]
    .map(([code]) => code)
    .filter(isCode);
  return { phrases: distinct(phrases), codes: distinct(codes) };
}

/** Digits together with letters, in several parts, or so many that they mean one thing; a year or a smaller number is none. */
function isCode(text: string): boolean {
  return text.length <= maxTermLength && /\p{N}/u.test(text) && (/[\p{L}_./-]/u.test(text) || isTellingNumber(text));
}

function isTellingNumber(digits: string): boolean {
  return digits.length >= minDigits && !isYear(digits);
}

function distinct(terms: readonly string[]): readonly string[] {
  return [...new Map(terms.map((term) => [folded(term), term])).values()].slice(0, maxTerms);
}

export interface ExactScores {
  /** By chunk id, 0 to 1: which part of the terms the chunk holds; chunks that hold none are left out. */
  readonly held: ReadonlyMap<string, number>;
  /** Share of these in the score. */
  readonly weight: number;
}

/** Null where nothing is asked for literally, or no chunk holds any of it. */
export function scoreExactTerms(
  question: string,
  { phrases, codes }: ExactTerms,
  chunks: Iterable<StoredChunk>,
): ExactScores | null {
  const terms = [...phrases, ...codes].map(folded);
  if (terms.length === 0) return null;
  const held = new Map<string, number>();
  const parts = terms.map(tellingPart);
  for (const chunk of chunks) {
    if (lacksAll(chunk.indexText, parts)) continue;
    const text = folded(chunk.indexText);
    const found = terms.filter((term) => holds(text, term)).length;
    if (found > 0) held.set(chunk.chunkId, found / terms.length);
  }
  const weight = (phrases.length > 0 ? phraseShare : codeShare) * partOf(question, [...phrases, ...codes]);
  return held.size === 0 ? null : { held, weight };
}

/** Which part of a question's words its terms are; all of one that has no other words. */
function partOf(question: string, terms: readonly string[]): number {
  const language = questionLanguage(question);
  const count = (text: string) => contentWords(text, { language }).length;
  const words = count(question);
  return words === 0 ? 1 : Math.min(1, count(terms.join(' ')) / words);
}

/** The score with the share of what a chunk holds literally; between 0 and 1 if the score is. */
export function withExactShare(score: number, exact: ExactScores | null, chunkId: string): number {
  if (exact === null) return score;
  return (1 - exact.weight) * score + exact.weight * (exact.held.get(chunkId) ?? 0);
}

/** `v2.3.1` holds `2.3.1`, and the other way round. */
const versionMark = /(?<![\p{L}\p{N}])v(?=\p{N}+\.\p{N})/gu;

const lettersBesideDigits = /(?<=\p{L})(?=\p{N})|(?<=\p{N})(?=\p{L})/gu;

/** Words without case, accents, marks and joints, parted by single spaces; letters and digits apart, as some write them. */
function folded(text: string): string {
  const words = withPlainNumbers(text)
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(versionMark, '')
    .replace(lettersBesideDigits, ' ')
    .match(/[\p{L}\p{N}]+/gu);
  return words === null ? '' : words.join(' ');
}

/** Of these texts folding changes the case of letters and nothing else of them. */
const hasPlainLetters = /^[\0-\x7f\u2010-\u2027\u20ac]*$/;
/** Digits that stand together however a number is grouped. */
const undividedDigits = 3;

/** What a text with plain letters must have to hold the folded term. */
function tellingPart(term: string): string {
  const longest = term.split(' ').reduce((a, b) => (b.length > a.length ? b : a));
  return /\p{N}/u.test(longest) ? longest.slice(-undividedDigits) : longest;
}

/** To fold the texts of all candidates takes milliseconds, and most hold nothing of it. */
function lacksAll(text: string, parts: readonly string[]): boolean {
  if (!hasPlainLetters.test(text)) return false;
  const lower = text.toLowerCase();
  return !parts.some((part) => lower.includes(part));
}

/** Scripts without spaces between words have no ends of words to look for. */
const unspaced = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u;

function holds(text: string, term: string): boolean {
  return unspaced.test(term) ? text.includes(term) : ` ${text} `.includes(` ${term} `);
}
