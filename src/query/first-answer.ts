/**
 * The models of a route, asked one after the other until one answers: the next one on error, timeout, open circuit or refusal, but
 * only before the first sentence was sent. All of them share one deadline. Under `escalate` an answer is held back until it is
 * checked, and gives way to that of the next model where it does not hold; to quotes, where the route has them, only if nothing is left of it.
 */
import type { Answer, AttemptOutcome } from '../core/answer.ts';
import { type Deadline, deadlineIn } from '../core/async.ts';
import { PerseaError, toPerseaError } from '../core/errors.ts';
import { type Told, toldIn } from '../core/told.ts';
import { lastAnswering } from './attempts.ts';
import { answerOfSameEvidence, giveEarlier } from './cached-answer.ts';
import type { Evidenced } from './gather.ts';
import { type Generated, generate } from './generate.ts';
import { type Inquiry, languageOf } from './inquiry.ts';
import { accounted, refused } from './outcome.ts';
import type { AskEvent } from './question.ts';
import { type Candidate, candidatesAmong } from './route.ts';
import { isExtractive } from './routing.ts';

/** An answer that is known and has not been sent. */
interface Held extends Generated {
  readonly events: readonly AskEvent[];
  readonly warnings: readonly string[];
}

export async function* firstAnswer(
  inquiry: Inquiry,
  candidates: readonly Candidate[],
  evidenced: Evidenced,
): AsyncGenerator<AskEvent, Answer> {
  const failures: PerseaError[] = [];
  let thrownOn: unknown;
  try {
    return yield* answerOfFirst(inquiry, candidates, evidenced, failures);
  } catch (thrown) {
    thrownOn = thrown;
    throw thrown;
  } finally {
    // What is thrown on is told by whoever catches it.
    for (const failure of failures) if (failure !== thrownOn) inquiry.dependencies.onModelFailure?.(failure);
  }
}

async function* answerOfFirst(
  inquiry: Inquiry,
  candidates: readonly Candidate[],
  evidenced: Evidenced,
  failures: PerseaError[],
): AsyncGenerator<AskEvent, Answer> {
  const { settings } = inquiry.dependencies;
  const deadline = deadlineIn(settings.deadlineMs);
  inquiry.generateStartedAt = performance.now();
  let held = null as Held | null;
  let failure = candidates.length === 0 ? nobodyLeft() : (null as PerseaError | null);
  let shortage = null as string | null;
  for (const [index, candidate] of candidates.entries()) {
    const isLast = !candidates.slice(index + 1).some((other) => !isExtractive(other));
    // What was written and checked, if only in part, says more than a quote.
    if (held !== null && isExtractive(candidate) && !isLost(held)) break;
    if (failure !== null && isExtractive(candidate)) {
      const earlier = answerOfSameEvidence(inquiry, evidenced.question);
      if (earlier !== undefined) return accounted(inquiry, yield* giveEarlier(inquiry, earlier));
    }
    const before = inquiry.warnings.length;
    try {
      const mayEscalate = settings.routing === 'escalate' && !isLast;
      const isHeld = mayEscalate || held !== null;
      const made = generate(inquiry, candidate, evidenced, deadline, { isHeld, mayRepair: !mayEscalate });
      const { events, ...generated } = isHeld ? yield* collect(made) : { ...(yield* made), events: [] };
      const isQuotedNext =
        settings.routing === 'escalate' && isLost(generated) && candidates.slice(index + 1).some(isExtractive);
      if (!isHeld && !isQuotedNext) return accounted(inquiry, generated.answer);
      const warnings = inquiry.warnings.splice(before);
      if (isExtractive(candidate) && held !== null) warnings.unshift(toldIn(languageOf(inquiry), quotedInstead));
      const next: Held = { ...generated, events, warnings };
      held = held?.answer.status === 'answered' && next.answer.status !== 'answered' ? held : next;
      if (next.isSound) break;
      if (mayEscalate || isQuotedNext) markLast(inquiry, 'escalated');
    } catch (thrown) {
      const error = toPerseaError(thrown);
      inquiry.signal?.throwIfAborted();
      if (!mayGiveWay(error)) throw error;
      inquiry.warnings.length = before;
      if (error.code === 'budget-spent') {
        inquiry.warnings.push(`The model "${candidate.model.id}" was not asked. ${error.message}`);
        shortage ??= error.message;
        continue;
      }
      inquiry.warnings.push(`The model "${candidate.model.id}" did not answer (${error.code}).`);
      failures.push(error);
      failure = error;
    }
  }
  if (held !== null) return yield* release(inquiry, held);
  if (failure !== null) return yield* lastAnswer(inquiry, candidates, evidenced, deadline, failure);
  if (shortage !== null) return refused(inquiry, 'budget', `${shortage} No other model of the route is free.`);
  throw new PerseaError('internal', 'The route of models ended without an answer or an error.');
}

