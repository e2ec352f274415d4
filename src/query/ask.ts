/**
 * The whole path of one question, top to bottom. Retrieved text is data throughout: fenced, quoted, never obeyed. Every
 * outcome is an `Answer`; only what is not about the question itself (aborted, store broken) is thrown.
 */
import type { AccessScope } from '../access/scope.ts';
import { decideAbstention } from '../answer/abstain.ts';
import type { Answer } from '../core/answer.ts';
import { PerseaError, toPerseaError } from '../core/errors.ts';
import type { Evidence } from '../core/evidence.ts';
import { randomId } from '../core/ids.ts';
import { checkQuestion } from '../guard/limits.ts';
import { answerOfSameEvidence, giveEarlier } from './cached-answer.ts';
import type { AskDependencies } from './dependencies.ts';
import { gather } from './gather.ts';
import { generate } from './generate.ts';
import type { Inquiry } from './inquiry.ts';
import { abstained, refused } from './outcome.ts';
import type { AskEvent, AskRequest } from './question.ts';
import { type Candidate, route } from './route.ts';
import { TraceRecorder } from './trace-recorder.ts';
import { usageOf } from './usage.ts';

export interface AskOptions {
  readonly signal?: AbortSignal;
  /** Of the request that asks, so that its log and its answer bear the same one. */
  readonly traceId?: string;
}

/** The answer as it is made: checked sentences as they pass, then the whole. */
export async function* askStream(
  dependencies: AskDependencies,
  scope: AccessScope,
  request: AskRequest,
  options: AskOptions = {},
): AsyncGenerator<AskEvent, Answer> {
  const { signal, traceId = randomId('trace') } = options;
  const trace = new TraceRecorder({ traceId, scope, question: request.question, at: dependencies.clock.now() });
  let error = new PerseaError('aborted', 'The caller took no more of the answer.');
  let answer: Answer | undefined;
  try {
    yield { type: 'answer-start', traceId };
    answer = yield* answerTo({
      dependencies,
      scope,
      request,
      traceId,
      ...(signal === undefined ? {} : { signal }),
      startedAt: performance.now(),
      warnings: [...dependencies.warnings],
      trace,
      windows: [],
      retrieveMs: 0,
      rerankMs: 0,
    });
  } catch (thrown) {
    error = toPerseaError(thrown);
    throw thrown;
  } finally {
    dependencies.recordTrace?.(answer === undefined ? trace.failed(error) : trace.answered(answer));
  }
  await dependencies.recordUsage(usageOf(answer, scope, dependencies.clock.now()));
  yield { type: 'answer-end', answer };
  return answer;
}

export async function ask(
  dependencies: AskDependencies,
  scope: AccessScope,
  request: AskRequest,
  options: AskOptions = {},
): Promise<Answer> {
  const events = askStream(dependencies, scope, request, options);
  for (;;) {
    const next = await events.next();
    if (next.done === true) return next.value;
  }
}

async function* answerTo(inquiry: Inquiry): AsyncGenerator<AskEvent, Answer> {
  const { settings, decide = decideAbstention } = inquiry.dependencies;
  const checked = checkQuestion(inquiry.request.question, settings);
  if (checked.verdict === 'refused') return refused(inquiry, checked.reason, checked.message);
  const { question } = checked;
  inquiry.trace.lap('guard');

  const { passages, omitted, evidence } = await gather(inquiry, question);
  if (evidence === null) return abstained(inquiry, 'no-evidence', passages);
  if (!decide(evidence).isAnswerable) return abstained(inquiry, 'insufficient-evidence', passages);

  const candidates = route(inquiry, passages, omitted);
  if (candidates.length === 0) {
    const problem = 'None of the configured models may see the passages that answer this question.';
    return refused(inquiry, 'egress', problem);
  }
  return yield* firstAnswer(inquiry, candidates, question, evidence);
}

/**
 * Of the first model that answers; one that fails before its first checked sentence gives way to the next. Where no model that
 * writes could be reached, an earlier answer of the same evidence is better than quotes, and quotes than nothing.
 */
async function* firstAnswer(
  inquiry: Inquiry,
  candidates: readonly Candidate[],
  question: string,
  evidence: Evidence,
): AsyncGenerator<AskEvent, Answer> {
  let failure: PerseaError | undefined;
  for (const candidate of candidates) {
    const { model } = candidate;
    if (failure !== undefined) {
      const earlier = model.provider === 'extractive' ? answerOfSameEvidence(inquiry, question) : undefined;
      if (earlier !== undefined) return yield* giveEarlier(inquiry, earlier);
    }
    try {
      return yield* generate(inquiry, candidate, question, evidence);
    } catch (thrown) {
      failure = toPerseaError(thrown);
      inquiry.signal?.throwIfAborted();
      if (failure.kind === 'internal' || failure.kind === 'invalid') throw failure;
      if (candidate === candidates.at(-1)) break;
      inquiry.warnings.push(`The model "${model.id}" did not answer (${failure.code}); another one was asked.`);
    }
  }
  const earlier = answerOfSameEvidence(inquiry, question);
  if (earlier !== undefined) return yield* giveEarlier(inquiry, earlier);
  throw failure ?? new PerseaError('internal', 'The route of models ended without an answer or an error.');
}
