import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { LearnedWeights } from '../../src/app/learned-weights.ts';
import { createFakeEmbedder } from '../support/fake-embedder.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { openTestApp } from '../support/test-app.ts';

const learned = {
  denseWeight: 0.2,
  dataset: 'cases',
  questions: 40,
  difference: 0.03,
  interval: [0.01, 0.05],
} as const;
const now = new Date('2026-01-02T03:04:05Z');

it('keeps a weight for each embedding model, and takes what another process wrote', async () => {
  const folder = await temporaryFolder();
  const warnings: string[] = [];
  const reader = new LearnedWeights(folder, (message) => warnings.push(message));
  expect(reader.denseWeight('one')).toBeNull();
  const writer = new LearnedWeights(folder, () => undefined);
  await writer.keep('one', learned, now);
  await writer.keep('two', { ...learned, denseWeight: 0.9 }, now);
  expect([reader.denseWeight('one'), reader.denseWeight('two'), reader.denseWeight('three')]).toEqual([0.2, 0.9, null]);
  expect(reader.resolve('auto', 'one')).toBe(0.2);
  expect(reader.resolve('auto', 'three')).toBe('auto');
  expect(reader.resolve(0.7, 'one')).toBe(0.7);
  expect(JSON.parse(await readFile(reader.path, 'utf8'))).toMatchObject({
    fusion: { one: { ...learned, learnedAt: now.toISOString() } },
  });
  expect(warnings).toEqual([]);
});

it('warns once of a damaged file and goes on without it', async () => {
  const folder = await temporaryFolder({ 'learned.json': '{"fusion": {"one": {"denseWeight": 7}}}' });
  const warnings: string[] = [];
  const weights = new LearnedWeights(folder, (message) => warnings.push(message));
  expect([weights.denseWeight('one'), weights.denseWeight('one')]).toEqual([null, null]);
  expect(warnings).toHaveLength(1);
  await weights.keep('one', learned, now);
  expect(weights.denseWeight('one')).toBe(0.2);
});

it('is used by search and evaluation of an open app for auto, and not over a configured weight', async () => {
  const embedder = createFakeEmbedder();
  // The best and the worst of an arm are 1 and 0 whatever the weight is: the third one tells.
  const documents = {
    'words.md': `The quetzal counts. ${'Quetzal quetzal quetzal. '.repeat(6)}${'Other words fill this line here. '.repeat(8)}`,
    'near.md': 'Quetzal bird.',
    'between.md': `A bird and another bird. ${'Quetzal of many further words in a line. '.repeat(2)}`,
  };
  const { app, folder, ingest } = await openTestApp({ documents, embedder });
  await ingest();
  const weightNow = async () => (await app.evaluation()).fusion.denseWeight;
  const order = async () => {
    const scope = await app.scopeFor(app.principal('dora'));
    return (await app.search(scope, { query: 'quetzal bird', explain: true })).hits.map(({ uri, score }) => [
      uri,
      score,
    ]);
  };
  expect(await weightNow()).toBe(0.5);
  const before = await order();
  const { fusion } = await app.evaluation();
  expect(fusion.isLearnable).toBe(true);
  const path = await fusion.keep({ ...learned, denseWeight: 0 });
  expect(path).toBe(join(folder, '.persea', 'learned.json'));
  expect(await weightNow()).toBe(0);
  expect(await order()).not.toEqual(before);

  const fixed = await openTestApp({ documents, config: 'retrieval: { fusion: { denseWeight: 0.4 } }' });
  await writeFile(join(fixed.folder, '.persea', 'learned.json'), await readFile(path));
  expect((await fixed.app.evaluation()).fusion).toMatchObject({ denseWeight: 0.4, isLearnable: false });
});
