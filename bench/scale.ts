/**
 * Search at scale under rights: `npm run bench:scale -- --rows N` (`--force-index` brings the planner's thresholds down so far
 * that searches take the index; `--folder PATH` for where the data go; `--written` takes what an earlier run left in that folder;
 * `--no-labels` leaves out the many labels). Fails on a recall below .98, on a result list that is too short, on a foreign result,
 * and where the index was meant to be taken and was not.
 */
import { fork } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { RevisionWriter } from '../ingest/revision-writer.ts';
import { type AccessScope, systemScope } from '../src/access/scope.ts';
import { openSqliteCatalog } from '../src/catalog/sqlite.ts';
import { type LanceChunkStoreOptions, openLanceChunkStore } from '../src/store/lancedb.ts';
import { tellingPlans, withoutVectorIndexes } from '../test/support/lance-table.ts';
import { madeRevision } from './made-revision.ts';
import {
  chunksPerDocument,
  dimensions,
  documentAt,
  keyOfText,
  type Person,
  people,
  questionAt,
  scopeHoldingTags,
  wordsPerChunk,
  visibleRows,
} from './scale/corpus.ts';
import { measureManyLabels } from './scale/many-labels.ts';
import type { ColdResult, LoadResult, MemoryResult, Request, Setup, VisibilityResult } from './scale/protocol.ts';
import { resultRows, tableName } from './scale/protocol.ts';
import { machine, print, withTemporaryFolder } from './support.ts';

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '100000' },
    'force-index': { type: 'boolean', default: false },
    folder: { type: 'string' },
    written: { type: 'boolean', default: false },
    questions: { type: 'string', default: '60' },
    'load-seconds': { type: 'string', default: '6' },
    'no-labels': { type: 'boolean', default: false },
  },
});
const documents = Math.ceil(Number(values.rows) / chunksPerDocument);
const rows = documents * chunksPerDocument;
const questions = Number(values.questions);
/** Of the questions, so many are compared with an exact search, which is slow. */
const comparedQuestions = Math.min(questions, 30);
const isForced = values['force-index'];
/** The same shares of the rows as at a million. */
const search = isForced ? { wholeIndexRows: 0, exactRows: Math.floor(rows * 0.015) } : {};
const maintenance = isForced ? { vectorIndexRows: Math.floor(rows / 2) } : {};
const minRecall = 0.98;
/** As many chunks as a writer adds in a second while questions are asked: several times what embedding on two cores yields. */
const writtenPerSecond = 200;
const system = systemScope('bench');
const problems: string[] = [];

if (values.folder === undefined) await withTemporaryFolder(run);
else await run(values.folder);
for (const problem of problems.slice(0, 20)) print(`- ${problem}`);
print(problems.length === 0 ? '\nNothing short, nothing foreign.' : `\n${problems.length} problems.`);
process.exitCode = problems.length === 0 ? 0 : 1;

async function run(folder: string): Promise<void> {
  const startedAt = performance.now();
  print(`Search at ${rows} chunks of ${dimensions} dimensions${isForced ? ', index forced' : ''}. ${machine()}\n`);
  const place = { directory: join(folder, 'lance'), tableName, dimensions };
  const catalog = await openSqliteCatalog({ path: join(folder, 'catalog.db') });
  const store = await openLanceChunkStore({ ...place, maintenance });
  const writer = new RevisionWriter(catalog, store);
  await catalog.beginWriting();
  print('| what | s |');
  print('| --- | --- |');
  if (!values.written) await step(`${rows} chunks written, indexes following`, () => write(writer, 0, documents));
  await step('optimized and indexed at the end', () => store.optimize());
  await step('optimized, nothing to do', () => store.optimize());
  const setup: Setup = { folder, documents, search, latencyQuestions: questions };
  const asker = startAsking(setup);
  try {
    const cold = await asker.ask<ColdResult>({ kind: 'cold' });
    print(`| first question: vector | ${(cold.firstVectorMs / 1_000).toFixed(2)} |`);
    print(`| first question: keyword | ${(cold.firstKeywordMs / 1_000).toFixed(2)} |`);
    await measureVisibility(place, asker);
    const memory = await asker.ask<MemoryResult>({ kind: 'memory' });
    print(
      `\nMemory of the process that asks: ${memory.residentMegabytes.toFixed(0)} MB, at most ${memory.peakMegabytes.toFixed(0)} MB.`,
    );
    await measureLoad(asker, writer);
    await measureMaintenance(place, asker, writer);
    const last = await asker.ask<MemoryResult>({ kind: 'memory' });
    print(`\nMemory of the process that asks, after load: at most ${last.peakMegabytes.toFixed(0)} MB.`);
    const { neededBytes } = await store.describe(system);
    print(`Rows of the present version: ${(neededBytes / 1e6).toFixed(0)} MB.`);
  } finally {
    asker.stop();
    await store.close();
    await catalog.close();
  }
  print(
    `On disk: index with former versions ${megabytes(join(folder, 'lance'))} MB, catalogue ${megabytes(join(folder, 'catalog.db'))} MB.`,
  );
  if (!values['no-labels']) problems.push(...(await measureManyLabels(folder, rows, { search, maintenance })));
  print(`\n${((performance.now() - startedAt) / 1_000).toFixed(0)} s in all.`);
}

