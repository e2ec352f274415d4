import { describe, expect, it } from 'vitest';
import type { Principal } from '../../src/access/principal.ts';
import { scopeOf, systemScope } from '../../src/access/scope.ts';
import { PerseaError } from '../../src/core/errors.ts';
import { createHybridRetriever } from '../../src/retrieval/hybrid.ts';
import { presentPassages } from '../../src/retrieval/present.ts';
import { smoothScores } from '../../src/retrieval/smoothing.ts';
import { createFakeEmbedder } from '../support/fake-embedder.ts';
import { guarded } from '../support/guarded.ts';
import {
  documentRecord,
  fakeCatalog,
  fakeSearchStore,
  hrLabel,
  staffLabel,
  storedChunk,
} from '../support/retrieval-fakes.ts';

const bob: Principal = { id: 'bob', groups: ['staff'], roles: ['employee'], heldTags: new Set(['staff', 'everyone']) };
const scope = scopeOf(bob, [staffLabel, hrLabel]);
const scored = (chunk: ReturnType<typeof storedChunk>, score: number) => ({ chunk, score });

describe('fusion of both arms', () => {
  const both = storedChunk('both', 0, 'in both arms');
  const vectorOnly = storedChunk('vector-only', 0, 'by meaning');
  const keywordOnly = storedChunk('keyword-only', 0, 'by words');
  const store = fakeSearchStore({
    vector: [scored(vectorOnly, 0.9), scored(both, 0.8), scored(storedChunk('low', 0, 'low'), 0.5)],
    keyword: [scored(keywordOnly, 12), scored(both, 9), scored(storedChunk('low', 0, 'low'), 2)],
  });
  const catalog = fakeCatalog(['both', 'vector-only', 'keyword-only', 'low'].map((id) => documentRecord(id)));

  it('puts a passage that both arms rank high before those that one arm ranks first', async () => {
    const retriever = createHybridRetriever({
      store,
      catalog,
      embedder: guarded(createFakeEmbedder()),
      denseWeight: 0.5,
    });
    const { passages } = await retriever.retrieve(scope, 'question');
    expect(passages.map((passage) => passage.chunk.documentId)).toEqual(['both', 'keyword-only', 'vector-only', 'low']);
    expect(passages[0]?.parts).toEqual([
      { source: 'vector', rank: 2, score: 0.8, scaled: expect.closeTo(0.75), weight: 0.5 },
      { source: 'keyword', rank: 2, score: 9, scaled: expect.closeTo(0.7), weight: 0.5 },
    ]);
    expect(passages[0]?.score).toBeCloseTo(0.5 * (0.3 / 0.4) + 0.5 * 0.7);
  });

  it('spends no more on the order where its caller finds it not worth it, and does not ask of keywords alone', async () => {
    const retriever = createHybridRetriever({ store, catalog, embedder: guarded(createFakeEmbedder()) });
    const asked: (readonly string[])[] = [];
    const rankedBy = async (isWorth: boolean, mode: 'hybrid' | 'keyword' = 'hybrid') => {
      const { passages } = await retriever.retrieve(scope, 'both words', {
        mode,
        isWorthRanking(found) {
          asked.push(found.map(({ chunk, classification }) => `${chunk.documentId} ${classification}`).toSorted());
          return isWorth;
        },
      });
      return new Set(passages.flatMap(({ parts }) => parts.map(({ source }) => source)));
    };
    expect(await rankedBy(false)).toEqual(new Set(['vector', 'keyword']));
    expect(await rankedBy(true)).toEqual(new Set(['vector', 'keyword', 'words', 'nearness']));
    expect(asked).toHaveLength(2);
    expect(asked[0]).toEqual(['both internal', 'keyword-only internal', 'low internal', 'vector-only internal']);
    await rankedBy(false, 'keyword');
    expect(asked).toHaveLength(2);
  });

  it('takes the weight of the model unless the configuration names one', async () => {
    const embedder = { ...createFakeEmbedder(), denseWeight: 1 };
    const first = async (denseWeight: number | 'auto') =>
      (
        await createHybridRetriever({ store, catalog, embedder: guarded(embedder), denseWeight }).retrieve(
          scope,
          'question',
        )
      ).passages[0]?.chunk.documentId;
    expect(await first('auto')).toBe('vector-only');
    expect(await first(0)).toBe('keyword-only');
  });

  it('keeps to one arm where the mode says so', async () => {
    const embedder = createFakeEmbedder();
    const retriever = createHybridRetriever({ store, catalog, embedder: guarded(embedder) });
    const vector = await retriever.retrieve(scope, 'question', { mode: 'vector' });
    expect(vector.passages.map((passage) => passage.chunk.documentId)).toEqual(['vector-only', 'both', 'low']);
    const keyword = await retriever.retrieve(scope, 'question', { mode: 'keyword' });
    expect(keyword.passages.map((passage) => passage.chunk.documentId)).toEqual(['keyword-only', 'both', 'low']);
    expect(embedder.queries).toEqual(['question']);
  });

  it('breaks ties by document and place', async () => {
    const tied = ['b', 'a'].flatMap((id) => [10, 9].map((ordinal) => scored(storedChunk(id, ordinal, 'same'), 1)));
    const retriever = createHybridRetriever({
      store: fakeSearchStore({ keyword: tied }),
      catalog: fakeCatalog(['a', 'b'].map((id) => documentRecord(id))),
      embedder: null,
    });
    const { passages } = await retriever.retrieve(scope, 'same');
    expect(passages.map(({ chunk }) => `${chunk.documentId}${chunk.ordinal}`)).toEqual(['a9', 'a10', 'b9', 'b10']);
  });
});

