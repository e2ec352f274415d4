/** What of a question is recorded: cost and tokens, without its content. */
import type { AccessScope } from '../access/scope.ts';
import type { UsageCall, UsageRecord } from '../catalog/catalog.ts';
import type { Answer, Attempt } from '../core/answer.ts';
import type { Spent } from './budget.ts';
import type { Inquiry } from './inquiry.ts';

/** `ended`: the answer, or the code of the error that came in its place. */
export function usageOf(inquiry: Inquiry, ended: Answer | { readonly code: string }): UsageRecord {
  const { scope, dependencies, attempts, traceId, startedAt } = inquiry;
  const { subject } = scope;
  const calls = callsOf(attempts);
  const isAnswer = 'status' in ended;
  return {
    traceId,
    principalId: askerOf(scope),
    at: dependencies.clock.now(),
    status: isAnswer ? ended.status : 'failed',
    reason: isAnswer ? ended.reason : ended.code,
    modelId: isAnswer ? (ended.model?.id ?? null) : null,
    zone: isAnswer ? (ended.model?.zone ?? null) : null,
    ...spentIn(inquiry),
    totalMs: isAnswer ? ended.usage.ms.total : Math.round(performance.now() - startedAt),
    ...(subject.kind === 'system' || subject.groups.length === 0 ? {} : { groups: subject.groups }),
    ...(calls.length === 0 ? {} : { calls }),
  };
}

/** Of one call by itself, which is of no question: for a search or a title. */
export function usageOfCall(
  scope: AccessScope,
  attempt: Attempt,
  { traceId, at, status }: Pick<UsageRecord, 'traceId' | 'at' | 'status'>,
): UsageRecord {
  const { subject } = scope;
  return {
    traceId,
    principalId: askerOf(scope),
    at,
    status,
    reason: null,
    modelId: attempt.model,
    zone: attempt.zone,
    ...spentIn({ attempts: [attempt] }),
    totalMs: attempt.ms,
    ...(subject.kind === 'system' || subject.groups.length === 0 ? {} : { groups: subject.groups }),
    calls: callsOf([attempt]),
  };
}

function callsOf(attempts: readonly Attempt[]): readonly UsageCall[] {
  return attempts
    .filter(({ outcome }) => outcome !== 'skipped')
    .map(({ model: modelId, inputTokens, outputTokens, costUsd, purpose }) => {
      return { modelId, inputTokens, outputTokens, costUsd, ...(purpose === undefined ? {} : { purpose }) };
    });
}

/** Of all attempts together. */
export function spentIn({ attempts }: { readonly attempts: readonly Spent[] }): Spent {
  const sum = (part: keyof Spent) => attempts.reduce((total, attempt) => total + attempt[part], 0);
  return { inputTokens: sum('inputTokens'), outputTokens: sum('outputTokens'), costUsd: sum('costUsd') };
}

/** Id of the person, or what the system asked for. */
export function askerOf({ subject }: AccessScope): string {
  return subject.kind === 'principal' ? subject.id : `system:${subject.purpose}`;
}
