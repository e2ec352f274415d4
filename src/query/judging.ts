/**
 * The judge: a language model that is asked once, when the text is complete, about all claims that the rules leave in doubt. Where it
 * cannot be asked, or says nothing that can be read, the rules decide alone.
 */
import type { AnswerStream } from '../answer/answer-stream.ts';
import type { ReleasedSentence } from '../answer/answer-text.ts';
import { afterVerdict, judgeQuestion, verdictsIn } from '../answer/judge.ts';
import type { Support } from '../core/answer.ts';
import type { Deadline } from '../core/async.ts';
import type { ContextWindow } from '../core/context.ts';
import { toPerseaError } from '../core/errors.ts';
import { sealPrompt } from '../egress/sealed-prompt.ts';
import type { LanguageModel } from '../llm/language-model.ts';
import { renderPrompt } from '../prompts/registry.ts';
import type { Inquiry } from './inquiry.ts';
import { eventsOf } from './outcome.ts';
import type { AskEvent } from './question.ts';
import { type SideResult, sideCall } from './side-call.ts';

export interface Judge {
  readonly model: LanguageModel;
  /** Claims with such support come before it. */
  readonly inDoubt: readonly Support[];
}

export interface Judged {
  readonly released: readonly ReleasedSentence[];
  /** Whether every claim in doubt has a verdict. */
  readonly isWhole: boolean;
}

const maxReplyCharacters = 2_000;
const tokensOfVerdict = 24;
const tokensAround = 40;

export async function* judgeClaims(
  inquiry: Inquiry,
  stream: AnswerStream,
  { window, deadline }: { readonly window: ContextWindow; readonly deadline: Deadline },
): AsyncGenerator<AskEvent, Judged> {
  const { judge = null } = inquiry.dependencies;
  const doubtful = stream.doubtful();
  if (judge === null || doubtful.length === 0) return { released: [], isWhole: true };
  const { asked, ...values } = judgeQuestion(doubtful);
  const { value: verdicts, problem } =
    asked.length === 0
      ? nothingAsked
      : await askJudge(inquiry, judge, values, { window, deadline, count: asked.length });
  if (problem !== null) {
    inquiry.warnings.push(
      `The judge "${judge.model.id}" gave no verdict on ${doubtful.length === 1 ? '1 sentence' : `${doubtful.length} sentences`} (${problem}); the rules decided alone.`,
    );
  }
  const released = stream.settle((claim) => {
    const verdict = verdicts?.[asked.indexOf(claim)];
    return verdict === undefined ? claim.check : afterVerdict(claim, verdict);
  });
  for (const sentence of released) yield* eventsOf(sentence);
  return { released, isWhole: verdicts?.length === doubtful.length };
}

const nothingAsked = { value: null, problem: 'too long' };

async function askJudge(
  inquiry: Inquiry,
  { model }: Judge,
  values: { readonly claims: string; readonly passages: string },
  { window, deadline, count }: { readonly window: ContextWindow; readonly deadline: Deadline; readonly count: number },
): Promise<SideResult<ReturnType<typeof verdictsIn> & object>> {
  const { prompts, settings } = inquiry.dependencies;
  try {
    const filled = renderPrompt(prompts.choose('judge', model.id), values);
    return await sideCall(inquiry, {
      purpose: 'judge',
      model,
      // A claim may say something of any passage that its writer was shown.
      prompt: sealPrompt(filled, [...window.items, ...inquiry.madeFrom], settings.egress),
      maxOutputTokens: tokensAround + count * tokensOfVerdict,
      maxReplyCharacters,
      deadline,
      parse: (reply) => verdictsIn(reply, count),
    });
  } catch (thrown) {
    inquiry.signal?.throwIfAborted();
    // A prompt of the company's own that cannot be used.
    return { value: null, problem: toPerseaError(thrown).code };
  }
}
