/** A model that answers so many questions at a time; further ones wait in a bounded queue, in the order in which they came. */
import PQueue from 'p-queue';
import { PerseaError } from '../core/errors.ts';
import type { GenerateEvent, GenerateRequest, LanguageModel } from './language-model.ts';

export interface ConcurrencyLimit {
  readonly concurrency: number;
  /** Questions that may wait; more are refused with `queue-full`, so that another model of the route can answer. */
  readonly queue: number;
}

export function withConcurrencyLimit(model: LanguageModel, limit: ConcurrencyLimit): LanguageModel {
  const places = new PQueue({ concurrency: limit.concurrency });
  async function* generate(request: GenerateRequest): AsyncGenerator<GenerateEvent> {
    const release = await takePlace(request.signal);
    try {
      yield* model.generate(request);
    } finally {
      release();
    }
  }

  async function takePlace(signal: AbortSignal | undefined): Promise<() => void> {
    if (places.size >= limit.queue && places.pending >= limit.concurrency) {
      throw new PerseaError('queue-full', `The model "${model.id}" has ${places.size} questions waiting already.`);
    }
    const taken = Promise.withResolvers<void>();
    const left = Promise.withResolvers<void>();
    const place = places.add(
      () => {
        taken.resolve();
        return left.promise;
      },
      signal === undefined ? {} : { signal },
    );
    place.catch(taken.reject);
    try {
      await taken.promise;
    } catch (thrown) {
      throw new PerseaError('aborted', `The answer was no longer wanted while it waited for the model "${model.id}".`, {
        cause: thrown,
      });
    }
    return left.resolve;
  }

  return { ...model, generate };
}
