/**
 * How much a word tells, by how few sentences of the window have it (inverse document frequency, Robertson and Spärck Jones, 1976, in
 * the form of BM25). Nothing but the window counts: it is what the asker may see.
 */

/** Sentences without any of the words that stand beside those of the window, so that in a small one no word outweighs all others. */
const others = 30;

export class Rarity {
  readonly #sentences: number;
  readonly #counts = new Map<string, number>();

  /** @param sentences the distinct words of each */
  constructor(sentences: readonly ReadonlySet<string>[]) {
    this.#sentences = sentences.length;
    for (const forms of sentences) for (const form of forms) this.#counts.set(form, (this.#counts.get(form) ?? 0) + 1);
  }

  has(form: string): boolean {
    return this.#counts.has(form);
  }

  /** Over 0; the most for a word that no sentence has. */
  of(form: string): number {
    const count = this.#counts.get(form) ?? 0;
    const sentences = this.#sentences + others;
    return Math.log(1 + (sentences - count + 0.5) / (count + 0.5));
  }
}
