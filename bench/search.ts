/**
 * Searches in a running server over 20,000 chunks, over HTTP and with the question's embedding, alone, several at a time and while another
 * process ingests: `npm run bench:search`. The texts are made (Zipf's law over a made vocabulary), their vectors too, in
 * clusters; questions and their vectors are real. Milliseconds depend on what else the machine does; processor time hardly.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { generateApiKey } from '../src/access/api-key.ts';
import { openSqliteCatalog } from '../src/catalog/sqlite.ts';
import { loadConfig } from '../src/config.ts';
import { RandomNumbers } from '../test/support/random-numbers.ts';
import { fillMadeIndex, madeText } from './made-index.ts';
import { machine, memoryBytes, print, quantile, readProcess, repositoryRoot, withTemporaryFolder } from './support.ts';

const { values } = parseArgs({
  options: { chunks: { type: 'string', default: '20000' }, searches: { type: 'string', default: '300' } },
});
/** They load the model and the indexes. */
const warmUp = 60;
const bulkFiles = 1_500;
/** Until it parses, embeds and writes at once. */
const bulkStartMs = 8_000;

await withTemporaryFolder(async (folder) => {
  const configPath = join(folder, 'persea.yaml');
  await writeFile(
    configPath,
    'limits: { questionsPerMinute: 1000000 }\nserver: { port: 0 }\nsources: [{ name: bulk, path: bulk, label: { anyOf: [staff] } }]\n',
  );
  await writeFile(
    join(folder, 'access.yaml'),
    'groups: { all: { tags: [staff, hr, it] }, staff: { tags: [staff] } }\nprincipals:\n  broad: { groups: [all], roles: [employee] }\n  narrow: { groups: [staff], roles: [employee] }\n',
  );
  await fillMadeIndex(configPath, Number(values.chunks));
  const catalog = await openSqliteCatalog({ path: join(loadConfig({ path: configPath }).dataDir, 'catalog.db') });
  const server = start(['serve', '--json', '--config', configPath]);
  const url = await addressOf(server);
  const keyOf = async (principalId: string) => {
    const { key, hash } = generateApiKey();
    await catalog.createApiKey({ principalId, name: 'bench', hash });
    return key;
  };
  const [broad, narrow] = [await keyOf('broad'), await keyOf('narrow')];
  await measure(url, broad, 1, warmUp);
  print(`Searches over HTTP in a running server, ${values.chunks} chunks. ${machine()}\n`);
  print('| person sees | in flight | searches/s | p50 ms | p95 ms | slowest ms | processor ms a search |');
  print('| --- | --- | --- | --- | --- | --- | --- |');
  const row = async (seen: string, key: string, inFlight: number, searches: number) => {
    const before = processorSeconds(server.pid);
    const { times, seconds } = await measure(url, key, inFlight, searches);
    const spent = ((processorSeconds(server.pid) - before) * 1_000) / searches;
    const at = (share: number) => quantile(times, share).toFixed(1);
    print(
      `| ${seen} | ${inFlight} | ${(searches / seconds).toFixed(1)} | ${at(0.5)} | ${at(0.95)} | ${at(1)} | ${spent.toFixed(1)} |`,
    );
  };
  const searches = Number(values.searches);
  for (const [seen, key] of [
    ['all', broad],
    ['a third', narrow],
  ] as const) {
    await row(seen, key, 1, searches);
  }
  for (const inFlight of [2, 4]) await row('all', broad, inFlight, searches);
  await writeBulk(join(folder, 'bulk'));
  const ingest = start(['ingest', '--json', '--config', configPath]);
  await delay(bulkStartMs);
  await row('all, while a bulk ingest runs', broad, 1, searches);
  if (ingest.exitCode !== null) throw new Error('The ingest ended before the searches did; more files are needed.');
  await row('all, while a bulk ingest runs', broad, 4, searches);
  print(`\nMemory of the server: ${(memoryBytes(server.pid ?? 0) / 1e6).toFixed(0)} MB.`);
  await ended(ingest);
  await ended(server);
  await catalog.close();
});

/** The command as it stands in the sources, its messages left aside. */
function start(args: readonly string[]): ChildProcess {
  const command = join(repositoryRoot, 'src/cli/main.ts');
  return spawn(process.execPath, [command, ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
}

async function addressOf(server: ChildProcess): Promise<string> {
  let printed = '';
  for await (const piece of server.stdout ?? []) {
    printed += String(piece);
    const url = /http:[^"]+/.exec(printed)?.[0];
    if (url !== undefined) {
      server.stdout?.resume();
      return url;
    }
  }
  throw new Error('The server did not start.');
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGINT');
  await exit;
}

/** All its threads since it was started, as the system counts it; 0 where it does not tell. */
function processorSeconds(pid: number | undefined): number {
  const ticks = /\) \S(?: -?\d+){10} (\d+) (\d+)/.exec(readProcess(pid ?? 0, 'stat') ?? '');
  return ticks === null ? 0 : (Number(ticks[1]) + Number(ticks[2])) / 100;
}

async function measure(url: string, key: string, inFlight: number, searches: number) {
  const waiting = [...questions().slice(0, searches)];
  const times: number[] = [];
  const ask = async () => {
    for (let query = waiting.pop(); query !== undefined; query = waiting.pop()) {
      const askedAt = performance.now();
      const response = await fetch(`${url}/v1/search`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: JSON.stringify({ query }),
      });
      const { hits } = (await response.json()) as { hits: readonly unknown[] };
      if (hits.length === 0) throw new Error(`"${query}" found nothing (${response.status})`);
      times.push(performance.now() - askedAt);
    }
  };
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: inFlight }, ask));
  return { times, seconds: (performance.now() - startedAt) / 1_000 };
}

/** Enough to be embedded for minutes. */
async function writeBulk(folder: string): Promise<void> {
  const numbers = new RandomNumbers(2);
  const random = () => numbers.next();
  await mkdir(folder);
  for (let file = 0; file < bulkFiles; file++) {
    const paragraphs = Array.from({ length: 10 }, () => madeText(random));
    await writeFile(join(folder, `${file}.md`), `# File ${file}\n\n${paragraphs.join('\n\n')}\n`);
  }
}

function questions(): readonly string[] {
  const lines = readFileSync(join(repositoryRoot, 'fixtures/cases.jsonl'), 'utf8').trim().split('\n');
  const asked = lines.map((line) => (JSON.parse(line) as { question: string }).question);
  return Array.from(
    { length: Math.max(Number(values.searches), warmUp) },
    (_, index) => asked[index % asked.length] ?? '',
  );
}
