import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Answer } from '../../src/core/answer.ts';
import type { FeedbackExport } from '../../src/traces/feedback-cases.ts';
import type { ShownTrace } from '../../src/traces/show-trace.ts';
import { runCommand, runForJson } from '../support/command-line.ts';
import { openIngestedApp } from '../support/test-app.ts';

const documents = {
  'leave.md': '# Leave\n\nParental leave is 26 weeks at full pay.\n',
  'hr/pay.md': '# Pay\n\nThe quibblefish band pays 91,000 crowns.\n',
};
const question = 'How many weeks is parental leave?';

async function open(content: 'full' | 'hashes') {
  const { app, folder } = await openIngestedApp({
    embedder: null,
    documents,
    config: `traces: { content: ${content} }`,
  });
  const options = ['--config', join(folder, 'persea.yaml')];
  const ask = async (person: string, text = question) =>
    (await runForJson<Answer>(['ask', text, '--as', person, ...options])).value;
  const rate = async (person: string, traceId: string, rating: 'up' | 'down') =>
    app.traces.recordFeedback(await app.scopeFor(app.principal(person)), {
      traceId,
      rating,
      comment: `${rating} it is`,
    });
  return { app, folder, options, ask, rate };
}

it('shows how an answer came about, to the operator and to its asker', async () => {
  const { options, ask } = await open('full');
  const { traceId } = await ask('alice', 'What does the quibblefish band pay?');
  const shown = await runCommand(['trace', 'show', traceId, ...options]);
  expect(shown.status).toBe(0);
  for (const word of [traceId, 'by alice', '91,000 crowns', 'docs/hr/pay.md', 'retrieve', 'keyword 1', 'verbatim']) {
    expect(shown.stdout).toContain(word);
  }
  const own = await runForJson<ShownTrace>(['trace', 'show', traceId, '--as', 'alice', ...options]);
  // Raw scores move with documents that an employee may not see.
  expect(own.value).toMatchObject({ as: 'alice', evidence: null });
  expect(own.value.retrieval?.passages[0]).not.toHaveProperty('score');
  const foreign = await runForJson(['trace', 'show', traceId, '--as', 'dora', ...options]);
  const absent = await runForJson(['trace', 'show', 'trace_0', '--as', 'dora', ...options]);
  expect(foreign.status).toBe(1);
  expect(foreign.value).toEqual(absent.value);
  expect(foreign.value).toMatchObject({ error: { code: 'trace-absent' } });
  const listed = await runCommand(['trace', 'list', ...options]);
  expect(listed.stdout).toContain(traceId);
  expect((await runForJson(['trace', 'list', '--as', 'dora', ...options])).value).toEqual({ traces: [] });
});

it('deletes one trace, or all of one person', async () => {
  const { options, ask } = await open('full');
  const { traceId } = await ask('alice');
  await ask('bob');
  await ask('bob', 'What does the quibblefish band pay?');
  const remove = (...more: string[]) => runForJson(['trace', 'remove', ...more, ...options]);
  expect((await remove(traceId)).value).toEqual({ removed: 1 });
  expect((await remove(traceId)).value).toMatchObject({ error: { code: 'trace-absent' } });
  expect((await remove('--of', 'bob')).value).toEqual({ removed: 2 });
  expect((await remove()).status).toBe(2);
  expect((await runForJson(['trace', 'list', ...options])).value).toEqual({ traces: [] });
});

it('exports what was rated well as cases, and the rest to look at', async () => {
  const { folder, options, ask, rate } = await open('full');
  const [good, bad, unknown] = [
    await ask('bob'),
    await ask('dora', 'Is parental leave 26 weeks at full pay?'),
    await ask('bob', 'Who won the chess match?'),
  ];
  await rate('bob', good.traceId, 'down');
  const again = await ask('bob');
  await rate('bob', again.traceId, 'up');
  await rate('dora', bad.traceId, 'down');
  await rate('bob', unknown.traceId, 'up');
  const out = join(folder, 'cases.jsonl');
  const { value } = await runForJson<FeedbackExport>(['feedback', 'export', '--out', out, ...options]);
  const label = { question, as: 'bob', answerable: true, relevant: [{ uri: 'docs/leave.md' }], tags: ['feedback'] };
  expect(value.cases).toEqual([
    { id: again.traceId, ...label },
    { id: unknown.traceId, question: 'Who won the chess match?', as: 'bob', answerable: false, tags: ['feedback'] },
  ]);
  expect(value.review).toMatchObject([{ traceId: bad.traceId, as: 'dora', rating: 'down', comment: 'down it is' }]);
  expect(value.withoutQuestion).toBe(0);
  // What was written is a dataset that `eval run` takes.
  const report = await runForJson(['eval', 'run', folder, '--config', join(folder, 'persea.yaml')]);
  expect(report.value).toMatchObject({
    kind: 'answers',
    queries: 2,
    metrics: { correct: expect.any(Number), leaks: 0 },
  });
  const shown = await runCommand(['feedback', 'export', ...options]);
  expect(shown.stdout).toContain('2 labelled questions');
});

it('says how many ratings have no question', async () => {
  const { options, ask, rate } = await open('hashes');
  const { traceId } = await ask('bob');
  await rate('bob', traceId, 'up');
  const { stdout } = await runCommand(['feedback', 'export', ...options]);
  expect(stdout).toContain('0 labelled questions');
  expect(stdout).toContain('1 answer with feedback whose question was not kept');
});

it('leaves no byte of a purged document in its traces', async () => {
  const { folder, options, ask } = await open('full');
  const { traceId } = await ask('bob');
  const files = () =>
    readdirSync(join(folder, '.persea'))
      .filter((name) => name.startsWith('traces.db'))
      .map((name) => readFileSync(join(folder, '.persea', name), 'latin1'))
      .join('');
  expect(files()).toContain('26 weeks');
  expect((await runCommand(['docs', 'remove', 'docs/leave.md', '--purge', ...options])).status).toBe(0);
  expect(files()).not.toContain('26 weeks');
  const { value } = await runForJson<ShownTrace>(['trace', 'show', traceId, ...options]);
  expect(value).toMatchObject({ question: { text: question }, answer: {} });
});
