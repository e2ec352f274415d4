/** One model asked over its window: each sentence is released once it is checked, and the whole is resolved at the end. */
import { createAnswerStream, type ResolvedAnswer } from '../answer/answer-stream.ts';
import { saysRefusal } from '../answer/refusal.ts';
import { isToolCall } from '../answer/tool-call.ts';
import type { Answer } from '../core/answer.ts';
import type { Deadline } from '../core/async.ts';
import type { ContextWindow } from '../core/context.ts';
import { PerseaError, toPerseaError } from '../core/errors.ts';
import { ownRound } from '../core/event-loop.ts';
import { sealPrompt } from '../egress/sealed-prompt.ts';
import type { FinishReason } from '../llm/language-model.ts';
import { renderPrompt } from '../prompts/registry.ts';
import { attempted, note } from './attempts.ts';
import { checksOf, giveAgain } from './cached-answer.ts';
import { shortageOf } from './calls.ts';
import { draftOf } from './draft.ts';
import type { Evidenced } from './gather.ts';
import { type Inquiry, loadOutputGuard, signalOf } from './inquiry.ts';
import { judgeClaims } from './judging.ts';
import { abstained, answered, eventsOf } from './outcome.ts';
import { chatTokens, packWindow } from './pack.ts';
import type { AskEvent } from './question.ts';
import { repairAnswer, repairPrompt, unrepaired } from './repair.ts';
import type { Candidate } from './route.ts';
import { isExtractive } from './routing.ts';
import { TakenText, takeText } from './take-text.ts';
import { spentIn } from './usage.ts';

export interface Generated {
  readonly answer: Answer;
  /** Whether it answers, whole, and everything that it said was supported. */
  readonly isSound: boolean;
}

export interface GenerateOptions {
  /** The answer is not sent as it comes. */
  readonly isHeld?: boolean;
  /** Whether the model may be asked once more; not where another one is asked instead. */
  readonly mayRepair?: boolean;
}

/**
 * @throws what the model throws before its first checked sentence, for until then another model can answer; `model-declined` where
 * it would not answer, `budget-spent` where it may not be asked, for an answer that is given again costs nothing
 */