describe('re-check against the catalogue', () => {
  const good = storedChunk('good', 0, 'visible');
  const rows = [
    scored(storedChunk('stale', 0, 'old revision', { revision: 1 }), 9),
    scored(storedChunk('relabelled', 0, 'once for staff'), 8),
    scored(storedChunk('removed', 0, 'gone'), 7),
    scored(storedChunk('secret', 0, 'for hr', { label: hrLabel }), 6),
    scored(good, 5),
  ];
  const catalog = fakeCatalog([
    documentRecord('stale', { revision: 2 }),
    documentRecord('relabelled', { label: hrLabel }),
    documentRecord('secret', { label: hrLabel }),
    documentRecord('good'),
  ]);

  it('lets no row surface whose document is stale, relabelled, removed or not permitted, in either arm', async () => {
    for (const store of [fakeSearchStore({ vector: rows }), fakeSearchStore({ keyword: rows })]) {
      const retriever = createHybridRetriever({ store, catalog, embedder: guarded(createFakeEmbedder()) });
      const { passages, candidates, explanation } = await retriever.retrieve(scope, 'question');
      expect(passages.map((passage) => passage.chunk.documentId)).toEqual(['good']);
      expect(candidates).toHaveLength(1);
      expect(passages[0]?.parts[0]?.rank).toBe(1);
      expect(explanation).toBeNull();
    }
  });

  it('drops a row whose stored label differs although the scope permits the current one', async () => {
    const store = fakeSearchStore({ keyword: [scored(storedChunk('opened', 0, 'x', { label: hrLabel }), 1)] });
    const retriever = createHybridRetriever({
      store,
      catalog: fakeCatalog([documentRecord('opened')]),
      embedder: null,
    });
    expect((await retriever.retrieve(scope, 'x')).passages).toEqual([]);
  });

  it('does not let dropped rows move the scores of what remains', async () => {
    const other = scored(storedChunk('other', 0, 'visible too'), 2);
    const records = fakeCatalog([documentRecord('good'), documentRecord('other')]);
    const scores = async (keyword: typeof rows) =>
      (
        await createHybridRetriever({ store: fakeSearchStore({ keyword }), catalog: records, embedder: null }).retrieve(
          scope,
          'q',
        )
      ).passages.map((passage) => passage.score);
    expect(await scores([...rows, other])).toEqual(await scores([scored(good, 5), other]));
  });

  it('fetches more until the wanted number is there', async () => {
    const many = Array.from({ length: 40 }, (_, index) =>
      scored(storedChunk(index < 30 ? 'stale' : 'good', index, 'text'), 100 - index),
    );
    const store = fakeSearchStore({ keyword: many });
    const retriever = createHybridRetriever({ store, catalog, embedder: null });
    const { passages } = await retriever.retrieve(scope, 'text', { topK: 8, candidates: 10 });
    expect(passages.map((passage) => passage.chunk.ordinal)).toEqual([30, 31, 32, 33, 34, 35, 36, 37]);
    expect(store.limits).toEqual([10, 20, 40]);
  });

  it('tells only those who may see raw scores what was dropped', async () => {
    const retriever = createHybridRetriever({ store: fakeSearchStore({ keyword: rows }), catalog, embedder: null });
    const { explanation } = await retriever.retrieve(systemScope('test'), 'question');
    expect(explanation?.dropped.map((row) => row.reason)).toEqual(['revision', 'label', 'absent']);
  });
});

