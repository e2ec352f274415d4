import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { runCommand, runForJson } from '../support/command-line.ts';
import { startEmbeddingServer } from '../support/embedding-server.ts';
import { createFakeEmbedder } from '../support/fake-embedder.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const count = 30;
const numbers = Array.from({ length: count }, (_, index) => index);

/** Documents lie on a circle by their number, and each question points at the one across. */
function misleadingEmbedder() {
  const inner = createFakeEmbedder({ dimensions: 2 });
  const vectorOf = (text: string) => {
    const number = Number(/quetzal(\d+)/.exec(text)?.[1] ?? 0);
    const angle = (2 * Math.PI * (text.startsWith('Q: ') ? number + count / 2 : number)) / count;
    return Float32Array.from([Math.cos(angle), Math.sin(angle)]);
  };
  return { ...inner, embedDocuments: async (texts: readonly string[]) => texts.map(vectorOf) };
}

interface Tuned {
  readonly verdict: string;
  readonly current: { readonly denseWeight: number };
  readonly learned: { readonly denseWeight: number };
  readonly storedIn: string | null;
}

it('learns that keywords know better, keeps it for this model, and finds nothing to change the next time', async () => {
  const server = await startEmbeddingServer(misleadingEmbedder());
  onTestFinished(() => server.close());
  const lines = (make: (number: number) => object) => numbers.map((number) => JSON.stringify(make(number))).join('\n');
  const folder = await temporaryFolder({
    'persea.yaml': `
embedding:
  { provider: openai-compatible, model: fake, baseUrl: "${server.baseUrl}", zone: local, dimensions: 2, denseWeight: 0.9, prefixes: { query: "Q: " } }
`,
    'corpus.jsonl': lines((number) => ({
      _id: `d${number}`,
      title: '',
      text: `A report on the bird quetzal${number}.`,
    })),
    'queries.jsonl': lines((number) => ({ _id: `q${number}`, text: `report on quetzal${number}` })),
    'qrels.tsv': ['query-id\tcorpus-id\tscore', ...numbers.map((number) => `q${number}\td${number}\t1`)].join('\n'),
  });
  const config = ['--config', join(folder, 'persea.yaml')];
  const learnedPath = join(folder, '.persea', 'learned.json');

  const tried = await runForJson<Tuned>(['eval', 'tune', 'fusion', folder, '--dry-run', ...config]);
  expect(tried.value).toMatchObject({ verdict: 'change', current: { denseWeight: 0.9 }, storedIn: null });
  expect(existsSync(learnedPath)).toBe(false);

  const kept = await runForJson<Tuned>(['eval', 'tune', 'fusion', folder, ...config]);
  expect(kept.value).toMatchObject({ verdict: 'change', storedIn: learnedPath });
  const { denseWeight } = kept.value.learned;
  expect(denseWeight).toBeLessThan(0.8);
  const { fusion } = JSON.parse(await readFile(learnedPath, 'utf8'));
  expect(Object.values(fusion)).toMatchObject([{ denseWeight, questions: count }]);

  const again = await runCommand(['eval', 'tune', 'fusion', folder, ...config]);
  expect(again.status).toBe(0);
  expect(again.stdout).toContain(`The weight stays ${denseWeight.toFixed(2)}`);
  const measured = await runForJson<{ metrics: Record<string, number> }>(['eval', 'run', folder, ...config]);
  expect(measured.value.metrics['mrr@10']).toBe(1);
});
