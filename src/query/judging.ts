/**
 * The judge: a language model that is asked once, when the text is complete, about all claims that the rules leave in doubt. Where it
 * cannot be asked, or says nothing that can be read, the rules decide alone.
 */
import type { AnswerStream } from '../answer/answer-stream.ts';
import type { ReleasedSentence } from '../answer/answer-text.ts';
import { afterVerdict, judgeQuestion, type Verdict, verdictsIn } from '../answer/judge.ts';
import type { Support } from '../core/answer.ts';
import type { Deadline } from '../core/async.ts';
import type { ContextWindow } from '../core/context.ts';
import { toPerseaError } from '../core/errors.ts';
import { sealPrompt } from '../egress/sealed-prompt.ts';
import { replyOf } from '../llm/complete.ts';
import { withDeadline } from '../llm/deadline.ts';
import { unreadable } from '../llm/failures-told.ts';
import type { LanguageModel } from '../llm/language-model.ts';
import { renderPrompt } from '../prompts/registry.ts';
import { callGate } from './calls.ts';
import { type Inquiry, signalOf } from './inquiry.ts';
import { eventsOf } from './outcome.ts';
import type { AskEvent } from './question.ts';

export interface Judge {
  readonly model: LanguageModel;
  /** Claims with such support come before it. */
  readonly inDoubt: readonly Support[];
  /** What else its verdicts depend on, such as temperature and address. */
  readonly parameters?: string;
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
  const { verdicts, problem } =
    asked.length === 0 ? tooLong : await askJudge(inquiry, judge, values, { window, deadline, count: asked.length });
  if (problem !== null) {
    const sentences = doubtful.length === 1 ? '1 sentence' : `${doubtful.length} sentences`;
    const warning = `The judge "${judge.model.id}" gave no verdict on ${sentences} (${problem}); the rules decided alone.`;
    // A repaired answer is judged twice.
    if (!inquiry.warnings.includes(warning)) inquiry.warnings.push(warning);
  }
  const released = stream.settle((claim) => {
    const verdict = verdicts?.[asked.indexOf(claim)];
    return verdict === undefined ? claim.check : afterVerdict(claim, verdict);
  });
  for (const sentence of released) yield* eventsOf(sentence);
  return { released, isWhole: verdicts?.length === doubtful.length };
}

interface Verdicts {
  readonly verdicts: readonly Verdict[] | null;
  /** Why there are none, for people. */
  readonly problem: string | null;
}

const tooLong: Verdicts = { verdicts: null, problem: 'too long' };

/** Throws only what the asker's own end throws. */
async function askJudge(
  inquiry: Inquiry,
  { model }: Judge,
  values: { readonly claims: string; readonly passages: string },
  { window, deadline, count }: { readonly window: ContextWindow; readonly deadline: Deadline; readonly count: number },
): Promise<Verdicts> {
  const none = (problem: string): Verdicts => ({ verdicts: null, problem });
  const { dependencies, searchedFor: question } = inquiry;
  try {
    const filled = renderPrompt(dependencies.prompts.choose('judge', model.id), values);
    // A claim may say something of any passage that its writer was shown.
    const prompt = sealPrompt(filled, [...window.items, ...inquiry.madeFrom], dependencies.settings.egress);
    if (!prompt.mayReach(model.zone)) return none(`what was found may not reach the zone ${model.zone}`);
    const maxOutputTokens = tokensAround + count * tokensOfVerdict;
    const inputTokens = model.tokens.count(prompt.system + prompt.user);
    if (inputTokens + maxOutputTokens > model.contextTokens) return none('it has no room for the prompt');
    const call = { purpose: 'judge', inputTokens, maxOutputTokens } as const;
    const gate = callGate(inquiry);
    const asked = await gate.admit(withDeadline(model), call);
    const request = { question, prompt, maxOutputTokens, maxReplyCharacters, deadline, ...signalOf(inquiry) };
    const verdicts = verdictsIn(await replyOf(asked, request).finally(() => inquiry.trace.lap('judge')), count);
    if (verdicts !== null) return { verdicts, problem: null };
    gate.failed('judge', unreadable(model.id, 'judge', 'verdicts'));
    return none('it replied with something else than verdicts');
  } catch (thrown) {
    inquiry.signal?.throwIfAborted();
    const error = toPerseaError(thrown);
    return none(error.code === 'budget-spent' ? error.message : error.code);
  }
}
