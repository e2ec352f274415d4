/**
 * A model that is given up when the time for the question is over, whatever it is doing: waiting for its turn, pausing before
 * another attempt, silent, or talking without end.
 */
import { PerseaError } from '../core/errors.ts';
import type { GenerateEvent, GenerateRequest, LanguageModel } from './language-model.ts';

export function withDeadline(model: LanguageModel): LanguageModel {
  async function* generate(request: GenerateRequest): AsyncGenerator<GenerateEvent> {
    if (request.deadline === undefined) {
      yield* model.generate(request);
      return;
    }
    const leftMs = request.deadline.remainingMs();
    if (leftMs <= 0) throw overdue(model.id);
    const controller = new AbortController();
    const end = Promise.withResolvers<never>();
    // Nobody may be waiting for it when it comes.
    end.promise.catch(() => undefined);
    let isOver = false;
    const hadItsTime = leftMs * 2 >= (request.deadline.wholeMs ?? leftMs);
    const timer = setTimeout(() => {
      isOver = true;
      controller.abort(hadItsTime ? new OutOfTime() : undefined);
      end.reject(overdue(model.id));
    }, leftMs);
    const signal =
      request.signal === undefined ? controller.signal : AbortSignal.any([request.signal, controller.signal]);
    const events = model.generate({ ...request, signal })[Symbol.asyncIterator]();
    try {
      for (;;) {
        // A model that does not listen to the signal is left behind.
        const next = await Promise.race([events.next(), end.promise]);
        if (next.done === true) return;
        yield next.value;
      }
    } catch (thrown) {
      // What it throws then says only that it was told to stop.
      throw isOver && request.signal?.aborted !== true ? overdue(model.id) : thrown;
    } finally {
      clearTimeout(timer);
      controller.abort();
      const returned = events.return?.();
      // One that hangs must not hold the answer; what it still throws concerns nobody.
      if (isOver) returned?.catch(() => undefined);
      else await returned;
    }
  }
  return { ...model, generate };
}

/** Why a model was stopped that had at least half of the time for the question to itself, and used it up. */
export class OutOfTime extends Error {
  override readonly name = 'OutOfTime';
}

function overdue(modelId: string): PerseaError {
  return new PerseaError(
    'model-timeout',
    `The time for the answer was over before the model "${modelId}" had given it. Ask again, or raise answer.deadlineMs.`,
    { isRetryable: false, details: { model: modelId } },
  );
}
