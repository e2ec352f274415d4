/** An index of made documents, as large as a bench wants it: texts by Zipf's law over a made vocabulary, vectors in clusters. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RevisionWriter } from '../ingest/revision-writer.ts';
import { canonicalLabel } from '../src/access/label.ts';
import { embeddingIdentity } from '../src/app/embedding.ts';
import { activateIndex, indexTableFor } from '../src/app/index-table.ts';
import { openSqliteCatalog } from '../src/catalog/sqlite.ts';
import { loadConfig } from '../src/config.ts';
import { openLanceChunkStore } from '../src/store/lancedb.ts';
import { RandomNumbers } from '../test/support/random-numbers.ts';
import { madeRevision } from './made-revision.ts';
import { repositoryRoot } from './support.ts';

const chunksPerDocument = 20;
const wordsPerChunk = 150;
const vocabularySize = 50_000;
const fixtureWords = wordsOfFixtures();
const labels = ['staff', 'hr', 'it'].map((tag) => canonicalLabel({ anyOf: [tag] }));

/** A third of the documents each for `staff`, `hr` and `it`, in the data folder of the configuration. */
export async function fillMadeIndex(configPath: string, chunkCount: number): Promise<void> {
  const config = loadConfig({ path: configPath });
  const table = indexTableFor(await embeddingIdentity(config));
  const catalog = await openSqliteCatalog({ path: join(config.dataDir, 'catalog.db') });
  const store = await openLanceChunkStore({ directory: join(config.dataDir, 'lance'), ...table });
  const writer = new RevisionWriter(catalog, store);
  const numbers = new RandomNumbers(1);
  const random = () => numbers.next();
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

/**
 * Words by Zipf's law: the commonest are those of the fixtures' documents in the order of how frequent they are there, so that questions find by
 * words about what they find among real documents; then made ones.
 */
export function madeText(random: () => number): string {
  const words = Array.from({ length: wordsPerChunk }, () => {
    const rank = Math.floor(Math.exp(random() * Math.log(vocabularySize)));
    return fixtureWords[rank] ?? `w${rank.toString(36)}`;
  });
  return `${words.join(' ')}.`;
}

function wordsOfFixtures(): readonly string[] {
  const folder = join(repositoryRoot, 'fixtures');
  const counts = new Map<string, number>();
  for (const source of ['handbook', 'operations']) {
    for (const name of readdirSync(join(folder, source), { recursive: true, encoding: 'utf8' }).sort()) {
      if (!name.endsWith('.md')) continue;
      for (const word of readFileSync(join(folder, source, name), 'utf8')
        .toLowerCase()
        .match(/\p{L}+/gu) ?? []) {
        counts.set(word, (counts.get(word) ?? 0) + 1);
      }
    }
  }
  return [...counts].sort(([, a], [, b]) => b - a).map(([word]) => word);
}

function unitVector(dimensions: number, random: () => number, center: Float32Array | null): Float32Array {
  const vector = Float32Array.from(
    { length: dimensions },
    (_, index) => (random() - 0.5) * 0.1 + (center?.[index] ?? random() - 0.5),
  );
  const norm = Math.hypot(...vector);
  return vector.map((value) => value / norm);
}
