/** Time and cancellation, passed in so that tests need neither wait nor mock. */
import { PerseaError } from './errors.ts';

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves after the given time; rejects with the signal's reason when aborted. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (milliseconds, signal) =>
    new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const onAbort = () => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      }, milliseconds);
      signal?.addEventListener('abort', onAbort, { once: true });
    }),
};

export interface RetryOptions {
  readonly attempts: number;
  readonly firstDelayMs: number;
  readonly clock: Clock;
  readonly signal?: AbortSignal;
  readonly isRetryable?: (thrown: unknown) => boolean;
  /** The pause that the other side asked for, in place of the doubled delay. */
  readonly pauseMs?: (thrown: unknown) => number | undefined;
}

/** Tries again with doubled delays as long as the failure is one that can pass. */
export async function retry<T>(operation: (attempt: number) => Promise<T>, options: RetryOptions): Promise<T> {
  const isRetryable = options.isRetryable ?? ((thrown) => thrown instanceof PerseaError && thrown.isRetryable);
  for (let attempt = 1; ; attempt++) {
    try {
      return await operation(attempt);
    } catch (thrown) {
      if (attempt >= options.attempts || !isRetryable(thrown)) throw thrown;
      const pauseMs = options.pauseMs?.(thrown) ?? options.firstDelayMs * 2 ** (attempt - 1);
      await options.clock.sleep(pauseMs, options.signal);
    }
  }
}

/** Runs the operation with a signal that aborts after the time limit or with the outer signal, whichever comes first. */
export async function withDeadline<T>(
  milliseconds: number,
  onTimeout: () => PerseaError,
  operation: (signal: AbortSignal) => Promise<T>,
  outer?: AbortSignal,
): Promise<T> {
  outer?.throwIfAborted();
  const controller = new AbortController();
  let rejectRace: (reason: unknown) => void = () => undefined;
  const race = new Promise<never>((_, reject) => {
    rejectRace = reject;
  });
  const end = (reason: unknown) => {
    controller.abort(reason);
    rejectRace(reason);
  };
  const timer = setTimeout(() => end(onTimeout()), milliseconds);
  const onOuterAbort = () => end(outer?.reason);
  outer?.addEventListener('abort', onOuterAbort, { once: true });
  try {
    return await Promise.race([operation(controller.signal), race]);
  } finally {
    clearTimeout(timer);
    outer?.removeEventListener('abort', onOuterAbort);
  }
}

/** The time that several steps share. */
export interface Deadline {
  /** Milliseconds; 0 when it is over. */
  remainingMs(): number;
  /** All there was at the beginning; the same as what remains where it is not known. */
  readonly wholeMs?: number;
}

export function deadlineIn(milliseconds: number): Deadline {
  const end = performance.now() + milliseconds;
  return { wholeMs: milliseconds, remainingMs: () => Math.max(0, end - performance.now()) };
}