async function write(writer: RevisionWriter, first: number, count: number): Promise<void> {
  for (let document = first; document < first + count; document++) {
    const { label, texts, vectors } = documentAt(document);
    await writer.room();
    const [uri, title] = [`made/${document}.md`, `Document ${document}`];
    writer
      .write(madeRevision({ uri, title, label, texts, vectors, tokensPerChunk: wordsPerChunk }))
      .catch((thrown: unknown) => problems.push(`a document was not written: ${String(thrown)}`));
  }
  await writer.flush();
}

async function measureVisibility(place: LanceChunkStoreOptions, asker: Asker): Promise<void> {
  const exact = await openLanceChunkStore({ ...place, wrapTable: withoutVectorIndexes });
  const catalog = await openSqliteCatalog({ path: join(place.directory, '..', 'catalog.db') });
  const labels = await catalog.labels(system);
  await catalog.close();
  print(
    `\n${labels.length} labels, ${resultRows} results, ${questions} questions a line, ${comparedQuestions} of them against an exact search\n`,
  );
  print(
    '| visible | rows | vector p50 / p95 ms | keyword p50 / p95 ms | hybrid with re-check p50 / p95 ms | recall@10 | too short | foreign | searches through an index |',
  );
  print('| --- | --- | --- | --- | --- | --- | --- | --- | --- |');
  let indexed = 0;
  for (const [index, person] of people.entries()) {
    const scope = scopeHoldingTags([person.tag], labels);
    const truth: (readonly string[])[] = [];
    for (let number = 0; number < comparedQuestions; number++) {
      const { vector } = questionAt(person, number);
      const nearest = await exact.vectorSearch(scope, vector, { limit: resultRows });
      truth.push(nearest.map(({ chunk }) => keyOfText(chunk.text)));
    }
    const result = await asker.ask<VisibilityResult>({ kind: 'visibility', person: index, truth });
    const ways = await waysTaken(place, scope, person);
    const visible = visibleRows(person, documents);
    const times = [result.vector, result.keyword, result.hybrid].map(
      ({ p50, p95 }) => `${p50.toFixed(1)} / ${p95.toFixed(1)}`,
    );
    print(
      `| ${person.name} | ${visible} | ${times.join(' | ')} | ${result.recall.toFixed(3)} | ${result.short} | ${result.foreign} | ${ways.indexed} of ${ways.searches} |`,
    );
    indexed += ways.indexed;
    if (result.short > 0) problems.push(`${person.name}: ${result.short} lists were too short`);
    if (result.foreign > 0) problems.push(`${person.name}: ${result.foreign} foreign results`);
    // Where all near rows are hidden, the visible ones are far and almost equally far: their recall is told, not demanded.
    if (!person.isAgainst && !(result.recall >= minRecall)) {
      problems.push(`${person.name}: recall ${result.recall.toFixed(3)} is below ${minRecall}`);
    }
  }
  if (isForced && indexed === 0) problems.push('no search went through the index');
  await exact.close();
}

/** Apart from the timing, because a plan takes time to tell; and here, because another store takes memory. */
async function waysTaken(
  place: LanceChunkStoreOptions,
  scope: AccessScope,
  person: Person,
): Promise<{ readonly indexed: number; readonly searches: number }> {
  let [indexed, searches] = [0, 0];
  const watched = await openLanceChunkStore({
    ...place,
    search,
    wrapTable: (table) =>
      tellingPlans(table, (plan) => {
        searches += 1;
        if (plan.includes('ANN')) indexed += 1;
      }),
  });
  for (let number = 0; number < 5; number++) {
    await watched.vectorSearch(scope, questionAt(person, number).vector, { limit: resultRows });
  }
  await watched.close();
  return { indexed, searches };
}

