/**
 * Content words of a chunk, heading path included. Counted once: a question reads some hundred chunks, and questions of one company
 * come upon the same ones again. They are kept for as long as the store remembers the chunk.
 */
import type { StoredChunk } from '../core/chunk.ts';
import type { KnownLanguage } from '../core/function-words.ts';
import { contentWords } from '../core/words.ts';
import { findDefinitions } from './abbreviations.ts';
import { languageOf } from './across-languages.ts';
import { NumberedWords, type SeenWords, type SoughtParts, type SoughtWords } from './numbered-words.ts';

/** Some 20 MB of words. */
const maxNumberedWords = 200_000;

/** In text order. */
export class ChunkWords {
  readonly language: KnownLanguage;
  readonly #numbered: NumberedWords;
  readonly #numbers: Uint32Array;

  constructor(language: KnownLanguage, words: readonly string[], numbered: NumberedWords) {
    this.language = language;
    this.#numbered = numbered;
    this.#numbers = Uint32Array.from(words, (word) => numbered.numberOf(word));
  }

  get length(): number {
    return this.#numbers.length;
  }

  toStrings(): readonly string[] {
    return Array.from(this.#numbers, (number) => this.#numbered.wordOf(number));
  }

  /** Each once, those alone that begin with one of these letters. */
  beginningWith(initials: ReadonlySet<string>): readonly string[] {
    const found = new Set<number>();
    for (const number of this.#numbers) if (initials.has(this.#numbered.initialOf(number))) found.add(number);
    return Array.from(found, (number) => this.#numbered.wordOf(number));
  }

  /** Those that had not come up before and that a sought part may stand in; all of them have come up then. */
  newWordsWith(sought: SoughtParts, seen: SeenWords): readonly string[] {
    return seen.newAmong(this.#numbers, this.#numbered, sought);
  }

  /** Where these words stand, each in ascending order; words that the chunk does not have are left out. */
  placesOf(sought: SoughtWords): ReadonlyMap<string, readonly number[]> {
    return sought.placesIn(this.#numbers, this.#numbered);
  }
}

/** In the chunk's own language and in another one: who asks in several languages asks the same chunks. */
const maxLanguages = 2;

let numbered = new NumberedWords();
/** Of a chunk the words in each language that it was read in, the latest first. */
let known = new WeakMap<StoredChunk, readonly ChunkWords[]>();

/** @param asked the language of the question, whose endings and stop words count; English where none is known */
export function wordsOfChunk(chunk: StoredChunk, asked: KnownLanguage | null): ChunkWords {
  const language = asked ?? 'en';
  const memo = known.get(chunk)?.find((words) => words.language === language);
  if (memo !== undefined) return memo;
  if (numbered.size >= maxNumberedWords) {
    numbered = new NumberedWords();
    known = new WeakMap();
  }
  const words = new ChunkWords(language, contentWords(chunk.indexText, { language }), numbered);
  known.set(chunk, [words, ...(known.get(chunk) ?? [])].slice(0, maxLanguages));
  return words;
}

/** Ahead of the first question that reads the chunk, which will most likely be in the chunk's own language. */
export function countWords(chunk: StoredChunk): void {
  wordsOfChunk(chunk, languageOf(chunk));
  findDefinitions(chunk);
}
