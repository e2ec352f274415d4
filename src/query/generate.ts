/** One model asked over its window: each sentence is released once it is checked, and the whole is resolved at the end. */
import { createAnswerStream, type ReleasedSentence, type ResolvedAnswer } from '../answer/answer-stream.ts';
import type { Answer } from '../core/answer.ts';
import { toPerseaError } from '../core/errors.ts';
import type { Evidence } from '../core/evidence.ts';
import { sealPrompt } from '../egress/sealed-prompt.ts';
import { renderPrompt } from '../prompts/registry.ts';
import { giveAgain } from './cached-answer.ts';
import { type Inquiry, signalOf } from './inquiry.ts';
import { abstained, answered, costUsd, eventsOf } from './outcome.ts';
import { packWindow } from './pack.ts';
import type { AskEvent } from './question.ts';
import type { Candidate } from './route.ts';

/** @throws what the model throws before its first checked sentence, for until then another model can answer. */
export async function* generate(
  inquiry: Inquiry,
  candidate: Candidate,
  question: string,
  evidence: Evidence,
): AsyncGenerator<AskEvent, Answer> {
  const { settings, prompts, answers } = inquiry.dependencies;
  const { model, passages, maxOutputTokens, parameters } = candidate;
  const startedAt = performance.now();
  const template = prompts.choose('answer', model.id);
  const bare = renderPrompt(template, { context: '', question });
  const promptTokens = model.tokens.count(bare.system + bare.user);
  const window = await packWindow(inquiry, candidate, promptTokens, { question, sentences: evidence.sentences });
  const filled = renderPrompt(template, { context: window.text, question });
  const prompt = sealPrompt(filled, window.items, settings.egress);
  inquiry.trace.packed(window, filled);
  inquiry.windows.push(window);
  const cacheRequest =
    parameters === undefined
      ? undefined
      : { question, prompt: filled, window, policy: settings.unsupported, model, parameters };
  const cached = cacheRequest === undefined ? undefined : answers?.find(cacheRequest);
  if (cached !== undefined) return yield* giveAgain(inquiry, cached, window);

  const attempt = inquiry.trace.asks(model);
  const spent = { inputTokens: 0, outputTokens: 0 };
  const outcome = (resolved: ResolvedAnswer): Answer => {
    const made = { model, prompt, window, spent, generateMs: performance.now() - startedAt };
    inquiry.warnings.push(...resolved.warnings, ...guard.warnings());
    // "I don't know" is an honest answer; one of which nothing is left is not.
    const hasUnsupported = resolved.status === 'abstained' && resolved.reason === 'unsupported-claims';
    model.noteChecked?.(!hasUnsupported);
    attempt.ended(hasUnsupported ? 'unsupported' : 'answered');
    inquiry.trace.dropped(resolved.droppedClaims);
    if (resolved.status === 'answered') return answered(inquiry, resolved, made);
    return abstained(inquiry, resolved.reason ?? 'insufficient-evidence', passages, made);
  };

  const { createOutputGuard } = await import('../guard/output.ts');
  const guard = createOutputGuard({
    items: window.items,
    question,
    system: filled.system,
    maxCharacters: settings.answerCharacters,
  });
  const stream = createAnswerStream({ window, question, policy: settings.unsupported, guard });
  const sentences: ReleasedSentence[] = [];
  let isComplete = false;
  try {
    const request = { question, prompt, window, evidence, maxOutputTokens };
    for await (const event of model.generate({ ...request, ...signalOf(inquiry) })) {
      if (event.type === 'finish') {
        Object.assign(spent, { inputTokens: event.inputTokens, outputTokens: event.outputTokens });
        attempt.finished(event);
        isComplete = event.finishReason === 'stop';
        if (event.finishReason === 'length') inquiry.warnings.push('The model was cut off at its output limit.');
        continue;
      }
      attempt.firstText();
      for (const sentence of inquiry.trace.checking(() => stream.push(event.text))) {
        sentences.push(sentence);
        yield* eventsOf(sentence);
      }
      if (guard.isFull) break;
    }
  } catch (thrown) {
    // What was released was checked and stays; before that another model can still answer.
    if (sentences.length === 0 || inquiry.signal?.aborted === true) {
      attempt.ended('failed', toPerseaError(thrown).code);
      throw thrown;
    }
    inquiry.warnings.push(
      `The model "${model.id}" broke off (${toPerseaError(thrown).code}); the answer may be incomplete.`,
    );
  }
  const { released, answer } = inquiry.trace.checking(() => stream.end());
  for (const sentence of released) yield* eventsOf(sentence);
  if (isComplete && cacheRequest !== undefined) {
    answers?.keep(cacheRequest, {
      sentences: [...sentences, ...released],
      answer,
      spent: { ...spent, costUsd: costUsd(spent, model.price) },
    });
  }
  return outcome(answer);
}