async function measureLoad(asker: Asker, writer: RevisionWriter): Promise<void> {
  print(`\nHybrid questions while ${writtenPerSecond} chunks a second are written\n`);
  print('| in flight | questions/s | p50 / p95 ms | too short | foreign |');
  print('| --- | --- | --- | --- | --- |');
  const written = { next: documents };
  for (const inFlight of [1, 2, 4, 8]) {
    const answer = asker.ask<LoadResult>({ kind: 'load', inFlight, mode: 'hybrid' });
    const until = performance.now() + Number(values['load-seconds']) * 1_000;
    while (performance.now() < until) {
      const beganAt = performance.now();
      await write(writer, written.next, writtenPerSecond / chunksPerDocument);
      written.next += writtenPerSecond / chunksPerDocument;
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, 1_000 - (performance.now() - beganAt))));
    }
    asker.endLoad();
    reportLoad(String(inFlight), await answer);
  }
}

/** What is due after some writing, and a new training of the vectors' index, both while questions are asked. */
async function measureMaintenance(place: LanceChunkStoreOptions, asker: Asker, writer: RevisionWriter): Promise<void> {
  print('\nQuestions by vector, two in flight, while the store is maintained\n');
  print('| meanwhile | s | questions/s | p50 / p95 ms | too short | foreign |');
  print('| --- | --- | --- | --- | --- | --- |');
  await write(writer, documents * 2, 100);
  const eager = await openLanceChunkStore({
    ...place,
    maintenance: { ...maintenance, unindexedRows: 0, unindexedShare: 0 },
  });
  const retraining = await openLanceChunkStore({ ...place, maintenance: { ...maintenance, retrainGrowth: 1 } });
  for (const [what, maintained] of [
    ['1,000 rows more are taken into the indexes', eager],
    ['the index of vectors is trained anew', retraining],
  ] as const) {
    const answer = asker.ask<LoadResult>({ kind: 'load', inFlight: 2, mode: 'vector' });
    const startedAt = performance.now();
    await maintained.optimize();
    const seconds = (performance.now() - startedAt) / 1_000;
    asker.endLoad();
    reportLoad(`${what} | ${seconds.toFixed(1)}`, await answer);
    await maintained.close();
  }
}

function reportLoad(what: string, { perSecond, p50, p95, short, foreign }: LoadResult): void {
  print(`| ${what} | ${perSecond.toFixed(1)} | ${p50.toFixed(1)} / ${p95.toFixed(1)} | ${short} | ${foreign} |`);
  if (short > 0) problems.push(`${what}: ${short} lists were too short`);
  if (foreign > 0) problems.push(`${what}: ${foreign} foreign results`);
}

interface Asker {
  ask<Result>(request: Request): Promise<Result>;
  endLoad(): void;
  stop(): void;
}

function startAsking(setup: Setup): Asker {
  // As the command itself runs (the first line of src/cli/main.ts).
  const env = { ...process.env, MALLOC_ARENA_MAX: '2', MALLOC_TRIM_THRESHOLD_: '1000000' };
  const child = fork(join(import.meta.dirname, 'scale/query-process.ts'), [JSON.stringify(setup)], {
    env,
    execArgv: ['--max-semi-space-size=8'],
  });
  return {
    ask: <Result>(request: Request) =>
      new Promise<Result>((resolve, reject) => {
        const onExit = () => reject(new Error('The process that asks ended.'));
        child.once('exit', onExit);
        child.once('message', (message: { readonly result: Result } | { readonly error: string }) => {
          child.off('exit', onExit);
          if ('error' in message) reject(new Error(message.error));
          else resolve(message.result);
        });
        child.send(request);
      }),
    endLoad: () => child.send({ kind: 'stop' }),
    stop: () => child.kill(),
  };
}

async function step(what: string, work: () => Promise<void>): Promise<void> {
  const startedAt = performance.now();
  await work();
  print(`| ${what} | ${((performance.now() - startedAt) / 1_000).toFixed(1)} |`);
}

function megabytes(path: string): string {
  if (statSync(path).isFile()) return (statSync(path).size / 1e6).toFixed(0);
  const files = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return (files.reduce((sum, file) => sum + statSync(join(file.parentPath, file.name)).size, 0) / 1e6).toFixed(0);
}
