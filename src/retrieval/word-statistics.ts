/** BM25 and coverage with the word statistics of a few texts, so that nothing outside them can be read from a score. */

/** The values that were best on whole documents (k1 .9, b .4 lost .013 nDCG). */
const k1 = 1.2;
const defaultLengthWeight = 0.75;

export class WordStatistics {
  readonly #documentFrequency = new Map<string, number>();
  readonly #size: number;
  readonly #asked: ReadonlySet<string>;

  /**
   * @param texts each as its content words
   * @param asked the words that will be asked about: to count all of some hundred texts takes longer than everything after it
   */
  constructor(texts: readonly (readonly string[])[], asked: ReadonlySet<string>) {
    this.#size = texts.length;
    this.#asked = asked;
    for (const words of texts) {
      const present = new Set<string>();
      for (const word of words) if (asked.has(word)) present.add(word);
      for (const word of present) this.#documentFrequency.set(word, (this.#documentFrequency.get(word) ?? 0) + 1);
    }
  }

  /** Never negative: a word in every text weighs little, a word in none the most. */
  inverseFrequency(word: string): number {
    if (!this.#asked.has(word)) throw new Error('A word was not counted.');
    const frequency = this.#documentFrequency.get(word) ?? 0;
    return Math.log(1 + (this.#size - frequency + 0.5) / (frequency + 0.5));
  }

  bm25(
    question: ReadonlySet<string>,
    words: readonly string[],
    averageLength: number,
    lengthWeight = defaultLengthWeight,
  ): number {
    const counts = new Map<string, number>();
    for (const word of words) if (question.has(word)) counts.set(word, (counts.get(word) ?? 0) + 1);
    const norm = k1 * (1 - lengthWeight + (lengthWeight * words.length) / Math.max(1, averageLength));
    let score = 0;
    for (const [word, count] of counts) score += (this.inverseFrequency(word) * count * (k1 + 1)) / (count + norm);
    return score;
  }

  /** Share of the question's word weight that stands in the text, 0 to 1; a question without content words is not covered. */
  coverage(question: ReadonlySet<string>, words: Iterable<string>): number {
    const present = new Set(words);
    let total = 0;
    let covered = 0;
    for (const word of question) {
      const weight = this.inverseFrequency(word);
      total += weight;
      if (present.has(word)) covered += weight;
    }
    return total === 0 ? 0 : covered / total;
  }
}

/** BM25 of each text, as its content words, by the statistics of all of them. */
export function scoreTexts(question: ReadonlySet<string>, texts: readonly (readonly string[])[]): readonly number[] {
  const statistics = new WordStatistics(texts, question);
  const averageLength = texts.reduce((sum, words) => sum + words.length, 0) / Math.max(1, texts.length);
  return texts.map((words) => statistics.bm25(question, words, averageLength));
}
