import { expect, it } from 'vitest';
import { scopeOf, systemScope } from '../../src/access/scope.ts';
import type { UsageRecord } from '../../src/catalog/catalog.ts';
import { PerseaError } from '../../src/core/errors.ts';
import { createPromptRegistry } from '../../src/prompts/registry.ts';
import type { KeptConversation } from '../../src/core/conversations.ts';
import {
  type ConversationListDependencies,
  listConversations,
  titleByRules,
} from '../../src/query/conversation-list.ts';
import { FakeLanguageModel, type FakeLanguageModelOptions } from '../support/fake-language-model.ts';
import { openEgress } from '../support/guarded.ts';
import { ManualClock } from '../support/manual-clock.ts';

const bob = scopeOf({ id: 'bob', groups: [], roles: ['employee'], heldTags: new Set() }, []);
const asked = 'How many weeks is parental leave at full pay?';

function open(reply: FakeLanguageModelOptions['reply'], more: Partial<ConversationListDependencies> = {}) {
  const model = new FakeLanguageModel({ reply, zone: 'external' });
  const titles = new Map<string, string>();
  const records: UsageRecord[] = [];
  const kept = (id: string): KeptConversation => {
    return { id, firstQuestion: asked, title: titles.get(id) ?? null, questions: 2, startedAt: 0, lastAt: 86_400_000 };
  };
  const dependencies: ConversationListDependencies = {
    store: {
      list: async (principalId, limit) =>
        principalId === 'bob' ? ['e', 'd', 'c', 'b', 'a'].slice(0, limit).map(kept) : [],
      setTitle: async (_principalId, id, title) => void titles.set(id, title),
      remove: async () => undefined,
    },
    models: [{ model }],
    prompts: createPromptRegistry(),
    egress: openEgress,
    titles: 'auto',
    recordUsage: async (usage) => void records.push(usage),
    clock: new ManualClock(0),
    ...more,
  };
  const list = async (limit = 5) => (await listConversations(dependencies, bob, { limit })).map(({ title }) => title);
  return { model, dependencies, records, list };
}

it('are called after their first question, and shown to nobody but the person', async () => {
  const { model, dependencies, list } = open('Leave', { titles: 'rules' });
  expect(await list(2)).toEqual([asked, asked]);
  expect(await listConversations(dependencies, systemScope('test'), { limit: 5 })).toEqual([]);
  expect(await listConversations(dependencies, bob, { limit: 1 })).toEqual([
    {
      id: 'e',
      title: asked,
      questions: 2,
      startedAt: '1970-01-01T00:00:00.000Z',
      lastAt: '1970-01-02T00:00:00.000Z',
    },
  ]);
  expect(model.calls).toHaveLength(0);
});

it.each([
  ['What is\n\nthe  notice\u202E period?', 'What is the notice period?'],
  [`${'Is it so that '.repeat(9)}?`, 'Is it so that Is it so that Is it so that Is it so that Is…'],
  ['x'.repeat(99), `${'x'.repeat(60)}…`],
])('%j is cut to %j', (question, title) => {
  expect(titleByRules(question)).toBe(title);
});

it('get the title of a model once, a few at a time, on the account of whoever looks', async () => {
  const { model, records, list } = open('"Parental leave, weeks of full pay"');
  const title = 'Parental leave, weeks of full pay';
  expect(await list()).toEqual([title, title, title, asked, asked]);
  expect(await list()).toEqual([title, title, title, title, title]);
  expect(await list()).toEqual([title, title, title, title, title]);
  expect(model.calls).toHaveLength(5);
  expect(model.calls[0]?.prompt.user).toContain(asked);
  expect(records).toHaveLength(5);
  expect(records[0]).toMatchObject({ principalId: 'bob', status: 'titled', calls: [{ purpose: 'title' }] });
  expect(records[0]?.costUsd).toBeGreaterThan(0);
});

it.each([
  ['writes more than a line', 'Parental leave\nParental leave is 26 weeks.'],
  ['writes an answer', `Parental leave is ${'26 weeks '.repeat(20)}`],
  ['writes about something else', 'The moon and the tides'],
  ['writes marks', 'Parental **leave** weeks [1]'],
  ['writes nothing', ' '],
])('keep the question where a model %s', async (_, reply) => {
  const { list, model } = open(reply);
  expect(await list(1)).toEqual([asked]);
  // It is not paid for again at each look.
  expect(await list(1)).toEqual([asked]);
  expect(model.calls).toHaveLength(1);
});

it('keep the question where a model fails, and ask it again the next time', async () => {
  const { list, model } = open(new PerseaError('model-failed', 'down'));
  expect(await list(1)).toEqual([asked]);
  expect(await list(1)).toEqual([asked]);
  expect(model.calls).toHaveLength(2);
});

it('keep the question where the budget is spent, or no model writes', async () => {
  const refused = open('Parental leave', {
    budgets: { admit: async () => ({ isAdmitted: false, explanation: 'Spent.' }) },
  });
  expect(await refused.list(1)).toEqual([asked]);
  expect(refused.model.calls).toHaveLength(0);
  expect(await open('x', { models: [] }).list(1)).toEqual([asked]);
});
