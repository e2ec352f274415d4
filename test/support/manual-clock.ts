/** A clock that stands still and sleeps at once, keeping a list of how long it was asked to. */
import type { Clock } from '../../src/core/async.ts';

export class ManualClock implements Clock {
  readonly sleeps: number[] = [];
  #now: number;

  constructor(now = 0) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  async sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.sleeps.push(milliseconds);
    this.#now += milliseconds;
  }
}
