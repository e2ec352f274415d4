/** Models that are asked for an answer, on record: each is an attempt with its time and cost, however it ends. */
import type { AttemptOutcome } from '../core/answer.ts';
import { withDeadline } from '../llm/deadline.ts';
import type { LanguageModel } from '../llm/language-model.ts';
import { withMetering } from '../llm/metered.ts';
import { attemptOf } from './calls.ts';
import type { Inquiry } from './inquiry.ts';
import { isExtractive } from './routing.ts';

/**
 * The model of one attempt, which is noted when it ends. Quotes take no time and are given when it is over, too.
 *
 * @param purpose of a second attempt
 */
export function attempted(inquiry: Inquiry, model: LanguageModel, purpose?: 'repair'): LanguageModel {
  const timely = isExtractive({ model }) ? model : withDeadline(model);
  return withMetering(timely, (call) => {
    inquiry.trace.lap(purpose ?? 'generate');
    const attempt = { ...attemptOf(inquiry, model, call), ...(purpose === undefined ? {} : { purpose }) };
    // Whether the answer holds is seen later; until then it is taken as one.
    inquiry.attempts.push({ ...attempt, outcome: 'answered' });
  });
}

/** What became of the last attempt, where that shows only after it. */
export function note({ attempts }: Pick<Inquiry, 'attempts'>, outcome: AttemptOutcome): void {
  const last = attempts.at(-1);
  if (last === undefined) return;
  attempts[attempts.length - 1] = { ...last, outcome, code: last.code ?? `model-${outcome}` };
}

/** Where the last one stands that was to give the answer itself; of one model, where it is named. */
export function lastAnswering({ attempts }: Pick<Inquiry, 'attempts'>, modelId?: string): number {
  return attempts.findLastIndex(
    ({ purpose, model }) => purpose === undefined && (modelId === undefined || model === modelId),
  );
}
