/**
 * Searches in a running server over 20,000 chunks, over HTTP and with the question's embedding: `npm run bench:search`. The texts
 * are made (Zipf's law over a made vocabulary), their vectors too, in clusters; questions and their vectors are real.
 */
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { RevisionWriter } from '../ingest/revision-writer.ts';
import { generateApiKey } from '../src/access/api-key.ts';
import { canonicalLabel } from '../src/access/label.ts';
import { openApp } from '../src/app.ts';
import { embeddingIdentity } from '../src/app/embedding.ts';
import { activateIndex, indexTableFor } from '../src/app/index-table.ts';
import { openSqliteCatalog } from '../src/catalog/sqlite.ts';
import { loadConfig } from '../src/config.ts';
import { startServer } from '../src/http/serve.ts';
import { openLanceChunkStore } from '../src/store/lancedb.ts';
import { madeRevision } from './made-revision.ts';
import { machine, print, quantile, repositoryRoot, withTemporaryFolder } from './support.ts';

const { values } = parseArgs({
  options: { chunks: { type: 'string', default: '20000' }, searches: { type: 'string', default: '300' } },
});
const chunksPerDocument = 20;
const wordsPerChunk = 150;
const labels = ['staff', 'hr', 'it'].map((tag) => canonicalLabel({ anyOf: [tag] }));

await withTemporaryFolder(async (folder) => {
  const configPath = join(folder, 'persea.yaml');
  await writeFile(configPath, 'limits: { questionsPerMinute: 1000000 }\nserver: { port: 0 }\n');
  await writeFile(
    join(folder, 'access.yaml'),
    'groups: { all: { tags: [staff, hr, it] }, staff: { tags: [staff] } }\nprincipals:\n  broad: { groups: [all], roles: [employee] }\n  narrow: { groups: [staff], roles: [employee] }\n',
  );
  await fill(folder, configPath, Number(values.chunks));
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

async function fill(folder: string, configPath: string, chunkCount: number): Promise<void> {
  const config = loadConfig({ path: configPath });
  const table = indexTableFor(await embeddingIdentity(config));
  const catalog = await openSqliteCatalog({ path: join(config.dataDir, 'catalog.db') });
  const store = await openLanceChunkStore({ directory: join(folder, '.persea/lance'), ...table });
  const writer = new RevisionWriter(catalog, store);
  const random = randomNumbers(1);
  const cluster = Array.from({ length: 200 }, () => unitVector(table.dimensions ?? 0, random, null));
  for (let document = 0; document < chunkCount / chunksPerDocument; document++) {
    const texts = Array.from({ length: chunksPerDocument }, () => madeText(random));
    const center = cluster[document % cluster.length] ?? null;
    void writer.write(
      madeRevision({
        uri: `made/${document}.md`,
        title: `Document ${document}`,
        label: labels[document % labels.length] ?? canonicalLabel({}),
        texts,
        vectors: texts.map(() => unitVector(table.dimensions ?? 0, random, center)),
        tokensPerChunk: wordsPerChunk,
      }),
    );
    if (document % 50 === 49) await writer.flush();
  }
  await writer.flush();
  await store.optimize();
  await activateIndex(catalog, table);
  await store.close();
  await catalog.close();
}

/** Words by Zipf's law; the commonest are real ones, so that questions find something by words too. */
function madeText(random: () => number): string {
  const real =
    'the of and to in is that for a days leave hotel pump filter office safety travel device service order'.split(' ');
  const words = Array.from({ length: wordsPerChunk }, () => {
    const rank = Math.floor(Math.exp(random() * Math.log(50_000)));
    return real[rank] ?? `w${rank.toString(36)}`;
  });
  return `${words.join(' ')}.`;
}

function unitVector(dimensions: number, random: () => number, center: Float32Array | null): Float32Array {
  const vector = Float32Array.from(
    { length: dimensions },
    (_, index) => (random() - 0.5) * 0.1 + (center?.[index] ?? random() - 0.5),
  );
  const norm = Math.hypot(...vector);
  return vector.map((value) => value / norm);
}

/** Mulberry32: the same texts in every run. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
