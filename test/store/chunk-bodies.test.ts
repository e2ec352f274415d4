/** Chunks that the store remembers: never another text than the table holds, never a label of before. */
import { join } from 'node:path';
import { connect, type Table } from '@lancedb/lancedb';
import { expect, it, onTestFinished } from 'vitest';
import { canonicalLabel, labelId } from '../../src/access/label.ts';
import { systemScope } from '../../src/access/scope.ts';
import type { StoredChunk } from '../../src/core/chunk.ts';
import { type ChunkBody, ChunkBodies } from '../../src/store/chunk-bodies.ts';
import type { ChunkStore } from '../../src/store/chunk-store.ts';
import { openLanceChunkStore } from '../../src/store/lancedb.ts';
import { batchOf, chunkOf, headedChunk, scopeHolding, vectorAt } from '../support/chunks.ts';
import { beforeSearches } from '../support/lance-table.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const staff = canonicalLabel({ anyOf: ['staff'] });
const hr = canonicalLabel({ anyOf: ['hr'] });
const alice = scopeHolding(['staff', 'hr'], [staff, hr]);
const bob = scopeHolding(['staff'], [staff, hr]);

interface Watch {
  /** How many rows each reading of chunks asked for. */
  readonly taken: number[];
  /** Done once, between finding rows and reading them. */
  meanwhile: ((table: Table) => Promise<unknown>) | null;
}

async function openWatched(directory: string): Promise<{ readonly store: ChunkStore; readonly watch: Watch }> {
  const watch: Watch = { taken: [], meanwhile: null };
  const store = await openLanceChunkStore({
    directory,
    tableName: 'chunks',
    dimensions: 8,
    wrapTable: (table) => watched(table, watch),
  });
  onTestFinished(() => store.close());
  return { store, watch };
}

