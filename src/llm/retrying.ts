/** A model that asks again when a failure can pass, as long as nothing of the answer has been said. */
import { type Clock, systemClock } from '../core/async.ts';
import { PerseaError } from '../core/errors.ts';
import type { GenerateEvent, GenerateRequest, LanguageModel } from './language-model.ts';

export interface RetryingOptions {
  readonly attempts?: number;
  readonly firstDelayMs?: number;
  /** A server that wants a longer pause is not waited for: another model may answer, or the person may ask again. */
  readonly longestDelayMs?: number;
  readonly clock?: Clock;
}

const defaults = { attempts: 3, firstDelayMs: 500, longestDelayMs: 10_000 };

export function withRetries(model: LanguageModel, options: RetryingOptions = {}): LanguageModel {
  const { attempts, firstDelayMs, longestDelayMs } = { ...defaults, ...options };
  const clock = options.clock ?? systemClock;
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
        const delayMs = pauseOf(thrown) ?? firstDelayMs * 2 ** (attempt - 1);
        if (delayMs > longestDelayMs) throw thrown;
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
