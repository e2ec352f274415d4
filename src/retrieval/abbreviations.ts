/**
 * Abbreviations that the candidates of a search spell out, as in `paid time off (PTO)`: a question with the one form is asked with
 * both, and a text with the one is read as having both. What is short for what is told by its letters, after Schwartz and Hearst ("A Simple
 * Algorithm for Identifying Abbreviation Definitions in Biomedical Text", PSB 2003). Nothing outside the candidates has a say in it.
 */
import type { StoredChunk } from '../core/chunk.ts';
import { functionWordsOf, knownLanguages } from '../core/function-words.ts';
import { wordSequence } from '../core/words.ts';

export interface Definition {
  /** As it is written there: `PTO`, `P2`, `bAV`. */
  readonly short: string;
  readonly long: string;
}

/** A definition with what tells at once that a question names neither form, as most do. */
interface KnownDefinition extends Definition {
  readonly key: string;
  readonly beginnings: readonly string[];
}

/** A candidate of a search. */
interface Candidate {
  readonly chunk: StoredChunk;
}

/** How a question and the candidates write what it names. */
export interface Abbreviations {
  /** The candidates that say what is short for what. */
  readonly definedIn: ReadonlySet<StoredChunk>;
  /** The question with both forms, each beside the other, where the documents write the other one. */
  inQuestion(question: string): string;
  /** The question with the first of two forms beside each other: what it names counts once. */
  once(question: string): string;
  /** A text with both forms wherever it has one. */
  inText(text: string): string;
  /** Whether a text says what some letters stand for and nothing else, and the question asks for more than that. */
  isBareDefinition(text: string): boolean;
}

/** Of these alone: what is written in other letters is not shortened so, and to make ready for all letters takes ten milliseconds. */
const capital = String.raw`A-Z\u00c0-\u00de`;
const alphanumeric = String.raw`A-Za-z\u00c0-\u024f0-9`;
const token = `(?=[a-z]?[${capital}0-9])[${alphanumeric}][${alphanumeric}&]{1,8}`;
const phrase = String.raw`[${alphanumeric}][^\n|()[\]:;,.*]{2,79}`;
const marks = String.raw`(?:\*\*|__|[*_])?`;
/** `paid time off (PTO)`, and `paid time off, PTO for short`. */
const behind = new RegExp(
  String.raw`\(\s?${marks}(${token})${marks}\s?\)|, (?:or )?(${token}) for short|, kurz (${token})(?![${alphanumeric}])`,
  'g',
);
/** `PTO (paid time off)`, `PTO stands for paid time off`, and the entries of a glossary: `- **PTO**: paid time off`, `| PTO | paid time off |`. */
const before = new RegExp(
  String.raw`(?<![${alphanumeric}])(${token})${marks}(?: \(| (?:stands for|is short for|steht für|signifie) )${marks}(${phrase})`,
  'g',
);
const entry = new RegExp(
  String.raw`^[ \t|>*+•-]*${marks}(${token})${marks}[ \u00a0]*(?::|\||=|[–—]| - )[ \u00a0]*${marks}(${phrase})`,
  'gm',
);
const reversedEntry = new RegExp(String.raw`^\|[ \t]*(${phrase}?)[ \t]*\|[ \t]*(${token})[ \t]*\|`, 'gm');
const capitals = /[A-Z\u00c0-\u00de]/g;
const word = new RegExp(`[${alphanumeric}]+`, 'g');
const wordStart = new RegExp(`(?<![${alphanumeric}])[${alphanumeric}]`, 'g');

/** So many candidates with the question's form and no definition: it is how the documents write. */
const enoughAlike = 2;
/** Several abbreviations, or several meanings of one, are as many readings of a question. */
const maxDefinitions = 4;
/** So many letters of a word stay as they are, whatever its ending: `equivalent`, `equivalents`. */
const fixedLetters = 4;
const cutLetters = 3;
const maxEnding = 5;
/** Ask for no more than what the letters stand for. */
const askingForMeaning = new Set(
  'mean means meaning stand stands abbreviation acronym definition define defined full form bedeutet bedeutung steht heisst abkurzung signifie signification sigle dire veut'.split(
    ' ',
  ),
);

/** Of nearly all chunks. */
const none: readonly KnownDefinition[] = [];
const known = new WeakMap<StoredChunk, readonly KnownDefinition[]>();

/** Ahead of the first question that comes upon the chunk. */
export function findDefinitions(chunk: StoredChunk): void {
  definitionsOfChunk(chunk);
}

function definitionsOfChunk(chunk: StoredChunk): readonly KnownDefinition[] {
  const memo = known.get(chunk);
  if (memo !== undefined) return memo;
  const found = definitionsIn(chunk.indexText).map(({ short, long }) => ({
    short,
    long,
    key: `${short} ${folded(long)}`,
    beginnings: [wordSequence(short).trimEnd(), ` ${folded(long).slice(0, cutLetters)}`],
  }));
  const definitions = found.length === 0 ? none : found;
  known.set(chunk, definitions);
  return definitions;
}

