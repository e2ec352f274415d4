/**
 * Speed and memory of local embeddings: `node bench/embedding.ts [seconds a run]`. Texts of 256 tokens from scifact-train,
 * else from the fixtures. Each row is a process of its own, so that its memory is its own.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { machine, median, print, quantile, repositoryRoot, runCommand, sharedData } from './support.ts';

interface Row {
  readonly model: string;
  readonly workers: number;
  readonly texts: number;
  readonly tokensPerText: number;
  readonly tokensPerSecond: number;
  /** Of the thread that asks, while bulk work runs. */
  readonly loopDelayP99Ms: number;
  readonly loopDelayMaxMs: number;
  readonly residentMegabytes: number;
  /** From the call to the first vector, the thread started before (`isWarm`) or by the call. */
  readonly firstQueryMs: number;
  readonly idleQueryMs: number;
  /** A question while bulk work runs: median and 95 %. */
  readonly busyQueryMs: number;
  readonly busyQueryP95Ms: number;
  readonly tokenizerLoadMs: number;
  readonly importMs: number;
}

const specialTokens = 2;
const tokensPerText = 256;
const question = 'How many days of annual leave do employees in Leeds have?';
const [first, second, third] = process.argv.slice(2);

if (first === 'row') print(JSON.stringify(await measure(second ?? '', Number(third), Number(process.argv[5]))));
else await compare(Number(first ?? 15));

async function compare(seconds: number): Promise<void> {
  print(`Embedding texts of ${tokensPerText} tokens from ${corpusName()}, ${seconds} s a row. ${machine()}`);
  print(
    '| model, q8 | threads | tokens/s | a thread | MB | loop p99 ms | first question ms | idle | while busy p50 / p95 |',
  );
  print('| --- | --- | --- | --- | --- | --- | --- | --- | --- |');
  const rows: Row[] = [];
  for (const model of ['bge-small-en-v1.5', 'all-MiniLM-L6-v2'])
    for (const workers of new Set([1, availableParallelism()])) {
      const args = [fileURLToPath(import.meta.url), 'row', model, String(workers), String(seconds)];
      const { stdout, stderr, status } = await runCommand(process.execPath, args);
      if (status !== 0) throw new Error(stderr);
      const row: Row = JSON.parse(stdout);
      rows.push(row);
      const cells = [
        model,
        workers,
        row.tokensPerSecond.toFixed(0),
        (row.tokensPerSecond / workers).toFixed(0),
        row.residentMegabytes.toFixed(0),
        row.loopDelayP99Ms.toFixed(1),
        row.firstQueryMs.toFixed(0),
        row.idleQueryMs.toFixed(1),
        `${row.busyQueryMs.toFixed(0)} / ${row.busyQueryP95Ms.toFixed(0)}`,
      ];
      print(`| ${cells.join(' | ')} |`);
    }
  print(JSON.stringify({ machine: machine(), rows }));
}

async function measure(name: string, workers: number, seconds: number): Promise<Row> {
  const startedAt = performance.now();
  const [{ modelVariant }, { provisionModel }, { createLocalEmbedder }] = await Promise.all([
    import('../src/models/manifest.ts'),
    import('../src/models/provision.ts'),
    import('../src/embedding/local.ts'),
  ]);
  const importMs = performance.now() - startedAt;
  const provisioned = await provisionModel(modelVariant(name));

  const askedAt = performance.now();
  const embedder = createLocalEmbedder(provisioned, { workers, isWarm: true });
  await embedder.embedQuery(question);
  const firstQueryMs = performance.now() - askedAt;

  const countedAt = performance.now();
  embedder.tokens.count('first');
  const tokenizerLoadMs = performance.now() - countedAt;
  const texts = textsOf((text) => embedder.tokens.count(text));

  const idle: number[] = [];
  for (let run = 0; run < 40; run++) idle.push(await timed(() => embedder.embedQuery(`${question} ${run}`)));

  // Once round, so that every thread is loaded before the clock starts.
  await embedder.embedDocuments(texts.slice(0, 60));
  let done = 0;
  let residentBytes = 0;
  const nextTexts = (count: number) =>
    Array.from({ length: count }, (_, index) => texts[(done + index) % texts.length] ?? '');
  const bulk = async (endsAt: number, afterBatch?: () => Promise<void>) => {
    while (performance.now() < endsAt) {
      await embedder.embedDocuments(nextTexts(8));
      done += 8;
      residentBytes = Math.max(residentBytes, process.memoryUsage().rss);
      await afterBatch?.();
    }
  };
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const bulkAt = performance.now();
  await Promise.all([bulk(bulkAt + seconds * 1_000), bulk(bulkAt + seconds * 1_000), bulk(bulkAt + seconds * 1_000)]);
  const tokensPerSecond = (done * tokensPerText) / ((performance.now() - bulkAt) / 1_000);
  delay.disable();
  const measuredTexts = done;

  const busy: number[] = [];
  const busyUntil = performance.now() + 4_000;
  const askNow = async () => {
    busy.push(await timed(() => embedder.embedQuery(`${question} ${busy.length}`)));
  };
  await Promise.all([bulk(busyUntil), bulk(busyUntil), bulk(busyUntil, askNow)]);
  await embedder.close();
  return {
    model: name,
    workers,
    texts: measuredTexts,
    tokensPerText,
    tokensPerSecond,
    loopDelayP99Ms: delay.percentile(99) / 1e6,
    loopDelayMaxMs: delay.max / 1e6,
    residentMegabytes: residentBytes / 1e6,
    firstQueryMs,
    idleQueryMs: median(idle),
    busyQueryMs: median(busy),
    busyQueryP95Ms: quantile(busy, 0.95),
    tokenizerLoadMs,
    importMs,
  };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

function corpusName(): string {
  return existsSync(join(sharedData, 'scifact-train')) ? 'scifact-train' : 'fixtures';
}

/** Texts of exactly as many tokens, cut out of the corpus word by word. */
function textsOf(count: (text: string) => number): readonly string[] {
  const texts: string[] = [];
  let words: string[] = [];
  let tokens = specialTokens;
  for (const word of corpusText().split(/\s+/)) {
    const more = count(word);
    if (tokens + more > tokensPerText) {
      if (tokens === tokensPerText) texts.push(words.join(' '));
      if (texts.length === 300) break;
      words = [];
      tokens = specialTokens;
    }
    words.push(word);
    tokens += more;
  }
  return texts;
}

function corpusText(): string {
  const corpus = join(sharedData, 'scifact-train', 'corpus.jsonl');
  if (existsSync(corpus)) return readFileSync(corpus, 'utf8').split('\n', 1_500).map(plainText).join('\n');
  const folder = join(repositoryRoot, 'fixtures', 'handbook');
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.md'));
  return names.map((name) => readFileSync(join(folder, name), 'utf8')).join('\n');
}

function plainText(line: string): string {
  if (line === '') return '';
  const { text }: { readonly text?: string } = JSON.parse(line);
  return text ?? '';
}
