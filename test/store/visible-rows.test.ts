/** How often the store counts what somebody may see: the count decides how a search is made, and must not cost more than it saves. */
import { join } from 'node:path';
import type { Table } from '@lancedb/lancedb';
import { expect, it, onTestFinished } from 'vitest';
import { canonicalLabel } from '../../src/access/label.ts';
import type { ChunkStore } from '../../src/store/chunk-store.ts';
import { openLanceChunkStore } from '../../src/store/lancedb.ts';
import type { SearchPolicy } from '../../src/store/planner.ts';
import { batchOf, scopeHolding, vectorAt } from '../support/chunks.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const staff = canonicalLabel({ anyOf: ['staff'] });
const hr = canonicalLabel({ anyOf: ['hr'] });
const scopeOfBob = () => scopeHolding(['staff'], [staff, hr]);

/** A store of 300 rows whose table tells each predicate by which rows of a label are counted. */
async function countingStore(search: Partial<SearchPolicy>) {
  const counted: string[] = [];
  const store: ChunkStore = await openLanceChunkStore({
    directory: join(await temporaryFolder(), 'lance'),
    tableName: 'chunks',
    dimensions: 16,
    search: { exactRows: 0, ...search },
    maintenance: { vectorIndexRows: 100 },
    wrapTable: (table) => tellingCounts(table, (predicate) => counted.push(predicate)),
  });
  onTestFinished(() => store.close());
  const batches = Array.from({ length: 100 }, (_, number) => {
    const batch = batchOf(`doc_${number}`, 1, number % 5 === 0 ? hr : staff, ['leave', 'sick', 'travel'], null);
    return { ...batch, vectors: batch.chunks.map(({ ordinal }) => vectorAt(number + ordinal * 90, 16)) };
  });
  await store.writeChunks(batches);
  await store.optimize();
  counted.length = 0;
  return { store, counted };
}

function tellingCounts(table: Table, tell: (predicate: string) => void): Table {
  return new Proxy(table, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      return (...given: unknown[]) => {
        if (name === 'countRows' && String(given[0]).includes('acl IN')) tell(String(given[0]));
        return value.apply(target, given);
      };
    },
  });
}

it('counts once for each scope and state of a large table', async () => {
  const { store, counted } = await countingStore({ wholeIndexRows: 0 });
  const search = async (scope = scopeOfBob()) => store.vectorSearch(scope, vectorAt(3, 16), { limit: 5 });
  for (let time = 0; time < 3; time += 1) expect(await search()).toHaveLength(5);
  expect(counted).toHaveLength(1);
  await search(scopeHolding(['hr'], [staff, hr]));
  expect(counted).toHaveLength(2);
  await store.deleteDocuments(['doc_1']);
  await search();
  expect(counted).toHaveLength(3);
});

it('counts nothing where an index that is searched whole fills the list, and once where it cannot', async () => {
  const { store, counted } = await countingStore({});
  expect(await store.vectorSearch(scopeOfBob(), vectorAt(3, 16), { limit: 5 })).toHaveLength(5);
  expect(counted).toEqual([]);
  expect(await store.vectorSearch(scopeOfBob(), vectorAt(3, 16), { limit: 500 })).toHaveLength(240);
  expect(counted).toHaveLength(1);
});
