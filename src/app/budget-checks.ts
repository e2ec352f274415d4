/** Whether budgets can hold: somebody can be in each group that has one, and money has a price to be counted by. */
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

export function checkBudgets(
  config: Pick<Config, 'budgets' | 'access' | 'models' | 'routing'>,
  policy: Pick<AccessPolicy, 'groupNames'>,
): string {
  const problem = budgetProblem(config, policy);
  if (problem !== null) throw new CheckFailure(problem);
  const { person, groups, everyone } = config.budgets;
  const budgets = [person, everyone, ...Object.values(groups)].filter((budget) => budget !== undefined);
  const countsMoney = config.routing !== 'order' || budgets.some(({ costUsdPerDay }) => costUsdPerDay !== undefined);
  const unpriced = countsMoney ? modelsWithoutPrice(config.models) : [];
  const detail = `${budgets.length} budgets`;
  if (unpriced.length === 0) return detail;
  return `${detail}. Warning: no price is given for ${unpriced.join(', ')}, or not both for prompts and for output; what has none counts as free, in budgets as in routing.`;
}

/** Models of one's own cost nothing by the token; those of a vendor do. */
function modelsWithoutPrice(models: Config['models']): readonly string[] {
  return models.flatMap((model) => {
    if (model.provider === 'extractive' || model.zone !== 'external' || model.status === 'retired') return [];
    const { inputPerMTok, outputPerMTok } = model.price;
    return inputPerMTok === 0 || outputPerMTok === 0 ? [`"${model.id}"`] : [];
  });
}
