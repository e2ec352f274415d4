/**
 * What questions may use up in a day, by UTC: of a person, of a group, of everyone together. What a question may come to is
 * held back before a model is asked and given free once its usage is recorded, so that many at once do not overdraw it.
 */
import type { AccessScope } from '../access/scope.ts';
import type { Attempt } from '../core/answer.ts';
import type { Clock } from '../core/async.ts';
import { startOfDay } from '../core/dates.ts';
import type { Estimate } from './routing.ts';

export interface Budget {
  readonly tokensPerDay?: number | undefined;
  readonly costUsdPerDay?: number | undefined;
}

export interface Budgets {
  readonly person?: Budget | undefined;
  readonly groups: Readonly<Record<string, Budget>>;
  readonly everyone?: Budget | undefined;
}

export type Admission =
  | { readonly isAdmitted: true; release(): void }
  /** For the asker: whose budget of what is spent, and until when. No number of others. */
  | { readonly isAdmitted: false; readonly explanation: string };

export interface BudgetGate {
  admit(scope: AccessScope, estimate: Estimate): Promise<Admission>;
}

/** Whose budget it is; that of all people together without either. */
export interface Spenders {
  readonly sinceMs: number;
  readonly principalId?: string;
  readonly group?: string;
}

export type Spent = Pick<Attempt, 'inputTokens' | 'outputTokens' | 'costUsd'>;

interface Hold extends Estimate {
  readonly principalId: string;
  readonly groups: readonly string[];
}

interface Limit {
  readonly budget: Budget;
  readonly whose: string;
  readonly spenders: Omit<Spenders, 'sinceMs'>;
}

/** @param budgets as they are now: what is held back stays so when they change */
export function createBudgetGate(
  budgets: () => Budgets,
  {
    spentBy,
    systemScope,
    clock,
  }: {
    /** Everything that has ended, whether or not it could be written down yet. Null where it is not known whether it can be written down at all. */
    readonly spentBy: (scope: AccessScope, spenders: Spenders) => Promise<Spent | null>;
    readonly systemScope: AccessScope;
    readonly clock: Clock;
  },
): BudgetGate {
  const holds = new Set<Hold>();
  /** One admission at a time, so that of two the second sees the first. */
  let before: Promise<unknown> = Promise.resolve();

  /** What is recorded and held. A question that is recorded meanwhile counts twice rather than not at all. */
  async function spentOf({ spenders }: Limit): Promise<Estimate | null> {
    const held = [...holds].filter(
      ({ principalId, groups }) =>
        (spenders.principalId ?? principalId) === principalId &&
        (spenders.group === undefined || groups.includes(spenders.group)),
    );
    const sinceMs = startOfDay(clock.now());
    const spent = await spentBy(systemScope, { ...spenders, sinceMs });
    if (spent === null) return null;
    const { inputTokens, outputTokens, costUsd } = spent;
    return {
      tokens: held.reduce((sum, hold) => sum + hold.tokens, inputTokens + outputTokens),
      costUsd: held.reduce((sum, hold) => sum + hold.costUsd, costUsd),
    };
  }

  async function admitNext(limits: readonly Limit[], hold: Hold): Promise<Admission> {
    for (const limit of limits) {
      if (!isDrawnOn(limit.budget, hold)) continue;
      const spent = await spentOf(limit);
      if (spent === null) return { isAdmitted: false, explanation: `${limit.whose} ${uncounted}` };
      const what = overdrawn(limit.budget, spent, hold);
      if (what === null) continue;
      const explanation = `${limit.whose} of ${what} for today does not cover another question to this model; a new day begins at 00:00 UTC.`;
      return { isAdmitted: false, explanation };
    }
    holds.add(hold);
    return { isAdmitted: true, release: () => void holds.delete(hold) };
  }

  return {
    async admit(scope, estimate) {
      const { subject } = scope;
      if (subject.kind === 'system') return admitted;
      const { id: principalId, groups } = subject;
      const { person, groups: ofGroups, everyone } = budgets();
      const limits: Limit[] = [
        ...limitOf(person, 'Your budget', { principalId }),
        ...groups.flatMap((group) =>
          Object.hasOwn(ofGroups, group)
            ? limitOf(ofGroups[group], `The budget of the group "${group}"`, { group })
            : [],
        ),
        ...limitOf(everyone, 'The budget of all people together', {}),
      ];
      if (limits.length === 0) return admitted;
      const admission = before.then(() => admitNext(limits, { ...estimate, principalId, groups }));
      before = admission.catch(() => undefined);
      return admission;
    },
  };
}

const admitted: Admission = { isAdmitted: true, release: () => undefined };

function limitOf(budget: Budget | undefined, whose: string, spenders: Limit['spenders']): readonly Limit[] {
  return budget === undefined ? [] : [{ budget, whose, spenders }];
}

const uncounted =
  'cannot be counted now, because what questions come to cannot be written down. Ask the operator, who is told why in the log.';

/** What costs nothing of a budget overdraws none. */
function isDrawnOn({ tokensPerDay, costUsdPerDay }: Budget, next: Estimate): boolean {
  return (tokensPerDay !== undefined && next.tokens > 0) || (costUsdPerDay !== undefined && next.costUsd > 0);
}

function overdrawn({ tokensPerDay, costUsdPerDay }: Budget, spent: Estimate, next: Estimate): string | null {
  if (tokensPerDay !== undefined && next.tokens > 0 && spent.tokens + next.tokens > tokensPerDay) return 'tokens';
  if (costUsdPerDay !== undefined && next.costUsd > 0 && spent.costUsd + next.costUsd > costUsdPerDay) return 'cost';
  return null;
}
