/** A call to a model besides the one that answers, such as for verdicts: within the asker's budget and the question's time, and on record. */
import type { Attempt, AttemptPurpose } from '../core/answer.ts';
import type { Deadline } from '../core/async.ts';
import { toPerseaError } from '../core/errors.ts';
import type { SealedPrompt } from '../egress/sealed-prompt.ts';
import { replyOf } from '../llm/complete.ts';
import { withDeadline } from '../llm/deadline.ts';
import type { LanguageModel } from '../llm/language-model.ts';
import { costOf, type ModelCall, withMetering } from '../llm/metered.ts';
import { type Inquiry, signalOf } from './inquiry.ts';

export interface SideCall<Value> {
  readonly purpose: AttemptPurpose;
  readonly model: LanguageModel;
  readonly prompt: SealedPrompt;
  readonly maxOutputTokens: number;
  readonly maxReplyCharacters: number;
  readonly deadline: Deadline;
  /** Null for a reply that is not what was asked for. */
  parse(reply: string): Value | null;
}

/** What came of it; where nothing did, why, in words that may stand in a warning. */
export type SideResult<Value> =
  | { readonly value: Value; readonly problem: null }
  | { readonly value: null; readonly problem: string };

/** Throws only what the asker's own end throws. */
export async function sideCall<Value>(inquiry: Inquiry, call: SideCall<Value>): Promise<SideResult<Value>> {
  const { model, prompt, maxOutputTokens, maxReplyCharacters, deadline } = call;
  if (!prompt.mayReach(model.zone)) return failed(`what was found may not reach the zone ${model.zone}`);
  const promptTokens = model.tokens.count(prompt.system + prompt.user);
  if (promptTokens + maxOutputTokens > model.contextTokens) return failed('it has no room for the prompt');
  const admission = await inquiry.dependencies.budgets?.admit(inquiry.scope, {
    tokens: promptTokens + maxOutputTokens,
    costUsd: costOf(model.price, promptTokens, maxOutputTokens),
  });
  if (admission?.isAdmitted === false) {
    inquiry.attempts.push(attemptOf(inquiry, call, 'skipped', null));
    return failed(admission.explanation);
  }
  if (admission !== undefined) inquiry.releases.push(admission.release);
  let spent: ModelCall | null = null;
  const metered = withMetering(withDeadline(model), (made) => {
    spent = made;
  });
  const { searchedFor: question } = inquiry;
  const request = { question, prompt, maxOutputTokens, maxReplyCharacters, deadline, ...signalOf(inquiry) };
  let problem: string | null = null;
  let code: string | null = null;
  try {
    const value = call.parse(await replyOf(metered, request));
    if (value !== null) return { value, problem: null };
    [code, problem] = ['model-failed', 'it replied with something else than it was asked for'];
  } catch (thrown) {
    inquiry.signal?.throwIfAborted();
    ({ code } = toPerseaError(thrown));
    problem = code;
  } finally {
    inquiry.attempts.push({ ...attemptOf(inquiry, call, code === null ? 'answered' : 'failed', spent), code });
    inquiry.trace.lap(call.purpose);
  }
  return failed(problem);
}

function failed(problem: string) {
  return { value: null, problem };
}

function attemptOf(
  { startedAt }: Inquiry,
  { purpose, model: { id: model, provider, zone } }: Pick<SideCall<unknown>, 'purpose' | 'model'>,
  outcome: Attempt['outcome'],
  spent: ModelCall | null,
): Attempt {
  const { inputTokens = 0, outputTokens = 0, costUsd = 0, firstTokenMs = null, totalMs = 0 } = spent ?? {};
  return {
    purpose,
    model,
    provider,
    zone,
    outcome,
    code: null,
    inputTokens,
    outputTokens,
    costUsd,
    firstTokenMs: firstTokenMs === null ? null : Math.round(firstTokenMs),
    startMs: Math.round(performance.now() - totalMs - startedAt),
    ms: Math.round(totalMs),
  };
}
