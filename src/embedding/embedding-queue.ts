/**
 * Texts that wait for a thread, in two lanes: what a person waits for goes first. A call stays one entry however many
 * texts it has, so that a long document costs no more memory here than its own list of texts.
 */
import { PerseaError } from '../core/errors.ts';

/** One text of a call, on its way to a thread. */
export interface Text {
  readonly job: Job;
  readonly index: number;
  readonly text: string;
}

export interface Job {
  readonly texts: readonly string[];
  /** The next text to hand out. */
  next: number;
  readonly settle: (index: number, vector: Float32Array) => void;
  readonly reject: (reason: unknown) => void;
}

export class EmbeddingQueue {
  readonly #limit: number;
  readonly #urgent: Job[] = [];
  readonly #bulk: Job[] = [];
  /** Calls not settled yet, waiting or with texts at threads. */
  readonly #open = new Set<Job>();
  #waitingCharacters = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get waitingCharacters(): number {
    return this.#waitingCharacters;
  }

  get isEmpty(): boolean {
    return this.#urgent.length === 0 && this.#bulk.length === 0;
  }

  get isWorking(): boolean {
    return this.#open.size > 0;
  }

  add(texts: readonly string[], isUrgent: boolean, signal: AbortSignal | undefined): Promise<readonly Float32Array[]> {
    if (signal?.aborted === true) return Promise.reject(signal.reason);
    const lane = isUrgent ? this.#urgent : this.#bulk;
    if (lane.length >= this.#limit) {
      const error = new PerseaError('queue-full', `Already ${lane.length} calls wait for the embedding model.`);
      return Promise.reject(error);
    }
    return new Promise((resolve, reject) => {
      const vectors = new Array<Float32Array>(texts.length);
      let left = texts.length;
      const finish = () => {
        signal?.removeEventListener('abort', onAbort);
        this.#remove(lane, job);
      };
      const onAbort = () => job.reject(signal?.reason);
      const job: Job = {
        texts,
        next: 0,
        settle: (index, vector) => {
          vectors[index] = vector;
          left -= 1;
          if (left > 0) return;
          finish();
          resolve(vectors);
        },
        reject: (reason) => {
          finish();
          reject(reason);
        },
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#open.add(job);
      lane.push(job);
      for (const text of texts) this.#waitingCharacters += text.length;
    });
  }

  next(): Text | null {
    const lane = this.#urgent.length > 0 ? this.#urgent : this.#bulk;
    const job = lane[0];
    if (job === undefined) return null;
    const index = job.next++;
    const text = job.texts[index] ?? '';
    this.#waitingCharacters -= text.length;
    if (job.next >= job.texts.length) lane.shift();
    return { job, index, text };
  }

  rejectAll(reason: unknown): void {
    for (const job of [...this.#open]) job.reject(reason);
  }

  /** Texts not handed out yet never are; the result of one at a thread is dropped when it comes. */
  #remove(lane: Job[], job: Job): void {
    if (!this.#open.delete(job)) return;
    const position = lane.indexOf(job);
    if (position === -1) return;
    lane.splice(position, 1);
    for (const text of job.texts.slice(job.next)) this.#waitingCharacters -= text.length;
  }
}
