import { describe, expect, it } from 'vitest';
import { systemScope } from '../../src/access/scope.ts';
import { seededRandom } from '../../src/eval/bootstrap.ts';
import { type ArmsOfQuestion, fuseAnew, tuneFusion } from '../../src/eval/tune-fusion.ts';
import { createHybridRetriever } from '../../src/retrieval/hybrid.ts';
import { createFakeEmbedder } from '../support/fake-embedder.ts';
import { guarded } from '../support/guarded.ts';
import { documentRecord, fakeCatalog, fakeSearchStore, storedChunk } from '../support/retrieval-fakes.ts';

const options = { currentWeight: 0.65, seed: 1, depth: 200 };

/** Twenty documents in both arms, of which each arm ranks the right one first as often as it is told. */
function questions(count: number, shares: { readonly vector: number; readonly keyword: number }): ArmsOfQuestion[] {
  const random = seededRandom(7);
  return Array.from({ length: count }, (_, index) => {
    const right = `d${index}-0`;
    const isRight = { vector: random() < shares.vector, keyword: random() < shares.keyword };
    const score = (document: number, source: 'vector' | 'keyword') =>
      document === 0 ? (isRight[source] ? 1 : 0) : random() * 0.9;
    return {
      id: `q${index}`,
      judgements: new Map([[right, 1]]),
      idOf: (uri) => uri,
      candidates: Array.from({ length: 20 }, (_unused, document) => ({
        uri: `d${index}-${document}`,
        title: '',
        chunk: { chunkId: `c${index}-${document}`, documentId: `d${index}-${document}`, ordinal: 0 },
        parts: (['vector', 'keyword'] as const).map((source) => ({ source, rank: 1, score: score(document, source) })),
      })),
    };
  });
}

describe('the weight of the vector arm', () => {
  it('falls where the keywords know better, by a gain measured on other questions', () => {
    const tuning = tuneFusion(questions(60, { vector: 0.1, keyword: 0.95 }), options);
    expect(tuning.verdict).toBe('change');
    expect(tuning.learned.denseWeight).toBeLessThan(0.4);
    expect(tuning.interval?.[0]).toBeGreaterThan(0);
    expect(tuning.learned['ndcg@10']).toBeCloseTo(tuning.current['ndcg@10'] + tuning.difference, 12);
    expect(tuning.keywordOnly).toBeGreaterThan(tuning.vectorOnly);
  });

  it('rises where the vectors do', () => {
    const tuning = tuneFusion(questions(60, { vector: 0.95, keyword: 0.1 }), { ...options, currentWeight: 0.3 });
    expect(tuning).toMatchObject({ verdict: 'change' });
    expect(tuning.learned.denseWeight).toBeGreaterThan(0.6);
  });

  it('stays where neither arm knows anything, and where nothing depends on it', () => {
    expect(tuneFusion(questions(60, { vector: 0, keyword: 0 }), options).verdict).toBe('keep');
    const perfect = tuneFusion(questions(30, { vector: 1, keyword: 1 }), options);
    expect(perfect).toMatchObject({ verdict: 'keep', difference: 0, learned: { denseWeight: 0.65 } });
  });

  it('stays where all questions are about one document, however sure they look', () => {
    const one = questions(60, { vector: 0.1, keyword: 0.95 }).map((question) => ({
      ...question,
      judgements: new Map([['same', 1]]),
      idOf: (uri: string) => (uri.endsWith('-0') ? 'same' : uri),
    }));
    expect(tuneFusion(one, options)).toMatchObject({ verdict: 'keep', groups: 1, interval: null });
  });

  it('leaves out questions without a relevant document', () => {
    const none = { ...questions(1, { vector: 1, keyword: 1 })[0], id: 'none', judgements: new Map([['x', 0]]) };
    expect(tuneFusion([none as ArmsOfQuestion], options).questions).toBe(0);
  });
});

it('fuses anew to the order that the retriever gives', async () => {
  const random = seededRandom(11);
  const chunks = Array.from({ length: 40 }, (_, index) =>
    storedChunk(`d${index % 13}`, Math.floor(index / 13), `t${index}`),
  );
  const some = () =>
    chunks.filter(() => random() < 0.6).map((chunk) => ({ chunk, score: Math.round(random() * 20) / 20 }));
  const store = fakeSearchStore({ vector: some(), keyword: some() });
  const catalog = fakeCatalog(Array.from({ length: 13 }, (_, index) => documentRecord(`d${index}`)));
  const retrieve = async (denseWeight: number) =>
    (
      await createHybridRetriever({ store, catalog, embedder: guarded(createFakeEmbedder()), denseWeight }).retrieve(
        systemScope('test'),
        'question',
        { topK: 200, candidates: 200 },
      )
    ).passages;
  const learnedFrom = await retrieve(0.5);
  for (const weight of [0, 0.3, 0.65, 1]) {
    const ids = (passages: readonly { readonly chunk: { readonly chunkId: string } }[]) =>
      passages.map(({ chunk }) => chunk.chunkId);
    expect(ids(fuseAnew(learnedFrom, weight, 200))).toEqual(ids(await retrieve(weight)));
  }
});
