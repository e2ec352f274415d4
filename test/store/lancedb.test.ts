import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { connect, type Table } from '@lancedb/lancedb';
import { describe, expect, it, onTestFinished } from 'vitest';
import { canonicalLabel } from '../../src/access/label.ts';
import { systemScope } from '../../src/access/scope.ts';
import { PerseaError } from '../../src/core/errors.ts';
import type { ChunkBatch, ChunkStore } from '../../src/store/chunk-store.ts';
import { type LanceChunkStoreOptions, openLanceChunkStore, type StoreEvent } from '../../src/store/lancedb.ts';
import { batchOf, scopeHolding, vectorAt } from '../support/chunks.ts';
import { tellingPlans } from '../support/lance-table.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const staff = canonicalLabel({ anyOf: ['staff'] });
const hr = canonicalLabel({ anyOf: ['hr'] });
const bob = scopeHolding(['staff'], [staff, hr]);
const system = systemScope('test');
const tableName = 'chunks';

async function openStore(directory: string, options: Partial<LanceChunkStoreOptions> = {}): Promise<ChunkStore> {
  const store = await openLanceChunkStore({ directory, tableName, dimensions: 8, ...options });
  onTestFinished(() => store.close());
  return store;
}

async function rawTable(directory: string): Promise<Table> {
  const connection = await connect(directory, { readConsistencyInterval: 0 });
  onTestFinished(() => connection.close());
  return connection.openTable(tableName);
}

const storeFolder = async () => join(await temporaryFolder(), 'lance');

describe('several processes', () => {
  it('see each other’s writes at once, the first one included', async () => {
    const directory = await storeFolder();
    const reader = await openStore(directory);
    const writer = await openStore(directory);
    expect(await reader.countChunks(system)).toBe(0);
    await writer.writeChunks([batchOf('doc_1', 1, staff, ['leave'])]);
    expect(await reader.keywordSearch(bob, 'leave', { limit: 5 })).toHaveLength(1);
    await writer.writeChunks([batchOf('doc_2', 1, staff, ['leave'])]);
    expect(await reader.vectorSearch(bob, vectorAt(0), { limit: 5 })).toHaveLength(2);
    await writer.relabelDocuments(['doc_2'], hr);
    expect(await reader.keywordSearch(bob, 'leave', { limit: 5 })).toHaveLength(1);
  });

  it('write only while they may', async () => {
    let mayWrite = true;
    const store = await openStore(await storeFolder(), {
      assertMayWrite: () => {
        if (!mayWrite) throw new PerseaError('store-busy', 'Somebody else writes.');
      },
    });
    await store.writeChunks([batchOf('doc_1', 1, staff, ['leave'])]);
    mayWrite = false;
    for (const write of [
      () => store.writeChunks([batchOf('doc_2', 1, staff, ['x'])]),
      () => store.deleteDocuments(['doc_1']),
      () => store.deleteRevision('doc_1', 1),
      () => store.deleteRevisionsBefore([{ documentId: 'doc_1', revision: 2 }]),
      () => store.relabelDocuments(['doc_1'], hr),
      () => store.optimize(),
      () => store.prune(),
    ]) {
      await expect(write()).rejects.toMatchObject({ code: 'store-busy' });
    }
    expect(await store.countChunks(bob)).toBe(1);
  });
});

it('does not mix writes that were asked for at the same time', async () => {
  const store = await openStore(await storeFolder());
  const write = (number: number) => store.writeChunks([batchOf(`doc_${number}`, 1, staff, ['leave', 'sick'])]);
  await Promise.all([...Array.from({ length: 12 }, (_, number) => write(number)), write(3), write(3)]);
  expect(await store.countChunks(system)).toBe(24);
});

it('repairs a missing keyword index with the next write, and tells until then', async () => {
  const directory = await storeFolder();
  const first = await openStore(directory);
  await first.writeChunks([batchOf('doc_1', 1, staff, ['leave'])]);
  await (await rawTable(directory)).dropIndex('indexText_idx');
  const events: StoreEvent[] = [];
  const store = await openStore(directory, { onEvent: (event) => events.push(event) });
  expect(await store.keywordSearch(bob, 'leave', { limit: 5 })).toEqual([]);
  expect(events).toEqual([{ type: 'keyword-index-missing' }]);
  await store.writeChunks([batchOf('doc_2', 1, staff, ['sick'])]);
  expect(await store.keywordSearch(bob, 'leave', { limit: 5 })).toHaveLength(1);
});

