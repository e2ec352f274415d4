/**
 * How soon a watched change counts: `npm run bench:watch` (needs `npm run build`; `--documents N`, `--rounds N`, `--model M`,
 * `none` for keywords only). The built command watches a folder; this process reads beside it, as a server would. Measured
 * are the times from a saved file until a search finds it, and from the acknowledgement of a narrowed label until no reader
 * sees the document any more.
 */
import { spawn } from 'node:child_process';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { type App, openApp } from '../src/app.ts';
import { builtCommand, machine, median, print, quantile, withTemporaryFolder } from './support.ts';

const { values } = parseArgs({
  options: {
    documents: { type: 'string', default: '2000' },
    rounds: { type: 'string', default: '30' },
    model: { type: 'string', default: 'bge-small-en-v1.5' },
  },
});
const rounds = Number(values.rounds);
const perFolder = 100;
const pollMs = 5;
const patienceMs = 60_000;

await withTemporaryFolder(async (folder) => {
  const docs = join(folder, 'docs');
  for (let index = 0; index < Number(values.documents); index++) {
    const directory = join(docs, `folder-${Math.floor(index / perFolder)}`);
    if (index % perFolder === 0) await mkdir(directory, { recursive: true });
    await writeFile(join(directory, `${index}.md`), textOf(`number ${index}`));
  }
  const config = join(folder, 'persea.yaml');
  const embedding = values.model === 'none' ? '{ provider: none }' : `{ provider: local, model: ${values.model} }`;
  await writeFile(
    config,
    `sources: [{ name: docs, path: ./docs, label: { anyOf: [staff] } }]\nembedding: ${embedding}\n`,
  );
  await writeFile(
    join(folder, 'access.yaml'),
    'groups: { staff: { tags: [staff] } }\nprincipals: { bob: { groups: [staff], roles: [employee] } }\n',
  );
  const watch = spawn(builtCommand, ['ingest', '--watch', '--config', config, '--json'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  try {
    const lines = createInterface({ input: watch.stderr });
    const until = (isIt: (line: string) => boolean) =>
      new Promise<void>((resolve, reject) => {
        watch.once('close', () => reject(new Error('The watch ended by itself.')));
        const look = (line: string) => {
          if (!isIt(line)) return;
          lines.off('line', look);
          resolve();
        };
        lines.on('line', look);
      });
    await until((line) => line.includes('Watching'));
    const app = await openApp({ configPath: config });
    try {
      await measure(app, docs, until);
    } finally {
      await app.close();
    }
  } finally {
    watch.kill('SIGINT');
    await new Promise((resolve) => watch.once('close', resolve));
  }
});

async function measure(
  app: App,
  docs: string,
  until: (isIt: (line: string) => boolean) => Promise<void>,
): Promise<void> {
  print(`Watching ${values.documents} documents, model ${values.model}, ${rounds} rounds. ${machine()}`);
  const saved: number[] = [];
  const replaced: number[] = [];
  const bound: number[] = [];
  const boundSinceSaved: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const [word, other] = [`zanzibar${round}a`, `zanzibar${round}b`];
    const directory = join(docs, `round-${round}`);
    await mkdir(directory);
    const path = join(directory, 'saved.md');

    await writeFile(path, textOf(word));
    saved.push(await millisecondsUntil(async () => (await found(app, word)) === 1));

    await writeFile(`${path}.tmp`, textOf(other));
    await rename(`${path}.tmp`, path);
    replaced.push(
      await millisecondsUntil(async () => (await found(app, other)) === 1 && (await found(app, word)) === 0),
    );

    const acknowledged = until((line) => line.includes('"relabelled"') && line.includes(`round-${round}/`));
    const savedAt = performance.now();
    await writeFile(join(directory, '.access.yaml'), 'anyOf: [nobody]\n');
    await acknowledged;
    bound.push(await millisecondsUntil(async () => (await found(app, other)) === 0));
    boundSinceSaved.push(performance.now() - savedAt);
    await rm(directory, { recursive: true });
  }
  print('| from | to | ms p50 | p95 | worst |');
  print('| --- | --- | --- | --- | --- |');
  row('a new file is saved', 'found by a search', saved);
  row('a file is replaced by renaming', 'new text found, old text gone', replaced);
  row('a narrowed label is acknowledged', 'no reader sees the document', bound);
  row('a label file is saved', 'no reader sees the document', boundSinceSaved);
}

function row(from: string, to: string, times: readonly number[]): void {
  const numbers = [median(times), quantile(times, 0.95), Math.max(...times)].map((time) => time.toFixed(0));
  print(`| ${from} | ${to} | ${numbers.join(' | ')} |`);
}

/** How many passages with this word Bob finds. */
async function found(app: App, word: string): Promise<number> {
  const scope = await app.scopeFor(app.principal('bob'));
  const { hits } = await app.search(scope, { query: word, mode: 'keyword' });
  return hits.filter((hit) => hit.text.includes(word)).length;
}

async function millisecondsUntil(isDone: () => Promise<boolean>): Promise<number> {
  const startedAt = performance.now();
  while (!(await isDone())) {
    if (performance.now() - startedAt > patienceMs) throw new Error('Nothing changed for a minute.');
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
  return performance.now() - startedAt;
}

function textOf(word: string): string {
  return `# About ${word}\n\nThis document is about ${word}, and about nothing else that anybody would look for.\n`;
}
