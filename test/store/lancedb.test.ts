import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { connect, Index, type Table } from '@lancedb/lancedb';
import { describe, expect, it, onTestFinished } from 'vitest';
import { canonicalLabel } from '../../src/access/label.ts';
import { systemScope } from '../../src/access/scope.ts';
import { PerseaError } from '../../src/core/errors.ts';
import type { ChunkBatch, ChunkStore } from '../../src/store/chunk-store.ts';
import { type LanceChunkStoreOptions, openLanceChunkStore, type StoreEvent } from '../../src/store/lancedb.ts';
import { batchOf, scopeHolding, vectorAt } from '../support/chunks.ts';
import { tellingPlans, withoutVectorIndexes } from '../support/lance-table.ts';
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

function bytesOf(directory: string): Buffer {
  const paths = readdirSync(directory, { recursive: true }).map((name) => join(directory, String(name)));
  return Buffer.concat(paths.filter((path) => statSync(path).isFile()).map((path) => readFileSync(path)));
}

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

  it('go on reading when one of them makes the table anew', async () => {
    const directory = await storeFolder();
    const writer = await openStore(directory);
    const reader = await openStore(directory);
    for (const number of [1, 2, 3]) await writer.writeChunks([batchOf(`doc_${number}`, 1, staff, ['leave'])]);
    expect(await reader.countChunks(bob)).toBe(3);
    await writer.clear();
    expect(await reader.vectorSearch(bob, vectorAt(0), { limit: 5 })).toEqual([]);
    await writer.writeChunks([batchOf('doc_4', 1, staff, ['leave'])]);
    expect(await reader.countChunks(bob)).toBe(1);
    await writer.clear();
    await writer.writeChunks([batchOf('doc_5', 1, hr, ['leave']), batchOf('doc_6', 1, staff, ['leave'])]);
    const found = await reader.keywordSearch(bob, 'leave', { limit: 5 });
    expect(found.map(({ chunk }) => chunk.documentId)).toEqual(['doc_6']);
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

it('ends when what is being read was read', async () => {
  const store = await openLanceChunkStore({ directory: await storeFolder(), tableName, dimensions: 8 });
  await store.writeChunks([batchOf('doc_1', 1, staff, ['leave'])]);
  const reads = Array.from({ length: 8 }, () => store.keywordSearch(bob, 'leave', { limit: 5 }));
  await store.close();
  for (const read of reads) expect(await read).toHaveLength(1);
});

it('repairs a missing keyword index with the next write, and tells until then', async () => {
  const directory = await storeFolder();
  const first = await openStore(directory);
  await first.writeChunks([batchOf('doc_1', 1, staff, ['leave'])]);
  await (await rawTable(directory)).dropIndex('words_icu_english_own');
  const events: StoreEvent[] = [];
  const store = await openStore(directory, { onEvent: (event) => events.push(event) });
  expect(await store.keywordSearch(bob, 'leave', { limit: 5 })).toEqual([]);
  expect(events).toEqual([{ type: 'keyword-index-missing' }]);
  await store.writeChunks([batchOf('doc_2', 1, staff, ['sick'])]);
  expect(await store.keywordSearch(bob, 'leave', { limit: 5 })).toHaveLength(1);
});

it('makes a keyword index anew that takes words from texts in a former way', async () => {
  const directory = await storeFolder();
  await (await openStore(directory)).writeChunks([batchOf('doc_1', 1, staff, ['出張の経費は三十日以内', 'leave'])]);
  const table = await rawTable(directory);
  await table.dropIndex('words_icu_english_own');
  await table.createIndex('indexText', { config: Index.fts({ baseTokenizer: 'simple' }) });
  const store = await openStore(directory);
  const found = async (query: string) => (await store.keywordSearch(bob, query, { limit: 5 })).length;
  expect([await found('leave'), await found('経費')]).toEqual([1, 0]);
  await store.optimize();
  expect([await found('leave'), await found('経費')]).toEqual([1, 1]);
  const names = (await table.listIndices()).filter(({ columns }) => columns.includes('indexText'));
  expect(names.map(({ name }) => name)).toEqual(['words_icu_english_own']);
});

it.each([
  // Words that mean nothing in other languages.
  ['sales', 'The sales team meets on Mondays.'],
  ['minutes', 'Who writes the minutes?'],
  ['door', 'All doors are locked at night.'],
  ['§ 7', '§ 7 Breaks'],
  ['Was macht der Vertrieb?', 'Vertrieb'],
  ['AU', 'Die AU wird abgerufen.'],
  ['27a', 'Form 27a'],
  // Numbers, quantities and codes as others write them.
  ['3250', 'It cost 3 250 EUR.'],
  ['3,250', 'It cost 3\u202f250 EUR.'],
  ['3 250', 'It cost 3’250 CHF.'],
  ['25kg', 'Parcels of up to 25 kg'],
  ['16 GB', 'Laptops have 16GB.'],
  ['2,5', 'A key of 2.5 mm'],
  ['KX-200', 'The pump KX200'],
  ['ISO27001', 'Our ISO 27001 certificate'],
  ['err_4012', 'It shows ERR-4012.'],
])('finds by the words %s: %s', async (query, text) => {
  const store = await openStore(await storeFolder());
  await store.writeChunks([batchOf('doc_1', 1, staff, ['Room 3 has 25 seats, 16 of them in a row of 200.', text])]);
  const [first] = await store.keywordSearch(bob, query, { limit: 5 });
  expect(first?.chunk.text).toBe(text);
});

it('finds words with typing errors in a table of any size, within the scope', async () => {
  const store = await openStore(await storeFolder());
  const expectFound = async () => {
    for (const query of [
      'acommodation',
      'Acomodation quibblefsh',
      'x'.repeat(3_000),
      `${'y'.repeat(41)} acommodation`,
    ]) {
      const found = await store.keywordSearch(bob, query, { limit: 5, matching: 'similar' });
      const expected = query.startsWith('x') ? [] : ['doc_1#1#0'];
      expect(
        found.map(({ chunk }) => chunk.chunkId),
        query.slice(0, 60),
      ).toEqual(expected);
    }
  };
  const secret = batchOf('doc_2', 1, hr, ['Accommodation of the quibblefish']);
  await store.writeChunks([batchOf('doc_1', 1, staff, ['Accommodation of guests']), secret]);
  await expectFound();
  // Now the engine's own comparison with the words of its index.
  await store.writeChunks([
    batchOf(
      'doc_3',
      1,
      staff,
      Array.from({ length: 1_200 }, (_, row) => `Row ${row}`),
    ),
  ]);
  await store.optimize();
  await expectFound();
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
  await store.writeChunks([batchOf('doc_1', 1, staff, ['leave'])]);
  const failure = await store.writeChunks([batchOf('doc_1', 1, staff, ['leave'])]).catch((thrown: unknown) => thrown);
  expect(failure).toMatchObject({ code: 'store-failed', message: expect.not.stringContaining('secret') });
});

describe('an index of vectors', () => {
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
      search: { wholeIndexRows: 0, exactRows: 0, nprobes: 1 },
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

  it('finds what comparing all rows finds where it is searched whole', async () => {
    const directory = await storeFolder();
    const plans: string[] = [];
    const maintenance = { vectorIndexRows: 300, unindexedRows: 20, fragments: 1 };
    const wrapTable = (table: Table) => tellingPlans(table, (plan) => plans.push(plan));
    const indexed = await openStore(directory, { dimensions, maintenance, wrapTable });
    const exact = await openStore(directory, { dimensions, wrapTable: withoutVectorIndexes });
    const compare = async () => {
      plans.length = 0;
      for (const scope of [system, bob, scopeHolding(['hr'], [staff, hr])]) {
        for (let number = 0; number < 5; number += 1) {
          const query = vectorOf(10_000 + number);
          const [found, truth] = await Promise.all(
            [indexed, exact].map(async (store) => store.vectorSearch(scope, query, { limit: 100 })),
          );
          expect(found?.map(({ chunk }) => chunk.chunkId)).toEqual(truth?.map(({ chunk }) => chunk.chunkId));
          for (const [rank, { score }] of (truth ?? []).entries()) expect(found?.[rank]?.score).toBeCloseTo(score, 5);
        }
      }
      // One plan a question: none had to be searched a second time by comparing all.
      expect(plans.filter((plan) => plan.includes('ANN'))).toHaveLength(15);
      expect(plans).toHaveLength(15);
    };
    // Rows without a vector lie among the others.
    await indexed.writeChunks([{ ...batchOf('doc_bare', 1, staff, Array(40).fill('leave')), vectors: null }]);
    await indexed.writeChunks(Array.from({ length: 40 }, (_, number) => batchAt(number)));
    await indexed.optimize();
    await compare();
    await indexed.relabelDocuments(['doc_3', 'doc_4'], hr);
    await indexed.deleteDocuments(['doc_5', 'doc_10']);
    await indexed.writeChunks(Array.from({ length: 20 }, (_, number) => batchAt(40 + number)));
    await compare();
    await indexed.optimize();
    expect((await indexed.describe(system)).indexes.map(({ unindexedRows }) => unindexedRows)).toEqual(
      Array(6).fill(0),
    );
    await compare();
    await indexed.prune();
    await compare();
  });

  it('is searched in more partitions than the engine’s default where few of its rows are visible', async () => {
    const directory = await storeFolder();
    const store = await openStore(directory, {
      dimensions,
      search: { wholeIndexRows: 0, exactRows: 0 },
      maintenance: { vectorIndexRows: 300 },
    });
    await store.writeChunks(Array.from({ length: documents }, (_, number) => batchAt(number)));
    await store.optimize();
    expect(await store.vectorSearch(bob, vectorOf(10_000), { limit: 50 })).toHaveLength(50);
  });

  it('is there for as many rows as ask for one, whatever the number of dimensions', async () => {
    for (const [dimensions, kind] of [
      [16, 'IvfRq'],
      [12, 'IvfFlat'],
    ] as const) {
      const store = await openStore(await storeFolder(), { dimensions, maintenance: { vectorIndexRows: 100 } });
      const batches = Array.from({ length: 60 }, (_, number) => {
        const batch = batchAt(number);
        return { ...batch, vectors: batch.vectors?.map((vector) => vector.slice(0, dimensions)) ?? null };
      });
      const seen: (readonly string[])[] = [];
      for (const from of [0, 5, 30]) {
        await store.writeChunks(batches.slice(from));
        if (from === 0) await store.deleteDocuments(batches.slice(5).map(({ documentId }) => documentId));
        await store.optimize();
        const { indexes } = await store.describe(system);
        seen.push(indexes.filter(({ name }) => name.startsWith('vector')).map((index) => index.kind));
      }
      expect(seen).toEqual([[], [kind], [kind]]);
      const nearest = batches[3]?.vectors?.[2];
      expect((await store.vectorSearch(system, nearest ?? new Float32Array(), { limit: 500 })).length).toBe(500);
      expect((await store.vectorSearch(bob, nearest ?? new Float32Array(), { limit: 1 }))[0]?.chunk.chunkId).toBe(
        'doc_3#1#2',
      );
    }
  });

  it('holds no vector of a deleted row when it was pruned', async () => {
    const directory = await storeFolder();
    const store = await openStore(directory, { dimensions, maintenance: { vectorIndexRows: 300, unindexedRows: 0 } });
    await store.writeChunks(Array.from({ length: 40 }, (_, number) => batchAt(number)));
    await store.optimize();
    const canary = Float32Array.from({ length: dimensions }, (_, index) => (index % 2 === 0 ? 0.25 : -0.25));
    const secret = { ...batchOf('doc_secret', 1, hr, ['leave']), vectors: [canary] };
    await store.writeChunks([secret]);
    await store.optimize();
    expect(bytesOf(directory).includes(Buffer.from(canary.buffer))).toBe(true);
    await store.deleteDocuments(['doc_secret']);
    await store.prune();
    expect(bytesOf(directory).includes(Buffer.from(canary.buffer))).toBe(false);
    expect((await store.describe(system)).indexes.some(({ kind }) => kind === 'IvfRq')).toBe(true);
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
      maintenance: { tailRows: 30, tailShare: 0.1, unindexedRows: 5, writingPerTakeIn: 0 },
    });
    for (let number = 0; number < 12; number += 1) {
      await store.writeChunks([batchOf(`doc_${number}`, 1, staff, texts(10))]);
      const { indexes } = await store.describe(system);
      expect(Math.max(...indexes.map(({ unindexedRows }) => unindexedRows))).toBeLessThanOrEqual(30);
    }
    expect(await store.keywordSearch(bob, 'leave', { limit: 500 })).toHaveLength(120);
  });

  it('writes several times as long as it takes rows in', async () => {
    // Each look at the clock takes a second, so taking rows in takes one, and the next is due ten seconds later.
    let seconds = 0;
    const clock = { now: () => 1_000 * seconds++, sleep: async () => undefined };
    const store = await openStore(await storeFolder(), {
      maintenance: { tailRows: 5, tailShare: 0, unindexedRows: 1, writingPerTakeIn: 10 },
      clock,
    });
    const tails: number[] = [];
    for (let number = 0; number < 4; number += 1) {
      await store.writeChunks([batchOf(`doc_${number}`, 1, staff, texts(10))]);
      const { indexes } = await store.describe(system);
      tails.push(Math.max(...indexes.map(({ unindexedRows }) => unindexedRows)));
      if (number === 2) seconds += 20;
    }
    expect(tails).toEqual([0, 10, 20, 0]);
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
    const bytes = () => bytesOf(directory).toString('latin1').toLowerCase();
    expect(bytes()).toContain(canary.toLowerCase());
    await store.deleteDocuments(['doc_1']);
    await store.prune();
    expect(bytes()).not.toContain(canary.toLowerCase());
    expect(await store.keywordSearch(bob, canary, { limit: 5 })).toEqual([]);
    expect(await store.keywordSearch(bob, 'word7', { limit: 5 })).toHaveLength(1);
  });
});
