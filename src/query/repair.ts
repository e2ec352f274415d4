/**
 * A second attempt of the same model at the same question, told which of its sentences no source supports (after Gao et al., "RARR:
 * Researching and Revising What Language Models Say", 2023, without new research). What was shown stays; the second text takes the place
 * of a first one of which nothing could be shown, and otherwise only adds what is not cited yet. So an answer never gets worse by it.
 */
import type { AnswerStream } from '../answer/answer-stream.ts';
import type { Deadline } from '../core/async.ts';
import type { ContextWindow } from '../core/context.ts';
import type { Evidence } from '../core/evidence.ts';
import { toPerseaError } from '../core/errors.ts';
import type { OutputGuard } from '../guard/output.ts';
import { sealPrompt } from '../egress/sealed-prompt.ts';
import type { ReleasedSentence } from '../answer/answer-text.ts';
import { type FilledPrompt, renderPrompt } from '../prompts/registry.ts';
import { attempted, lastAnswering, note } from './attempts.ts';
import { shortageOf } from './calls.ts';
import { draftOf } from './draft.ts';
import { type Inquiry, signalOf } from './inquiry.ts';
import { judgeClaims } from './judging.ts';
import { eventsOf } from './outcome.ts';
import type { AskEvent } from './question.ts';
import type { Candidate } from './route.ts';
import { isExtractive } from './routing.ts';
import { TakenText, takeText } from './take-text.ts';

/** When a model is asked again: never, where nothing of its answer could be shown, or where anything of it was left out. */
export type RepairMode = 'off' | 'lost' | 'any';

export interface RepairRequest {
  readonly stream: AnswerStream;
  readonly window: ContextWindow;
  readonly question: string;
  readonly evidence: Evidence;
  readonly deadline: Deadline;
  readonly guard: OutputGuard;
  /** As of the first text. */
  readonly isHeld: boolean;
}

export interface Repaired {
  readonly released: readonly ReleasedSentence[];
  /** Whether the second text came to its end; true where there was none. */
  readonly isWhole: boolean;
}

const mostClaims = 12;
const claimCharacters = 600;
/** Where the first text is the last one. */
export const unrepaired: Repaired = { released: [], isWhole: true };

/** What the model is told, besides the sources; null where it is not to be asked again whatever it says. */
export function repairPrompt(
  { dependencies }: Inquiry,
  candidate: Candidate,
  values: { readonly context: string; readonly question: string; readonly claims: readonly string[] },
): FilledPrompt | null {
  const { settings, prompts } = dependencies;
  if (settings.repair === 'off' || settings.unsupported === 'mark' || isExtractive(candidate)) return null;
  const claims = values.claims
    .slice(0, mostClaims)
    .map((claim) => JSON.stringify(claim.slice(0, claimCharacters).toWellFormed()));
  try {
    return renderPrompt(prompts.choose('repair', candidate.model.id), { ...values, claims: claims.join('\n') });
  } catch {
    // A prompt of the company's own that cannot be used; `persea doctor` names it. The first answer does not need it.
    return null;
  }
}

/** Throws only what the asker's own end throws. */
export async function* repairAnswer(
  inquiry: Inquiry,
  candidate: Candidate,
  { stream, window, question, evidence, deadline, guard, isHeld }: RepairRequest,
): AsyncGenerator<AskEvent, Repaired> {
  const { settings } = inquiry.dependencies;
  const { model, maxOutputTokens } = candidate;
  const claims = stream.unsupported();
  if (claims.length === 0 || !(stream.isLost || settings.repair === 'any')) return unrepaired;
  const filled = repairPrompt(inquiry, candidate, { context: window.text, question, claims });
  const first = inquiry.attempts[lastAnswering(inquiry)];
  if (filled === null || first === undefined || deadline.remainingMs() < first.ms) return unrepaired;
  const inputTokens = model.tokens.count(filled.system + filled.user);
  if (inputTokens + maxOutputTokens > model.contextTokens) return unrepaired;
  if ((await shortageOf(inquiry, model, { inputTokens, maxOutputTokens }, 'repair')) !== null) return unrepaired;

  const prompt = sealPrompt(filled, [...window.items, ...inquiry.madeFrom], settings.egress);
  const request = { question, prompt, window, evidence, maxOutputTokens, deadline, ...signalOf(inquiry) };
  const draft = draftOf(inquiry, candidate, { guard, isHeld });
  const taken = new TakenText();
  stream.again();
  try {
    const events = attempted(inquiry, model, 'repair').generate(request);
    yield* takeText(inquiry, events, taken, { stream, draft, guard });
  } catch (thrown) {
    inquiry.signal?.throwIfAborted();
    const error = toPerseaError(thrown);
    if (error.kind === 'internal') throw thrown;
    inquiry.dependencies.onModelFailure?.(error);
    note(inquiry, 'failed');
  }
  yield* draft.ended();
  const { released, finishReason } = taken;
  const rest = inquiry.trace.checking(() => stream.finish({ isCut: finishReason !== 'stop' }));
  for (const sentence of rest) yield* eventsOf(sentence);
  const judged = yield* judgeClaims(inquiry, stream, { window, deadline });
  const isWhole = finishReason === 'stop' && judged.isWhole;
  return { released: [...released, ...rest, ...judged.released], isWhole };
}
