/** Tells the operator why a call beside the answer failed: the asker only learns that something went on by rules, or not at all. */
import { PerseaError, toPerseaError } from '../core/errors.ts';
import type { SidePurpose } from '../core/prompt-purposes.ts';
import type { GenerateEvent, GenerateRequest, LanguageModel } from './language-model.ts';

/** @param onFailure must not throw; told before the failure is thrown on */
export function withFailuresTold(
  model: LanguageModel,
  purpose: SidePurpose,
  onFailure: ((failure: PerseaError) => void) | undefined,
): LanguageModel {
  async function* generate(request: GenerateRequest): AsyncGenerator<GenerateEvent> {
    try {
      yield* model.generate(request);
    } catch (thrown) {
      const { signal } = request;
      if (isOutOfTime(signal?.reason)) onFailure?.(overdue(model.id, purpose));
      else if (signal?.aborted !== true) onFailure?.(toPerseaError(thrown));
      throw thrown;
    }
  }
  return { ...model, generate };
}

/** Of a reply that the rules, or the order of the search, had to take the place of. `wanted`: what it should have been. */
export function unreadable(model: string, purpose: SidePurpose, wanted: string): PerseaError {
  return new PerseaError(
    'model-failed',
    `The model "${model}" was asked for something beside the answer (${purpose}) and replied with something else than ${wanted}. Try another model for it, or a prompt of your own.`,
    { isRetryable: false, details: { model } },
  );
}

/** Of a signal: whoever asked had given the model so much time, by the runtime's own timer or by `withDeadline`. */
function isOutOfTime(reason: unknown): boolean {
  if (reason instanceof PerseaError) return reason.code === 'model-timeout';
  return reason instanceof DOMException && reason.name === 'TimeoutError';
}

function overdue(model: string, purpose: SidePurpose): PerseaError {
  return new PerseaError(
    'model-timeout',
    `The model "${model}" was asked for something beside the answer (${purpose}) and had not replied when the time for that was over.`,
    { isRetryable: false, details: { model } },
  );
}
