/** A question through the product's own path, with what the evaluation needs to see on the way. */

import type { AccessScope } from '../access/scope.ts';
import { type AbstentionDecision, decideAbstention } from '../answer/abstain.ts';
import type { Answer } from '../core/answer.ts';
import type { Passage } from '../core/chunk.ts';
import type { Evidence } from '../core/evidence.ts';
import { askStream } from '../query/ask.ts';
import type { AskDependencies } from '../query/dependencies.ts';
import type { AskEvent, AskRequest } from '../query/question.ts';

export interface ObservedAnswer {
  readonly answer: Answer;
  /** Null when nothing was found, so that nothing had to be decided. */
  readonly decision: AbstentionDecision | null;
  readonly evidence: Evidence | null;
  /** What the answer was looked for in, best first. */
  readonly passages: readonly Passage[];
  /** All that was found and may be seen, over which words are counted. */
  readonly candidates: readonly Passage[];
}

export interface ObservedAskOptions {
  /** Answers whatever the refusal model says; its decision is reported all the same. */
  readonly isRefusalOff: boolean;
  /** Only looks for evidence: every question is abstained from, so that no model is asked and paid. */
  readonly isEvidenceOnly?: boolean;
  /** Sees the answer as it is made. */
  readonly onEvent?: (event: AskEvent) => void;
  readonly signal?: AbortSignal;
}

export async function askObserved(
  dependencies: AskDependencies,
  scope: AccessScope,
  request: AskRequest,
  options: ObservedAskOptions,
): Promise<ObservedAnswer> {
  let decision: AbstentionDecision | null = null;
  let evidence: Evidence | null = null;
  let passages: readonly Passage[] = [];
  let candidates: readonly Passage[] = [];
  // A question in a conversation may be read in two ways: what counts is the one that is decided on last.
  const scored = new Map<Evidence, Pick<ObservedAnswer, 'passages' | 'candidates'>>();
  const observing: AskDependencies = {
    ...dependencies,
    scorer: {
      async score(question, ranked, how) {
        const made = await dependencies.scorer.score(question, ranked, how);
        scored.set(made, { passages: ranked, candidates: how?.candidates ?? ranked });
        return made;
      },
    },
    decide(found) {
      evidence = found;
      ({ passages, candidates } = scored.get(found) ?? { passages, candidates });
      decision = (dependencies.decide ?? decideAbstention)(found);
      if (options.isEvidenceOnly === true) return { ...decision, isAnswerable: false };
      return options.isRefusalOff ? { ...decision, isAnswerable: true } : decision;
    },
    // Questions of an evaluation are nobody's usage.
    recordUsage: async () => undefined,
    recordTrace: () => undefined,
  };
  const events = askStream(observing, scope, request, options.signal === undefined ? {} : { signal: options.signal });
  for (;;) {
    const next = await events.next();
    if (next.done === true) return { answer: next.value, decision, evidence, passages, candidates };
    options.onEvent?.(next.value);
  }
}
