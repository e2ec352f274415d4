/**
 * What it costs to look at a folder again: `npm run bench:rescan` (`--files N`, `--folders N`). Listing alone with hashes, as
 * `persea ingest` does it; the second time as `--watch` does it, which remembers the hashes of what has rested. Last, the
 * whole ingest of what has not changed.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createFolderSource } from '../ingest/sources/folder.ts';
import { openApp } from '../src/app.ts';
import { machine, print, withTemporaryFolder } from './support.ts';

const { values } = parseArgs({
  options: { files: { type: 'string', default: '10000' }, folders: { type: 'string', default: '100' } },
});
const files = Number(values.files);
const folders = Number(values.folders);

await withTemporaryFolder(async (folder) => {
  const docs = join(folder, 'docs');
  for (let index = 0; index < folders; index++) await mkdir(join(docs, `folder-${index}`), { recursive: true });
  for (let index = 0; index < files; index++) {
    await writeFile(
      join(docs, `folder-${index % folders}`, `${index}.md`),
      `# ${index}\n\n${`Text ${index}. `.repeat(50)}\n`,
    );
  }
  // What was written just now is never taken for unchanged.
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  print(`${files} files in ${folders} folders. ${machine()}`);
  print('| step | s | MB more |');
  print('| --- | --- | --- |');
  const source = createFolderSource({
    name: 'docs',
    path: docs,
    include: ['**/*'],
    exclude: [],
    maxFileBytes: 50_000_000,
    rules: [],
    frontMatter: 'narrow',
  });
  await timed('listed, every file read', async () => void (await source.list()));
  await timed('listed again, hashes remembered', async () => void (await source.list()));

  const config = join(folder, 'persea.yaml');
  await writeFile(
    config,
    'sources: [{ name: docs, path: ./docs, label: { anyOf: [staff] } }]\nembedding: { provider: none }\n',
  );
  const app = await openApp({ configPath: config });
  try {
    await timed('first ingest, keywords only', async () => void (await app.ingestor.ingest()));
    await timed('ingest of what has not changed', async () => {
      const { unchanged, tokens } = await app.ingestor.ingest();
      if (unchanged !== files || tokens > 0) throw new Error(`${unchanged} were unchanged, ${tokens} tokens embedded.`);
    });
  } finally {
    await app.close();
  }
});

async function timed(step: string, work: () => Promise<void>): Promise<void> {
  const before = process.memoryUsage().rss;
  const startedAt = performance.now();
  await work();
  const seconds = (performance.now() - startedAt) / 1_000;
  print(`| ${step} | ${seconds.toFixed(1)} | ${((process.memoryUsage().rss - before) / 1e6).toFixed(0)} |`);
}
