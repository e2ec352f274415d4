/** Calls to models: each is held against what the asker may spend before it is made, and counted when it ends, whatever it is for. */
import type { AccessScope } from '../access/scope.ts';
import type { UsageRecord } from '../catalog/catalog.ts';
import type { Attempt } from '../core/answer.ts';
import type { Clock } from '../core/async.ts';
import { PerseaError } from '../core/errors.ts';
import { randomId } from '../core/ids.ts';
import type { SidePurpose } from '../core/prompt-purposes.ts';
import { withFailuresTold } from '../llm/failures-told.ts';
import type { CallGate, LanguageModel, SideCall } from '../llm/language-model.ts';
import { costOf, type ModelCall, withMetering } from '../llm/metered.ts';
import type { BudgetGate } from './budget.ts';
import type { Inquiry } from './inquiry.ts';
import { usageOfCall } from './usage.ts';

/** Who asks, and where it is written down what was asked. */
export type Account = Pick<Inquiry, 'scope' | 'startedAt' | 'attempts' | 'releases'> & {
  readonly dependencies: Pick<CallRecords, 'budgets' | 'onModelFailure'>;
};

type AskedModel = Pick<LanguageModel, 'id' | 'provider' | 'zone'>;

/** What a call comes to at most. */
type CallBounds = Pick<SideCall, 'inputTokens' | 'maxOutputTokens'>;

/** What calls are held against and where they are recorded. */
export interface CallRecords {
  /** What people may still spend; without limits when absent. */
  readonly budgets?: BudgetGate;
  /** Must not throw: what was made for a question is there whether or not what it came to can be written down. */
  readonly recordUsage: (usage: UsageRecord) => Promise<void>;
  /** For the operator: why a model did not do what it was asked for, where the question went on without. Must not throw. */
  readonly onModelFailure?: (failure: PerseaError) => void;
  readonly clock: Clock;
}

/** For calls besides that for the answer itself. */
export function callGate(account: Account, onEnded: (attempt: Attempt) => void = () => undefined): CallGate {
  return {
    async admit(model, { purpose, ...bounds }) {
      const explanation = await shortageOf(account, model, bounds, purpose);
      if (explanation !== null) throw new PerseaError('budget-spent', explanation);
      return withMetering(withFailuresTold(model, purpose, account.dependencies.onModelFailure), (call) => {
        const attempt = { ...attemptOf(account, model, call), purpose };
        account.attempts.push(attempt);
        onEnded(attempt);
      });
    },
    failed(purpose, failure) {
      const { attempts, dependencies } = account;
      const index = attempts.findLastIndex((attempt) => attempt.purpose === purpose);
      const last = attempts[index];
      if (last?.outcome === 'answered') attempts[index] = { ...last, outcome: 'failed', code: failure.code };
      dependencies.onModelFailure?.(failure);
    },
  };
}

/**
 * For what leaves no record of its own, such as a search: each call does, also one that ends after nobody waited for it any more.
 *
 * @param status of the records
 */
export function recordedCalls(
  records: CallRecords,
  scope: AccessScope,
  status: 'searched' | 'titled',
): { readonly gate: CallGate; recorded(): Promise<void> } {
  const account: Account = { scope, startedAt: performance.now(), attempts: [], releases: [], dependencies: records };
  const writing: Promise<void>[] = [];
  const gate = callGate(account, (attempt) => {
    const record = { traceId: randomId('call'), at: records.clock.now(), status };
    const written = records.recordUsage(usageOfCall(scope, attempt, record)).finally(() => {
      for (const release of account.releases) release();
    });
    // Nobody may be waiting for it any more.
    written.catch(() => undefined);
    writing.push(written);
  });
  return { gate, recorded: async () => void (await Promise.all(writing)) };
}

/** Null where the model may be asked, until the usage is recorded; else why not, which is noted. */
export async function shortageOf(
  { scope, dependencies, attempts, releases, startedAt }: Account,
  { id: model, provider, zone, price }: AskedModel & Pick<LanguageModel, 'price'>,
  { inputTokens, maxOutputTokens }: CallBounds,
  purpose?: SidePurpose,
): Promise<string | null> {
  const estimate = {
    tokens: inputTokens + maxOutputTokens,
    costUsd: costOf(price, inputTokens, maxOutputTokens),
  };
  const admission = await dependencies.budgets?.admit(scope, estimate);
  if (admission === undefined) return null;
  if (admission.isAdmitted) {
    releases.push(admission.release);
    return null;
  }
  const startMs = Math.round(performance.now() - startedAt);
  const skipped = { ...nothingSpent, model, provider, zone, outcome: 'skipped', startMs } as const;
  attempts.push(purpose === undefined ? skipped : { ...skipped, purpose });
  return admission.explanation;
}

/** A call that has ended. */
export function attemptOf(
  { startedAt }: Pick<Account, 'startedAt'>,
  { id: model, provider, zone }: AskedModel,
  { modelId: _, errorCode: code, firstTokenMs, totalMs, ...spent }: ModelCall,
): Attempt {
  return {
    model,
    provider,
    zone,
    outcome: code === null ? 'answered' : 'failed',
    code,
    ...spent,
    firstTokenMs: firstTokenMs === null ? null : Math.round(firstTokenMs),
    startMs: Math.round(performance.now() - totalMs - startedAt),
    ms: Math.round(totalMs),
  };
}

const nothingSpent: Omit<Attempt, 'model' | 'provider' | 'zone' | 'outcome' | 'startMs'> = {
  code: null,
  inputTokens: 0,
  outputTokens: 0,
  costUsd: 0,
  firstTokenMs: null,
  ms: 0,
};
