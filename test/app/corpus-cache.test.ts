import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runForJson } from '../support/command-line.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const lines = (rows: readonly object[]) => rows.map((row) => JSON.stringify(row)).join('\n');
const numbers = Array.from({ length: 30 }, (_, index) => index);

async function corpus() {
  const folder = await temporaryFolder({
    'persea.yaml': 'embedding: { provider: none }\n',
    'corpus.jsonl': lines(
      numbers.map((number) => ({ _id: `d${number}`, text: `A report on the bird quetzal${number}.` })),
    ),
    'queries.jsonl': lines(numbers.map((number) => ({ _id: `q${number}`, text: `report on quetzal${number}` }))),
    'qrels.tsv': numbers.map((number) => `q${number}\td${number}\t1`).join('\n'),
  });
  const run = async () => {
    const argv = ['eval', 'run', folder, '--config', join(folder, 'persea.yaml')];
    const { value } = await runForJson<{ readonly metrics: { readonly 'ndcg@10': number } }>(argv);
    return value.metrics['ndcg@10'];
  };
  const cache = join(folder, '.persea', 'cache', 'evaluation');
  const kept = async () => (await readdir(cache)).map((entry) => join(cache, entry));
  return { run, kept };
}

it('makes one index for runs at the same time, and nothing of them is left beside it', async () => {
  const { run, kept } = await corpus();
  expect(await Promise.all([run(), run(), run()])).toEqual([1, 1, 1]);
  expect(await kept()).toHaveLength(1);
});

it('makes an index anew of which a part is gone, and removes what killed runs left', async () => {
  const { run, kept } = await corpus();
  await run();
  const [folder = ''] = await kept();
  const ofKilled = `${folder}.4194305.corpus_killed.part`;
  await mkdir(ofKilled);
  await rm(join(folder, 'lance'), { recursive: true });
  expect(await run()).toBe(1);
  await writeFile(join(folder, 'catalog.db'), 'not a database');
  expect(await run()).toBe(1);
  expect(await kept()).toEqual([folder]);
});