/** The definitions of a text, each once. */
export function definitionsIn(text: string): readonly Definition[] {
  const found = new Map<string, Definition>();
  const add = (written: string, longOf: (short: string) => string | null) => {
    const short = written.replace(/(?<=[A-Z])s$/, '');
    const long = isShortForm(short) ? longOf(short) : null;
    if (long !== null) found.set(`${short} ${folded(long)}`, { short, long });
  };
  for (const match of text.matchAll(behind)) {
    const line = text.slice(text.lastIndexOf('\n', match.index) + 1, match.index);
    add(match[1] ?? match[2] ?? match[3] ?? '', (short) => longFormAtEnd(short, line));
  }
  for (const pattern of [before, entry]) {
    for (const [, written = '', long = ''] of text.matchAll(pattern)) add(written, (short) => longForm(short, long));
  }
  for (const [, long = '', written = ''] of text.matchAll(reversedEntry)) {
    add(written, (short) => longForm(short, long));
  }
  return [...found.values()];
}

/** Two capitals, or one with digits: `PTO`, `bAV`, `P2`. */
function isShortForm(text: string): boolean {
  const count = text.match(capitals)?.length ?? 0;
  return count >= 2 || (count === 1 && /\d/.test(text));
}

const wordsOf = (text: string) => text.match(word) ?? [];
const lettersOf = (short: string) => wordsOf(folded(short)).join('');
/** Of a long form, by Schwartz and Hearst. */
const maxWords = (short: string) => Math.min(short.length + 5, 2 * short.length);

/** The whole text, where the letters are found in it one after the other. */
function longForm(short: string, text: string): string | null {
  const long = text.trim();
  if (wordsOf(long).length > maxWords(short)) return null;
  const letters = lettersOf(short);
  const written = folded(long);
  // `Manchester (MA)` has the letters of its code and is no abbreviation that anybody would write in full.
  if (written[0] !== letters[0] || written.startsWith(letters)) return null;
  let at = -1;
  for (const letter of letters) {
    at = written.indexOf(letter, at + 1);
    if (at === -1) return null;
  }
  return long;
}

/** The last words of the line: the fewest whose initials are the letters, else the fewest that have them. */
function longFormAtEnd(short: string, line: string): string | null {
  const letters = lettersOf(short);
  const starts = [...line.matchAll(wordStart)].map(({ index }) => index);
  const ends = starts.slice(-maxWords(short)).reverse();
  const candidates = ends.map((start) => line.slice(start)).filter((text) => !/[()|:;*]/u.test(text));
  const byInitials = candidates.find(
    (text) =>
      folded(text)[0] === letters[0] &&
      isSubsequence(
        letters,
        wordsOf(folded(text)).map(([first]) => first),
      ),
  );
  for (const text of byInitials === undefined ? candidates : [byInitials]) {
    const long = longForm(short, text);
    if (long !== null) return long;
  }
  return null;
}

function isSubsequence(letters: string, initials: readonly (string | undefined)[]): boolean {
  let at = -1;
  return [...letters].every((letter) => {
    at = initials.indexOf(letter, at + 1);
    return at !== -1;
  });
}

/** As long as the text: what is found in the one stands at the same place of the other. */
function folded(text: string): string {
  return text
    .replaceAll('\u0130', 'I')
    .toLowerCase()
    .replace(/[\u00c0-\u024f]/gu, (letter) => letter.normalize('NFD')[0] ?? letter);
}

/** A definition of which the question has a form. */
interface Reading extends KnownDefinition {
  readonly from: StoredChunk;
  /** Either form, and both where one stands beside the other. */
  readonly forms: RegExp;
}

/** Null where none of the candidates defines anything that the question names. */
export function abbreviationsFor(question: string, candidates: readonly Candidate[]): Abbreviations | null {
  const sequence = wordSequence(question);
  const named = new Map<string, Reading>();
  for (const { chunk: from } of candidates) {
    for (const definition of definitionsOfChunk(from)) {
      const { key, beginnings } = definition;
      if (named.size === maxDefinitions || named.has(key)) continue;
      if (!beginnings.some((beginning) => sequence.includes(beginning))) continue;
      const reading = { ...definition, from, forms: formsOf(definition) };
      if (isNamed(question, reading, candidates)) named.set(key, reading);
    }
  }
  const readings = [...named.values()];
  if (readings.length === 0) return null;
  // Only a search asks for it, and to read all candidates once more takes longer than the rest.
  let sought: readonly Reading[] | undefined;
  return {
    definedIn: new Set(readings.map(({ from }) => from)),
    inQuestion(text) {
      sought ??= readings.filter((reading) => isWrittenOtherwise(question, reading, candidates));
      return sought.reduce((rest, reading) => withBoth(rest, reading, () => true), text);
    },
    once: (text) => readings.reduce(withFirst, text),
    inText: (text) => readings.reduce((rest, reading) => withBoth(rest, reading, ({ isExact }) => isExact), text),
    isBareDefinition: asksForMore(question, readings)
      ? (text) =>
          [...readings, ...definitionsIn(text).map((other) => ({ forms: formsOf(other) }))].some(({ forms }) =>
            isNothingBut(text, forms),
          )
      : () => false,
  };
}

