import { expect, it } from 'vitest';
import { checkBudgets } from '../../src/app/budget-checks.ts';
import { configFrom } from '../../src/config.ts';

const policy = { groupNames: () => ['staff'] };
const vendor = 'id: vendor, provider: anthropic, model: m';
const priced = 'price: { inputPerMTok: 3, outputPerMTok: 15 }';
const money = 'budgets: { groups: { staff: { costUsdPerDay: 5 } } }';

it.each([
  ['a vendor without a price, under a budget of money', `models: [{ ${vendor} }]\n${money}`, true],
  ['one that is asked when it is the cheapest', `models: [{ ${vendor} }]\nrouting: cheapest-capable`, true],
  [
    'one of which the price of prompts alone is known',
    `models: [{ ${vendor}, price: { inputPerMTok: 3 } }]\n${money}`,
    true,
  ],
  ['a vendor with a price', `models: [{ ${vendor}, ${priced} }]\n${money}`, false],
  ['a budget of tokens', `models: [{ ${vendor} }]\nbudgets: { person: { tokensPerDay: 5 } }`, false],
  ['a model of the own network', `models: [{ ${vendor}, zone: private }]\n${money}`, false],
  [
    'one that is not asked any more',
    `models: [{ ${vendor}, status: retired }, { id: e, provider: extractive }]\n${money}`,
    false,
  ],
])('warns of what counts as free without being so: %s', (_, text, isWarned) => {
  const detail = checkBudgets(configFrom(text, null, '/'), policy);
  expect(detail.includes('no price is given for "vendor"')).toBe(isWarned);
});