/** Days pass while a configuration stays as it is. */
function nobodyLeft(): PerseaError {
  return new PerseaError(
    'model-failed',
    'Every model of the route is past its sunset and is not asked any more. See `persea models list`, and name another in persea.yaml.',
    { isRetryable: false },
  );
}

const quotedInstead: Told = {
  en: 'The documents do not support what the model wrote; what follows is quoted from them.',
  de: 'Die Dokumente belegen nicht, was das Modell geschrieben hat; was folgt, ist aus ihnen zitiert.',
  fr: "Les documents n'étayent pas ce que le modèle a écrit ; ce qui suit en est cité.",
};

/** Nothing can be shown of what was written, for want of support; nothing of it was sent. */
function isLost({ answer }: Pick<Generated, 'answer'>): boolean {
  return answer.status === 'abstained' && answer.reason === 'unsupported-claims';
}

/** An earlier answer of the same evidence, else quotes where they are wanted, else the failure itself. */
async function* lastAnswer(
  inquiry: Inquiry,
  candidates: readonly Candidate[],
  evidenced: Evidenced,
  deadline: Deadline,
  failure: PerseaError,
): AsyncGenerator<AskEvent, Answer> {
  const earlier = answerOfSameEvidence(inquiry, evidenced.question);
  if (earlier !== undefined) return accounted(inquiry, yield* giveEarlier(inquiry, earlier));
  const { lastResort = null } = inquiry.dependencies;
  const isWanted = lastResort !== null && inquiry.request.model === undefined && !candidates.some(isExtractive);
  const [candidate] = isWanted ? candidatesAmong([lastResort], inquiry, evidenced).candidates : [];
  if (candidate === undefined) throw failure;
  inquiry.warnings.push(
    toldIn(languageOf(inquiry), {
      en: 'No language model answered; what follows is quoted from the documents.',
      de: 'Kein Sprachmodell hat geantwortet; was folgt, ist aus den Dokumenten zitiert.',
      fr: "Aucun modèle de langue n'a répondu ; ce qui suit est cité des documents.",
    }),
  );
  return accounted(inquiry, (yield* generate(inquiry, candidate, evidenced, deadline)).answer);
}

/** What is wrong with the question or the installation as a whole would be wrong with any other model, too. */
function mayGiveWay(error: PerseaError): boolean {
  return error.code === 'model-key-missing' || (error.kind !== 'internal' && error.kind !== 'invalid');
}

/** Drafts alone are sent meanwhile: they are no part of the answer. */
async function* collect(
  made: AsyncIterator<AskEvent, Generated>,
): AsyncGenerator<AskEvent, Generated & Pick<Held, 'events'>> {
  const events: AskEvent[] = [];
  try {
    for (;;) {
      const next = await made.next();
      if (next.done === true) return { ...next.value, events };
      if (next.value.type === 'draft') yield next.value;
      else events.push(next.value);
    }
  } finally {
    // A reader that leaves ends the model's work, too.
    await made.return?.();
  }
}

async function* release(inquiry: Inquiry, held: Held): AsyncGenerator<AskEvent, Answer> {
  inquiry.warnings.push(...held.warnings);
  const index = lastAnswering(inquiry, held.answer.model?.id);
  markAt(inquiry, index, 'answered');
  yield* held.events;
  return accounted(inquiry, held.answer);
}

function markLast(inquiry: Inquiry, outcome: AttemptOutcome): void {
  markAt(inquiry, lastAnswering(inquiry), outcome);
}

function markAt({ attempts }: Inquiry, index: number, outcome: AttemptOutcome): void {
  const attempt = attempts[index];
  if (attempt !== undefined) attempts[index] = { ...attempt, outcome };
}
