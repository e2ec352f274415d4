/** BM25 and coverage of a question's words with the statistics of a few texts, so that nothing outside them can be read from a score. */

import { ChunkWords } from './chunk-words.ts';
import { SoughtWords } from './numbered-words.ts';

/** The values that were best on whole documents (k1 .9, b .4 lost .013 nDCG). */
const k1 = 1.2;
const defaultLengthWeight = 0.75;

export class WordStatistics {
  readonly #question: ReadonlySet<string>;
  readonly #sought: SoughtWords;
  /** Of each text, how often it has which of the question's words: to count all words takes longer than everything after it. */
  readonly #counts: readonly ReadonlyMap<string, number>[];
  readonly #lengths: readonly number[];
  readonly #documentFrequency = new Map<string, number>();

  /** @param texts each as its content words */
  constructor(question: ReadonlySet<string>, texts: readonly (readonly string[] | ChunkWords)[]) {
    this.#question = question;
    this.#sought = new SoughtWords(question);
    this.#lengths = texts.map((words) => words.length);
    this.#counts = texts.map((words) => this.#countsIn(words));
    for (const counts of this.#counts) {
      for (const word of counts.keys()) this.#documentFrequency.set(word, (this.#documentFrequency.get(word) ?? 0) + 1);
    }
  }

  /** Never negative: a word in every text weighs little, a word in none the most. Throws for a word that is not the question's. */
  inverseFrequency(word: string): number {
    if (!this.#question.has(word)) throw new Error('A word was not counted.');
    const frequency = this.#documentFrequency.get(word) ?? 0;
    return Math.log(1 + (this.#counts.length - frequency + 0.5) / (frequency + 0.5));
  }

  bm25(words: readonly string[], averageLength: number, lengthWeight = defaultLengthWeight): number {
    return this.#bm25(this.#countsIn(words), words.length / Math.max(1, averageLength), lengthWeight);
  }

  /** Of each of the texts themselves, against their average length. */
  bm25OfTexts(): readonly number[] {
    const averageLength = this.#lengths.reduce((sum, length) => sum + length, 0) / Math.max(1, this.#lengths.length);
    return this.#counts.map((counts, text) =>
      this.#bm25(counts, (this.#lengths[text] ?? 0) / Math.max(1, averageLength), defaultLengthWeight),
    );
  }

  /** Share of the question's word weight that stands in the text, 0 to 1; a question without content words is not covered. */
  coverage(words: Iterable<string>): number {
    const present = new Set(words);
    let total = 0;
    let covered = 0;
    for (const word of this.#question) {
      const weight = this.inverseFrequency(word);
      total += weight;
      if (present.has(word)) covered += weight;
    }
    return total === 0 ? 0 : covered / total;
  }

  #countsIn(words: readonly string[] | ChunkWords): ReadonlyMap<string, number> {
    if (words instanceof ChunkWords) {
      return new Map([...words.placesOf(this.#sought)].map(([word, places]) => [word, places.length]));
    }
    const counts = new Map<string, number>();
    for (const word of words) if (this.#question.has(word)) counts.set(word, (counts.get(word) ?? 0) + 1);
    return counts;
  }

  #bm25(counts: ReadonlyMap<string, number>, relativeLength: number, lengthWeight: number): number {
    const norm = k1 * (1 - lengthWeight + lengthWeight * relativeLength);
    let score = 0;
    for (const [word, count] of counts) score += (this.inverseFrequency(word) * count * (k1 + 1)) / (count + norm);
    return score;
  }
}
