/** Calls to models on record: each is an attempt with its time and cost, however it ends. */
import type { Attempt, AttemptOutcome, AttemptPurpose } from '../core/answer.ts';
import { withDeadline } from '../llm/deadline.ts';
import type { LanguageModel } from '../llm/language-model.ts';
import { type ModelCall, withMetering } from '../llm/metered.ts';
import type { Inquiry } from './inquiry.ts';
import { isExtractive } from './routing.ts';

/**
 * The model of one attempt, which is noted when it ends. Quotes take no time and are given when it is over, too.
 *
 * @param purpose absent where it is asked for the answer
 */
export function attempted(inquiry: Inquiry, model: LanguageModel, purpose?: AttemptPurpose): LanguageModel {
  const timely = isExtractive({ model }) ? model : withDeadline(model);
  return withMetering(timely, ({ modelId: _, errorCode, firstTokenMs, totalMs, ...spent }: ModelCall) => {
    inquiry.trace.lap(purpose ?? 'generate');
    inquiry.attempts.push({
      ...named(model, purpose),
      outcome: 'answered',
      code: errorCode,
      ...spent,
      firstTokenMs: firstTokenMs === null ? null : Math.round(firstTokenMs),
      startMs: Math.round(performance.now() - totalMs - inquiry.startedAt),
      ms: Math.round(totalMs),
    });
  });
}

/** What became of the last attempt, where that shows only after it. */
export function note({ attempts }: Inquiry, outcome: AttemptOutcome): void {
  const last = attempts.at(-1);
  if (last === undefined) return;
  attempts[attempts.length - 1] = { ...last, outcome, code: last.code ?? `model-${outcome}` };
}

/** A budget did not allow it. */
export function noteSkipped(inquiry: Inquiry, model: LanguageModel, purpose?: AttemptPurpose): void {
  inquiry.attempts.push({
    ...named(model, purpose),
    outcome: 'skipped',
    code: null,
    inputTokens: 0,
    outputTokens: 0,
    costUsd: 0,
    firstTokenMs: null,
    startMs: Math.round(performance.now() - inquiry.startedAt),
    ms: 0,
  });
}

/** The last one that was to give the answer itself. */
export function lastAnswering({ attempts }: Pick<Inquiry, 'attempts'>, modelId?: string): number {
  return attempts.findLastIndex(
    ({ purpose, model }) => purpose === undefined && (modelId === undefined || model === modelId),
  );
}

function named(
  { id: model, provider, zone }: LanguageModel,
  purpose: AttemptPurpose | undefined,
): Pick<Attempt, 'purpose' | 'model' | 'provider' | 'zone'> {
  return { ...(purpose === undefined ? {} : { purpose }), model, provider, zone };
}
