/**
 * Searches in a running server over 20,000 chunks, over HTTP and with the question's embedding: `npm run bench:search`. The texts
 * are made (Zipf's law over a made vocabulary), their vectors too, in clusters; questions and their vectors are real.
 */
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { generateApiKey } from '../src/access/api-key.ts';
import { openApp } from '../src/app.ts';
import { startServer } from '../src/http/serve.ts';
import { fillMadeIndex } from './made-index.ts';
import { machine, print, quantile, repositoryRoot, withTemporaryFolder } from './support.ts';

const { values } = parseArgs({
  options: { chunks: { type: 'string', default: '20000' }, searches: { type: 'string', default: '300' } },
});

await withTemporaryFolder(async (folder) => {
  const configPath = join(folder, 'persea.yaml');
  await writeFile(configPath, 'limits: { questionsPerMinute: 1000000 }\nserver: { port: 0 }\n');
  await writeFile(
    join(folder, 'access.yaml'),
    'groups: { all: { tags: [staff, hr, it] }, staff: { tags: [staff] } }\nprincipals:\n  broad: { groups: [all], roles: [employee] }\n  narrow: { groups: [staff], roles: [employee] }\n',
  );
  await fillMadeIndex(configPath, Number(values.chunks));
  const app = await openApp({ configPath, onWarning: print });
  const running = await startServer(app, { logTo: { write: () => undefined } });
  print(`Searches over HTTP, ${values.chunks} chunks, one at a time. ${machine()}`);
  print('| person | visible | p50 ms | p95 ms | slowest ms |');
  print('| --- | --- | --- | --- | --- |');
  for (const [principalId, visible] of [
    ['broad', 'all'],
    ['narrow', 'a third'],
  ] as const) {
    const { key, hash } = generateApiKey();
    await app.catalog.createApiKey({ principalId, name: 'bench', hash });
    const times: number[] = [];
    for (const [index, query] of questions().entries()) {
      const startedAt = performance.now();
      const response = await fetch(`${running.url}/v1/search`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: JSON.stringify({ query }),
      });
      const { hits } = (await response.json()) as { hits: readonly unknown[] };
      if (hits.length === 0) throw new Error(`"${query}" found nothing (${response.status})`);
      // The first ones load the model and the indexes.
      if (index >= 20) times.push(performance.now() - startedAt);
    }
    print(
      `| ${principalId} | ${visible} | ${quantile(times, 0.5).toFixed(1)} | ${quantile(times, 0.95).toFixed(1)} | ${quantile(times, 1).toFixed(0)} |`,
    );
  }
  print(`Resident memory of server and client: ${(process.memoryUsage().rss / 1e6).toFixed(0)} MB.`);
  await running.stop();
  await app.close();
});

function questions(): readonly string[] {
  const lines = readFileSync(join(repositoryRoot, 'fixtures/cases.jsonl'), 'utf8').trim().split('\n');
  const asked = lines.map((line) => (JSON.parse(line) as { question: string }).question);
  return Array.from({ length: Number(values.searches) + 20 }, (_, index) => asked[index % asked.length] ?? '');
}
