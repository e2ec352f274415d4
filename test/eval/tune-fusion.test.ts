import { describe, expect, it } from 'vitest';
import { systemScope } from '../../src/access/scope.ts';
import { seededRandom } from '../../src/eval/bootstrap.ts';
import { fusionWeights, tuneFusion, type WeighedQuestion } from '../../src/eval/tune-fusion.ts';
import { weighQuestion } from '../../src/eval/weigh-arms.ts';
import { createHybridRetriever } from '../../src/retrieval/hybrid.ts';
import { createFakeEmbedder } from '../support/fake-embedder.ts';
import { guarded } from '../support/guarded.ts';
import { documentRecord, fakeCatalog, fakeSearchStore, passage, storedChunk } from '../support/retrieval-fakes.ts';

const options = { currentWeight: 0.65, seed: 1 };

/** Twenty documents in both arms, of which each arm ranks the right one first as often as it is told. */
function questions(
  count: number,
  shares: { readonly vector: number; readonly keyword: number },
  { currentWeight = 0.65, right = (index: number) => `d${index}-0` } = {},
): WeighedQuestion[] {
  const random = seededRandom(7);
  return Array.from({ length: count }, (_, index) => {
    const isRight = { vector: random() < shares.vector, keyword: random() < shares.keyword };
    const scores = Array.from({ length: 20 }, (_unused, document) => {
      const score = (source: 'vector' | 'keyword') => (document > 0 ? random() * 0.9 : isRight[source] ? 1 : 0);
      return { document, vector: score('vector'), keyword: score('keyword') };
    });
    const rankOf = (source: 'vector' | 'keyword', score: number) =>
      1 + scores.filter((other) => other[source] > score).length;
    const passages = scores.map(({ document, ...score }) =>
      passage(storedChunk(`d${index}-${document}`, 0, ''), {
        uri: `d${index}-${document}`,
        parts: (['vector', 'keyword'] as const).map((source) => ({
          source,
          rank: rankOf(source, score[source]),
          score: score[source],
        })),
      }),
    );
    const rankAs = ({ denseWeight: weight = 0 }) => {
      const mixed = scores.map(({ vector, keyword }, at) => ({ at, score: weight * vector + (1 - weight) * keyword }));
      return mixed.sort((a, b) => b.score - a.score).flatMap(({ at }) => passages[at] ?? []);
    };
    const judged = {
      id: `q${index}`,
      judgements: new Map([[right(index), 1]]),
      idOf: (uri: string) => (uri === `d${index}-0` ? right(index) : uri),
    };
    return weighQuestion(judged, { passages, warnings: [], rankAs }, currentWeight);
  }).filter((question) => question !== null);
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
    const judged = questions(60, { vector: 0.95, keyword: 0.1 }, { currentWeight: 0.3 });
    const tuning = tuneFusion(judged, { ...options, currentWeight: 0.3 });
    expect(tuning).toMatchObject({ verdict: 'change' });
    expect(tuning.learned.denseWeight).toBeGreaterThan(0.6);
  });

  it('stays where neither arm knows anything, and where nothing depends on it', () => {
    expect(tuneFusion(questions(60, { vector: 0, keyword: 0 }), options).verdict).toBe('keep');
    const perfect = tuneFusion(questions(30, { vector: 1, keyword: 1 }), options);
    expect(perfect).toMatchObject({ verdict: 'keep', difference: 0, learned: { denseWeight: 0.65 } });
  });

  it('stays where all questions are about one document, however sure they look', () => {
    const one = questions(60, { vector: 0.1, keyword: 0.95 }, { right: () => 'same' });
    expect(tuneFusion(one, options)).toMatchObject({ verdict: 'keep', groups: 1, interval: null });
  });

  it('leaves out questions without a relevant document, and says so where there are no arms to weigh', () => {
    const none = { id: 'none', judgements: new Map([['x', 0]]), idOf: (uri: string) => uri };
    expect(weighQuestion(none, { passages: [], warnings: [], rankAs: () => [] }, 0.5)).toBeNull();
    const warnings = [{ code: 'vector-unavailable', message: 'No embedding model is available.' }];
    expect(() => weighQuestion(none, { passages: [], warnings }, 0.5)).toThrow(
      'where both arms work. No embedding model is available.',
    );
  });

  it('is compared with what each arm alone found', () => {
    const [question] = questions(1, { vector: 1, keyword: 0 });
    expect(question).toMatchObject({ vectorOnly: 1, scores: { length: fusionWeights.length } });
    expect(question?.keywordOnly).toBeLessThan(1);
  });
});

it('tries each weight as a retriever that has it ranks, nearness and smoothing included', async () => {
  const random = seededRandom(11);
  const vectorOf = () => {
    const angle = random() * Math.PI;
    return Float32Array.of(Math.cos(angle), Math.sin(angle));
  };
  const chunks = Array.from({ length: 40 }, (_, index) => ({
    chunk: storedChunk(
      `d${index % 13}`,
      Math.floor(index / 13),
      index % 3 === 0 ? 'parental leave' : 'leave of parental kind',
    ),
    vector: vectorOf(),
  }));
  const some = () =>
    chunks.filter(() => random() < 0.6).map((chunk) => ({ ...chunk, score: Math.round(random() * 20) / 20 }));
  const store = fakeSearchStore({ vector: some(), keyword: some() });
  const catalog = fakeCatalog(Array.from({ length: 13 }, (_, index) => documentRecord(`d${index}`)));
  const embedder = guarded(createFakeEmbedder({ dimensions: 2 }));
  const retrieve = (denseWeight: number) =>
    createHybridRetriever({ store, catalog, embedder, denseWeight }).retrieve(
      systemScope('test'),
      'how long is parental leave',
      { topK: 200, candidates: 200 },
    );
  const learnedFrom = await retrieve(0.5);
  const sources = new Set(learnedFrom.passages.flatMap(({ parts }) => parts.map(({ source }) => source)));
  expect(sources).toEqual(new Set(['vector', 'keyword', 'words', 'nearness', 'smoothing']));
  for (const weight of [0, 0.3, 0.65, 1]) {
    expect(learnedFrom.rankAs?.({ denseWeight: weight })).toEqual((await retrieve(weight)).passages);
  }
});
