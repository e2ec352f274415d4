/** Models that are asked for something else than an answer: on the asker's account, within what the asker may spend, and in the trace. */
import { expect, it } from 'vitest';
import { systemScope } from '../../src/access/scope.ts';
import { PerseaError } from '../../src/core/errors.ts';
import { callGate } from '../../src/query/calls.ts';
import { eventsOf } from '../contract/language-model-contract.ts';
import { requestFor } from '../support/context-window.ts';
import { FakeLanguageModel } from '../support/fake-language-model.ts';
import { openTestApp } from '../support/test-app.ts';

const documents = {
  'a.md': '# Travel\n\nThe travel rule names the leave of the office in passing.\n',
  'b.md': '# Parental leave\n\nParental leave is twelve weeks at full pay.\n',
};
const writer = '{ id: main, provider: openai-compatible, baseUrl: "http://localhost:1/v1", model: m, zone: local }';
const system = systemScope('test');
const question = 'How many weeks is parental leave?';

it('are counted under whoever asks, stand in the trace, and are not made once the budget is spent', async () => {
  const model = new FakeLanguageModel({
    reply: ({ prompt }) => {
      if (prompt.id === 'rerank') return '[2] > [1]';
      return prompt.id === 'condense' ? 'At which pay is parental leave?' : 'Parental leave is twelve weeks. [1]';
    },
  });
  const { app, ingest } = await openTestApp({
    documents,
    config: `retrieval: { rerank: llm }\nmodels: [${writer}]\nbudgets: { person: { costUsdPerDay: 0.5 } }`,
    models: [{ model, maxOutputTokens: 50 }],
  });
  await ingest();
  const scope = await app.scopeFor(app.principal('bob'));
  const asked = () => model.calls.map(({ prompt }) => prompt.id);

  await app.ask(scope, { question, conversationId: 'c' });
  const answer = await app.ask(scope, { question: 'And at which pay?', conversationId: 'c' });
  expect(asked().slice(-3)).toEqual(['condense', 'rerank', 'answer']);
  const { attempts = [] } = answer;
  expect(attempts).toMatchObject([
    { model: 'fake', purpose: 'condense', outcome: 'answered' },
    { model: 'fake', purpose: 'rerank', outcome: 'answered' },
    { model: 'fake', outcome: 'answered' },
  ]);
  for (const { inputTokens, costUsd } of attempts) expect(Math.min(inputTokens, costUsd)).toBeGreaterThan(0);
  expect(answer.usage.inputTokens).toBe(attempts.reduce((sum, { inputTokens }) => sum + inputTokens, 0));
  const trace = await app.traces.show(system, answer.traceId);
  expect(trace.models.map(({ purpose, costUsd }) => [purpose, costUsd])).toEqual(
    attempts.map(({ purpose, costUsd }) => [purpose, costUsd]),
  );
  const [listed] = await app.traces.list(system, { limit: 1 });
  expect(listed).toMatchObject({ model: 'fake' });

  const spent = await app.catalog.usageTotals(scope, { by: 'purpose' });
  expect(spent.map(({ key, questions }) => [key, questions])).toEqual([
    ['answer', 2],
    ['condense', 1],
    ['rerank', 2],
  ]);
  await app.search(scope, { query: 'leave' });
  const [searched] = await app.catalog.usage(system, { limit: 1 });
  expect(searched).toMatchObject({ principalId: 'bob', status: 'searched', calls: [{ purpose: 'rerank' }] });
  expect(searched?.costUsd).toBeGreaterThan(0);

  // Spends all the rest.
  if (searched === undefined) throw new Error('nothing was recorded');
  await app.catalog.recordUsage({ ...searched, traceId: 'rest', costUsd: 1 });
  const before = asked().length;
  const search = await app.search(scope, { query: 'leave' });
  expect(search.hits).toHaveLength(2);
  expect(search.warnings.join()).toMatch(/not reranked by "fake" \(budget-spent\).*Your budget of cost for today/);
  const refused = await app.ask(scope, { question: 'And at which pay?', conversationId: 'c' });
  expect(asked()).toHaveLength(before);
  expect(refused.warnings.join('\n')).toMatch(/read by rules, not by the model "fake"\. Your budget/);
  expect(refused.attempts?.map(({ purpose, outcome }) => [purpose, outcome])).toEqual([
    ['condense', 'skipped'],
    ['rerank', 'skipped'],
    [undefined, 'skipped'],
  ]);
  expect(refused).toMatchObject({ status: 'refused', reason: 'budget', usage: { costUsd: 0 } });
  const alice = await app.scopeFor(app.principal('alice'));
  expect((await app.search(alice, { query: 'leave' })).warnings).toEqual([]);
});

