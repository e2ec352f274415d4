/**
 * A real handbook from files to searchable, cold, and the time that embedding its chunks takes alone, in the same run:
 * `npm run bench:ingest` (needs `npm run build`; `--model all-MiniLM-L6-v2` for another model, `--runs N`).
 */
import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { defaultChunkerOptions, structureChunker } from '../ingest/chunking/structure-chunker.ts';
import { systemScope } from '../src/access/scope.ts';
import { openSqliteCatalog } from '../src/catalog/sqlite.ts';
import { createLocalEmbedder } from '../src/embedding/local.ts';
import { modelVariant } from '../src/models/manifest.ts';
import { provisionModel } from '../src/models/provision.ts';
import { builtCommand, machine, median, print, runCommand, sharedData, withTemporaryFolder } from './support.ts';

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: 'bge-small-en-v1.5' },
    runs: { type: 'string', default: '3' },
    corpus: { type: 'string', default: join(sharedData, 'handbook-18f/docs') },
  },
});
if (!existsSync(values.corpus)) {
  print(`Skipped: ${values.corpus} is not here.`);
  process.exit(0);
}

await withTemporaryFolder(async (folder) => {
  const config = join(folder, 'persea.yaml');
  await writeFile(
    config,
    `sources:\n  - name: corpus\n    type: folder\n    path: ${JSON.stringify(values.corpus)}\n    label: { anyOf: [everyone] }\nembedding: { provider: local, model: ${values.model}, dtype: q8 }\n`,
  );
  print(
    `Ingest of ${values.corpus.split('/').slice(-2).join('/')} with ${values.model}, built bin, cold store. ${machine()}`,
  );
  print(
    '| run | files | chunks | tokens | end to end s | embedding alone s | ratio | peak MB | rescan s | rescan tokens |',
  );
  print('| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |');
  const ratios: number[] = [];
  for (let run = 1; run <= Number(values.runs); run++) {
    await rm(join(folder, '.persea'), { recursive: true, force: true });
    const cold = await ingest(config);
    const again = await ingest(config);
    const alone = await embedAlone(config);
    ratios.push(cold.seconds / alone);
    const { added, chunks, tokens } = cold.report;
    print(
      `| ${run} | ${added} | ${chunks} | ${tokens} | ${cold.seconds.toFixed(1)} | ${alone.toFixed(1)} | ${(cold.seconds / alone).toFixed(2)} | ${cold.peakMegabytes.toFixed(0)} | ${again.seconds.toFixed(2)} | ${again.report.tokens} |`,
    );
  }
  print(`Median ratio ${median(ratios).toFixed(2)}.`);
});

async function ingest(config: string) {
  const result = await runCommand(builtCommand, ['ingest', '--config', config, '--json']);
  if (result.status !== 0 && result.status !== 3)
    throw new Error(`The ingest ended with ${result.status}: ${result.stderr}`);
  return { ...result, report: JSON.parse(result.stdout) as { added: number; chunks: number; tokens: number } };
}

/** The same texts through the same model, without a cache, after a first text has loaded the sessions. */
async function embedAlone(config: string): Promise<number> {
  const catalog = await openSqliteCatalog({ path: join(dirname(config), '.persea', 'catalog.db') });
  const embedder = createLocalEmbedder(await provisionModel(modelVariant(values.model)));
  try {
    const scope = systemScope('bench');
    const texts: string[] = [];
    for (const { documentId, title } of await catalog.documents(scope)) {
      const stored = await catalog.text(scope, documentId);
      if (stored === undefined) continue;
      const chunks = structureChunker.chunk({ ...stored, title }, embedder.tokens, defaultChunkerOptions);
      texts.push(...chunks.map((chunk) => chunk.indexText));
    }
    await embedder.embedDocuments(['warm', 'up']);
    const startedAt = performance.now();
    await embedder.embedDocuments(texts);
    return (performance.now() - startedAt) / 1_000;
  } finally {
    await embedder.close();
    await catalog.close();
  }
}
