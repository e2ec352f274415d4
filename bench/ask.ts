/**
 * What a question costs beside its model, in a running server at 20,000 chunks, and many streamed answers at a time: `npm run bench:ask`.
 * The handbook of the fixtures lies among made documents, so that questions have an answer. A fake model says the passages' own
 * sentences, at once where the overhead is measured, and a word each 20 ms over a socket where answers are streamed. Milliseconds
 * depend on what else the machine does; processor time, of server and client together, hardly. Server, model and clients are one process, which
 * runs with the settings of the command.
 */
import { readFileSync } from 'node:fs';
import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { generateApiKey } from '../src/access/api-key.ts';
import { type App, openApp } from '../src/app.ts';
import { approximateTokens } from '../src/core/tokens.ts';
import { startServer } from '../src/http/serve.ts';
import type { GenerateEvent, GenerateRequest, LanguageModel } from '../src/llm/language-model.ts';
import { mean } from '../src/eval/metrics.ts';
import type { AskClientsResult, AskClientsTask } from './ask-clients.ts';
import { fillMadeIndex } from './made-index.ts';
import { machine, print, quantile, repositoryRoot, withTemporaryFolder } from './support.ts';

const { values } = parseArgs({
  options: {
    chunks: { type: 'string', default: '20000' },
    questions: { type: 'string', default: '150' },
    clients: { type: 'string', default: '50' },
    seconds: { type: 'string', default: '60' },
  },
});
const warmUp = 20;
const principalId = 'reader';

await withTemporaryFolder(async (folder) => {
  const configPath = join(folder, 'persea.yaml');
  const configure = (models: string) =>
    writeFile(
      configPath,
      `sources: [{ name: handbook, path: ./handbook, label: { anyOf: [staff] } }]
limits: { questionsPerMinute: 1000000, queue: 1000 }
server: { port: 0 }
answer: { cache: { entries: 0 } }
${models}`,
    );
  await configure('');
  await writeFile(
    join(folder, 'access.yaml'),
    `groups: { all: { tags: [staff, hr, it] } }\nprincipals: { ${principalId}: { groups: [all], roles: [employee] } }\n`,
  );
  await cp(join(repositoryRoot, 'fixtures/handbook'), join(folder, 'handbook'), { recursive: true });
  await fillMadeIndex(configPath, Number(values.chunks));
  const filling = await openApp({ configPath, mayPullModels: true });
  const { chunks } = await filling.ingestor.ingest();
  const { key, hash } = generateApiKey();
  await filling.catalog.createApiKey({ principalId, name: 'bench', hash });
  await filling.close();
  print(`${values.chunks} made chunks and ${chunks} of the handbook. ${machine()}`);

  await serving(await openApp({ configPath, models: [{ model: quotingModel(), maxOutputTokens: 200 }] }), (url) =>
    measureOverhead(url, key),
  );
  const clients = new Worker(new URL('./ask-clients.ts', import.meta.url));
  const baseUrl = await replyOf<string>(clients, { type: 'serve-model' });
  await configure(
    `models: [{ id: fake, provider: openai-compatible, model: fake, baseUrl: "${baseUrl}", zone: local, concurrency: 1000 }]`,
  );
  await serving(await openApp({ configPath }), (url) => measureStreams(url, key, clients));
  await clients.terminate();
});

async function serving(app: App, use: (url: string) => Promise<void>): Promise<void> {
  const running = await startServer(app, { logTo: { write: () => undefined } });
  try {
    await use(running.url);
  } finally {
    await running.stop();
    await app.close();
  }
}