it('that fail are told to the operator with what it means, and to the asker by a code', async () => {
  const why = 'The model "fake" at x was asked and does not know the key in the environment variable SIDE_KEY.';
  const model = new FakeLanguageModel({
    reply: ({ prompt }) =>
      prompt.id === 'answer'
        ? 'Parental leave is twelve weeks. [1]'
        : new PerseaError('model-failed', `${why} (${prompt.id})`, { isRetryable: false }),
  });
  const { app, ingest, warnings } = await openTestApp({
    documents,
    config: `retrieval: { rerank: llm }\nconversations: { titles: auto }\nmodels: [${writer}]`,
    models: [{ model, maxOutputTokens: 50 }],
  });
  await ingest();
  const scope = await app.scopeFor(app.principal('bob'));
  await app.ask(scope, { question, conversationId: 'c' });
  const answer = await app.ask(scope, { question: 'And at which pay?', conversationId: 'c' });
  await app.search(scope, { query: 'leave' });
  await app.conversations.list(scope, { limit: 5 });
  const told = warnings
    .filter((warning) => warning.startsWith(why))
    .map((warning) => warning.slice(why.length + 2, -1));
  expect(told).toEqual(['rerank', 'condense', 'rerank', 'rerank', 'title']);
  expect(JSON.stringify(answer)).not.toContain('SIDE_KEY');
});

it('whose replies cannot be used are told to the operator, too, and noted as failed', async () => {
  const model = new FakeLanguageModel({
    reply: ({ prompt }) => (prompt.id === 'answer' ? 'Parental leave is twelve weeks. [1]' : 'Bananas are yellow.'),
  });
  const { app, ingest, warnings } = await openTestApp({
    documents,
    config: `retrieval: { rerank: llm }\nmodels: [${writer}]`,
    models: [{ model, maxOutputTokens: 50 }],
  });
  await ingest();
  const scope = await app.scopeFor(app.principal('bob'));
  await app.ask(scope, { question, conversationId: 'c' });
  const { attempts } = await app.ask(scope, { question: 'And at which pay?', conversationId: 'c' });
  expect(attempts).toMatchObject([
    { purpose: 'condense', outcome: 'failed', code: 'model-failed' },
    { purpose: 'rerank', outcome: 'failed', code: 'model-failed' },
    { outcome: 'answered' },
  ]);
  await app.search(scope, { query: 'leave' });
  const told = warnings.flatMap((warning) => /\((\w+)\) and replied with something else/.exec(warning)?.[1] ?? []);
  expect(told).toEqual(['rerank', 'condense', 'rerank', 'rerank']);
  expect(warnings.join()).not.toContain('Bananas');
});

it('that take too long are told to the operator as such', async () => {
  const model = new FakeLanguageModel({ reply: '' });
  const failures: PerseaError[] = [];
  const account = {
    scope: system,
    startedAt: 0,
    attempts: [],
    releases: [],
    dependencies: { onModelFailure: (failure: PerseaError) => void failures.push(failure) },
  };
  const call = { purpose: 'condense', inputTokens: 1, maxOutputTokens: 1 } as const;
  const asked = await callGate(account).admit(model, call);
  const request = requestFor([{ documentId: 'leave', text: 'Leave.' }]);
  const reasons = [new DOMException('', 'TimeoutError'), new PerseaError('model-timeout', 'late'), undefined];
  for (const reason of reasons) {
    const signal = AbortSignal.abort(reason);
    await expect(eventsOf(asked, { ...request, signal })).rejects.toMatchObject({ code: 'aborted' });
  }
  const late = { code: 'model-timeout', message: expect.stringContaining('(condense)') };
  expect(failures).toMatchObject([late, late]);
});
