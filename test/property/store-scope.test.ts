/** Random documents, labels, revocations and people: every read of the store agrees with a plain filter over a list. */
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type AccessLabel, canonicalLabel } from '../../src/access/label.ts';
import { openLanceChunkStore } from '../../src/store/lancedb.ts';
import { batchOf, scopeHolding, vectorAt } from '../support/chunks.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const tag = fc.constantFrom('a', 'b', 'c', 'd', 'e');
const anyLabel = fc
  .record({
    anyOf: fc.option(fc.array(tag, { maxLength: 3 }), { nil: undefined }),
    allOf: fc.array(tag, { maxLength: 2 }),
    classification: fc.constantFrom('public' as const, 'internal' as const),
  })
  .map(canonicalLabel);
const documentNumber = fc.nat({ max: 7 });
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('write' as const), document: documentNumber, label: anyLabel }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('relabel' as const), document: documentNumber, label: anyLabel }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('delete' as const), document: documentNumber }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('optimize' as const) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('read' as const), held: fc.array(tag, { maxLength: 4 }) }) },
);

it('agrees with a brute-force filter after any history', async () => {
  const folder = await temporaryFolder();
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 14 }), async (steps) => {
      run += 1;
      const store = await openLanceChunkStore({
        directory: join(folder, String(run)),
        tableName: 'chunks',
        dimensions: 8,
        // Every optimize really rewrites, so that indexes are remapped and merged.
        maintenance: { unindexedRows: 0, unindexedShare: 0, fragments: 1 },
      });
      const model = new Map<string, AccessLabel>();
      const seenLabels: AccessLabel[] = [];
      try {
        for (const action of [...steps, { kind: 'read' as const, held: ['a', 'c'] }]) {
          if (action.kind === 'optimize') await store.optimize();
          else if (action.kind === 'delete') {
            await store.deleteDocuments([`doc_${action.document}`]);
            model.delete(`doc_${action.document}`);
          } else if (action.kind === 'write') {
            const id = `doc_${action.document}`;
            await store.writeChunks([batchOf(id, 1, action.label, ['leave one', 'leave two'], action.document * 20)]);
            model.set(id, action.label);
            seenLabels.push(action.label);
          } else if (action.kind === 'relabel') {
            const id = `doc_${action.document}`;
            await store.relabelDocuments([id], action.label);
            if (model.has(id)) model.set(id, action.label);
            seenLabels.push(action.label);
          } else {
            const held = new Set<string>(action.held);
            const scope = scopeHolding(action.held, seenLabels);
            const expected = [...model]
              .filter(([, { clauses }]) => clauses.length > 0 && clauses.every((c) => c.some((t) => held.has(t))))
              .flatMap(([id]) => [`${id}#1#0`, `${id}#1#1`])
              .toSorted();
            const ids = [...model.keys()].flatMap((id) => [`${id}#1#0`, `${id}#1#1`]);
            const vector = await store.vectorSearch(scope, vectorAt(3), { limit: 50 });
            const keyword = await store.keywordSearch(scope, 'leave', { limit: 50 });
            expect(vector.map(({ chunk }) => chunk.chunkId).toSorted()).toEqual(expected);
            expect(keyword.map(({ chunk }) => chunk.chunkId).toSorted()).toEqual(expected);
            expect((await store.chunksById(scope, ids)).map((c) => c.chunkId).toSorted()).toEqual(expected);
            expect(await store.countChunks(scope)).toBe(expected.length);
          }
        }
      } finally {
        await store.close();
      }
    }),
    { numRuns: 12 },
  );
});
