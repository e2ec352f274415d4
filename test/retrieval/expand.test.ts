import { expect, it } from 'vitest';
import { type AccessScope, systemScope } from '../../src/access/scope.ts';
import type { Passage } from '../../src/core/chunk.ts';
import { expandPassages, type Expansion, readSurroundings } from '../../src/retrieval/expand.ts';
import { fakeSearchStore, hrLabel, passage, storedChunk } from '../support/retrieval-fakes.ts';

const scope = systemScope('test');
const withVector = (chunk: ReturnType<typeof storedChunk>) => ({ ...chunk, vector: null });
const chunks = [0, 1, 2, 3, 4].map((ordinal) => storedChunk('doc', ordinal, `text ${ordinal}`));
const around = (neighbours: number) => ({ neighbours, isSection: false });
const at = (ordinal: number) => passage(chunks[ordinal] ?? storedChunk('doc', ordinal, ''));

type Store = Parameters<typeof readSurroundings>[0];

async function expand(store: Store, asker: AccessScope, passages: readonly Passage[], expansion: Expansion) {
  return expandPassages(passages, await readSurroundings(store, asker, passages, expansion), expansion);
}

it('adds the chunks on both sides, the nearest first, and none beyond the ends', async () => {
  const store = fakeSearchStore({ byId: chunks.map(withVector) });
  const [middle] = await expand(store, scope, [at(2)], around(1));
  expect(middle?.neighbours.map((chunk) => chunk.ordinal)).toEqual([1, 3]);
  expect(middle?.neighbours[0]).not.toHaveProperty('vector');
  const [last] = await expand(store, scope, [at(4)], around(2));
  expect(last?.neighbours.map((chunk) => chunk.ordinal)).toEqual([3, 2]);
  const [both] = await expand(store, scope, [at(2)], around(2));
  expect(both?.neighbours.map((chunk) => chunk.ordinal)).toEqual([1, 3, 0, 4]);
});

it('does not ask the store for what the passages hold already', async () => {
  const asked: string[] = [];
  const store = fakeSearchStore({ byId: chunks.map(withVector) });
  const watched = {
    chunksById: (...[who, ids]: Parameters<typeof store.chunksById>) => {
      asked.push(...ids);
      return store.chunksById(who, ids);
    },
  };
  await expand(watched, scope, [at(1), at(2)], around(1));
  expect(asked).toEqual([0, 3].map((ordinal) => chunks[ordinal]?.chunkId));
});

it('hands out each chunk once: own before neighbour, the better passage first', async () => {
  const store = fakeSearchStore({ byId: chunks.map(withVector) });
  const expanded = await expand(store, scope, [at(3), at(1), at(2)], around(1));
  expect(expanded.map((entry) => entry.neighbours.map((chunk) => chunk.ordinal))).toEqual([[4], [0], []]);
});

it('gives a neighbour that two passages share to the better one', async () => {
  const store = fakeSearchStore({ byId: chunks.map(withVector) });
  const expanded = await expand(store, scope, [at(3), at(1)], around(1));
  expect(expanded.map((entry) => entry.neighbours.map((chunk) => chunk.ordinal))).toEqual([[2, 4], [0]]);
});

it('does not ask the store for nothing', async () => {
  const store = { chunksById: () => Promise.reject(new Error('asked')) };
  expect(await expand(store, scope, [at(2)], around(0))).toEqual([{ passage: at(2), neighbours: [] }]);
});

it('refuses neighbours that the store hands out with another revision, document or label', async () => {
  const wanted = storedChunk('doc', 1, 'text 1');
  for (const wrong of [
    { ...wanted, revision: 2 },
    { ...wanted, documentId: 'other' },
    { ...storedChunk('doc', 1, 'text 1', { label: hrLabel }) },
  ]) {
    const store = fakeSearchStore({ byId: [withVector(wrong)] });
    expect((await expand(store, scope, [at(0)], around(1)))[0]?.neighbours).toEqual([]);
  }
});

it('adds the rest of the section as far as it goes on, and what lies next in any case', async () => {
  const headings = [['A'], ['A', 'x'], ['A', 'x'], ['A', 'x', 'deep'], ['A', 'y'], ['A', 'x'], []];
  const inSections = headings.map((headingPath, ordinal) => ({ ...storedChunk('doc', ordinal, ''), headingPath }));
  const store = fakeSearchStore({ byId: inSections.map(withVector) });
  const of = async (ordinal: number, neighbours: number) => {
    const anchor = inSections[ordinal] ?? storedChunk('doc', ordinal, '');
    const [expanded] = await expand(store, scope, [passage(anchor)], { neighbours, isSection: true });
    return expanded?.neighbours.map((chunk) => chunk.ordinal);
  };
  expect(await of(1, 0)).toEqual([2, 3]);
  expect(await of(2, 1)).toEqual([1, 3]);
  expect(await of(0, 0)).toEqual([1, 2, 3, 4, 5]);
  expect(await of(3, 1)).toEqual([2, 4]);
  expect(await of(6, 0)).toEqual([]);
});

it('goes on with a section past a chunk that another passage holds', async () => {
  const section = chunks.map((chunk) => ({ ...chunk, headingPath: ['A'] }));
  const store = fakeSearchStore({ byId: section.map(withVector) });
  const passages = [1, 2].map((ordinal) => passage(section[ordinal] ?? storedChunk('doc', ordinal, '')));
  const expanded = await expand(store, scope, passages, { neighbours: 0, isSection: true });
  expect(expanded.map((entry) => entry.neighbours.map((chunk) => chunk.ordinal))).toEqual([[0, 3, 4], []]);
});

it('keeps sections of several passages apart, and bounds them', async () => {
  const long = Array.from({ length: 40 }, (_, ordinal) => ({
    ...storedChunk('doc', ordinal, ''),
    headingPath: [ordinal < 30 ? 'A' : 'B'],
  }));
  const store = fakeSearchStore({ byId: long.map(withVector) });
  const passages = [15, 29, 30].map((ordinal) => passage(long[ordinal] ?? storedChunk('doc', ordinal, '')));
  const expanded = await expand(store, scope, passages, { neighbours: 0, isSection: true });
  const ordinals = expanded.map((entry) => entry.neighbours.map((chunk) => chunk.ordinal).toSorted((a, b) => a - b));
  expect(ordinals[0]).toEqual([7, 8, 9, 10, 11, 12, 13, 14, 16, 17, 18, 19, 20, 21, 22, 23]);
  expect(ordinals[1]).toEqual([24, 25, 26, 27, 28]);
  expect(ordinals[2]).toEqual([31, 32, 33, 34, 35, 36, 37, 38]);
});
