/** The index of the vectors is made beside writing: nobody waits for it but who asked for it, and who would do it harm. */
import { join } from 'node:path';
import type { Table } from '@lancedb/lancedb';
import { expect, it, onTestFinished } from 'vitest';
import { canonicalLabel } from '../../src/access/label.ts';
import { systemScope } from '../../src/access/scope.ts';
import type { ChunkStore, ScoredChunk } from '../../src/store/chunk-store.ts';
import { openLanceChunkStore, type StoreEvent } from '../../src/store/lancedb.ts';
import type { MaintenancePolicy } from '../../src/store/maintenance.ts';
import { batchOf, scopeHolding } from '../support/chunks.ts';
import { withoutVectorIndexes } from '../support/lance-table.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const staff = canonicalLabel({ anyOf: ['staff'] });
const hr = canonicalLabel({ anyOf: ['hr'] });
const bob = scopeHolding(['staff'], [staff, hr]);
const system = systemScope('test');
const dimensions = 16;
const chunksPerDocument = 20;

function vectorOf(number: number): Float32Array {
  const vector = Float32Array.from({ length: dimensions }, (_, index) => Math.sin((number + 1) * (index + 1) * 1.7));
  const norm = Math.hypot(...vector);
  return vector.map((value) => value / norm);
}

function documentOf(number: number, label = staff, revision = 1) {
  const batch = batchOf(`doc_${number}`, revision, label, Array(chunksPerDocument).fill('leave'), null);
  return { ...batch, vectors: batch.chunks.map(({ ordinal }) => vectorOf(number * 100 + ordinal + revision * 7)) };
}

const documentsFrom = (first: number, count: number) =>
  Array.from({ length: count }, (_, index) => documentOf(first + index));

interface Held {
  /** Resolves when an index of vectors is being made. */
  readonly begun: Promise<void>;
  readonly release: () => void;
  isFailing: boolean;
  /** So many times an index is made and then not accepted, because something was written beside it. */
  conflicts: number;
}

/** A store whose indexes of vectors are made, and then not acknowledged before `release`. */
async function openHeld(policy: Partial<MaintenancePolicy>) {
  const directory = join(await temporaryFolder(), 'lance');
  const begun = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const held: Held = { begun: begun.promise, release: () => released.resolve(), isFailing: false, conflicts: 0 };
  const events: StoreEvent[] = [];
  const place = { directory, tableName: 'chunks', dimensions };
  const store = await openLanceChunkStore({
    ...place,
    search: { exactRows: 0 },
    maintenance: policy,
    onEvent: (event) => events.push(event),
    wrapTable: (table) =>
      new Proxy(table, {
        get(target, name) {
          const value: unknown = Reflect.get(target, name, target);
          if (typeof value !== 'function') return value;
          if (name !== 'createIndex') return value.bind(target);
          return async (...given: unknown[]) => {
            if (given[0] !== 'vector') return value.apply(target, given);
            begun.resolve();
            if (held.isFailing) throw new Error('The disk is full.');
            await value.apply(target, given);
            if (held.conflicts > 0) {
              held.conflicts -= 1;
              throw new Error('Retryable commit conflict for version 7: This CreateIndex transaction was preempted.');
            }
            await released.promise;
          };
        },
      }) as Table,
  });
  const exact = await openLanceChunkStore({ ...place, wrapTable: withoutVectorIndexes });
  onTestFinished(async () => {
    held.release();
    await store.close();
    await exact.close();
  });
  return { store, exact, held, events };
}

const idsOf = (found: readonly ScoredChunk[]) => found.map(({ chunk }) => chunk.chunkId).toSorted();

async function expectSame(store: ChunkStore, exact: ChunkStore): Promise<void> {
  for (const number of [3, 105, 710, 2_150, 9_001]) {
    const found = await store.vectorSearch(bob, vectorOf(number), { limit: 40 });
    expect(idsOf(found)).toEqual(idsOf(await exact.vectorSearch(bob, vectorOf(number), { limit: 40 })));
  }
}

const indexed = { vectorIndexRows: 100 };

it('goes on writing and reading while an index is made', async () => {
  const { store, exact, held } = await openHeld(indexed);
  await store.writeChunks(documentsFrom(0, 30));
  const optimized = store.optimize();
  let isOptimized = false;
  void optimized.then(() => {
    isOptimized = true;
  });
  await held.begun;
  await store.writeChunks(documentsFrom(30, 5));
  await store.writeChunks([documentOf(3, staff, 2)]);
  await store.deleteRevisionsBefore([{ documentId: 'doc_3', revision: 2 }]);
  await store.relabelDocuments(['doc_7'], hr);
  await store.deleteDocuments(['doc_21']);
  expect(await store.countChunks(bob)).toBe(33 * chunksPerDocument);
  await expectSame(store, exact);
  expect(isOptimized).toBe(false);
  held.release();
  await optimized;
  await expectSame(store, exact);
  expect(await store.countChunks(bob)).toBe(33 * chunksPerDocument);
  await store.optimize();
  await store.prune();
  await expectSame(store, exact);
});

it('does not compact, prune or clear before it is made', async () => {
  const { store, held } = await openHeld(indexed);
  await store.writeChunks(documentsFrom(0, 30));
  const done: string[] = [];
  const optimized = store.optimize().then(() => done.push('made'));
  await held.begun;
  const others = [store.optimize(), store.prune(), store.clear()].map((other) => other.then(() => done.push('other')));
  await store.countChunks(bob);
  expect(done).toEqual([]);
  held.release();
  await Promise.all([optimized, ...others]);
  expect(done).toEqual(['made', 'other', 'other', 'other']);
});

it('makes it in the middle of an ingest, once at a time, and tells when it cannot', async () => {
  const { store, exact, held, events } = await openHeld({ ...indexed, tailRows: 100, writingPerTakeIn: 0 });
  held.isFailing = true;
  await store.writeChunks(documentsFrom(0, 10));
  await held.begun;
  await expect.poll(() => events.map(({ type }) => type)).toEqual(['maintenance-failed']);
  held.isFailing = false;
  for (let first = 10; first < 60; first += 10) await store.writeChunks(documentsFrom(first, 10));
  expect(await store.countChunks(bob)).toBe(60 * chunksPerDocument);
  await expectSame(store, exact);
  held.release();
  await store.optimize();
  await expectSame(store, exact);
  expect(events).toHaveLength(1);
});

it('tells who asked for it that it cannot be made', async () => {
  const { store, exact, held } = await openHeld(indexed);
  held.isFailing = true;
  await store.writeChunks(documentsFrom(0, 10));
  await expect(store.optimize()).rejects.toMatchObject({ code: 'store-failed' });
  await expectSame(store, exact);
});

it('makes the index again where a write came in between', async () => {
  const { store, exact, held } = await openHeld({ vectorIndexRows: 40 });
  held.conflicts = 2;
  held.release();
  await store.writeChunks(documentsFrom(0, 5));
  await store.optimize();
  expect(held.conflicts).toBe(0);
  expect((await store.describe(system)).missingIndexes).toEqual([]);
  await expectSame(store, exact);
});
