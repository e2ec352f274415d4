/** Results that are worth remembering and may be forgotten: of pure functions of their key, so that it never matters whose question filled it. */
export class Memo<K, V> {
  readonly #max: number;
  readonly #entries = new Map<K, V>();

  /** @param max entries; when they are reached the oldest half goes, which costs nothing between */
  constructor(max: number) {
    this.#max = max;
  }

  get(key: K): V | undefined {
    return this.#entries.get(key);
  }

  set(key: K, value: V): void {
    if (this.#entries.size >= this.#max && !this.#entries.has(key)) {
      for (const old of [...this.#entries.keys()].slice(0, Math.ceil(this.#max / 2))) this.#entries.delete(old);
    }
    this.#entries.set(key, value);
  }

  clear(): void {
    this.#entries.clear();
  }

  getOrMake(key: K, make: () => V): V {
    const known = this.#entries.get(key);
    if (known !== undefined) return known;
    const made = make();
    this.set(key, made);
    return made;
  }
}