function formsOf({ short, long }: Definition): RegExp {
  const inFull = wordsOf(folded(long)).map(inAnyForm).join(String.raw`[\s'’/-]+`);
  const letters = inLetters(short);
  const beside = String.raw`[\s*_]*[(:|–][\s*_]*`;
  const either = `(?<long>${inFull})(?:${beside}${letters}s?(?![${alphanumeric}]))?|(?<short>${letters}s?)(?<both>${beside}${inFull})?`;
  return new RegExp(`(?<![${alphanumeric}])(?:${either})(?![${alphanumeric}])`, 'g');
}

function inAnyForm(word: string): string {
  if (/^\d+$/.test(word)) return word;
  if (word.length <= fixedLetters) return `${word}(?:s|e?n)?`;
  return `${word.slice(0, Math.max(fixedLetters, word.length - cutLetters))}[${alphanumeric}]{0,${maxEnding}}`;
}

function inLetters(short: string): string {
  return folded(short).replaceAll('&', String.raw`\s?&\s?`);
}

interface Form {
  readonly start: number;
  readonly end: number;
  /** Where only one of the two stands there. */
  readonly isShort: boolean;
  readonly isAlone: boolean;
  /** A short form with its capitals. */
  readonly isExact: boolean;
}

function formsIn(text: string, short: string, forms: RegExp): readonly Form[] {
  return [...folded(text).matchAll(forms)].map(({ 0: whole, index, groups = {} }) => {
    const { long, both } = groups;
    const isShort = long === undefined;
    return {
      start: index,
      end: index + whole.length,
      isShort,
      isAlone: isShort ? both === undefined : long === whole,
      isExact: !isShort || text.startsWith(short, index),
    };
  });
}

function withBoth(text: string, { short, long, forms }: Reading, counts: (form: Form) => boolean): string {
  return formsIn(text, short, forms)
    .filter((form) => form.isAlone && counts(form))
    .reduceRight(
      (rest, { end, isShort }) => `${rest.slice(0, end)} (${isShort ? long : short})${rest.slice(end)}`,
      text,
    );
}

function withFirst(text: string, { short, long, forms }: Reading): string {
  return formsIn(text, short, forms)
    .filter((form) => !form.isAlone)
    .reduceRight(
      (rest, { start, end, isShort }) => `${rest.slice(0, start)}${isShort ? short : long}${rest.slice(end)}`,
      text,
    );
}

/** Typed without its capitals, a short form must be no other word. */
function isNamed(question: string, { short, forms }: Reading, candidates: readonly Candidate[]): boolean {
  const found = formsIn(question, short, forms);
  const mayBeOther = isFunctionWord(folded(short));
  if (found.some(({ isExact, isShort }) => isExact && !(isShort && mayBeOther && !/\p{Ll}/u.test(question))))
    return true;
  return found.length > 0 && !mayBeOther && !isOrdinaryWord(short, candidates);
}

/**
 * Whether the candidates hardly have the question's form but where they define it. Where they do, a search for both forms finds nothing
 * more, and whatever else is defined or in the same field comes nearer (scifact-train −.012, cisi −.018 of nDCG@10).
 */
function isWrittenOtherwise(question: string, reading: Reading, candidates: readonly Candidate[]): boolean {
  const { key, short, forms } = reading;
  const isShort = formsIn(question, short, forms).some((form) => form.isShort);
  const alike = candidates.filter(
    ({ chunk }) =>
      !definitionsOfChunk(chunk).some((definition) => definition.key === key) &&
      formsIn(chunk.indexText, short, forms).some((form) => form.isShort === isShort),
  );
  return alike.length < enoughAlike;
}

function isFunctionWord(word: string): boolean {
  return knownLanguages.some((language) => functionWordsOf(language).has(word));
}

/** Somebody writes it in small letters and means what any dictionary says: `fat`, where `FAT` is defined as well. */
function isOrdinaryWord(short: string, candidates: readonly Candidate[]): boolean {
  const typed = new RegExp(`(?<![${alphanumeric}])${inLetters(short)}(?![${alphanumeric}])`);
  return candidates.some(({ chunk }) => typed.test(chunk.indexText));
}

function asksForMore(question: string, readings: readonly Reading[]): boolean {
  const rest = readings.reduce((text, { forms }) => text.replace(forms, ' '), folded(question));
  return wordsOf(rest).some((word) => !askingForMeaning.has(word) && !isFunctionWord(word));
}

function isNothingBut(text: string, forms: RegExp): boolean {
  const rest = folded(text).replace(forms, ' ');
  return rest.length < text.length && wordsOf(rest).length === 0;
}