function watched(table: Table, watch: Watch): Table {
  return new Proxy(table, {
    get(target, name) {
      if (name === 'takeRowIds') {
        return (ids: readonly bigint[]) => {
          watch.taken.push(ids.length);
          const { meanwhile } = watch;
          watch.meanwhile = null;
          if (meanwhile === null) return target.takeRowIds([...ids]);
          const select = (columns: Record<string, string>) => {
            const toArrow = async () => {
              await meanwhile(target);
              return target
                .takeRowIds([...ids])
                .select(columns)
                .withRowId()
                .toArrow();
            };
            return { withRowId: () => ({ toArrow }) };
          };
          return { select };
        };
      }
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

const storeFolder = async () => join(await temporaryFolder(), 'lance');

it('reads a chunk once', async () => {
  const { store, watch } = await openWatched(await storeFolder());
  await store.writeChunks([batchOf('doc_1', 1, staff, ['leave', 'sick']), batchOf('doc_2', 1, staff, ['leave'])]);
  const first = await store.keywordSearch(bob, 'leave', { limit: 5 });
  expect(watch.taken).toEqual([2]);
  expect(await store.vectorSearch(bob, vectorAt(0), { limit: 5 })).toHaveLength(3);
  expect(watch.taken).toEqual([2, 1]);
  expect(await store.keywordSearch(bob, 'leave', { limit: 5 })).toEqual(first);
  await store.relabelDocuments(['doc_2'], hr);
  expect((await store.keywordSearch(bob, 'leave', { limit: 5 })).map(({ chunk }) => chunk.documentId)).toEqual([
    'doc_1',
  ]);
  const seen = await store.keywordSearch(alice, 'leave', { limit: 5 });
  expect(seen.map(({ chunk }) => chunk.labelId)).toEqual([labelId(staff), labelId(hr)]);
  // The relabelled row lies elsewhere.
  expect(watch.taken).toEqual([2, 1, 1]);
});

it('reads all of a small table ahead, and what is seen of it is decided as ever', async () => {
  const { store, watch } = await openWatched(await storeFolder());
  const texts = Array.from({ length: 300 }, (_, index) => `leave ${index}`);
  await store.writeChunks([batchOf('doc_1', 1, staff, texts), batchOf('doc_2', 1, hr, ['leave'])]);
  const prepared = new Set<StoredChunk>();
  await store.readAhead(systemScope('test'), (chunk) => prepared.add(chunk));
  expect(watch.taken).toEqual([128, 128, 45]);
  expect(await store.keywordSearch(bob, 'leave', { limit: 400 })).toHaveLength(300);
  const found = await store.vectorSearch(alice, vectorAt(0), { limit: 400 });
  expect(watch.taken).toEqual([128, 128, 45]);
  // The same objects, not only equal ones.
  expect(found.filter(({ chunk }) => prepared.has(chunk))).toHaveLength(301);
});

it('reads nothing ahead of a table that cannot be remembered as a whole', () => {
  const most = new ChunkBodies('nowhere').mostRows(384);
  expect(most).toBeGreaterThan(20_000);
  expect(most).toBeLessThan(25_000);
  expect(new ChunkBodies('nowhere').mostRows(null)).toBeGreaterThan(most);
});

it('shows what a table holds that another process made anew with the same ids', async () => {
  const directory = await storeFolder();
  const { store: reader } = await openWatched(directory);
  const { store: writer } = await openWatched(directory);
  for (const text of ['leave is short', 'leave is long', 'leave is over']) {
    await writer.clear();
    await writer.writeChunks([batchOf('doc_1', 1, staff, [text])]);
    const [found] = await reader.keywordSearch(bob, 'leave', { limit: 5 });
    expect(found?.chunk.text).toBe(text);
  }
});

it('shows nothing remembered of a table that is made anew while it is searched', async () => {
  const directory = await storeFolder();
  const { store: writer } = await openWatched(directory);
  await writer.writeChunks([batchOf('doc_1', 1, staff, ['leave is short'])]);
  let meanwhile: (() => Promise<void>) | null = null;
  const reader = await openLanceChunkStore({
    directory,
    tableName: 'chunks',
    dimensions: 8,
    wrapTable: (table) =>
      beforeSearches(table, async () => {
        const act = meanwhile;
        meanwhile = null;
        await act?.();
      }),
  });
  onTestFinished(() => reader.close());
  const found = async () => (await reader.vectorSearch(bob, vectorAt(0), { limit: 5 })).map(({ chunk }) => chunk.text);
  expect(await found()).toEqual(['leave is short']);
  meanwhile = async () => {
    await writer.clear();
    await writer.writeChunks([batchOf('doc_1', 1, staff, ['leave is long'])]);
  };
  expect(await found()).toEqual(['leave is long']);
});

it('shows what was written last under an id, by whichever process', async () => {
  const directory = await storeFolder();
  const [reader, writer] = [await openWatched(directory), await openWatched(directory)];
  for (const text of ['leave is short', 'leave is long', 'leave is over']) {
    await writer.store.writeChunks([batchOf('doc_1', 1, staff, [text])]);
    if (text === 'leave is over') await writer.store.optimize();
    for (const { store } of [reader, writer]) {
      const [found] = await store.vectorSearch(bob, vectorAt(0), { limit: 5 });
      expect(found?.chunk.text).toBe(text);
    }
    if (text === 'leave is long') await writer.store.deleteDocuments(['doc_1']);
  }
});

const interruptions: readonly (readonly [string, (table: Table) => Promise<unknown>, readonly string[]])[] = [
  ['moved', (table) => table.update({ where: 'true', valuesSql: { docRev: 'docRev' } }), ['doc_1#1#0', 'doc_2#1#0']],
  ['compacted', (table) => table.optimize(), ['doc_1#1#0', 'doc_2#1#0']],
  ['deleted', (table) => table.delete("docId = 'doc_1'"), ['doc_2#1#0']],
];

it.each(interruptions)('finds rows again that are %s before they are read', async (_, meanwhile, expected) => {
  const { store, watch } = await openWatched(await storeFolder());
  for (const id of ['doc_1', 'doc_2']) await store.writeChunks([batchOf(id, 1, staff, ['leave'])]);
  watch.meanwhile = meanwhile;
  const found = await store.keywordSearch(bob, 'leave', { limit: 5 });
  expect(found.map(({ chunk }) => chunk.chunkId)).toEqual(expected);
  expect(found.every(({ chunk }) => chunk.text === 'leave')).toBe(true);
});

it('finds and reads rows at once in the end, under the same scope, where they never stay', async () => {
  const { store, watch } = await openWatched(await storeFolder());
  await store.writeChunks([batchOf('doc_1', 1, staff, ['leave']), batchOf('doc_2', 1, staff, ['leave'])]);
  let moves = 0;
  const move = async (table: Table): Promise<void> => {
    moves += 1;
    await table.update({ where: "docId = 'doc_2'", valuesSql: { docRev: 'docRev' } });
    if (moves === 3) await table.update({ where: "docId = 'doc_2'", valuesSql: { acl: `'${labelId(hr)}'` } });
    watch.meanwhile = move;
  };
  watch.meanwhile = move;
  const found = await store.keywordSearch(bob, 'leave', { limit: 5 });
  expect(moves).toBe(3);
  expect(found.map(({ chunk }) => chunk.chunkId)).toEqual(['doc_1#1#0']);
});

it('gives the vectors with the chunks, and those of chunks that were embedded later by another process', async () => {
  const directory = await storeFolder();
  const { store: reader } = await openWatched(directory);
  const { store: writer } = await openWatched(directory);
  await writer.writeChunks([{ ...batchOf('doc_1', 1, staff, ['leave']), vectors: null }]);
  const vectors = async () => (await reader.keywordSearch(bob, 'leave', { limit: 5 })).map(({ vector }) => vector);
  expect(await vectors()).toEqual([null]);
  await writer.writeChunks([{ ...batchOf('doc_1', 1, staff, ['leave']), vectors: [vectorAt(3)] }]);
  expect(await vectors()).toEqual([vectorAt(3)]);
  expect((await reader.vectorSearch(bob, vectorAt(3), { limit: 5 })).map(({ vector }) => vector)).toEqual([
    vectorAt(3),
  ]);
});

it('keeps what was used since, within its bytes', () => {
  const bodies = new ChunkBodies('nowhere', 30_000);
  const bodyOf = (number: number, text = 'x'.repeat(5_000)): ChunkBody => ({
    chunk: {
      ...chunkOf(0, text),
      chunkId: `doc_${number}#1#0`,
      documentId: `doc_${number}`,
      revision: 1,
      labelId: labelId(staff),
    },
    vector: null,
  });
  const kept = () => [0, 1, 2, 3, 4, 5].filter((number) => bodies.get(BigInt(number)) !== undefined);
  for (const number of [0, 1, 2]) bodies.remember(BigInt(number), bodyOf(number));
  bodies.get(0n);
  for (const number of [3, 3, 3]) bodies.remember(BigInt(number), bodyOf(number));
  expect(kept()).toEqual([0, 2, 3]);
  // All of them were used just now; one gives way still.
  bodies.remember(4n, bodyOf(4));
  expect(kept()).toHaveLength(3);
  expect(kept()).toContain(4);
  const before = kept();
  bodies.remember(5n, bodyOf(5, 'x'.repeat(60_000)));
  expect(kept()).toEqual(before);
});

it('reads a table that was made before there was a column for the places of chunks, and writes to it', async () => {
  const directory = await storeFolder();
  const made = await openLanceChunkStore({ directory, tableName: 'chunks', dimensions: 8 });
  const chunk = headedChunk('leave – 5 €');
  const noPage = chunkOf(4, 'leave 😀');
  const vectors = [vectorAt(0), vectorAt(1)];
  await made.writeChunks([{ documentId: 'doc_1', revision: 1, label: staff, chunks: [chunk, noPage], vectors }]);
  const expected = await made.keywordSearch(bob, 'leave', { limit: 5 });
  expect(expected.map((found) => found.chunk.page).toSorted()).toEqual([12, null]);
  await made.close();
  const connection = await connect(directory);
  const table = await connection.openTable('chunks');
  await table.dropColumns(['place']);
  table.close();
  connection.close();
  const [{ store: reader }, { store: writer }] = [await openWatched(directory), await openWatched(directory)];
  const ids = expected.map(({ chunk: { chunkId } }) => chunkId);
  for (const store of [reader, writer]) {
    expect(await store.keywordSearch(bob, 'leave', { limit: 5 })).toEqual(expected);
    expect(await store.keywordSearch(bob, 'leavo', { limit: 5, matching: 'similar' })).toHaveLength(2);
    expect(new Set((await store.chunksById(bob, ids)).map(({ text }) => text))).toEqual(
      new Set([chunk.text, noPage.text]),
    );
  }
  await writer.writeChunks([batchOf('doc_2', 1, staff, ['leave'])]);
  for (const store of [reader, writer]) {
    const found = await store.keywordSearch(bob, 'leave', { limit: 5 });
    expect(found.filter(({ chunk: { documentId } }) => documentId === 'doc_1').map(({ chunk: one }) => one)).toEqual(
      expected.map(({ chunk: one }) => one),
    );
    expect(found).toHaveLength(3);
  }
});
