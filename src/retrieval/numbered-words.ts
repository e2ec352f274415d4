/**
 * Words as numbers, and what is looked for among them: words themselves, parts that they begin or end with, words that did not come up
 * before. A question holds its own against those of some hundred chunks.
 */

/**
 * Gives each word a number. A chunk's words lie side by side as numbers, while strings are scattered over all memory: looking
 * at each of them takes longer than everything that is done with it.
 */
export class NumberedWords {
  readonly #numbers = new Map<string, number>();
  readonly #words: string[] = [];
  readonly #initials: string[] = [];
  readonly #beginnings: number[] = [];
  readonly #endings: number[] = [];

  get size(): number {
    return this.#words.length;
  }

  numberOf(word: string): number {
    const known = this.#numbers.get(word);
    if (known !== undefined) return known;
    const number = this.#words.push(word) - 1;
    this.#initials.push(word[0] ?? '');
    this.#beginnings.push(beginningOf(word));
    this.#endings.push(endingOf(word));
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

  beginningOf(number: number): number {
    return this.#beginnings[number] ?? 0;
  }

  endingOf(number: number): number {
    return this.#endings[number] ?? 0;
  }
}

/** A power of two. */
const filterSize = 1_024;
/** Shorter parts stand in words that have nothing to do with them. */
export const minPart = 4;

/** Below `filterSize`; the same for all words that begin with the same letters, and seldom for others. */
function beginningOf(word: string): number {
  return mixed(word, 0);
}

function endingOf(word: string): number {
  return mixed(word, Math.max(0, word.length - minPart));
}

function mixed(word: string, from: number): number {
  let sum = 0;
  for (let at = from; at < from + minPart; at++) sum = (sum * 31 + (word.charCodeAt(at) || 0)) % filterSize;
  return sum;
}

/** Parts that words are to begin or end with, of at least `minPart` letters. */
export class SoughtParts {
  readonly #beginnings = new Uint8Array(filterSize);
  readonly #endings = new Uint8Array(filterSize);

  constructor(parts: Iterable<string>) {
    for (const part of parts) {
      this.#beginnings[beginningOf(part)] = 1;
      this.#endings[endingOf(part)] = 1;
    }
  }

  /** False where a look at the word itself, which lies elsewhere in memory, is spared. */
  mayStandIn(number: number, numbered: NumberedWords): boolean {
    return this.#beginnings[numbered.beginningOf(number)] === 1 || this.#endings[numbered.endingOf(number)] === 1;
  }
}

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

  /** Those of these that had not come up before and that a sought part may stand in. */
  newAmong(numbers: Uint32Array, numbered: NumberedWords, sought: SoughtParts): readonly string[] {
    const isSeen = this.#withRoomFor(numbered);
    const found: string[] = [];
    for (const number of numbers) {
      if (isSeen[number] === 1) continue;
      isSeen[number] = 1;
      if (sought.mayStandIn(number, numbered)) found.push(numbered.wordOf(number));
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
