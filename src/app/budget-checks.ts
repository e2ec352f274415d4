/** Whether somebody can be in each group that has a budget. */
import type { AccessPolicy } from '../access/policy.ts';
import type { Config } from '../config.ts';
import { CheckFailure } from './check.ts';

/** Null where there is none. Not refused: a group that is taken out of the policy must lose its rights at once. */
export function budgetProblem(
  { budgets, access }: Pick<Config, 'budgets' | 'access'>,
  policy: Pick<AccessPolicy, 'groupNames'>,
): string | null {
  const known = policy.groupNames();
  const unknown = Object.keys(budgets.groups).filter((name) => !known.includes(name));
  if (unknown.length === 0) return null;
  const names = unknown.map((name) => `"${name}"`).join(', ');
  return `budgets.groups has ${names}, which ${access.path} has not, so nobody is held against it; there are: ${known.join(', ') || 'none'}.`;
}

export function checkBudgets(config: Pick<Config, 'budgets' | 'access'>, policy: AccessPolicy): string {
  const problem = budgetProblem(config, policy);
  if (problem !== null) throw new CheckFailure(problem);
  const { person, groups, everyone } = config.budgets;
  const set = [person, everyone].filter((budget) => budget !== undefined).length + Object.keys(groups).length;
  return `${set} budgets`;
}