/** Asked twice: what sentences mean is looked up where it was asked for before, and computed where not. */
async function measureOverhead(url: string, key: string): Promise<void> {
  print('| questions, one at a time | answered | p50 ms | p95 ms | retrieval alone p50 ms | processor ms a question |');
  print('| --- | --- | --- | --- | --- | --- |');
  for (const what of ['asked for the first time', 'asked again']) {
    const times: number[] = [];
    const retrieving: number[] = [];
    let before = process.cpuUsage();
    for (const [index, question] of questions().entries()) {
      if (index === warmUp) before = process.cpuUsage();
      const startedAt = performance.now();
      const response = await fetch(`${url}/v1/ask`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: JSON.stringify({ question }),
      });
      const answer = (await response.json()) as { status: string; usage: { ms: { retrieve: number } } };
      if (!response.ok) throw new Error(`The server answered with ${response.status}.`);
      // The first ones load the model and the indexes; without an answer nothing was packed or checked.
      if (index < warmUp || answer.status !== 'answered') continue;
      times.push(performance.now() - startedAt);
      retrieving.push(answer.usage.ms.retrieve);
    }
    const { user, system } = process.cpuUsage(before);
    const spentMs = (user + system) / 1000 / (questions().length - warmUp);
    print(
      `| ${what} | ${times.length} | ${quantile(times, 0.5).toFixed(1)} | ${quantile(times, 0.95).toFixed(1)} | ${quantile(retrieving, 0.5).toFixed(0)} | ${spentMs.toFixed(0)} |`,
    );
  }
}

async function measureStreams(url: string, key: string, clients: Worker): Promise<void> {
  const task: AskClientsTask = {
    type: 'ask',
    url,
    key,
    questions: questions(),
    clients: Number(values.clients),
    seconds: Number(values.seconds),
  };
  await replyOf<AskClientsResult>(clients, { ...task, clients: 4, seconds: 5 });
  const delay = monitorEventLoopDelay({ resolution: 5 });
  const memory: number[] = [];
  const watch = setInterval(() => memory.push(process.memoryUsage().rss / 1e6), 1_000);
  delay.enable();
  const result = await replyOf<AskClientsResult>(clients, task);
  delay.disable();
  clearInterval(watch);
  print('');
  print(
    '| streams at a time | answers | errors | first sentence p50 ms | p95 ms | event-loop delay p50 ms | p99 ms | memory by quarters of the time, MB |',
  );
  print('| --- | --- | --- | --- | --- | --- | --- | --- |');
  print(
    `| ${values.clients} | ${result.answers} | ${result.errors.length} | ${quantile(result.firstMs, 0.5).toFixed(0)} | ${quantile(result.firstMs, 0.95).toFixed(0)} | ${(delay.percentile(50) / 1e6).toFixed(1)} | ${(delay.percentile(99) / 1e6).toFixed(1)} | ${quarterMeans(memory).join(', ')} |`,
  );
  for (const error of new Set(result.errors)) print(`- ${error}`);
  if (result.errors.length > 0) process.exitCode = 1;
}

function quarterMeans(samples: readonly number[]): readonly string[] {
  const quarter = Math.floor(samples.length / 4);
  return [0, 1, 2, 3].map((index) => mean(samples.slice(index * quarter, (index + 1) * quarter)).toFixed(0));
}

function replyOf<Reply>(worker: Worker, task: AskClientsTask): Promise<Reply> {
  return new Promise((resolve, reject) => {
    worker.once('error', reject);
    worker.once('message', (reply: Reply) => {
      worker.removeListener('error', reject);
      resolve(reply);
    });
    worker.postMessage(task);
  });
}

/** Those of the fixtures that have an answer. */
function questions(): readonly string[] {
  const lines = readFileSync(join(repositoryRoot, 'fixtures/cases.jsonl'), 'utf8').trim().split('\n');
  const cases = lines.map((line) => JSON.parse(line) as { question: string; answerable: boolean });
  const asked = cases.filter(({ answerable }) => answerable).map(({ question }) => question);
  return Array.from({ length: Number(values.questions) + warmUp }, (_, index) => asked[index % asked.length] ?? '');
}

/** Says the best sentences word for word, without a moment's thought. */
function quotingModel(): LanguageModel {
  return {
    id: 'quoting',
    provider: 'fake',
    zone: 'local',
    contextTokens: 8192,
    price: { inputPerMTok: 0, outputPerMTok: 0 },
    tokens: approximateTokens,
    async *generate({ evidence, window }: GenerateRequest): AsyncGenerator<GenerateEvent> {
      for (const { text, documentId, start, end } of evidence.sentences.slice(0, 3)) {
        const item = window.items.find((one) => one.documentId === documentId && one.start <= start && one.end >= end);
        if (item !== undefined) yield { type: 'text-delta', text: `${text} [${item.marker}] ` };
      }
      yield { type: 'finish', finishReason: 'stop', inputTokens: 0, outputTokens: 0 };
    },
  };
}
