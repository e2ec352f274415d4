/** Asks the questions of `bench:scale` in a process of its own, so that its memory is that of a process which only reads. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AccessScope } from '../../src/access/scope.ts';
import { systemScope } from '../../src/access/scope.ts';
import { openSqliteCatalog } from '../../src/catalog/sqlite.ts';
import { approximateTokens } from '../../src/core/tokens.ts';
import type { Embedder } from '../../src/embedding/embedder.ts';
import { createHybridRetriever } from '../../src/retrieval/hybrid.ts';
import type { ScoredChunk } from '../../src/store/chunk-store.ts';
import { openLanceChunkStore } from '../../src/store/lancedb.ts';
import { quantile } from '../support.ts';
import {
  dimensions,
  documentOfText,
  keyOfText,
  maySee,
  type MadeQuestion,
  type Person,
  people,
  questionAt,
  scopeHoldingTags,
  visibleRows,
} from './corpus.ts';
import {
  type ColdResult,
  type Latency,
  type LoadResult,
  type MemoryResult,
  type Request,
  resultRows,
  type Setup,
  tableName,
  type VisibilityResult,
} from './protocol.ts';
import { guarded } from '../../test/support/guarded.ts';

const setup = JSON.parse(process.argv[2] ?? '{}') as Setup;
const directory = join(setup.folder, 'lance');
const store = await openLanceChunkStore({ directory, tableName, dimensions, search: setup.search });
const catalog = await openSqliteCatalog({ path: join(setup.folder, 'catalog.db') });
const labels = await catalog.labels(systemScope('bench'));
const scopes = people.map(({ tag }) => scopeHoldingTags([tag], labels));
/** Vectors of questions are ready: embedding is measured elsewhere. */
const vectors = new Map<string, Float32Array>();
const embedder: Embedder = {
  fingerprint: 'ready',
  model: 'ready',
  zone: 'local',
  dimensions,
  maxTokens: 512,
  denseWeight: 0.65,
  tokens: approximateTokens,
  embedQuery: async (text) => vectors.get(text) ?? new Float32Array(dimensions),
  embedDocuments: async () => [],
  close: async () => undefined,
};
/** Of each person, not counted: a server that runs has the parts of its indexes in memory that every question reads. */
const warmUpQuestions = 20;
const retriever = createHybridRetriever({ store, catalog, embedder: guarded(embedder) });
let stop: (() => void) | undefined;

process.on('message', (request: Request | { readonly kind: 'stop' }) => {
  if (request.kind === 'stop') stop?.();
  else {
    answer(request).then(
      (result) => process.send?.({ result }),
      (thrown: unknown) => process.send?.({ error: thrown instanceof Error ? (thrown.stack ?? '') : String(thrown) }),
    );
  }
});

async function answer(request: Request): Promise<ColdResult | VisibilityResult | LoadResult | MemoryResult> {
  switch (request.kind) {
    case 'cold':
      return firstQuestions();
    case 'visibility':
      return visibility(request.person, request.truth);
    case 'load':
      return load(request.inFlight, request.mode);
    case 'memory':
      return memory();
  }
}

async function firstQuestions(): Promise<ColdResult> {
  const { person, scope, question } = asked(3, 999);
  const firstVectorMs = await timed(() => store.vectorSearch(scope, question.vector, { limit: resultRows }));
  const firstKeywordMs = await timed(() => store.keywordSearch(scope, question.text, { limit: resultRows }));
  if (person.isAgainst) throw new Error('The first question is meant for somebody else.');
  return { firstVectorMs, firstKeywordMs };
}

