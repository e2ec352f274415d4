/** One model asked over its window: each sentence is released once it is checked, and the whole is resolved at the end. */
import { createAnswerStream, type ReleasedSentence, type ResolvedAnswer } from '../answer/answer-stream.ts';
import { saysRefusal } from '../answer/refusal.ts';
import type { Answer, AttemptOutcome } from '../core/answer.ts';
import type { Deadline } from '../core/async.ts';
import { PerseaError, toPerseaError } from '../core/errors.ts';
import { sealPrompt } from '../egress/sealed-prompt.ts';
import { withDeadline } from '../llm/deadline.ts';
import type { FinishReason, LanguageModel } from '../llm/language-model.ts';
import { type ModelCall, withMetering } from '../llm/metered.ts';
import { renderPrompt } from '../prompts/registry.ts';
import type { Evidenced } from './gather.ts';
import { type Inquiry, signalOf } from './inquiry.ts';
import { abstained, answered } from './outcome.ts';
import { packWindow } from './pack.ts';
import type { AskEvent } from './question.ts';
import type { Candidate } from './route.ts';
import { isExtractive } from './routing.ts';

export interface Generated {
  readonly answer: Answer;
  /** Whether it answers, whole, and everything that it said was supported. */
  readonly isSound: boolean;
}

/**
 * @throws what the model throws before its first checked sentence, for until then another model can answer; `model-declined` where
 * it would not answer
 */
export async function* generate(
  inquiry: Inquiry,
  candidate: Candidate,
  { question, evidence }: Pick<Evidenced, 'question' | 'evidence'>,
  deadline: Deadline,
): AsyncGenerator<AskEvent, Generated> {
  const { settings, prompts } = inquiry.dependencies;
  const { model, passages, maxOutputTokens } = candidate;
  const template = prompts.choose('answer', model.id);
  const bare = renderPrompt(template, { context: '', question });
  const promptTokens = model.tokens.count(bare.system + bare.user);
  const window = await packWindow(inquiry, candidate, promptTokens, { question, sentences: evidence.sentences });
  const filled = renderPrompt(template, { context: window.text, question });
  const prompt = sealPrompt(filled, window.items, settings.egress);
  const resolve = (resolved: ResolvedAnswer): Answer => {
    const made = { model, prompt, window };
    inquiry.warnings.push(...resolved.warnings);
    // "I don't know" is an honest answer; one of which nothing is left is not.
    const hasUnsupported = resolved.status === 'abstained' && resolved.reason === 'unsupported-claims';
    model.noteChecked?.(!hasUnsupported);
    if (resolved.status === 'answered') return answered(inquiry, resolved, made);
    return abstained(inquiry, resolved.reason ?? 'insufficient-evidence', passages, made);
  };

  const stream = createAnswerStream({ window, question, policy: settings.unsupported });
  let hasReleased = false;
  let text = '';
  let finishReason: FinishReason | null = null;
  try {
    const request = { question, prompt, window, evidence, maxOutputTokens, deadline };
    for await (const event of attempted(inquiry, candidate).generate({ ...request, ...signalOf(inquiry) })) {
      if (event.type === 'finish') {
        finishReason = event.finishReason;
        continue;
      }
      text += event.text;
      for (const sentence of stream.push(event.text)) {
        hasReleased = true;
        yield* eventsOf(sentence);
      }
    }
    if (!hasReleased && hasDeclined(candidate, text, finishReason)) {
      throw new PerseaError('model-declined', `The model "${model.id}" would not answer.`, {
        details: { model: model.id },
      });
    }
  } catch (thrown) {
    // What was released was checked and stays; before that another model can still answer.
    if (!hasReleased || inquiry.signal?.aborted === true) {
      note(inquiry, toPerseaError(thrown).code === 'model-declined' ? 'declined' : 'failed');
      throw thrown;
    }
    inquiry.warnings.push(
      `The model "${model.id}" broke off (${toPerseaError(thrown).code}); the answer may be incomplete.`,
    );
  }
  if (finishReason === 'length') inquiry.warnings.push('The model was cut off at its output limit.');
  if (finishReason === 'content-filter') inquiry.warnings.push('The model was stopped by its own content filter.');
  const isCut = finishReason === null || finishReason === 'length';
  const { released, answer: resolved } = stream.end({ isCut });
  for (const sentence of released) yield* eventsOf(sentence);
  const isChecked = resolved.droppedClaims.length === 0 && resolved.claims.every(isSupported);
  return {
    answer: resolve(resolved),
    isSound: resolved.status === 'answered' && finishReason === 'stop' && isChecked,
  };
}

/** The model of one attempt, which is noted when it ends. Quotes take no time and are given when it is over, too. */
function attempted(inquiry: Inquiry, candidate: Candidate): LanguageModel {
  const timely = isExtractive(candidate) ? candidate.model : withDeadline(candidate.model);
  return withMetering(timely, ({ modelId, errorCode, firstTokenMs, totalMs, ...spent }: ModelCall) => {
    inquiry.attempts.push({
      model: modelId,
      outcome: 'answered',
      code: errorCode,
      ...spent,
      firstTokenMs: firstTokenMs === null ? null : Math.round(firstTokenMs),
      ms: Math.round(totalMs),
    });
  });
}

function note({ attempts }: Inquiry, outcome: AttemptOutcome): void {
  const last = attempts.at(-1);
  if (last === undefined) return;
  attempts[attempts.length - 1] = { ...last, outcome, code: last.code ?? `model-${outcome}` };
}

/** To say nothing is to decline; only where there was nothing to quote it is the answer. */
function hasDeclined(candidate: Candidate, text: string, finishReason: FinishReason | null): boolean {
  if (isExtractive(candidate)) return false;
  return finishReason === 'content-filter' || text.trim() === '' || saysRefusal(text);
}

function isSupported({ support }: { readonly support: string }): boolean {
  return support === 'verbatim' || support === 'entailed';
}

/** Citations come before the text that uses their markers. */
function* eventsOf(sentence: ReleasedSentence): Generator<AskEvent> {
  for (const citation of sentence.newCitations) yield { type: 'citation', citation };
  yield { type: 'text-delta', text: sentence.text };
}
