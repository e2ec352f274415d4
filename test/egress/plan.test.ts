import { describe, expect, it } from 'vitest';
import type { MixedPolicy, Zone } from '../../src/core/zones.ts';
import { planEgress } from '../../src/egress/plan.ts';

const rules = {
  public: ['local', 'private', 'external'],
  internal: ['local', 'private'],
  confidential: ['local'],
} as const;
const entry = (id: string, zone: Zone) => ({ model: { id, zone } });
const route = [entry('far', 'external'), entry('near', 'private'), entry('here', 'local')];
const passages = ['public', 'internal', 'confidential'].map((classification) => ({ classification }));

function plan(mixed: MixedPolicy, models = route, of = passages) {
  const { candidates, explanation } = planEgress(models, of, { ...rules, mixed });
  const shown = candidates.map(({ entry: { model }, passages: allowed, blocked }) => [
    model.id,
    allowed.map(({ classification }) => classification).join(' '),
    blocked.length,
  ]);
  return { shown, explanation };
}

describe('a mixed window', () => {
  it('is rerouted to the models that may see all of it', () => {
    expect(plan('reroute').shown).toEqual([['here', 'public internal confidential', 0]]);
  });

  it('goes in part to the others where there is no such model', () => {
    expect(plan('reroute', route.slice(0, 2)).shown).toEqual([
      ['far', 'public', 2],
      ['near', 'public internal', 1],
    ]);
  });

  it('goes in part to each model in the order of the route under drop', () => {
    expect(plan('drop').shown).toEqual([
      ['far', 'public', 2],
      ['near', 'public internal', 1],
      ['here', 'public internal confidential', 0],
    ]);
  });

  it('goes whole or not at all under refuse', () => {
    expect(plan('refuse').shown).toEqual([['here', 'public internal confidential', 0]]);
    expect(plan('refuse', route.slice(0, 2)).shown).toEqual([]);
  });

  it.each(['reroute', 'drop', 'refuse'] as const)('goes nowhere under %s where no model may see any of it', (mixed) => {
    const confidential = [{ classification: 'confidential' }, { classification: 'never heard of' }];
    expect(plan(mixed, route.slice(0, 2), confidential).shown).toEqual([]);
  });

  it('names how many stay away, and how to change that', () => {
    expect(plan('drop').explanation).toContain('2 of 3 (1 confidential, 1 internal) may not reach the model "far"');
    expect(plan('drop', route.slice(2)).explanation).toBeNull();
  });
});
