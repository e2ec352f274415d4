/**
 * How far a text speaks of just what a question asks for, beyond how many of its words it has: the very names and numbers, the
 * thing that is asked for, words that belong together, the kind of value that answers. Each is 0 to 1.
 */
import { namesTime } from '../core/answer-kind.ts';
import { questionLanguage } from '../core/question-language.ts';
import type { WordStatistics } from './word-statistics.ts';

export interface QuestionMatch {
  /** Share of the question's names and numbers that the text lacks; 0 for a question without any. */
  readonly specificsMissed: number;
  /** Share of the words right behind the question word (`how many parking spaces`) that the text lacks. */
  readonly focusMissed: number;
  /** Share of the question's neighbouring words that are neighbours in the text too. */
  readonly pairsMatched: number;
  /** Weight of the rarest word that the text lacks, of the rarest in the question. */
  readonly rarestMissed: number;
}

const token = /[\p{L}\p{N}]+(?:[-_./'’][\p{L}\p{N}]+)*/gu;
const questionWord =
  /^(?:how|what|when|where|which|who|whom|whose|why|wie|was|wann|wo|welche[nmrs]?|wer|wem|warum|quel(?:le)?s?|combien|quand|où|qui)$/iu;
/** Say how the value is asked for, not what of. */
const measures = new Set(
  'many much long high big large far often fast old soon early late deep kind type sort viel viele lange hoch oft weit groß schnell'.split(
    ' ',
  ),
);
/** So far behind the question word its focus ends. */
const focusWords = 2;
/** Words that stand no further apart are neighbours. */
const neighbourhood = 3;

/** The question without words of how much, how long, how often: no answer has them. */
export function withoutMeasures(question: string): string {
  return question.replace(token, (word) => (measures.has(word.toLowerCase()) ? ' ' : word));
}

export interface MatchedQuestion {
  readonly question: string;
  readonly questionWords: ReadonlySet<string>;
  /** Content words of a text, as the question reads it. */
  readonly wordsIn: (text: string) => readonly string[];
  readonly statistics: WordStatistics;
}

/** @param words content words of the text */
export function matchOf(asked: MatchedQuestion, words: readonly string[]): QuestionMatch {
  const { question, questionWords, wordsIn, statistics } = asked;
  const present = new Set(words);
  const missed = (wanted: readonly string[]) =>
    wanted.length === 0 ? 0 : wanted.filter((word) => !present.has(word)).length / wanted.length;
  return {
    specificsMissed: missed(specificsOf(question, wordsIn)),
    focusMissed: missed(focusOf(question, wordsIn)),
    pairsMatched: pairsMatched([...questionWords], words),
    rarestMissed: rarestMissed(questionWords, present, statistics),
  };
}

function specificsOf(question: string, wordsIn: MatchedQuestion['wordsIn']): readonly string[] {
  const specific = specificTokens(question);
  return [...new Set(specific.flatMap((word) => wordsIn(withoutGenitive(word))))];
}

/** Names as they are capitalised within a sentence, and whatever has a digit; German capitalises every noun, so there only the latter. */
function specificTokens(question: string): readonly string[] {
  const written = question.match(token) ?? [];
  const isGerman = questionLanguage(question) === 'de';
  return written.filter(
    (word, index) =>
      /\p{N}/u.test(word) || /^\p{Lu}{2,}$/u.test(word) || (!isGerman && index > 0 && /^\p{Lu}/u.test(word)),
  );
}

function withoutGenitive(word: string): string {
  return word.replace(/['’]s$/u, '');
}

/** Names and codes of a question, as they are written; numbers alone and days are none. */
export function namesOf(question: string): readonly string[] {
  return specificTokens(question)
    .filter((word) => /\p{L}/u.test(word) && !namesTime(word))
    .map(withoutGenitive);
}

function focusOf(question: string, wordsIn: MatchedQuestion['wordsIn']): readonly string[] {
  const written = question.match(token) ?? [];
  const at = written.findIndex((word) => questionWord.test(word));
  if (at === -1) return [];
  const behind = written.slice(at + 1).filter((word) => !measures.has(word.toLowerCase()));
  return [...new Set(behind.slice(0, focusWords).flatMap((word) => wordsIn(word)))];
}

function pairsMatched(question: readonly string[], words: readonly string[]): number {
  if (question.length < 2) return 1;
  const places = new Map<string, number[]>();
  for (const [index, word] of words.entries()) places.set(word, [...(places.get(word) ?? []), index]);
  let matched = 0;
  for (const [index, second] of question.entries()) {
    const first = question[index - 1];
    if (first === undefined) continue;
    const [firsts = [], seconds = []] = [places.get(first), places.get(second)];
    if (firsts.some((a) => seconds.some((b) => a !== b && Math.abs(a - b) <= neighbourhood))) matched++;
  }
  return matched / (question.length - 1);
}

function rarestMissed(question: ReadonlySet<string>, present: ReadonlySet<string>, statistics: WordStatistics): number {
  const weights = [...question].map((word) => ({ word, weight: statistics.inverseFrequency(word) }));
  const highest = Math.max(0, ...weights.map(({ weight }) => weight));
  const missed = Math.max(0, ...weights.filter(({ word }) => !present.has(word)).map(({ weight }) => weight));
  return highest === 0 ? 0 : missed / highest;
}
