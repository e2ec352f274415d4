import { describe, expect, it } from 'vitest';
import { scopeOf, systemScope } from '../../src/access/scope.ts';
import { decideAbstention } from '../../src/answer/abstain.ts';
import type { UsageRecord } from '../../src/catalog/catalog.ts';
import { PerseaError } from '../../src/core/errors.ts';
import { createExtractiveModel } from '../../src/llm/extractive.ts';
import { ask, askStream } from '../../src/query/ask.ts';
import { type Budgets, createBudgetGate, type Spenders } from '../../src/query/budget.ts';
import type { AskDependencies, AskSettings, RouteModel } from '../../src/query/dependencies.ts';
import type { AskEvent } from '../../src/query/question.ts';
import { inRoutingOrder } from '../../src/query/routing.ts';
import { spentIn } from '../../src/query/usage.ts';
import { FakeLanguageModel, type FakeLanguageModelOptions } from '../support/fake-language-model.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { onePassage, passageQuestion as question } from '../support/one-passage.ts';

const right = 'Parental leave is 26 weeks at full pay [1].';
const invented = 'Every employee owns a yacht in Monaco [1].';
const scope = systemScope('test');

type Priced = FakeLanguageModelOptions & { readonly usdPerMTok?: number };

function priced(id: string, reply: FakeLanguageModelOptions['reply'], usdPerMTok = 1) {
  const fake = new FakeLanguageModel({ id, reply } satisfies Priced);
  const price = { inputPerMTok: usdPerMTok, outputPerMTok: usdPerMTok };
  const { provider, zone, contextTokens, tokens } = fake;
  const generate = fake.generate.bind(fake);
  const entry: RouteModel = {
    model: { id, provider, zone, contextTokens, tokens, price, generate },
    maxOutputTokens: 100,
  };
  return { ...entry, calls: fake.calls };
}

const quotes: RouteModel = { model: createExtractiveModel(), maxOutputTokens: 100 };
const over = (models: readonly RouteModel[], settings: Partial<AskSettings>, more: Partial<AskDependencies> = {}) =>
  onePassage({ stored: { revision: 1 }, models, settings, lastResort: quotes, ...more });
const idsOf = (entries: readonly RouteModel[]) => entries.map(({ model }) => model.id);

describe('the order of a route', () => {
  const small: RouteModel = { ...priced('small', right, 0.1), maxOutputTokens: 100 };
  const cramped: RouteModel = { model: { ...small.model, id: 'cramped', contextTokens: 1_000 }, maxOutputTokens: 100 };
  const dear = priced('dear', right, 9);
  const house = priced('house', right, 0);
  const second = priced('second', right, 0);

  it('is the company’s own, or by price among those that hold the window; quotes come last', () => {
    const route = [quotes, dear, cramped, small, house, second];
    expect(inRoutingOrder(route, 'order', 3000)).toBe(route);
    for (const routing of ['cheapest-capable', 'escalate'] as const) {
      const expected = ['house', 'second', 'small', 'dear', 'cramped', 'extractive'];
      expect(idsOf(inRoutingOrder(route, routing, 3000))).toEqual(expected);
    }
  });
});

