import { expect, it } from 'vitest';
import { withWholeSearch } from '../../src/eval/whole-search.ts';
import type { Retrieval, Retriever } from '../../src/retrieval/retriever.ts';
import { systemScope } from '../../src/access/scope.ts';

const operatorScope = systemScope('test');
const timings = { embedMs: 0, vectorMs: 0, keywordMs: 0, recheckMs: 0, smoothMs: 0, totalMs: 0 };

function retriever(code: string): Retriever {
  const found: Retrieval = {
    passages: [],
    candidates: [],
    mode: 'keyword',
    warnings: [{ code, message: 'Searched by keywords only.' }],
    timings,
    explanation: null,
  };
  return { retrieve: async () => found };
}

it('does not take keywords for a search by vectors that the embedding model failed at', async () => {
  const failing = withWholeSearch(retriever('vector-unavailable'), true);
  await expect(failing.retrieve(operatorScope, 'Why?')).rejects.toThrow(
    expect.objectContaining({ code: 'model-failed', message: expect.stringMatching(/would measure something else/) }),
  );
  const none = withWholeSearch(retriever('vector-unavailable'), false);
  await expect(none.retrieve(operatorScope, 'Why?', { mode: 'vector' })).rejects.toThrow(/something else/);
});

it('takes them where no embedding model is configured, or the question may not reach it', async () => {
  expect((await withWholeSearch(retriever('vector-unavailable'), false).retrieve(operatorScope, 'Why?')).mode).toBe(
    'keyword',
  );
  expect((await withWholeSearch(retriever('vector-refused'), true).retrieve(operatorScope, 'Why?')).mode).toBe(
    'keyword',
  );
});
