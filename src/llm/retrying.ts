/**
 * A model that asks again when a failure can pass, as long as nothing of the answer has been said and the pause ends before the
 * question's deadline. Pauses vary by chance, so that questions which failed together do not come back together.
 */
import { type Clock, systemClock } from '../core/async.ts';
import { PerseaError } from '../core/errors.ts';
import type { GenerateEvent, GenerateRequest, LanguageModel } from './language-model.ts';

export interface RetryingOptions {
  readonly attempts?: number;
  readonly firstDelayMs?: number;
  /** A server that wants a longer pause is not waited for: another model may answer, or the person may ask again. */
  readonly longestDelayMs?: number;
  readonly clock?: Clock;
  /** From 0 to 1, as `Math.random`. */
  readonly random?: () => number;
}

/** Never earlier than the server asked, and so much later at most. */
const spread = 0.1;
const defaults = { attempts: 3, firstDelayMs: 500, longestDelayMs: 10_000 };

export function withRetries(model: LanguageModel, options: RetryingOptions = {}): LanguageModel {
  const { attempts, firstDelayMs, longestDelayMs } = { ...defaults, ...options };
  const { clock = systemClock, random = Math.random } = options;
  async function* generate(request: GenerateRequest): AsyncGenerator<GenerateEvent> {
    for (let attempt = 1; ; attempt++) {
      let hasSpoken = false;
      try {
        for await (const event of model.generate(request)) {
          hasSpoken = true;
          yield event;
        }
        return;
      } catch (thrown) {
        if (hasSpoken || attempt >= attempts || !(thrown instanceof PerseaError) || !thrown.isRetryable) throw thrown;
        if (thrown.code === 'aborted' || request.signal?.aborted === true) throw thrown;
        // A model that was silent for so long leaves the rest of the time to another one.
        if (thrown.code === 'model-timeout') throw thrown;
        const askedMs = pauseOf(thrown);
        const delayMs =
          askedMs === undefined
            ? firstDelayMs * 2 ** (attempt - 1) * (1 - random() / 2)
            : askedMs * (1 + random() * spread);
        const leftMs = request.deadline?.remainingMs() ?? Number.POSITIVE_INFINITY;
        if (delayMs > longestDelayMs || delayMs >= leftMs) throw thrown;
        await pause(clock, delayMs, request.signal);
      }
    }
  }
  return { ...model, generate };
}

/** What the server asked for. */
function pauseOf(error: PerseaError): number | undefined {
  const { retryAfterMs } = error.details;
  return typeof retryAfterMs === 'number' ? retryAfterMs : undefined;
}

async function pause(clock: Clock, delayMs: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await clock.sleep(delayMs, signal);
  } catch (thrown) {
    throw new PerseaError('aborted', 'The answer was no longer wanted while the model was about to be asked again.', {
      cause: thrown,
    });
  }
}
