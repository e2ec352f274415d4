/**
 * The whole path of one question, top to bottom. Retrieved text is data throughout: fenced, quoted, never obeyed. Every
 * outcome is an `Answer`; only what is not about the question itself (aborted, store broken) is thrown.
 */
import type { AccessScope } from '../access/scope.ts';
import { decideAbstention } from '../answer/abstain.ts';
import { findFormat } from '../context/formats/registry.ts';
import type { Answer } from '../core/answer.ts';
import { toPerseaError } from '../core/errors.ts';
import { randomId } from '../core/ids.ts';
import { injectionSignal } from '../guard/injection.ts';
import { checkQuestion } from '../guard/limits.ts';
import { collectionQuestion } from './collection-question.ts';
import { answerAboutCollection, answerIfInCollection } from './collection.ts';
import { isPleasantry } from './condense.ts';
import { rememberTurn, standaloneOf } from './conversation.ts';
import type { AskDependencies } from './dependencies.ts';
import { warnOfMissingDrafts } from './draft.ts';
import { firstAnswer } from './first-answer.ts';
import type { Inquiry } from './inquiry.ts';
import { abstained, refused } from './outcome.ts';
import { warnOfOutdated } from './outdated.ts';
import type { AskEvent, AskRequest } from './question.ts';
import { readInConversation } from './reading.ts';
import { modelsAsked, route } from './route.ts';
import { mayBeKept, usageOfNobody, whileVisible } from './still-visible.ts';
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
  const inquiry: Inquiry = {
    dependencies,
    scope,
    request,
    traceId,
    ...(signal === undefined ? {} : { signal }),
    startedAt: performance.now(),
    searchedFor: request.question,
    madeFrom: [],
    warnings: [...dependencies.warnings],
    trace,
    windows: [],
    replaced: [],
    retrieveMs: 0,
    rerankMs: 0,
    generateStartedAt: null,
    attempts: [],
    releases: [],
  };
  warnOfMissingDrafts(inquiry);
  let ended: Answer | { readonly code: string } = { code: 'aborted' };
  try {
    yield { type: 'answer-start', traceId };
    const answer = yield* whileVisible(inquiry, answerTo(inquiry));
    await warnOfOutdated(inquiry, answer);
    await rememberTurn(inquiry, answer);
    ended = answer;
  } catch (thrown) {
    ended = toPerseaError(thrown);
    throw thrown;
  } finally {
    // Also reached when the reader leaves: what a model was paid for counts, whether or not anybody read it.
    const isKept = await mayBeKept(inquiry).catch(() => true);
    if (isKept) dependencies.recordTrace?.(trace.ended(ended, inquiry.attempts));
    try {
      const usage = usageOf(inquiry, ended);
      if ('status' in ended || inquiry.attempts.length > 0)
        await dependencies.recordUsage(isKept ? usage : usageOfNobody(usage));
    } finally {
      for (const release of inquiry.releases) release();
    }
  }
  yield { type: 'answer-end', answer: ended };
  return ended;
}

export async function ask(
  dependencies: AskDependencies,
  scope: AccessScope,
  request: AskRequest,
  options: AskOptions = {},
): Promise<Answer> {
  // A draft is for those who watch.
  const { includeDraft: _, ...whole } = request;
  const events = askStream(dependencies, scope, whole, options);
  for (;;) {
    const next = await events.next();
    if (next.done === true) return next.value;
  }
}

/** A name that does not exist is told whatever the documents hold: an abstention would pass over it. */
async function checkNames(inquiry: Inquiry): Promise<void> {
  const { request, dependencies } = inquiry;
  modelsAsked(inquiry);
  if (request.format !== undefined) await findFormat(request.format, dependencies.formats);
}

async function* answerTo(inquiry: Inquiry): AsyncGenerator<AskEvent, Answer> {
  const { settings, decide = decideAbstention } = inquiry.dependencies;
  const checked = checkQuestion(inquiry.request.question, settings);
  if (checked.verdict === 'refused') return refused(inquiry, checked.reason, checked.message);
  await checkNames(inquiry);
  const signal = injectionSignal(checked.question);
  if (signal?.isSuspected === true) {
    inquiry.trace.suspected(signal);
    if (settings.injection === 'refuse') {
      const problem = 'The question reads like orders to a language model. Ask it in other words.';
      return refused(inquiry, 'policy', problem);
    }
  }
  inquiry.trace.lap('guard');
  if (isPleasantry(checked.question)) return abstained(inquiry, 'no-evidence', []);
  const aboutAll = collectionQuestion(checked.question);
  if (aboutAll !== null && aboutAll.onlyIf === undefined) return yield* answerAboutCollection(inquiry, aboutAll);

  const standalone = await standaloneOf(inquiry, checked.question);
  if (standalone.madeFrom.length > 0 || standalone.question !== checked.question) inquiry.trace.lap('condense');
  const isFirst = standalone.query === checked.question;
  if (aboutAll !== null && (aboutAll.onlyIf === 'titles' || isFirst)) {
    const listed = yield* answerIfInCollection(inquiry, aboutAll);
    if (listed !== null) return listed;
  }
  const reading = await readInConversation(inquiry, standalone);
  const { evidence, passages, isBeside } = reading;
  if (evidence === null) return abstained(inquiry, 'no-evidence', passages);
  if (isBeside || !decide(evidence).isAnswerable) return abstained(inquiry, 'insufficient-evidence', passages);

  const evidenced = { ...reading, evidence };
  const candidates = route(inquiry, evidenced);
  if (candidates.length === 0 && inquiry.dependencies.models.length > 0) {
    const problem = 'None of the configured models may see the passages that answer this question.';
    return refused(inquiry, 'egress', problem);
  }
  return yield* firstAnswer(inquiry, candidates, evidenced);
}
