import { readdirSync, readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runCommand, runForJson } from '../support/command-line.ts';
import { openIngestedApp } from '../support/test-app.ts';

it('forgets a person who has left, and nobody else', async () => {
  const { folder } = await openIngestedApp({
    embedder: null,
    documents: { 'leave.md': '# Leave\n\nParental leave is 26 weeks at full pay.\n' },
    config: 'traces: { content: full }',
  });
  const options = ['--config', join(folder, 'persea.yaml')];
  const files = () =>
    readdirSync(join(folder, '.persea'))
      .filter((name) => name.includes('.db'))
      .map((name) => readFileSync(join(folder, '.persea', name), 'latin1'))
      .join('');
  const ask = (person: string, question: string) =>
    runForJson(['ask', question, '--as', person, '--conversation', 'mine', ...options]);
  await ask('bob', 'How many weeks is quibblefish leave?');
  await ask('bob', 'How many weeks is parental leave?');
  await ask('alice', 'How long is parental leave?');
  await runForJson(['keys', 'create', '--as', 'bob', '--name', 'wobbegong', ...options]);
  const forget = () => runForJson(['people', 'forget', 'bob', ...options]);

  expect(await forget()).toMatchObject({ status: 2, value: { error: { code: 'usage-invalid' } } });
  expect(files()).toMatch(/quibblefish/);

  const policy = join(folder, 'access.yaml');
  const people = (await readFile(policy, 'utf8')).split('\n');
  await writeFile(policy, people.filter((line) => !line.includes('bob:')).join('\n'));
  expect((await forget()).value).toEqual({ person: 'bob', keys: 1, conversations: 1, traces: 2, usage: 2 });
  expect(files()).not.toMatch(/quibblefish|wobbegong|bob/);
  expect((await forget()).value).toEqual({ person: 'bob', keys: 0, conversations: 0, traces: 0, usage: 0 });

  expect((await runForJson(['trace', 'list', ...options])).value).toMatchObject({ traces: [{ as: 'alice' }] });
  expect((await runForJson(['conversations', 'list', '--as', 'alice', ...options])).value).toMatchObject({
    conversations: [{ id: 'mine' }],
  });
  const used = await runForJson(['usage', '--by', 'person', ...options]);
  expect(used.value).toMatchObject({
    rows: [
      { key: '(forgotten)', questions: 2 },
      { key: 'alice', questions: 1 },
    ],
  });
  expect((await runCommand(['people', 'forget', 'bob', ...options])).stdout).toContain('Forgot bob: 0 keys');
});
