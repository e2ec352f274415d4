import { expect, it } from 'vitest';
import { systemScope } from '../../src/access/scope.ts';
import { expandPassages } from '../../src/retrieval/expand.ts';
import { fakeSearchStore, hrLabel, passage, storedChunk } from '../support/retrieval-fakes.ts';

const scope = systemScope('test');
const withVector = (chunk: ReturnType<typeof storedChunk>) => ({ ...chunk, vector: null });
const chunks = [0, 1, 2, 3, 4].map((ordinal) => storedChunk('doc', ordinal, `text ${ordinal}`));
const at = (ordinal: number) => passage(chunks[ordinal] ?? storedChunk('doc', ordinal, ''));

it('adds the chunks on both sides in document order, and none beyond the ends', async () => {
  const store = fakeSearchStore({ byId: chunks.map(withVector) });
  const [middle] = await expandPassages(store, scope, [at(2)], 1);
  expect(middle?.neighbours.map((chunk) => chunk.ordinal)).toEqual([1, 3]);
  expect(middle?.neighbours[0]).not.toHaveProperty('vector');
  const [last] = await expandPassages(store, scope, [at(4)], 2);
  expect(last?.neighbours.map((chunk) => chunk.ordinal)).toEqual([2, 3]);
});

it('hands out each chunk once: own before neighbour, the better passage first', async () => {
  const store = fakeSearchStore({ byId: chunks.map(withVector) });
  const expanded = await expandPassages(store, scope, [at(3), at(1), at(2)], 1);
  expect(expanded.map((entry) => entry.neighbours.map((chunk) => chunk.ordinal))).toEqual([[4], [0], []]);
});

it('gives a neighbour that two passages share to the better one', async () => {
  const store = fakeSearchStore({ byId: chunks.map(withVector) });
  const expanded = await expandPassages(store, scope, [at(3), at(1)], 1);
  expect(expanded.map((entry) => entry.neighbours.map((chunk) => chunk.ordinal))).toEqual([[2, 4], [0]]);
});

it('does not ask the store for nothing', async () => {
  const store = { chunksById: () => Promise.reject(new Error('asked')) };
  expect(await expandPassages(store, scope, [at(2)], 0)).toEqual([{ passage: at(2), neighbours: [] }]);
});

it('refuses neighbours that the store hands out with another revision, document or label', async () => {
  const wanted = storedChunk('doc', 1, 'text 1');
  for (const wrong of [
    { ...wanted, revision: 2 },
    { ...wanted, documentId: 'other' },
    { ...storedChunk('doc', 1, 'text 1', { label: hrLabel }) },
  ]) {
    const store = fakeSearchStore({ byId: [withVector(wrong)] });
    expect((await expandPassages(store, scope, [at(0)], 1))[0]?.neighbours).toEqual([]);
  }
});
