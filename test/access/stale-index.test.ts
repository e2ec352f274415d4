/**
 * A label-list index of LanceDB goes on matching old tags after a merge of some columns, for filters, counts and searches. The
 * first test shows that this is so; the others, that the store does not depend on it, and that its two guards each hold alone.
 */
import { join } from 'node:path';
import { connect, Index, makeArrowTable } from '@lancedb/lancedb';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type AccessLabel, canonicalLabel, labelId } from '../../src/access/label.ts';
import type { AccessScope } from '../../src/access/scope.ts';
import type { ChunkStore } from '../../src/store/chunk-store.ts';
import { type LanceChunkStoreOptions, openLanceChunkStore, type StoreEvent } from '../../src/store/lancedb.ts';
import { batchOf, scopeHolding, vectorAt } from '../support/chunks.ts';
import { ignoringFilters, tellingPlans } from '../support/lance-table.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const open = canonicalLabel({ anyOf: ['open'] });
const secret = canonicalLabel({ anyOf: ['secret'] });
const guest = scopeHolding(['open'], [open, secret]);
const tableName = 'chunks';

async function openStore(directory: string, options: Partial<LanceChunkStoreOptions> = {}): Promise<ChunkStore> {
  const store = await openLanceChunkStore({ directory, tableName, dimensions: 8, ...options });
  onTestFinished(() => store.close());
  return store;
}

async function rawTable(directory: string) {
  const connection = await connect(directory, { readConsistencyInterval: 0 });
  onTestFinished(() => connection.close());
  return connection.openTable(tableName);
}

/** Two commits of documents that are open: 20 of one chunk each, all about the same. */
async function writeOpenDocuments(store: ChunkStore): Promise<readonly string[]> {
  const batch = (number: number, label: AccessLabel) => batchOf(`doc_${number}`, 1, label, [`leave ${number}`], number);
  const numbers = Array.from({ length: 20 }, (_, index) => index);
  await store.writeChunks(numbers.slice(0, 10).map((number) => batch(number, open)));
  await store.writeChunks(numbers.slice(10).map((number) => batch(number, open)));
  return numbers.map((number) => `doc_${number}#1#0`);
}

async function readsOf(store: ChunkStore, scope: AccessScope, chunkIds: readonly string[], limit = 100) {
  return {
    vector: (await store.vectorSearch(scope, vectorAt(0), { limit })).map(({ chunk }) => chunk.chunkId).toSorted(),
    keyword: (await store.keywordSearch(scope, 'leave', { limit })).map(({ chunk }) => chunk.chunkId).toSorted(),
    ids: (await store.chunksById(scope, chunkIds)).map((chunk) => chunk.chunkId).toSorted(),
  };
}

describe('a stale label index', () => {
  it('leaks in LanceDB itself, and not through the store', async () => {
    const directory = join(await temporaryFolder(), 'lance');
    const store = await openStore(directory);
    const chunkIds = await writeOpenDocuments(store);
    const table = await rawTable(directory);
    await table.createIndex('id', { config: Index.btree() });
    await table.createIndex('acl', { config: Index.bitmap() });
    await table.createIndex('tags', { config: Index.labelList() });

    // The forbidden way to revoke: a merge that carries only the key and the label, here of all rows of the first commit.
    const revoked = chunkIds.slice(0, 10);
    const rows = revoked.map((id) => ({ id, tags: ['secret'], acl: labelId(secret) }));
    const schema = (await table.schema()).select(['id', 'tags', 'acl']);
    await table.mergeInsert('id').whenMatchedUpdateAll().execute(makeArrowTable(rows, { schema }));
    await table.optimize();

    const leaked = await table.query().where(`array_has_any(tags, ['open'])`).select(['id']).toArray();
    const wrong = leaked.map((row) => String(row.id)).filter((id) => revoked.includes(id));
    expect(wrong.toSorted(), 'LanceDB no longer shows the fault that the store is built around').toEqual(
      revoked.toSorted(),
    );

    const visible = chunkIds.filter((id) => !revoked.includes(id)).toSorted();
    expect(await readsOf(store, guest, chunkIds)).toEqual({ vector: visible, keyword: visible, ids: visible });
    expect(await store.countChunks(guest)).toBe(visible.length);
  });

  it('is not there in a table that the store made', async () => {
    const directory = join(await temporaryFolder(), 'lance');
    const store = await openStore(directory);
    await writeOpenDocuments(store);
    await store.optimize();
    const indexes = await (await rawTable(directory)).listIndices();
    expect(indexes.map((index) => [index.columns.join(), index.indexType]).toSorted()).toEqual([
      ['acl', 'Bitmap'],
      ['docId', 'BTree'],
      ['embedModel', 'Bitmap'],
      ['id', 'BTree'],
      ['indexText', 'FTS'],
    ]);
  });
});