it('names what failed, without the engine’s words', async () => {
  const directory = await storeFolder();
  const store = await openStore(directory, {
    wrapTable: (table) =>
      new Proxy(table, {
        get: (target, name) => {
          if (name === 'countRows') return () => Promise.reject(new Error('predicate acl IN (secret)'));
          const value: unknown = Reflect.get(target, name, target);
          return typeof value === 'function' ? value.bind(target) : value;
        },
      }),
  });
  const failure = await store.writeChunks([batchOf('doc_1', 1, staff, ['leave'])]).catch((thrown: unknown) => thrown);
  expect(failure).toMatchObject({ code: 'store-failed', message: expect.not.stringContaining('secret') });
});

describe('the approximate index', () => {
  const dimensions = 16;
  const documents = 60;
  const perDocument = 10;

  /** Reproducible, and spread over the whole space rather than a plane. */
  function vectorOf(number: number): Float32Array {
    let state = number * 2_654_435_761 + 1;
    return Float32Array.from({ length: dimensions }, () => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      return state / 2 ** 31 - 1;
    });
  }

  const batchAt = (number: number): ChunkBatch => {
    const batch = batchOf(
      `doc_${number}`,
      1,
      number % 10 === 0 ? hr : staff,
      Array.from({ length: perDocument }, (_, ordinal) => `leave ${number} ${ordinal}`),
    );
    return { ...batch, vectors: batch.chunks.map(({ ordinal }) => vectorOf(number * perDocument + ordinal)) };
  };

  it('returns min(limit, visible) rows to everyone, and nearly the same ones as an exact search', async () => {
    const directory = await storeFolder();
    const plans: string[] = [];
    const indexed = await openStore(directory, {
      dimensions,
      search: { exactRows: 0, wideShare: 0.05, nprobes: 1 },
      maintenance: { vectorIndexRows: 300 },
      wrapTable: (table) => tellingPlans(table, (plan) => plans.push(plan)),
    });
    await indexed.writeChunks(Array.from({ length: documents }, (_, number) => batchAt(number)));
    await indexed.optimize();
    const exact = await openStore(directory, { dimensions, search: { exactRows: 10_000 } });
    const onlyHr = scopeHolding(['hr'], [staff, hr]);
    let found = 0;
    let wanted = 0;
    for (const [scope, visible] of [
      [system, 600],
      [bob, 540],
      [onlyHr, 60],
    ] as const) {
      for (let number = 0; number < 5; number += 1) {
        for (const limit of [10, 100]) {
          const query = vectorOf(10_000 + number);
          const ids = (await indexed.vectorSearch(scope, query, { limit })).map(({ chunk }) => chunk.chunkId);
          expect(ids).toHaveLength(Math.min(limit, visible));
          expect(new Set(ids).size).toBe(ids.length);
          const truth = (await exact.vectorSearch(scope, query, { limit })).map(({ chunk }) => chunk.chunkId);
          found += ids.filter((id) => truth.includes(id)).length;
          wanted += truth.length;
        }
      }
    }
    expect(plans.some((plan) => plan.includes('ANN'))).toBe(true);
    expect(found / wanted).toBeGreaterThanOrEqual(0.95);
  });

  it('is trained anew when the table has doubled, and only then', async () => {
    const directory = await storeFolder();
    const store = await openStore(directory, { dimensions, maintenance: { vectorIndexRows: 300 } });
    const vectorIndexes = async () =>
      (await store.describe(system)).indexes.map(({ name }) => name).filter((name) => name.startsWith('vector'));
    const write = (from: number, to: number) =>
      store.writeChunks(Array.from({ length: to - from }, (_, index) => batchAt(from + index)));
    await write(0, 29);
    await store.optimize();
    expect(await vectorIndexes()).toEqual([]);
    await write(29, 30);
    await store.optimize();
    expect(await vectorIndexes()).toEqual(['vector_trained_on_300']);
    await write(30, 59);
    await store.optimize();
    expect(await vectorIndexes()).toEqual(['vector_trained_on_300']);
    await write(59, 60);
    await store.optimize();
    expect(await vectorIndexes()).toEqual(['vector_trained_on_600']);
  });
});

