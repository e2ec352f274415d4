import { expect, it } from 'vitest';
import { withCircuitBreaker } from '../../src/llm/circuit-breaker.ts';
import { FakeLanguageModel } from '../support/fake-language-model.ts';
import { openTestApp } from '../support/test-app.ts';

it('passes by a model that writes fluently what no source says', async () => {
  const fluent = new FakeLanguageModel({ id: 'fluent', reply: 'Every employee owns a yacht in Monaco [1].' });
  const honest = new FakeLanguageModel({ id: 'honest', reply: 'Parental leave is 26 weeks at full pay [1].' });
  const alarms: string[] = [];
  const { app, ingest } = await openTestApp({
    documents: { 'leave.md': '# Leave\n\nParental leave is 26 weeks at full pay for all employees.' },
    models: [
      {
        model: withCircuitBreaker(fluent, { unsupported: 2, onOpen: (message) => alarms.push(message) }),
        maxOutputTokens: 100,
      },
      { model: honest, maxOutputTokens: 100 },
    ],
  });
  await ingest();
  const scope = await app.scopeFor(app.principal('bob'));
  const ask = () => app.ask(scope, { question: 'How many weeks of parental leave at full pay?' });
  for (let question = 0; question < 2; question++) {
    expect(await ask()).toMatchObject({ status: 'abstained', reason: 'unsupported-claims', model: { id: 'fluent' } });
  }
  expect(alarms).toEqual([expect.stringContaining('"fluent" is left alone')]);
  const answer = await ask();
  expect(answer).toMatchObject({ status: 'answered', model: { id: 'honest' } });
  expect(answer.warnings).toContainEqual(expect.stringContaining('"fluent" did not answer'));
  // Each time it was asked once more.
  expect(fluent.calls.map(({ prompt }) => prompt.id)).toEqual(['answer', 'repair', 'answer', 'repair']);
});
