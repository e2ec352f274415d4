/** Ends a call when its caller does, or when the server says nothing for too long. */
import { PerseaError } from '../core/errors.ts';

export class SilenceLimit {
  readonly #controller = new AbortController();
  readonly #modelId: string;
  readonly #timeoutMs: number;
  readonly #outer: AbortSignal | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isTimeout = false;

  constructor(modelId: string, timeoutMs: number, outer: AbortSignal | undefined) {
    this.#modelId = modelId;
    this.#timeoutMs = timeoutMs;
    this.#outer = outer;
    if (outer?.aborted === true) this.#controller.abort();
    else outer?.addEventListener('abort', this.#onOuterAbort, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  pause(): void {
    clearTimeout(this.#timer);
  }

  restart(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#isTimeout = true;
      this.#controller.abort();
    }, this.#timeoutMs);
  }

  /** Why it was ended; null if it was not. */
  reason(): PerseaError | null {
    if (this.#outer?.aborted === true) {
      return new PerseaError('aborted', 'The answer was no longer wanted; the model was told to stop.');
    }
    if (!this.#isTimeout) return null;
    return new PerseaError(
      'model-timeout',
      `The model "${this.#modelId}" said nothing for ${this.#timeoutMs} ms and was given up. Try again, or raise its timeoutMs.`,
      { details: { model: this.#modelId, timeoutMs: this.#timeoutMs } },
    );
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#outer?.removeEventListener('abort', this.#onOuterAbort);
    this.#controller.abort();
  }

  readonly #onOuterAbort = () => this.#controller.abort();
}