describe('maintenance', () => {
  const texts = (count: number) => Array.from({ length: count }, (_, index) => `leave number ${index}`);

  it('takes rows into the indexes when enough of them wait, and else leaves the table alone', async () => {
    const directory = await storeFolder();
    const store = await openStore(directory, { maintenance: { unindexedRows: 20 } });
    await store.writeChunks([batchOf('doc_1', 1, staff, texts(5))]);
    await store.writeChunks([batchOf('doc_2', 1, staff, texts(20))]);
    const table = await rawTable(directory);
    const version = await table.version();
    await store.optimize();
    expect(await table.version()).toBe(version);
    await store.writeChunks([batchOf('doc_3', 1, staff, texts(1))]);
    await store.optimize();
    expect((await store.describe(system)).indexes.map(({ unindexedRows }) => unindexedRows)).toEqual([0, 0, 0, 0, 0]);
  });

  it('merges small commits into few files', async () => {
    const directory = await storeFolder();
    const store = await openStore(directory, { maintenance: { fragments: 5 } });
    for (let number = 0; number < 7; number += 1)
      await store.writeChunks([batchOf(`doc_${number}`, 1, staff, ['leave'])]);
    const table = await rawTable(directory);
    expect((await table.stats()).fragmentStats.numFragments).toBe(7);
    await store.optimize();
    // Files that the indexes knew are not merged with those that they did not.
    expect((await table.stats()).fragmentStats.numFragments).toBeLessThanOrEqual(2);
    expect(await store.keywordSearch(bob, 'leave', { limit: 10 })).toHaveLength(7);
  });

  it('keeps the unindexed tail short in the middle of a long ingest', async () => {
    const store = await openStore(await storeFolder(), {
      maintenance: { tailRows: 30, tailShare: 0.1, unindexedRows: 5 },
    });
    for (let number = 0; number < 12; number += 1) {
      await store.writeChunks([batchOf(`doc_${number}`, 1, staff, texts(10))]);
      const { indexes } = await store.describe(system);
      expect(Math.max(...indexes.map(({ unindexedRows }) => unindexedRows))).toBeLessThanOrEqual(30);
    }
    expect(await store.keywordSearch(bob, 'leave', { limit: 500 })).toHaveLength(120);
  });

  it('drops the tables of former models when it prunes, not before', async () => {
    const directory = await storeFolder();
    const former = await openStore(directory, { tableName: 'former', dimensions: 16 });
    await former.writeChunks([batchOf('doc_1', 1, staff, ['leave'], null)]);
    const store = await openStore(directory);
    await store.writeChunks([batchOf('doc_1', 1, staff, ['leave'])]);
    const connection = await connect(directory);
    onTestFinished(() => connection.close());
    expect(await connection.tableNames()).toEqual(['chunks', 'former']);
    await store.optimize();
    expect(await connection.tableNames()).toEqual(['chunks', 'former']);
    await store.prune();
    expect(await connection.tableNames()).toEqual(['chunks']);
    expect(await store.countChunks(bob)).toBe(1);
  });

  it('frees the bytes of deleted rows when it prunes', async () => {
    const directory = await storeFolder();
    const store = await openStore(directory);
    const canary = 'Xq7Canary5f0c17Zw';
    const filler = Array.from({ length: 50 }, (_, index) => `word${index} `.repeat(20));
    await store.writeChunks([batchOf('doc_1', 1, staff, [`${canary} `.repeat(3)]), batchOf('doc_2', 1, staff, filler)]);
    const bytes = () =>
      readdirSync(directory, { recursive: true })
        .map((name) => join(directory, String(name)))
        .filter((path) => statSync(path).isFile())
        .map((path) => readFileSync(path, 'latin1'))
        .join('')
        .toLowerCase();
    expect(bytes()).toContain(canary.toLowerCase());
    await store.deleteDocuments(['doc_1']);
    await store.prune();
    expect(bytes()).not.toContain(canary.toLowerCase());
    expect(await store.keywordSearch(bob, canary, { limit: 5 })).toEqual([]);
    expect(await store.keywordSearch(bob, 'word7', { limit: 5 })).toHaveLength(1);
  });
});
