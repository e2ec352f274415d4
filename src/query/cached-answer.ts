/** An answer that was checked before, given again to one whose own window is the same: with the asker's own facts and warnings. */
import type { Answer } from '../core/answer.ts';
import type { ContextWindow } from '../core/context.ts';
import type { PromptRegistry } from '../prompts/registry.ts';
import type { CachedAnswer } from './answer-cache.ts';
import type { Inquiry } from './inquiry.ts';
import type { Judge } from './judging.ts';
import { answered, eventsOf } from './outcome.ts';
import type { AskEvent } from './question.ts';

/** Sentence by sentence, as it was first released. */
export async function* giveAgain(
  inquiry: Inquiry,
  cached: CachedAnswer,
  window: ContextWindow,
): AsyncGenerator<AskEvent, Answer> {
  for (const sentence of cached.sentences) yield* eventsOf(sentence);
  inquiry.warnings.push(...cached.answer.warnings);
  inquiry.trace.gaveAgain(cached.model);
  return answered(inquiry, cached.answer, { model: cached.model, prompt: cached.prompt, window, isCached: true });
}

/** By what a text becomes an answer: one that was checked otherwise is another. */
export function checksOf({ dependencies }: Pick<Inquiry, 'dependencies'>): string {
  const { settings, judge = null, prompts } = dependencies;
  return JSON.stringify([
    settings.unsupported,
    settings.repair,
    settings.answerCharacters,
    judge === null ? null : [judge.model.id, judge.inDoubt, judge.parameters, judgePrompt(prompts, judge)],
  ]);
}

/** Null for one that cannot be used, with which nobody judges. */
function judgePrompt(prompts: PromptRegistry, { model }: Judge): string | null {
  try {
    return prompts.choose('judge', model.id).hash;
  } catch {
    return null;
  }
}

/** For when no model could be reached: the same question was answered from the same passages before, by whichever model. */
export function answerOfSameEvidence(inquiry: Inquiry, question: string): EarlierAnswer | undefined {
  const { answers } = inquiry.dependencies;
  if (answers === undefined) return undefined;
  for (const window of inquiry.windows) {
    const cached = answers.findSameEvidence({ question, window, policy: checksOf(inquiry) });
    const isWanted = inquiry.request.model === undefined || cached?.model.id === inquiry.request.model;
    if (cached !== undefined && isWanted) return { cached, window };
  }
  return undefined;
}

export interface EarlierAnswer {
  readonly cached: CachedAnswer;
  readonly window: ContextWindow;
}

export async function* giveEarlier(
  inquiry: Inquiry,
  { cached, window }: EarlierAnswer,
): AsyncGenerator<AskEvent, Answer> {
  inquiry.warnings.push(earlierAnswerWarning(cached));
  return yield* giveAgain(inquiry, cached, window);
}

function earlierAnswerWarning({ model, madeAt }: CachedAnswer): string {
  const when = new Date(madeAt).toISOString().slice(0, 16).replace('T', ' ');
  return `No model could be reached. This answer was given to the same question from the same passages before (by "${model.id}", ${when} UTC).`;
}