describe('escalation', () => {
  const settings = { routing: 'escalate' } as const;

  it('does not ask the strong model while the cheap one’s answer holds', async () => {
    const [strong, cheap] = [priced('strong', right, 10), priced('cheap', right)];
    const answer = await ask(over([strong, cheap], settings), scope, { question });
    expect(answer).toMatchObject({ status: 'answered', model: { id: 'cheap' } });
    expect(answer.attempts).toMatchObject([{ model: 'cheap', outcome: 'answered' }]);
    expect(strong.calls).toHaveLength(0);
  });

  it.each([
    ['is invented', invented],
    ['is invented in part', `${right} ${invented}`],
    ['says that it does not know', "I don't know."],
  ])('asks the strong one where the cheap one’s answer %s, and sends nothing of the first', async (_, reply) => {
    const [cheap, strong] = [priced('cheap', reply), priced('strong', right, 10)];
    const events: AskEvent[] = [];
    for await (const event of askStream(over([cheap, strong], settings), scope, { question })) events.push(event);
    const end = events.at(-1);
    if (end?.type !== 'answer-end') throw new Error('no answer');
    expect(end.answer).toMatchObject({ status: 'answered', model: { id: 'strong' }, warnings: [] });
    expect(end.answer.attempts).toMatchObject([
      { model: 'cheap', outcome: 'escalated' },
      { model: 'strong', outcome: 'answered' },
    ]);
    const sent = events.map((event) => (event.type === 'text-delta' ? event.text : '')).join('');
    expect(sent).toBe(end.answer.text);
    const { attempts = [], usage } = end.answer;
    expect(usage.costUsd).toBeCloseTo(attempts.reduce((sum, attempt) => sum + attempt.costUsd, 0));
    expect(usage.inputTokens).toBe(attempts.reduce((sum, attempt) => sum + attempt.inputTokens, 0));
  });

  it('gives the cheap one’s checked sentences where the strong one fails or says less', async () => {
    const part = `${right} ${invented}`;
    for (const reply of [new PerseaError('model-failed', 'down'), invented]) {
      const answer = await ask(over([priced('cheap', part), priced('strong', reply, 10)], settings), scope, {
        question,
      });
      expect(answer).toMatchObject({ status: 'answered', model: { id: 'cheap' } });
      expect(answer.text).toContain('26 weeks');
      expect(answer.text).not.toContain('yacht');
      expect(answer.attempts?.[0]).toMatchObject({ model: 'cheap', outcome: 'answered' });
    }
  });

  it('quotes in place of what nothing supports where the route has quotes, and says so', async () => {
    const models = [priced('cheap', invented), priced('strong', invented, 10), quotes];
    const events: AskEvent[] = [];
    for await (const event of askStream(over(models, settings), scope, { question })) events.push(event);
    const end = events.at(-1);
    if (end?.type !== 'answer-end') throw new Error('no answer');
    expect(end.answer).toMatchObject({ status: 'answered', model: { id: 'extractive' } });
    expect(end.answer.warnings).toEqual([
      'The documents do not support what the model wrote; what follows is quoted from them.',
    ]);
    expect(end.answer.text).toContain('26 weeks');
    expect(JSON.stringify(events)).not.toContain('yacht');
    expect(end.answer.attempts).toMatchObject([
      { model: 'cheap', outcome: 'escalated' },
      { model: 'strong', outcome: 'escalated' },
      { model: 'extractive', outcome: 'answered' },
    ]);
  });

  it('does not quote in place of an honest abstention, of a part, or where the route has no quotes', async () => {
    const [unknown, part] = ["I don't know.", `${right} ${invented}`];
    for (const [reply, route, expected] of [
      [unknown, [quotes], { status: 'abstained', reason: 'insufficient-evidence', model: { id: 'cheap' } }],
      [part, [quotes], { status: 'answered', model: { id: 'cheap' } }],
      [invented, [], { status: 'abstained', reason: 'unsupported-claims', model: { id: 'cheap' } }],
    ] as const) {
      const answer = await ask(over([priced('cheap', reply), ...route], settings), scope, { question });
      expect(answer).toMatchObject(expected);
    }
    const inOrder = await ask(over([priced('cheap', invented), quotes], { routing: 'order' }), scope, { question });
    expect(inOrder).toMatchObject({ status: 'abstained', reason: 'unsupported-claims', model: { id: 'cheap' } });
  });
});

it('a model that calls a tool has declined: the next one answers, and it is not asked a second time', async () => {
  const calling = priced('calling', '<tool_call>\n{"name": "search", "arguments": {"query": "leave"}}\n</tool_call>');
  const next = priced('next', right);
  const told: string[] = [];
  const onModelFailure = ({ message }: PerseaError) => void told.push(message);
  const answer = await ask(over([calling, next], { repair: 'any' }, { onModelFailure }), scope, { question });
  expect(answer).toMatchObject({ status: 'answered', model: { id: 'next' } });
  expect(answer.attempts?.map(({ model, outcome }) => [model, outcome])).toEqual([
    ['calling', 'declined'],
    ['next', 'answered'],
  ]);
  expect(told).toEqual(['The model "calling" called a tool instead of answering, and none is offered to it.']);
});

