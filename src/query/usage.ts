/** What of an answer is recorded: cost and tokens, without its content. */
import type { AccessScope } from '../access/scope.ts';
import type { UsageRecord } from '../catalog/catalog.ts';
import type { Answer } from '../core/answer.ts';

export function usageOf(answer: Answer, scope: AccessScope, at: number): UsageRecord {
  return {
    traceId: answer.traceId,
    principalId: askerOf(scope),
    at,
    status: answer.status,
    reason: answer.reason,
    modelId: answer.model?.id ?? null,
    zone: answer.model?.zone ?? null,
    inputTokens: answer.usage.inputTokens,
    outputTokens: answer.usage.outputTokens,
    costUsd: answer.usage.costUsd,
    totalMs: answer.usage.ms.total,
  };
}

/** Id of the person, or what the system asked for. */
export function askerOf({ subject }: AccessScope): string {
  return subject.kind === 'principal' ? subject.id : `system:${subject.purpose}`;
}
