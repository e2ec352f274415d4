/**
 * Content words of a chunk, heading path included. Counted once: a question reads some hundred chunks, and questions of one company
 * come upon the same ones again. They are kept for as long as the store remembers the chunk.
 */
import type { StoredChunk } from '../core/chunk.ts';
import type { KnownLanguage } from '../core/function-words.ts';
import { contentWords } from '../core/words.ts';
import { findDefinitions } from './abbreviations.ts';
import { languageOf } from './across-languages.ts';

/** Some 20 MB of words. */
const maxNumberedWords = 200_000;

/**
 * Gives each word a number. A chunk's words lie side by side as numbers, while strings are scattered over all memory: looking
 * at each of them takes longer than everything that is done with it.
 */
class NumberedWords {
  readonly #numbers = new Map<string, number>();
  readonly #words: string[] = [];
  readonly #initials: string[] = [];

  get size(): number {
    return this.#words.length;
  }

  numberOf(word: string): number {
    const known = this.#numbers.get(word);
    if (known !== undefined) return known;
    const number = this.#words.push(word) - 1;
    this.#initials.push(word[0] ?? '');
    this.#numbers.set(word, number);
    return number;
  }

  numberIfKnown(word: string): number | undefined {
    return this.#numbers.get(word);
  }

  wordOf(number: number): string {
    return this.#words[number] ?? '';
  }

  initialOf(number: number): string {
    return this.#initials[number] ?? '';
  }
}

/** A power of two. */
const filterSize = 1_024;

/** Words to look for in one chunk after another. */
export class SoughtWords {
  readonly #words: ReadonlySet<string>;
  #numbered: NumberedWords | undefined;
  #knownSize = 0;
  #byNumber: ReadonlyMap<number, string> = new Map();
  /** Not 0 where a number with these last bits is sought: nearly all words of a chunk are none of the question's, which one byte tells. */
  #filter = new Uint8Array(filterSize);

  constructor(words: ReadonlySet<string>) {
    this.#words = words;
  }

  /** Where these numbers are those of a sought word, in their order. */
  placesIn(numbers: Uint32Array, numbered: NumberedWords): ReadonlyMap<string, readonly number[]> {
    if (this.#numbered !== numbered || this.#knownSize !== numbered.size) this.#lookUpNumbers(numbered);
    const places = new Map<string, number[]>();
    for (let place = 0; place < numbers.length; place++) {
      const number = numbers[place] ?? 0;
      if (this.#filter[number % filterSize] === 0) continue;
      const word = this.#byNumber.get(number);
      if (word === undefined) continue;
      const found = places.get(word);
      if (found === undefined) places.set(word, [place]);
      else found.push(place);
    }
    return places;
  }

  #lookUpNumbers(numbered: NumberedWords): void {
    this.#byNumber = new Map(
      [...this.#words].flatMap((word) => {
        const number = numbered.numberIfKnown(word);
        return number === undefined ? [] : [[number, word] as const];
      }),
    );
    this.#filter = new Uint8Array(filterSize);
    for (const number of this.#byNumber.keys()) this.#filter[number % filterSize] = 1;
    this.#numbered = numbered;
    this.#knownSize = numbered.size;
  }
}

/** Words that came up in one chunk after another. */
export class SeenWords {
  /** Not 0 at the numbers of those that did. Chunks that were counted at different times may number their words differently. */
  readonly #isSeen = new Map<NumberedWords, Uint8Array>();

  /** Those of these that had not come up before. */
  newAmong(numbers: Uint32Array, numbered: NumberedWords): readonly string[] {
    const isSeen = this.#withRoomFor(numbered);
    const found: string[] = [];
    for (const number of numbers) {
      if (isSeen[number] === 1) continue;
      isSeen[number] = 1;
      found.push(numbered.wordOf(number));
    }
    return found;
  }

  has(word: string): boolean {
    for (const [numbered, isSeen] of this.#isSeen) {
      const number = numbered.numberIfKnown(word);
      if (number !== undefined && isSeen[number] === 1) return true;
    }
    return false;
  }

  #withRoomFor(numbered: NumberedWords): Uint8Array {
    const present = this.#isSeen.get(numbered);
    if (present !== undefined && present.length >= numbered.size) return present;
    const isSeen = new Uint8Array(numbered.size);
    if (present !== undefined) isSeen.set(present);
    this.#isSeen.set(numbered, isSeen);
    return isSeen;
  }
}

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

  newWords(seen: SeenWords): readonly string[] {
    return seen.newAmong(this.#numbers, this.#numbered);
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