it('searches by keywords while the question is embedded', async () => {
  const started: string[] = [];
  const store = fakeSearchStore({});
  const embedder = {
    ...createFakeEmbedder(),
    embedQuery: async (text: string) => {
      started.push(`embed ${text}, ${store.limits.length} searches started`);
      return new Float32Array(64);
    },
  };
  await createHybridRetriever({ store, catalog: fakeCatalog([]), embedder: guarded(embedder) }).retrieve(scope, 'q');
  expect(started).toEqual(['embed q, 1 searches started']);
  // Vectors, words, and German and similar words because no word was found.
  expect(store.limits).toHaveLength(4);
});

describe('degrading', () => {
  const chunk = storedChunk('a', 0, 'text');
  const catalog = fakeCatalog([documentRecord('a')]);

  it('searches by keywords with a warning when there is no model or the model fails', async () => {
    const failing = {
      ...createFakeEmbedder(),
      embedQuery: async () => {
        throw new PerseaError('model-failed', 'The session is gone.');
      },
    };
    for (const embedder of [null, failing]) {
      const store = fakeSearchStore({ keyword: [scored(chunk, 3)], vector: [scored(chunk, 0.9)] });
      const result = await createHybridRetriever({ store, catalog, embedder: guarded(embedder) }).retrieve(
        scope,
        'text',
      );
      expect(result.mode).toBe('keyword');
      expect(result.warnings.map((warning) => warning.code)).toEqual(['vector-unavailable']);
      expect(result.passages[0]?.score).toBe(1);
      expect(result.passages[0]?.parts.map((part) => part.source)).toEqual(['keyword']);
    }
  });

  it('answers from the vector arm alone when no word of the question can be searched', async () => {
    const store = fakeSearchStore({ vector: [scored(chunk, 0.7)] });
    const result = await createHybridRetriever({ store, catalog, embedder: guarded(createFakeEmbedder()) }).retrieve(
      scope,
      'what is it',
    );
    expect(result.passages[0]?.score).toBe(1);
    expect(result.warnings).toEqual([]);
  });

  it('ends with `aborted` when its caller gives up, before and while embedding', async () => {
    const store = fakeSearchStore({ keyword: [scored(chunk, 3)] });
    const controller = new AbortController();
    const slow = {
      ...createFakeEmbedder(),
      embedQuery: async () => {
        controller.abort();
        throw controller.signal.reason;
      },
    };
    const retriever = createHybridRetriever({ store, catalog, embedder: guarded(slow) });
    await expect(retriever.retrieve(scope, 'q', { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'aborted',
    });
    expect(store.limits).toEqual([]);
    await expect(retriever.retrieve(scope, 'q', { signal: controller.signal })).rejects.toMatchObject({
      code: 'aborted',
    });
  });
});

describe('smoothing', () => {
  const embedder = { ...createFakeEmbedder(), embedQuery: async () => Float32Array.of(1, 0, 0) };
  const chunks = {
    top: { chunk: storedChunk('top', 0, 'top'), vector: Float32Array.of(0.9, 0.436, 0) },
    byWords: { chunk: storedChunk('by-words', 0, 'near the top'), vector: Float32Array.of(0.89, 0.456, 0) },
    far: { chunk: storedChunk('far', 0, 'far from the top'), vector: Float32Array.of(0.8, 0, 0.6) },
    low: { chunk: storedChunk('low', 0, 'low'), vector: Float32Array.of(0.5, 0, 0.866) },
  };
  const { top, byWords, far, low } = chunks;
  const store = fakeSearchStore({
    vector: [
      { ...top, score: 0.9 },
      { ...far, score: 0.8 },
      { ...low, score: 0.5 },
    ],
    keyword: [
      { ...top, score: 5 },
      { ...byWords, score: 1 },
    ],
  });
  const catalog = fakeCatalog(['top', 'by-words', 'far', 'low'].map((id) => documentRecord(id)));
  const ids = async (smoothing: { depth: number; neighbours: number; share: number } | null) =>
    (
      await createHybridRetriever({
        store,
        catalog,
        embedder: guarded(embedder),
        smoothing,
        denseWeight: 0.5,
      }).retrieve(scope, 'q')
    ).passages.map((passage) => passage.chunk.documentId);

  it('knows the true cosine of what only the keyword arm found', async () => {
    expect(await ids(null)).toEqual(['top', 'by-words', 'far', 'low']);
  });

  it('raises what resembles a high-scoring candidate', () => {
    const scores = smoothScores(
      [
        { id: 'top', score: 1, vector: Float32Array.of(1, 0) },
        { id: 'stranger', score: 0.6, vector: Float32Array.of(0, 1) },
        { id: 'relative', score: 0.5, vector: Float32Array.of(0.98, 0.199) },
        { id: 'unknown', score: 0.4, vector: null },
      ],
      { depth: 100, neighbours: 1, share: 0.8 },
    );
    expect(scores.get('relative')).toBeCloseTo(0.5 + 0.8 * (1 - 0.5) * (1 - 0.5));
    expect(scores.get('relative')).toBeGreaterThan(scores.get('stranger') ?? 1);
    expect(scores.get('unknown')).toBe(0.4);
  });

  it('leaves what lies beyond its depth as it is', () => {
    const vector = Float32Array.of(1, 0);
    const list = [1, 0.5, 0.1].map((score, index) => ({ id: String(index), score, vector }));
    const scores = smoothScores(list, { depth: 2, neighbours: 5, share: 0.5 });
    expect([scores.get('0'), scores.get('1'), scores.get('2')]).toEqual([1, 0.5 + 0.5 * 0.5 * 0.5, 0.1]);
  });
});

describe('presenting scores', () => {
  const store = fakeSearchStore({
    keyword: [scored(storedChunk('a', 0, 'x'), 8), scored(storedChunk('b', 0, 'y'), 4)],
  });
  const catalog = fakeCatalog([documentRecord('a'), documentRecord('b')]);

  it('gives employees the order and a scaled score, developers the parts', async () => {
    const { passages } = await createHybridRetriever({ store, catalog, embedder: null }).retrieve(scope, 'x');
    expect(presentPassages(scope, passages).map(({ score, parts }) => ({ score, parts }))).toEqual([
      { score: 1, parts: [] },
      { score: 0, parts: [] },
    ]);
    const developer = scopeOf({ ...bob, roles: ['employee', 'developer'] }, [staffLabel]);
    expect(presentPassages(developer, passages)[0]?.parts).toEqual([
      { source: 'keyword', rank: 1, score: 8, scaled: 1, weight: 1 },
    ]);
  });
});
