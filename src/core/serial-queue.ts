/** Runs operations one after another in the order they were asked for; a failure does not stop those behind it. */
export class SerialQueue {
  #last: Promise<unknown> = Promise.resolve();

  run<T>(operation: () => Promise<T>): Promise<T> {
    const result = this.#last.then(operation);
    this.#last = result.catch(() => undefined);
    return result;
  }

  /** Resolves when nothing is under way any more. */
  async drain(): Promise<void> {
    await this.#last;
  }
}
