import { readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Table } from '@lancedb/lancedb';
import { describe, expect, it, onTestFinished } from 'vitest';
import { canonicalLabel } from '../../src/access/label.ts';
import { systemScope } from '../../src/access/scope.ts';
import type { Clock } from '../../src/core/async.ts';
import { type LanceChunkStoreOptions, openLanceChunkStore, type StoreEvent } from '../../src/store/lancedb.ts';
import { batchOf, scopeHolding } from '../support/chunks.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const staff = canonicalLabel({ anyOf: ['staff'] });
const bob = scopeHolding(['staff'], [staff]);
const system = systemScope('test');

/** Ahead of the files' own time by as much as the test says. */
class ShiftedClock implements Clock {
  aheadMs = 0;

  now(): number {
    return Date.now() + this.aheadMs;
  }

  async sleep(): Promise<void> {}
}

async function openStore(options: Partial<LanceChunkStoreOptions> = {}) {
  const directory = join(await temporaryFolder(), 'lance');
  const clock = new ShiftedClock();
  const store = await openLanceChunkStore({ directory, tableName: 'chunks', dimensions: 8, clock, ...options });
  onTestFinished(() => store.close());
  return { store, clock, folder: join(directory, 'chunks.lance') };
}

const texts = (count: number) => Array.from({ length: count }, (_, index) => `leave ${index}`);

/** The engine fails at this method. */
function failingAt(method: string): Pick<LanceChunkStoreOptions, 'wrapTable'> {
  const wrapTable = (table: Table) =>
    new Proxy(table, {
      get(target, name) {
        if (name === method) return () => Promise.reject(new Error('no such luck'));
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  return { wrapTable };
}

describe('old versions', () => {
  it('go when there are too many, as soon as no question can still use them', async () => {
    const { store, clock } = await openStore({ maintenance: { crowdedVersions: 20 } });
    for (let number = 1; number <= 30; number++)
      await store.writeChunks([batchOf(`doc_${number}`, 1, staff, texts(2))]);
    const before = await store.describe(system);
    expect(before.versions).toBeGreaterThan(30);
    await store.optimize();
    expect((await store.describe(system)).versions).toBeGreaterThanOrEqual(before.versions);
    clock.aheadMs = 121_000;
    await store.optimize({ onlyOverdue: true });
    const after = await store.describe(system);
    expect(after.versions).toBeLessThan(10);
    expect(after.bytes).toBeLessThan(before.bytes);
    expect(await store.countChunks(bob)).toBe(60);
    expect(await store.keywordSearch(bob, 'leave', { limit: 100 })).toHaveLength(60);
  });

  it('go when they take too many bytes, and leftovers of crashes with them', async () => {
    const { store, clock, folder } = await openStore({ maintenance: { crowdedBytes: 10_000, crowdedShare: 0 } });
    await store.writeChunks([batchOf('doc_1', 1, staff, texts(300))]);
    await store.optimize();
    const leftover = join(folder, 'data', '0123456789abcdef0123456789abcdef.lance');
    await writeFile(leftover, Buffer.alloc(100_000));
    await store.deleteDocuments(['doc_2']);
    await store.writeChunks([batchOf('doc_2', 1, staff, texts(1))]);
    await store.optimize();
    expect(readdirSync(join(folder, 'data'))).toContain('0123456789abcdef0123456789abcdef.lance');
    clock.aheadMs = 121_000;
    await store.optimize();
    expect(readdirSync(join(folder, 'data'))).not.toContain('0123456789abcdef0123456789abcdef.lance');
    expect(await store.countChunks(bob)).toBe(301);
  });

  it('stay for an hour where they are few and small', async () => {
    const { store, clock } = await openStore();
    for (const documentId of ['doc_1', 'doc_2']) await store.writeChunks([batchOf(documentId, 1, staff, texts(300))]);
    const { versions } = await store.describe(system);
    clock.aheadMs = 600_000;
    await store.optimize();
    expect((await store.describe(system)).versions).toBeGreaterThanOrEqual(versions);
  });
});

describe('maintenance that fails', () => {
  it('in the middle of writing fails no document, is told, and is not tried again at once', async () => {
    const events: StoreEvent[] = [];
    const { store } = await openStore({
      maintenance: { tailRows: 10, unindexedRows: 5, writingPerTakeIn: 0 },
      onEvent: (event) => events.push(event),
      ...failingAt('optimize'),
    });
    await store.writeChunks([batchOf('doc_1', 1, staff, texts(11))]);
    await store.writeChunks([batchOf('doc_2', 1, staff, texts(11))]);
    await store.writeChunks([batchOf('doc_3', 1, staff, texts(2))]);
    expect(await store.countChunks(bob)).toBe(24);
    expect(await store.keywordSearch(bob, 'leave', { limit: 100 })).toHaveLength(24);
    expect(events).toMatchObject([{ type: 'maintenance-failed', error: { code: 'store-failed' } }]);
    await expect(store.optimize()).rejects.toMatchObject({ code: 'store-failed' });
  });

  it('leaves a missing index to the next write', async () => {
    const events: StoreEvent[] = [];
    let isBroken = true;
    const { store } = await openStore({
      onEvent: (event) => events.push(event),
      wrapTable: (table) =>
        new Proxy(table, {
          get(target, name) {
            if (name === 'createIndex' && isBroken) return () => Promise.reject(new Error('no such luck'));
            const value: unknown = Reflect.get(target, name, target);
            return typeof value === 'function' ? value.bind(target) : value;
          },
        }),
    });
    await store.writeChunks([batchOf('doc_1', 1, staff, texts(3))]);
    expect(events.map(({ type }) => type)).toEqual(['maintenance-failed']);
    expect((await store.describe(system)).missingIndexes).toEqual(['id', 'docId', 'acl', 'embedModel', 'indexText']);
    isBroken = false;
    await store.writeChunks([batchOf('doc_2', 1, staff, texts(3))]);
    expect((await store.describe(system)).missingIndexes).toEqual([]);
    expect(await store.keywordSearch(bob, 'leave', { limit: 100 })).toHaveLength(6);
  });
});

describe('a short write', () => {
  it('leaves a small tail to the next ingest, and takes in a large one', async () => {
    const { store } = await openStore({ maintenance: { tailRows: 100, unindexedRows: 5 } });
    const unindexed = async () =>
      Math.max(...(await store.describe(system)).indexes.map(({ unindexedRows }) => unindexedRows));
    await store.writeChunks([batchOf('doc_1', 1, staff, texts(10))]);
    await store.writeChunks([batchOf('doc_2', 1, staff, texts(50))]);
    await store.optimize({ onlyOverdue: true });
    expect(await unindexed()).toBe(50);
    await store.writeChunks([batchOf('doc_3', 1, staff, texts(60))]);
    await store.optimize({ onlyOverdue: true });
    expect(await unindexed()).toBe(0);
  });
});