describe('budgets', () => {
  const person = (id: string, groups: readonly string[] = []) =>
    scopeOf({ id, groups, roles: ['employee'], heldTags: new Set() }, []);

  /** Remembers what is recorded, as the catalogue does. */
  function ledger(budgets: Partial<Budgets>) {
    const clock = new ManualClock(Date.UTC(2026, 1, 3, 12));
    const records: UsageRecord[] = [];
    const spentBy = async (_scope: unknown, { sinceMs, principalId, group }: Spenders) =>
      spentIn({
        attempts: records.filter(
          (usage) =>
            usage.at >= sinceMs &&
            (principalId ?? usage.principalId) === usage.principalId &&
            (group === undefined || usage.groups?.includes(group)),
        ),
      });
    const gate = createBudgetGate(() => ({ groups: {}, ...budgets }), { spentBy, systemScope: scope, clock });
    const dependencies = (models: readonly RouteModel[]): AskDependencies =>
      over(models, {}, { budgets: gate, clock, recordUsage: async (usage) => void records.push(usage) });
    return { clock, records, dependencies, gate };
  }

  it('fall to free models when the money is spent, and come back with the next day', async () => {
    const { clock, dependencies } = ledger({ person: { costUsdPerDay: 0.0006 } });
    const route = dependencies([priced('paid', right), priced('house', right, 0)]);
    const askAs = (id: string) => ask(route, person(id), { question });
    const first = await askAs('bob');
    expect(first).toMatchObject({ status: 'answered', model: { id: 'paid' }, warnings: [] });
    const second = await askAs('bob');
    expect(second).toMatchObject({ status: 'answered', model: { id: 'house' } });
    expect(second.attempts).toMatchObject([{ model: 'paid', outcome: 'skipped' }, { model: 'house' }]);
    expect(second.warnings.join(' ')).toMatch(/"paid" was not asked\. Your budget of cost for today/);
    // Everybody has their own.
    expect(await askAs('alice')).toMatchObject({ model: { id: 'paid' } });
    await clock.sleep(12 * 3_600_000);
    expect(await askAs('bob')).toMatchObject({ model: { id: 'paid' } });
  });

  it('refuse where no model is free, without a number of others', async () => {
    const { dependencies, records } = ledger({ groups: { hr: { tokensPerDay: 600 } } });
    const route = dependencies([priced('paid', right), priced('house', right, 0)]);
    expect(await ask(route, person('alice', ['hr']), { question })).toMatchObject({ status: 'answered' });
    const refused = await ask(route, person('bob', ['hr', 'staff']), { question });
    expect(refused).toMatchObject({ status: 'refused', reason: 'budget', model: null, citations: [] });
    expect(refused.text).toMatch(/^The budget of the group "hr" of tokens for today/);
    expect(JSON.stringify([refused.text, refused.warnings])).not.toMatch(/alice|\d{3}/);
    expect(records.at(-1)).toMatchObject({ principalId: 'bob', status: 'refused', reason: 'budget', inputTokens: 0 });
    expect(await ask(route, person('carl', ['staff']), { question })).toMatchObject({ status: 'answered' });
  });

  it('let quotes through, which use no tokens', async () => {
    const { dependencies } = ledger({ everyone: { tokensPerDay: 0, costUsdPerDay: 0 } });
    const answer = await ask(dependencies([priced('house', right, 0), quotes]), person('bob'), { question });
    expect(answer).toMatchObject({ status: 'answered', model: { id: 'extractive' } });
  });

  it('let nothing be asked that they limit while nobody knows what is spent, and say so', async () => {
    const askUncounted = (budgets: Partial<Budgets>) => {
      const clock = new ManualClock(Date.UTC(2026, 1, 3, 12));
      const gate = createBudgetGate(() => ({ groups: {}, ...budgets }), {
        spentBy: async () => null,
        systemScope: scope,
        clock,
      });
      const route = over([priced('paid', right), priced('house', right, 0)], {}, { budgets: gate, clock });
      return ask(route, person('bob'), { question });
    };
    const paid = await askUncounted({ person: { costUsdPerDay: 100 } });
    expect(paid).toMatchObject({ status: 'answered', model: { id: 'house' } });
    expect(paid.warnings).toEqual([expect.stringMatching(/"paid" was not asked\. Your budget cannot be counted now/)]);
    const refused = await askUncounted({ everyone: { tokensPerDay: 100_000 } });
    expect(refused).toMatchObject({ status: 'refused', reason: 'budget' });
    expect(refused.text).toMatch(/^The budget of all people together cannot be counted now/);
  });

  it('are not overdrawn by questions that are asked at the same time', async () => {
    const { dependencies, records } = ledger({ person: { tokensPerDay: 1_100 } });
    const route = dependencies([priced('house', right, 0)]);
    const answers = await Promise.all(Array.from({ length: 10 }, () => ask(route, person('bob'), { question })));
    const statuses = answers.map(({ status }) => status);
    // Each may come to some 420 tokens.
    expect(statuses.filter((status) => status === 'answered')).toHaveLength(2);
    const spent = records.reduce((sum, usage) => sum + usage.inputTokens + usage.outputTokens, 0);
    expect(spent).toBeLessThanOrEqual(1_100);
    // What was held back and not used is free again.
    expect(await ask(route, person('bob'), { question })).toMatchObject({ status: 'answered' });
  });

  it('hold back what the question itself may come to, however long it is', async () => {
    const { dependencies } = ledger({ person: { tokensPerDay: 700 } });
    const usual = dependencies([priced('house', right, 0)]);
    const route: AskDependencies = {
      ...usual,
      settings: { ...usual.settings, questionCharacters: 4_000 },
      decide: (evidence) => ({ ...decideAbstention(evidence), isAnswerable: true }),
    };
    const long = `${question} ${'Please mind that I ask for my sister, who works in Leeds. '.repeat(30)}`;
    expect(await ask(route, person('bob'), { question: long })).toMatchObject({ status: 'refused', reason: 'budget' });
    expect(await ask(route, person('bob'), { question })).toMatchObject({ status: 'answered' });
  });

  it('keep what is held back when they change', async () => {
    let budgets: Budgets = { groups: {}, person: { tokensPerDay: 1_000 } };
    const spentBy = async () => spentIn({ attempts: [] });
    const clock = new ManualClock(Date.UTC(2026, 1, 3, 12));
    const gate = createBudgetGate(() => budgets, { spentBy, systemScope: scope, clock });
    const held = await gate.admit(person('bob'), { tokens: 800, costUsd: 0 });
    budgets = { groups: {}, person: { tokensPerDay: 1_200 } };
    expect(await gate.admit(person('bob'), { tokens: 800, costUsd: 0 })).toMatchObject({ isAdmitted: false });
    if (held.isAdmitted) held.release();
    expect(await gate.admit(person('bob'), { tokens: 800, costUsd: 0 })).toMatchObject({ isAdmitted: true });
  });

  it('count what was paid for an answer that nobody read', async () => {
    const { dependencies, records } = ledger({ person: { tokensPerDay: 100_000 } });
    for await (const event of askStream(dependencies([priced('house', right, 0)]), person('bob'), { question })) {
      if (event.type === 'text-delta') break;
    }
    expect(records).toMatchObject([{ principalId: 'bob', status: 'failed', reason: 'aborted' }]);
    expect(records[0]?.outputTokens).toBeGreaterThan(0);
  });

  it('do not hold the system’s own questions', async () => {
    const { gate } = ledger({ everyone: { tokensPerDay: 0 } });
    expect(await gate.admit(scope, { tokens: 1, costUsd: 1 })).toMatchObject({ isAdmitted: true });
    expect(await gate.admit(person('bob'), { tokens: 1, costUsd: 1 })).toMatchObject({ isAdmitted: false });
  });
});

