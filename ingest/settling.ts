/**
 * Changes that were seen and wait until they have settled: a file that is being written, a burst, an editor that replaces a
 * file by renaming. All are taken together once nothing more has come for a while, so that both ends of a move meet in one
 * run; while something keeps coming, those that have been quiet for that long are taken at the latest time.
 */
export interface SettlingOptions {
  /** How long nothing must come. */
  readonly quietMs: number;
  /** How long the first change waits at most for others to settle. */
  readonly longestMs: number;
}

/** More than so many paths of a source, and the whole of it is looked at. */
const maxPaths = 10_000;

export class SettlingChanges {
  readonly #options: SettlingOptions;
  /** By source and path within it: when it was last seen to change. */
  readonly #seenAt = new Map<string, Map<string, number>>();
  #firstAt: number | undefined;
  #lastAt = 0;

  constructor(options: SettlingOptions) {
    this.#options = options;
  }

  /** `path` as in `ListOptions.only`. */
  add(source: string, path: string, now: number): void {
    const paths = this.#seenAt.get(source) ?? new Map<string, number>();
    this.#seenAt.set(source, paths);
    if (paths.size >= maxPaths && !paths.has(path)) {
      paths.clear();
      paths.set('', now);
    } else if (path === '' || !paths.has('')) paths.set(path, now);
    this.#firstAt ??= now;
    this.#lastAt = now;
  }

  get isEmpty(): boolean {
    return this.#firstAt === undefined;
  }

  /** When there will be something to take if nothing more comes; undefined where nothing waits. */
  dueAt(): number | undefined {
    if (this.#firstAt === undefined) return undefined;
    const { quietMs, longestMs } = this.#options;
    let oldest = this.#lastAt;
    for (const paths of this.#seenAt.values()) for (const seenAt of paths.values()) oldest = Math.min(oldest, seenAt);
    return Math.min(this.#lastAt + quietMs, Math.max(this.#firstAt + longestMs, oldest + quietMs));
  }

  /** What has settled, by source. */
  take(now: number): ReadonlyMap<string, readonly string[]> {
    const { quietMs } = this.#options;
    const taken = new Map<string, readonly string[]>();
    if (now < (this.dueAt() ?? Number.POSITIVE_INFINITY)) return taken;
    for (const [source, paths] of this.#seenAt) {
      const settled = [...paths].filter(([, seenAt]) => seenAt + quietMs <= now).map(([path]) => path);
      if (settled.length > 0) taken.set(source, settled);
      for (const path of settled) paths.delete(path);
      if (paths.size === 0) this.#seenAt.delete(source);
    }
    this.#firstAt = this.#seenAt.size === 0 ? undefined : now;
    return taken;
  }

  clear(): void {
    this.#seenAt.clear();
    this.#firstAt = undefined;
  }
}