describe('the two guards of a read', () => {
  it('drop rows that the engine returned against the filter, and fill up with permitted ones', async () => {
    const directory = join(await temporaryFolder(), 'lance');
    const events: StoreEvent[] = [];
    const store = await openStore(directory, { wrapTable: ignoringFilters, onEvent: (event) => events.push(event) });
    const chunkIds = await writeOpenDocuments(store);
    await store.relabelDocuments(
      Array.from({ length: 15 }, (_, number) => `doc_${number}`),
      secret,
    );
    // The nearest 15 of 20 are secret, so the first five rows hold none that is permitted.
    const visible = chunkIds.slice(15).toSorted();
    expect(await readsOf(store, guest, chunkIds, 5)).toEqual({ vector: visible, keyword: visible, ids: visible });
    expect(events.length).toBeGreaterThanOrEqual(3);
    expect(events.every((event) => event.type === 'leak-prevented' && event.rows > 0)).toBe(true);
    expect(JSON.stringify(events)).not.toMatch(/leave|doc_/);
  });

  it('put the scope into the query itself, answered by the index of the label column', async () => {
    const directory = join(await temporaryFolder(), 'lance');
    const plans: string[] = [];
    const store = await openStore(directory, { wrapTable: (table) => tellingPlans(table, (plan) => plans.push(plan)) });
    const chunkIds = await writeOpenDocuments(store);
    await store.optimize();
    await readsOf(store, guest, chunkIds);
    expect(plans).toHaveLength(3);
    for (const plan of plans) {
      expect(plan).toMatch(/ScalarIndexQuery: query=.*\[acl[^\]]*\]@acl_idx\(Bitmap\)/);
      expect(plan).not.toMatch(/refine_filter=[^\n]*acl/);
      expect(plan).not.toMatch(/FilterExec: [^\n]*acl/);
    }
  });

  it('ask the same index where labels and documents are too many for a literal of each', async () => {
    const directory = join(await temporaryFolder(), 'lance');
    const plans: string[] = [];
    const store = await openStore(directory, { wrapTable: (table) => tellingPlans(table, (plan) => plans.push(plan)) });
    const tags = Array.from({ length: 260 }, (_, number) => `team-${number}`);
    const labels = tags.map((tag) => canonicalLabel({ anyOf: [tag] }));
    const ids = labels.map((_, number) => `doc_${number}`);
    await store.writeChunks(labels.map((label, number) => batchOf(`doc_${number}`, 1, label, ['leave'], number / 4)));
    await store.optimize();
    const scope = scopeHolding(tags.slice(0, 230), labels);
    const seen = (from: number, to: number) => ids.slice(from, to).toSorted();
    for (const [documents, expected] of [
      [undefined, seen(0, 230)],
      [{ only: ids.slice(20) }, seen(20, 230)],
      [{ without: ids.slice(0, 210) }, seen(210, 230)],
    ] as const) {
      const options = { limit: 300, ...(documents === undefined ? {} : { documents }) };
      for (const found of [
        await store.vectorSearch(scope, vectorAt(0), options),
        await store.keywordSearch(scope, 'leave', options),
      ]) {
        expect(found.map(({ chunk }) => chunk.documentId).toSorted()).toEqual(expected);
      }
    }
    expect(await store.countChunks(scope)).toBe(230);
    expect(plans).toHaveLength(6);
    for (const [number, plan] of plans.entries()) {
      expect(plan).toMatch(/ScalarIndexQuery: query=.*\[acl IN \[[^\]]*\]\]@acl_idx\(Bitmap\)/);
      if (number >= 2) {
        expect(plan).toMatch(/ScalarIndexQuery: query=.*\[docId IN \[[^\]]*\]\]@docId_idx\(BTree\)/);
      }
      expect(plan).not.toMatch(/(?:refine_filter=|FilterExec: )[^\n]*(?:acl|docId)/);
      expect(plan).not.toContain('string_to_array');
    }
  });

  it('make no query at all for someone who may see nothing', async () => {
    const directory = join(await temporaryFolder(), 'lance');
    const plans: string[] = [];
    const store = await openStore(directory, { wrapTable: (table) => tellingPlans(table, (plan) => plans.push(plan)) });
    const chunkIds = await writeOpenDocuments(store);
    const stranger = scopeHolding(['other'], [open, secret]);
    expect(await readsOf(store, stranger, chunkIds)).toEqual({ vector: [], keyword: [], ids: [] });
    expect(plans).toEqual([]);
  });
});
