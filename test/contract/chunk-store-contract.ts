/** What every chunk store must do. Run against the real one and the fake. */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { canonicalLabel, labelId } from '../../src/access/label.ts';
import { type AccessScope, systemScope } from '../../src/access/scope.ts';
import { PerseaError } from '../../src/core/errors.ts';
import type { ChunkStore, DocumentSelection, KeywordMatching, ScoredChunk } from '../../src/store/chunk-store.ts';
import { batchOf, chunkOf, headedChunk, scopeHolding, vectorAt } from '../support/chunks.ts';

const dimensions = 8;
const staff = canonicalLabel({ anyOf: ['staff'] });
const hr = canonicalLabel({ anyOf: ['hr'] });
const nobody = canonicalLabel({});
const labels = [staff, hr, nobody];
const system = systemScope('test');
const alice = scopeHolding(['staff', 'hr'], labels);
const bob = scopeHolding(['staff'], labels);
const stranger = scopeHolding(['other'], labels);

const idsOf = (found: readonly ScoredChunk[]) => found.map(({ chunk }) => chunk.chunkId);

export function chunkStoreContract(name: string, open: (dimensions: number | null) => Promise<ChunkStore>): void {
  describe(`chunk store contract: ${name}`, () => {
    let store: ChunkStore;

    beforeEach(async () => {
      store = await open(dimensions);
    });

    afterEach(() => store.close());

    it('answers every read with nothing while it is empty', async () => {
      expect(await store.vectorSearch(system, vectorAt(0), { limit: 5 })).toEqual([]);
      expect(await store.keywordSearch(system, 'leave', { limit: 5 })).toEqual([]);
      expect(await store.chunksById(system, ['doc_1#1#0'])).toEqual([]);
      expect(await store.countChunks(system)).toBe(0);
      await store.deleteDocuments(['doc_1']);
      await store.relabelDocuments(['doc_1'], staff);
      await store.writeChunks([]);
      await store.writeChunks([batchOf('doc_1', 1, staff, [])]);
      await store.optimize();
      await store.prune();
      expect((await store.describe(system)).rows).toBe(0);
    });

    it('gives a chunk back as it was written', async () => {
      const chunk = headedChunk('Übertrag – 5 €\n| a | b |');
      const noPage = chunkOf(4, '😀 it’s');
      await store.writeChunks([
        {
          documentId: 'doc_1',
          revision: 2,
          label: staff,
          chunks: [chunk, noPage],
          vectors: [vectorAt(10), vectorAt(20)],
        },
      ]);
      const facts = { documentId: 'doc_1', revision: 2, labelId: labelId(staff) };
      const found = await store.chunksById(bob, ['doc_1#2#3', 'doc_1#2#4']);
      const byOrdinal = found.toSorted((a, b) => a.ordinal - b.ordinal);
      expect(byOrdinal).toEqual([
        { ...chunk, ...facts, chunkId: 'doc_1#2#3', vector: vectorAt(10) },
        { ...noPage, ...facts, chunkId: 'doc_1#2#4', vector: vectorAt(20) },
      ]);
      const [nearest] = await store.vectorSearch(bob, vectorAt(20), { limit: 1 });
      expect(nearest?.chunk).toEqual({ ...noPage, ...facts, chunkId: 'doc_1#2#4' });
    });

    it('ranks by cosine and returns min(limit, visible) rows', async () => {
      await store.writeChunks([
        batchOf('doc_1', 1, staff, ['a', 'b', 'c'], 0),
        batchOf('doc_2', 1, hr, ['d'], 1),
        batchOf('doc_3', 1, staff, ['e'], 90),
      ]);
      const found = await store.vectorSearch(alice, vectorAt(1), { limit: 3 });
      expect(found).toHaveLength(3);
      expect(found.map(({ score }) => score)).toEqual(found.map(({ score }) => score).toSorted((a, b) => b - a));
      const [first] = found;
      expect(first?.score).toBeCloseTo(1, 5);
      expect(idsOf(await store.vectorSearch(bob, vectorAt(1), { limit: 100 }))).toHaveLength(4);
      const all = await store.vectorSearch(bob, vectorAt(0), { limit: 100 });
      expect(all.at(-1)?.chunk.chunkId).toBe('doc_3#1#0');
      expect(all.at(-1)?.score).toBeCloseTo(0, 5);
      expect(await store.vectorSearch(alice, vectorAt(1), { limit: 0 })).toEqual([]);
    });

    it('puts equal scores in the order of ids', async () => {
      const ids = ['doc_3', 'doc_1', 'doc_2'];
      await store.writeChunks(ids.map((id) => batchOf(id, 1, staff, ['leave'])));
      const inOrder = ids.toSorted().map((id) => `${id}#1#0`);
      expect(idsOf(await store.vectorSearch(bob, vectorAt(0), { limit: 5 }))).toEqual(inOrder);
      expect(idsOf(await store.keywordSearch(bob, 'leave', { limit: 5 }))).toEqual(inOrder);
    });

    it('finds words by stem and without accents, best first', async () => {
      await store.writeChunks([
        batchOf('doc_1', 1, staff, [
          'Parental leaves are granted to every employee of the company',
          'Kündigung ERR-4012',
        ]),
        batchOf('doc_2', 1, staff, ['leave leave leave']),
      ]);
      expect(idsOf(await store.keywordSearch(bob, 'leave', { limit: 5 }))).toEqual(['doc_2#1#0', 'doc_1#1#0']);
      expect(idsOf(await store.keywordSearch(bob, 'kundigung', { limit: 5 }))).toEqual(['doc_1#1#1']);
      expect(idsOf(await store.keywordSearch(bob, 'what is err-4012?', { limit: 5 }))).toEqual(['doc_1#1#1']);
      expect(await store.keywordSearch(bob, 'leave', { limit: 1 })).toHaveLength(1);
    });

    it('finds words of languages that fold otherwise, or leave no spaces', async () => {
      await store.writeChunks([
        batchOf('doc_1', 1, staff, ['有給休暇は年間二十日間付与されます。', 'Les congés payés des salariés.']),
        batchOf('doc_2', 1, staff, [
          '出張の経費は三十日以内に申請してください。',
          'Überstunden genehmigt der Vorgesetzte.',
        ]),
      ]);
      const cases = { 経費の申請期限: 'doc_2#1#0', 休暇は何日ですか: 'doc_1#1#0', 'congé payé': 'doc_1#1#1' };
      for (const [query, id] of Object.entries({ ...cases, uberstunden: 'doc_2#1#1' })) {
        expect(idsOf(await store.keywordSearch(bob, query, { limit: 1 })), query).toEqual([id]);
      }
    });

    it('takes operators for plain words and needs a word that counts', async () => {
      await store.writeChunks([batchOf('doc_1', 1, staff, ['leave policy', 'sick note'])]);
      for (const query of [
        '+leave -policy',
        '"leave',
        'leave AND nothing',
        'leave* ^2 ~',
        'leave OR (',
        'indexText:leave',
      ]) {
        expect(idsOf(await store.keywordSearch(bob, query, { limit: 5 })), query).toContain('doc_1#1#0');
      }
      for (const query of ['', '  ', 'the of and', '"', '()', '*', '\u0000']) {
        expect(await store.keywordSearch(bob, query, { limit: 5 }), query).toEqual([]);
      }
    });

    it('finds every word where all are asked for, and words with typing errors where similar ones are', async () => {
      await store.writeChunks([
        batchOf('doc_1', 1, staff, ['Parental leave is granted', 'Travel expenses are reimbursed', 'Accommodation']),
        batchOf('doc_2', 1, hr, ['Parental secrets']),
      ]);
      const found = async (query: string, matching: KeywordMatching) =>
        idsOf(await store.keywordSearch(bob, query, { limit: 5, matching }));
      expect(await found('leave parental', 'all')).toEqual(['doc_1#1#0']);
      expect(await found('leave expenses', 'all')).toEqual([]);
      expect(await found('leave expenses', 'any')).toHaveLength(2);
      for (const [typed, id] of [
        ['parenatl', 'doc_1#1#0'],
        ['Expances', 'doc_1#1#1'],
        ['trvel', 'doc_1#1#1'],
        ['acommodation', 'doc_1#1#2'],
      ] as const) {
        expect(await found(typed, 'any'), typed).toEqual([]);
        expect(await found(typed, 'similar'), typed).toEqual([id]);
      }
      for (const query of ['', 'the of', 'xy', '"()', 'quibble', 'x'.repeat(3_000)]) {
        expect(await found(query, 'similar'), query).toEqual([]);
        expect(await found(query, 'all'), query).toEqual([]);
      }
    });

    it('answers any text without an error', async () => {
      await store.writeChunks([batchOf('doc_1', 1, staff, ["it's a leave"])]);
      const text = fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.string({ unit: 'grapheme' }),
        fc.string({ maxLength: 300 }),
      );
      await fc.assert(
        fc.asyncProperty(text, async (query) => {
          const found = await store.keywordSearch(bob, query, { limit: 5 });
          expect(idsOf(found).every((id) => id === 'doc_1#1#0')).toBe(true);
          for (const matching of ['all', 'similar'] as const) {
            expect(idsOf(await store.keywordSearch(bob, query, { limit: 5, matching })).length).toBeLessThanOrEqual(1);
          }
          expect(await store.chunksById(bob, [query, `' OR '1'='1`])).toEqual([]);
          expect(await store.countChunks(bob, query)).toBe(0);
        }),
        { numRuns: 40 },
      );
    });

    it('shows nobody what the scope does not permit, in any read', async () => {
      await store.writeChunks([
        batchOf('doc_1', 1, staff, ['leave for all']),
        batchOf('doc_2', 1, hr, ['secret leave']),
        batchOf('doc_3', 1, nobody, ['unlabelled leave']),
      ]);
      const reads = async (scope: AccessScope) => ({
        vector: idsOf(await store.vectorSearch(scope, vectorAt(0), { limit: 10 })).toSorted(),
        keyword: idsOf(await store.keywordSearch(scope, 'leave', { limit: 10 })).toSorted(),
        ids: (await store.chunksById(scope, ['doc_1#1#0', 'doc_2#1#0', 'doc_3#1#0'])).map((c) => c.chunkId).toSorted(),
        count: await store.countChunks(scope),
        counts: await Promise.all(['doc_1', 'doc_2', 'doc_3'].map((id) => store.countChunks(scope, id))),
      });
      const seen = (ids: readonly string[]) => ({
        vector: ids,
        keyword: ids,
        ids,
        count: ids.length,
        counts: ['doc_1#1#0', 'doc_2#1#0', 'doc_3#1#0'].map((id) => (ids.includes(id) ? 1 : 0)),
      });
      expect(await reads(stranger)).toEqual(seen([]));
      expect(await reads(bob)).toEqual(seen(['doc_1#1#0']));
      expect(await reads(alice)).toEqual(seen(['doc_1#1#0', 'doc_2#1#0']));
      expect(await reads(system)).toEqual(seen(['doc_1#1#0', 'doc_2#1#0', 'doc_3#1#0']));
    });

    it('narrows both searches to documents, never beyond the scope', async () => {
      const texts = (id: string) => ['leave one', `leave two of ${id}`];
      for (const [index, id] of ['doc_1', 'doc_2', 'doc_3'].entries()) {
        await store.writeChunks([batchOf(id, 1, id === 'doc_3' ? hr : staff, texts(id), index)]);
      }
      const found = async (scope: AccessScope, documents: DocumentSelection, limit = 10) => {
        const byVector = idsOf(await store.vectorSearch(scope, vectorAt(0), { limit, documents })).toSorted();
        const byWord = idsOf(await store.keywordSearch(scope, 'leave', { limit, documents })).toSorted();
        expect(byWord).toHaveLength(byVector.length);
        return limit < 10 ? byVector.length : byVector.filter((id) => byWord.includes(id));
      };
      const rows = (...ids: string[]) => ids.flatMap((id) => [`${id}#1#0`, `${id}#1#1`]);
      expect(await found(bob, { only: ['doc_2', 'doc_3', 'doc_4'] })).toEqual(rows('doc_2'));
      expect(await found(bob, { only: ['doc_3'] })).toEqual([]);
      expect(await found(bob, { only: [] })).toEqual([]);
      expect(await found(bob, { without: ['doc_1'] })).toEqual(rows('doc_2'));
      expect(await found(bob, { without: [] })).toEqual(rows('doc_1', 'doc_2'));
      expect(await found(alice, { without: ['doc_1'] })).toEqual(rows('doc_2', 'doc_3'));
      expect(await found(system, { only: ['doc_3'] })).toEqual(rows('doc_3'));
      expect(await found(stranger, { without: [] })).toEqual([]);
      // The limit counts rows of the selected documents alone.
      expect(await found(bob, { only: ['doc_2'] }, 2)).toBe(2);
      const many = Array.from({ length: 5_000 }, (_, index) => `doc_x${index}`);
      expect(await found(bob, { only: [...many, 'doc_1'] })).toEqual(rows('doc_1'));
      expect(await found(bob, { without: [...many, 'doc_1'] })).toEqual(rows('doc_2'));
      for (const injected of ["doc_3') OR ('1'='1", "' OR acl != '", 'doc_3"', 'doc_1\u0000', '%']) {
        expect(await found(bob, { only: [injected] })).toEqual([]);
        expect(await found(bob, { without: [injected] })).toEqual(rows('doc_1', 'doc_2'));
      }
    });

    it('keeps a label that is newer than the scope out of it', async () => {
      const later = canonicalLabel({ anyOf: ['staff', 'guests'] });
      await store.writeChunks([batchOf('doc_1', 1, later, ['leave'])]);
      expect(await store.countChunks(bob)).toBe(0);
      expect(await store.countChunks(scopeHolding(['staff'], [...labels, later]))).toBe(1);
    });

    it('refuses a value that only looks like a scope', async () => {
      const forged = { ...system } as AccessScope;
      const attempts = [
        () => store.vectorSearch(forged, vectorAt(0), { limit: 1 }),
        () => store.keywordSearch(forged, 'leave', { limit: 1 }),
        () => store.chunksById(forged, ['doc_1#1#0']),
        () => store.countChunks(forged),
        () => store.describe(forged),
        () => store.readAhead(forged),
        () => store.readAhead(alice),
        () => store.describe(alice),
      ];
      for (const attempt of attempts) await expect(attempt()).rejects.toMatchObject({ code: 'internal' });
    });

    it('finds documents without vectors by keywords alone', async () => {
      await store.writeChunks([batchOf('doc_1', 1, staff, ['leave'], null), batchOf('doc_2', 1, staff, ['leave'], 5)]);
      expect(idsOf(await store.vectorSearch(bob, vectorAt(0), { limit: 10 }))).toEqual(['doc_2#1#0']);
      expect(await store.keywordSearch(bob, 'leave', { limit: 10 })).toHaveLength(2);
      expect(await store.chunksById(bob, ['doc_1#1#0'])).toMatchObject([{ vector: null }]);
    });

    it('replaces a revision that is written again, also by fewer chunks', async () => {
      await store.writeChunks([batchOf('doc_1', 1, staff, ['one', 'two', 'three']), batchOf('doc_2', 1, staff, ['x'])]);
      await store.writeChunks([batchOf('doc_1', 1, staff, ['uno', 'due'])]);
      expect(await store.countChunks(bob, 'doc_1')).toBe(2);
      expect(await store.countChunks(bob)).toBe(3);
      expect(await store.keywordSearch(bob, 'three', { limit: 5 })).toEqual([]);
    });

    it('deletes older revisions, one revision, whole documents', async () => {
      await store.writeChunks([
        batchOf('doc_1', 1, staff, ['a']),
        batchOf('doc_1', 2, staff, ['b']),
        batchOf('doc_1', 3, staff, ['c']),
        batchOf('doc_2', 1, staff, ['d']),
        batchOf('doc_2', 2, staff, ['e']),
        batchOf('doc_3', 1, staff, ['f']),
      ]);
      const remaining = async () => {
        const ids = ['doc_1#1#0', 'doc_1#2#0', 'doc_1#3#0', 'doc_2#1#0', 'doc_2#2#0', 'doc_3#1#0'];
        return (await store.chunksById(system, ids)).map((chunk) => chunk.chunkId).toSorted();
      };
      await store.deleteRevisionsBefore([
        { documentId: 'doc_1', revision: 3 },
        { documentId: 'doc_2', revision: 2 },
      ]);
      expect(await remaining()).toEqual(['doc_1#3#0', 'doc_2#2#0', 'doc_3#1#0']);
      await store.deleteRevision('doc_2', 1);
      expect(await remaining()).toEqual(['doc_1#3#0', 'doc_2#2#0', 'doc_3#1#0']);
      await store.deleteRevision('doc_2', 2);
      await store.deleteDocuments(['doc_1', 'doc_9']);
      expect(await remaining()).toEqual(['doc_3#1#0']);
    });

    it('follows a relabel in both directions, in every read', async () => {
      await store.writeChunks([
        batchOf('doc_1', 1, staff, ['leave', 'more leave']),
        batchOf('doc_2', 1, staff, ['leave']),
      ]);
      for (const [label, count] of [
        [hr, 1],
        [nobody, 1],
        [staff, 3],
      ] as const) {
        await store.relabelDocuments(['doc_1'], label);
        await store.optimize();
        expect(await store.countChunks(bob)).toBe(count);
        expect(await store.keywordSearch(bob, 'leave', { limit: 10 })).toHaveLength(count);
        expect(await store.vectorSearch(bob, vectorAt(0), { limit: 10 })).toHaveLength(count);
        expect(await store.countChunks(system)).toBe(3);
      }
    });

    it('refuses a batch that it could not search, and writes nothing of it', async () => {
      const good = batchOf('doc_1', 1, staff, ['a', 'b']);
      const bad = [
        { ...good, vectors: [vectorAt(0)] },
        { ...good, vectors: [vectorAt(0), vectorAt(0, 4)] },
        { ...good, vectors: [vectorAt(0), vectorAt(Number.NaN)] },
        { ...good, vectors: [vectorAt(0), new Float32Array(dimensions)] },
        { ...good, chunks: [chunkOf(0, 'a'), chunkOf(0, 'b')] },
      ];
      for (const batch of bad) {
        await expect(store.writeChunks([batchOf('doc_2', 1, staff, ['c']), batch])).rejects.toBeInstanceOf(PerseaError);
      }
      expect(await store.countChunks(system)).toBe(0);
      await expect(store.vectorSearch(bob, new Float32Array(dimensions), { limit: 1 })).rejects.toMatchObject({
        code: 'internal',
      });
    });

    it('answers the same after maintenance', async () => {
      await store.writeChunks([batchOf('doc_1', 1, staff, ['leave', 'sick']), batchOf('doc_2', 1, hr, ['leave'])]);
      await store.deleteDocuments(['doc_2']);
      const read = async () => ({
        words: idsOf(await store.keywordSearch(alice, 'leave sick', { limit: 5 })).toSorted(),
        vectors: await store.vectorSearch(alice, vectorAt(0), { limit: 5 }),
      });
      const before = await read();
      await store.optimize();
      await store.prune();
      expect(await read()).toEqual(before);
    });

    it('tells the system what was embedded, and nobody else', async () => {
      const texts = async (scope: AccessScope) => {
        const found: string[] = [];
        for await (const batch of store.indexTexts(scope)) found.push(...batch);
        return found.sort();
      };
      expect(await texts(system)).toEqual([]);
      await store.writeChunks([batchOf('doc_1', 1, staff, ['leave', 'sick']), batchOf('doc_2', 1, hr, ['pay'], null)]);
      await store.deleteDocuments(['doc_2']);
      expect(await texts(system)).toEqual(['leave', 'sick']);
      await expect(texts(alice)).rejects.toMatchObject({ code: 'internal' });
    });

    it('starts from nothing after it was cleared', async () => {
      await store.writeChunks([batchOf('doc_1', 1, staff, ['leave'])]);
      await store.clear();
      expect(await store.countChunks(system)).toBe(0);
      expect(await store.keywordSearch(alice, 'leave', { limit: 5 })).toEqual([]);
      await store.clear();
      await store.writeChunks([batchOf('doc_2', 1, staff, ['leave'])]);
      expect(idsOf(await store.keywordSearch(alice, 'leave', { limit: 5 }))).toEqual(['doc_2#1#0']);
      expect(idsOf(await store.vectorSearch(alice, vectorAt(0), { limit: 5 }))).toEqual(['doc_2#1#0']);
    });

    it('works without vectors at all', async () => {
      const plain = await open(null);
      try {
        await plain.writeChunks([batchOf('doc_1', 1, staff, ['leave'], null)]);
        expect(await plain.vectorSearch(bob, vectorAt(0), { limit: 5 })).toEqual([]);
        expect(idsOf(await plain.keywordSearch(bob, 'leave', { limit: 5 }))).toEqual(['doc_1#1#0']);
        expect(await plain.chunksById(bob, ['doc_1#1#0'])).toMatchObject([{ vector: null }]);
        await expect(plain.writeChunks([batchOf('doc_2', 1, staff, ['x'])])).rejects.toBeInstanceOf(PerseaError);
      } finally {
        await plain.close();
      }
    });
  });
}
