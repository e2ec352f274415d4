/** A call to a model besides the one that answers, such as for verdicts: within the asker's budget and the question's time, and on record. */
import type { AttemptPurpose } from '../core/answer.ts';
import type { Deadline } from '../core/async.ts';
import { toPerseaError } from '../core/errors.ts';
import type { SealedPrompt } from '../egress/sealed-prompt.ts';
import { replyOf } from '../llm/complete.ts';
import type { LanguageModel } from '../llm/language-model.ts';
import { costOf } from '../llm/metered.ts';
import { attempted, note, noteSkipped } from './attempts.ts';
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
    noteSkipped(inquiry, model, call.purpose);
    return failed(admission.explanation);
  }
  if (admission !== undefined) inquiry.releases.push(admission.release);
  const { searchedFor: question } = inquiry;
  const request = { question, prompt, maxOutputTokens, maxReplyCharacters, deadline, ...signalOf(inquiry) };
  try {
    const value = call.parse(await replyOf(attempted(inquiry, model, call.purpose), request));
    if (value !== null) return { value, problem: null };
    note(inquiry, 'failed');
    return failed('it replied with something else than it was asked for');
  } catch (thrown) {
    inquiry.signal?.throwIfAborted();
    note(inquiry, 'failed');
    return failed(toPerseaError(thrown).code);
  }
}

function failed(problem: string) {
  return { value: null, problem };
}
