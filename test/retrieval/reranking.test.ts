import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { systemScope } from '../../src/access/scope.ts';
import type { Passage } from '../../src/core/chunk.ts';
import { PerseaError } from '../../src/core/errors.ts';
import type { Reranker } from '../../src/rerank/reranker.ts';
import { withReranking } from '../../src/retrieval/reranking.ts';
import type { Retriever } from '../../src/retrieval/retriever.ts';
import { passage, storedChunk } from '../support/retrieval-fakes.ts';

const scope = systemScope('test');
const timings = { embedMs: 0, vectorMs: 0, keywordMs: 0, recheckMs: 0, smoothMs: 0, totalMs: 1 };
const options = { depth: 3, share: 0.5, deadlineMs: 5_000 };

function retrieverOf(scores: readonly number[], topK = scores.length): Retriever {
  const candidates = scores.map((score, index) => passage(storedChunk(`d${index}`, 0, 'text'), { score }));
  const passages = candidates.slice(0, topK);
  return {
    retrieve: async () => ({ passages, candidates, mode: 'hybrid', warnings: [], timings, explanation: null }),
  };
}

function rerankerOf(scores: Readonly<Record<string, number>>): Reranker & { readonly seen: Passage[] } {
  const seen: Passage[] = [];
  return {
    id: 'fake',
    seen,
    async score(_question, passages) {
      seen.push(...passages);
      return new Map(Object.entries(scores).map(([id, score]) => [`${id}#1#0`, score]));
    },
    close: async () => undefined,
  };
}

const idsOf = (passages: readonly Passage[]) => passages.map(({ chunk }) => chunk.documentId);

it('blends the order of the reranker with that of the search', async () => {
  const retriever = withReranking(retrieverOf([1, 0.8, 0.2, 0.1], 2), rerankerOf({ d0: -3, d1: 2, d2: 3 }), options);
  const { candidates, passages, timings, warnings } = await retriever.retrieve(scope, 'leave');
  // d0: 1 and 0; d1: .75 and .83; d2: 0 and 1. The last was not looked at.
  expect(idsOf(candidates)).toEqual(['d1', 'd0', 'd2', 'd3']);
  expect(candidates.map(({ score }) => score)).toEqual([1, 0.8, 0.2, 0.1]);
  expect(candidates.map(({ parts }) => parts)).toEqual([
    [{ source: 'rerank', rank: 2, score: 2 }],
    [{ source: 'rerank', rank: 3, score: -3 }],
    [{ source: 'rerank', rank: 1, score: 3 }],
    [],
  ]);
  expect(idsOf(passages)).toEqual(['d1', 'd0']);
  expect(timings.rerankMs).toBeGreaterThanOrEqual(0);
  expect(warnings).toEqual([]);
});

it('never lets a reranker alone decide, however sure it is', async () => {
  const sure = rerankerOf({ d0: 0, d1: 0, d2: 1e9 });
  const { candidates } = await withReranking(retrieverOf([1, 0.9, 0]), sure, { ...options, share: 0.4 }).retrieve(
    scope,
    'leave',
  );
  expect(idsOf(candidates)).toEqual(['d0', 'd1', 'd2']);
});

it('looks at the best ones only, and leaves in place what it did not score', async () => {
  const reranker = rerankerOf({ d0: 0, d2: 1 });
  const retriever = withReranking(retrieverOf([1, 0.9, 0.8, 0.7]), reranker, { ...options, share: 1 });
  const { candidates } = await retriever.retrieve(scope, 'leave');
  expect(idsOf(reranker.seen)).toEqual(['d0', 'd1', 'd2']);
  expect(idsOf(candidates)).toEqual(['d2', 'd1', 'd0', 'd3']);
});

it('applies its scores to another ranking of the same passages', async () => {
  const { rerank, candidates } = await withReranking(retrieverOf([1, 0.5, 0]), rerankerOf({ d0: 0, d1: 0, d2: 1 }), {
    ...options,
    share: 0.9,
  }).retrieve(scope, 'leave');
  const other = candidates.toReversed().map((entry, index) => ({ ...entry, score: 1 - index / 2 }));
  expect(idsOf(rerank?.(other) ?? [])[0]).toBe('d2');
  expect(rerank?.(other)).toHaveLength(3);
});

describe('a reranker that fails', () => {
  const failing = (score: Reranker['score']): Reranker => ({ id: 'fake', score, close: async () => undefined });

  it.each([
    ['model-failed', failing(async () => Promise.reject(new PerseaError('model-failed', 'no')))],
    ['internal', failing(async () => Promise.reject(new TypeError('bug')))],
    ['model-failed', rerankerOf({ d0: Number.NaN, d1: 1 })],
    ['model-timeout', failing(() => new Promise(() => undefined))],
  ])('costs the better order and nothing else: %s', async (code, reranker) => {
    const retriever = withReranking(retrieverOf([1, 0.5]), reranker, { ...options, deadlineMs: 20 });
    const { candidates, warnings, rerank } = await retriever.retrieve(scope, 'leave');
    expect(idsOf(candidates)).toEqual(['d0', 'd1']);
    expect(candidates.flatMap(({ parts }) => parts)).toEqual([]);
    expect(warnings).toEqual([{ code: 'rerank-failed', message: expect.stringContaining(`"fake" (${code})`) }]);
    expect(rerank).toBeUndefined();
  });

  it('is told when its time is over', async () => {
    let wasAborted = false;
    const slow = failing(
      (_question, _passages, { signal }) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => {
            wasAborted = true;
            reject(signal.reason);
          });
        }),
    );
    await withReranking(retrieverOf([1, 0.5]), slow, { ...options, deadlineMs: 10 }).retrieve(scope, 'leave');
    expect(wasAborted).toBe(true);
  });

  it('does not hide that the caller went away', async () => {
    const controller = new AbortController();
    const retriever = withReranking(
      retrieverOf([1, 0.5]),
      failing(() => new Promise(() => controller.abort())),
      options,
    );
    await expect(retriever.retrieve(scope, 'leave', { signal: controller.signal })).rejects.toMatchObject({
      code: 'aborted',
    });
  });
});

it('has nothing to do for a single passage', async () => {
  const reranker = rerankerOf({});
  const retrieval = await withReranking(retrieverOf([1]), reranker, options).retrieve(scope, 'leave');
  expect(reranker.seen).toEqual([]);
  expect(retrieval.timings).toEqual(timings);
});

it('keeps all passages, and their scores sorted', async () => {
  const score = fc.double({ min: 0, max: 1, noNaN: true });
  await fc.assert(
    fc.asyncProperty(
      fc.array(score, { maxLength: 12 }),
      fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { maxLength: 12 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      async (own, theirs, share) => {
        const scores = own.toSorted((a, b) => b - a);
        const said = Object.fromEntries(theirs.slice(0, 6).map((value, index) => [`d${index}`, value]));
        const retriever = withReranking(retrieverOf(scores), rerankerOf(said), { ...options, depth: 6, share });
        const { candidates } = await retriever.retrieve(scope, 'leave');
        expect(candidates.map((candidate) => candidate.score)).toEqual(scores);
        expect(idsOf(candidates).toSorted()).toEqual(scores.map((_, index) => `d${index}`).toSorted());
      },
    ),
  );
});