describe('a model without room for a passage', () => {
  it('is not asked for what could not be shown, and the next one answers', async () => {
    const [cramped, roomy] = [priced('cramped', right), priced('roomy', right)];
    const tiny = { ...cramped, model: { ...cramped.model, contextTokens: 250 } };
    const answer = await ask(over([tiny, roomy], {}), scope, { question });
    expect(answer).toMatchObject({ status: 'answered', model: { id: 'roomy' } });
    expect(answer.warnings).toEqual(['The model "cramped" did not answer (model-failed).']);
    expect(cramped.calls).toHaveLength(0);
    const alone = ask(over([tiny, roomy], {}), scope, { question, model: 'cramped' });
    await expect(alone).rejects.toMatchObject({ message: expect.stringContaining('raise its contextTokens') });
  });
});

describe('the last resort', () => {
  it('answers where the route has no model left, which is no matter of egress', async () => {
    const answer = await ask(over([], {}), scope, { question });
    expect(answer).toMatchObject({ status: 'answered', model: { id: 'extractive' } });
    expect(answer.warnings).toEqual([expect.stringContaining('No language model answered')]);
    const asked = ask(over([], {}, { lastResort: null }), scope, { question });
    await expect(asked).rejects.toMatchObject({ code: 'model-failed', message: expect.stringContaining('sunset') });
  });

  it('keeps to egress: what may not be quoted here is not', async () => {
    const down = new FakeLanguageModel({
      id: 'vendor',
      zone: 'external',
      reply: new PerseaError('model-failed', 'down'),
    });
    const egress = { public: ['external'], internal: ['external'], confidential: [], mixed: 'reroute' } as const;
    const asked = ask(over([{ model: down, maxOutputTokens: 100 }], { egress }), scope, { question });
    await expect(asked).rejects.toMatchObject({ code: 'model-failed' });
    expect(down.calls).toHaveLength(1);
  });
});