export async function* generate(
  inquiry: Inquiry,
  candidate: Candidate,
  { question, evidence, surroundings }: Pick<Evidenced, 'question' | 'evidence' | 'surroundings'>,
  deadline: Deadline,
  { isHeld = false, mayRepair = true }: GenerateOptions = {},
): AsyncGenerator<AskEvent, Generated> {
  const { settings, prompts, answers, judge = null } = inquiry.dependencies;
  const { model, passages, maxOutputTokens, parameters } = candidate;
  const template = prompts.choose('answer', model.id);
  const bare = renderPrompt(template, { context: '', question });
  const promptTokens = model.tokens.count(bare.system + bare.user);
  await ownRound();
  const format = { question, sentences: evidence.sentences };
  const window = await packWindow(inquiry, candidate, { promptTokens, surroundings, format });
  const filled = renderPrompt(template, { context: window.text, question });
  const prompt = sealPrompt(filled, [...window.items, ...inquiry.madeFrom], settings.egress);
  inquiry.trace.packed(window, filled);
  inquiry.windows.push(window);
  if (!isExtractive(candidate) && hasNoRoom(window)) {
    throw new PerseaError(
      'model-failed',
      `The model "${model.id}" has no room for any passage beside the prompt; raise its contextTokens or context.budgetTokens, or lower its maxOutputTokens.`,
      { isRetryable: false, details: { model: model.id } },
    );
  }
  const cacheRequest =
    parameters === undefined
      ? undefined
      : { question, prompt: filled, window, policy: checksOf(inquiry), model, parameters };
  const cached = cacheRequest === undefined ? undefined : answers?.find(cacheRequest);
  if (cached !== undefined) {
    return { answer: yield* giveAgain(inquiry, cached, window), isSound: isChecked(cached.answer) };
  }
  if (!isExtractive(candidate)) {
    const call = { inputTokens: promptTokens + chatTokens + window.tokens, maxOutputTokens };
    const shortage = await shortageOf(inquiry, model, call);
    if (shortage !== null) throw new PerseaError('budget-spent', shortage);
  }

  const resolve = (resolved: ResolvedAnswer): Answer => {
    const made = { model, prompt, window };
    inquiry.warnings.push(...resolved.warnings, ...guard.warnings());
    inquiry.trace.dropped(resolved.droppedClaims);
    // "I don't know" is an honest answer; one of which nothing is left is not.
    const hasUnsupported = resolved.status === 'abstained' && resolved.reason === 'unsupported-claims';
    model.noteChecked?.(!hasUnsupported);
    if (resolved.status === 'answered') return answered(inquiry, resolved, made);
    return abstained(inquiry, resolved.reason ?? 'insufficient-evidence', passages, made);
  };

  const again = mayRepair ? repairPrompt(inquiry, candidate, { context: '', question, claims: [] }) : null;
  const { createOutputGuard } = await loadOutputGuard();
  const guard = createOutputGuard({
    items: window.items,
    question,
    system: [filled.system, again?.system ?? ''].join('\n'),
    maxCharacters: settings.answerCharacters,
  });
  const inDoubt = judge?.inDoubt ?? [];
  const stream = createAnswerStream({
    window,
    question,
    relevant: evidence.sentences,
    policy: settings.unsupported,
    guard,
    inDoubt,
  });
  const draft = draftOf(inquiry, candidate, { guard, isHeld });
  const asked = { question, window, evidence, deadline };
  const attemptsBefore = inquiry.attempts.length;
  const taken = new TakenText();
  const { released: sentences } = taken;
  try {
    const request = { ...asked, prompt, maxOutputTokens, ...signalOf(inquiry) };
    yield* takeText(inquiry, attempted(inquiry, model).generate(request), taken, { stream, draft, guard });
    if (sentences.length === 0 && hasDeclined(candidate, taken.text, taken.finishReason)) {
      throw new PerseaError('model-declined', `The model "${model.id}" ${silence(taken)}`, {
        details: { model: model.id },
      });
    }
  } catch (thrown) {
    yield* draft.ended();
    // What was released was checked and stays; before that another model can still answer.
    if (sentences.length === 0 || inquiry.signal?.aborted === true) {
      note(inquiry, toPerseaError(thrown).code === 'model-declined' ? 'declined' : 'failed');
      throw thrown;
    }
    const error = toPerseaError(thrown);
    inquiry.dependencies.onModelFailure?.(error);
    inquiry.warnings.push(`The model "${model.id}" broke off (${error.code}); the answer may be incomplete.`);
  }
  const { finishReason } = taken;
  if (finishReason === 'length') inquiry.warnings.push('The model was cut off at its output limit.');
  if (finishReason === 'content-filter') inquiry.warnings.push('The model was stopped by its own content filter.');
  await ownRound();
  yield* draft.ended();
  const isCut = finishReason === null || finishReason === 'length';
  const finished = inquiry.trace.checking(() => stream.finish({ isCut }));
  for (const sentence of finished) yield* eventsOf(sentence);
  const judged = yield* judgeClaims(inquiry, stream, { window, deadline });
  const mayAskAgain = again !== null && finishReason === 'stop';
  const repaired = mayAskAgain
    ? yield* repairAnswer(inquiry, candidate, { ...asked, stream, guard, isHeld })
    : unrepaired;
  const { released, answer: resolved } = stream.end();
  for (const sentence of released) yield* eventsOf(sentence);
  if (finishReason === 'stop' && judged.isWhole && repaired.isWhole && cacheRequest !== undefined) {
    answers?.keep(cacheRequest, {
      sentences: [...sentences, ...finished, ...judged.released, ...repaired.released, ...released],
      answer: { ...resolved, warnings: [...resolved.warnings, ...guard.warnings()] },
      spent: spentIn({ attempts: inquiry.attempts.slice(attemptsBefore) }),
    });
  }
  return { answer: resolve(resolved), isSound: finishReason === 'stop' && isChecked(resolved) };
}

function isChecked({ status, droppedClaims, claims }: ResolvedAnswer): boolean {
  return status === 'answered' && droppedClaims.length === 0 && claims.every(isSupported);
}

/** To say nothing is to decline; only where there was nothing to quote it is the answer. */
function hasDeclined(candidate: Candidate, text: string, finishReason: FinishReason | null): boolean {
  if (isExtractive(candidate)) return false;
  return finishReason === 'content-filter' || text.trim() === '' || saysRefusal(text) || isToolCall(text);
}

function silence({ text, finishReason }: TakenText): string {
  if (isToolCall(text)) return 'called a tool instead of answering, and none is offered to it.';
  if (text.trim() !== '') return 'would not answer.';
  if (finishReason === 'content-filter') return 'would not answer: its content filter stopped it.';
  // Models that think first may think until nothing is left.
  return finishReason === 'length'
    ? 'had used up its maxOutputTokens before its answer began, such as for thoughts; raise that, or have it think less by its options.'
    : 'said nothing.';
}

/** Without a source nothing that a model writes could be shown, but it would be paid for. */
function hasNoRoom({ items, omitted }: ContextWindow): boolean {
  return items.length === 0 && omitted.some(({ reason }) => reason === 'budget');
}

function isSupported({ support }: { readonly support: string }): boolean {
  return support === 'verbatim' || support === 'entailed';
}