async function visibility(index: number, truth: readonly (readonly string[])[]): Promise<VisibilityResult> {
  const times: Record<'vector' | 'keyword' | 'hybrid', number[]> = { vector: [], keyword: [], hybrid: [] };
  const { person } = asked(index, 0);
  const wantedRows = Math.min(resultRows, visibleRows(person, setup.documents));
  let [short, foreign, found, wanted] = [0, 0, 0, 0];
  const judge = (rows: readonly string[]) => {
    foreign += rows.filter((text) => !maySee(person, documentOfText(text))).length;
  };
  const textsOf = (rows: readonly ScoredChunk[]) => rows.map(({ chunk }) => chunk.text);
  for (let number = 0; number < warmUpQuestions; number++) {
    const { scope, question } = asked(index, setup.latencyQuestions + number);
    await retriever.retrieve(scope, question.text);
  }
  for (let number = 0; number < setup.latencyQuestions; number++) {
    const { scope, question } = asked(index, number);
    const limit = resultRows;
    times.vector.push(
      await timed(async () => {
        const texts = textsOf(await store.vectorSearch(scope, question.vector, { limit }));
        judge(texts);
        if (texts.length !== wantedRows || new Set(texts).size !== texts.length) short += 1;
        const nearest = truth[number];
        if (nearest === undefined) return;
        const keys = new Set(texts.map(keyOfText));
        found += nearest.filter((key) => keys.has(key)).length;
        wanted += nearest.length;
      }),
    );
    times.keyword.push(
      await timed(async () => judge(textsOf(await store.keywordSearch(scope, question.text, { limit })))),
    );
    times.hybrid.push(
      await timed(async () => {
        const { passages, mode } = await retriever.retrieve(scope, question.text);
        if (mode !== 'hybrid') throw new Error('The question was not searched by both arms.');
        judge(passages.map(({ chunk }) => chunk.text));
      }),
    );
  }
  return {
    vector: latency(times.vector),
    keyword: latency(times.keyword),
    hybrid: latency(times.hybrid),
    recall: wanted === 0 ? Number.NaN : found / wanted,
    short,
    foreign,
  };
}

/** Questions of people of all shares that see enough for a full list, until told to stop. */
async function load(inFlight: number, mode: 'hybrid' | 'vector'): Promise<LoadResult> {
  const askers = people.flatMap((person, index) =>
    person.isAgainst || visibleRows(person, setup.documents) < resultRows ? [] : [index],
  );
  const times: number[] = [];
  let [isStopped, next, short, foreign] = [false, 0, 0, 0];
  stop = () => {
    isStopped = true;
  };
  const startedAt = performance.now();
  const askOn = async () => {
    while (!isStopped) {
      const number = next++;
      const { person, scope, question } = asked(askers[number % askers.length] ?? 0, number % 500);
      times.push(
        await timed(async () => {
          const texts =
            mode === 'vector'
              ? (await store.vectorSearch(scope, question.vector, { limit: resultRows })).map(({ chunk }) => chunk.text)
              : (await retriever.retrieve(scope, question.text, { topK: resultRows })).passages.map(
                  (p) => p.chunk.text,
                );
          if (texts.length !== resultRows) short += 1;
          foreign += texts.filter((text) => !maySee(person, documentOfText(text))).length;
        }),
      );
    }
  };
  await Promise.all(Array.from({ length: inFlight }, askOn));
  const seconds = (performance.now() - startedAt) / 1_000;
  return { ...latency(times), perSecond: times.length / seconds, short, foreign };
}

function memory(): MemoryResult {
  const peak = /^VmHWM:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? 0;
  return { residentMegabytes: process.memoryUsage().rss / 1e6, peakMegabytes: (Number(peak) * 1_024) / 1e6 };
}

function asked(
  index: number,
  number: number,
): { readonly person: Person; readonly scope: AccessScope; readonly question: MadeQuestion } {
  const [person, scope] = [people[index], scopes[index]];
  if (person === undefined || scope === undefined) throw new Error(`There is no person ${index}.`);
  const question = questionAt(person, number);
  vectors.set(question.text, question.vector);
  return { person, scope, question };
}

async function timed(run: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await run();
  return performance.now() - startedAt;
}

function latency(times: readonly number[]): Latency {
  return { p50: quantile(times, 0.5), p95: quantile(times, 0.95) };
}
