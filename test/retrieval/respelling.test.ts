import { describe, expect, it } from 'vitest';
import { systemScope } from '../../src/access/scope.ts';
import { respell, withRespelling } from '../../src/retrieval/respelling.ts';
import type { Retrieval, RetrieveOptions, Retriever } from '../../src/retrieval/retriever.ts';
import { passage, storedChunk } from '../support/retrieval-fakes.ts';

const scope = systemScope('test');
const timings = { embedMs: 0, vectorMs: 0, keywordMs: 0, recheckMs: 0, smoothMs: 0, totalMs: 1 };

function retrieverOf(text: string, modeOf: (call: number) => Retrieval['mode'] = () => 'hybrid') {
  const calls: { readonly query: string; readonly scope: unknown; readonly request: RetrieveOptions | undefined }[] =
    [];
  const retriever: Retriever = {
    async retrieve(scope, query, request) {
      calls.push({ query, scope, request });
      const candidates = [passage(storedChunk(`d${calls.length}`, 0, text), { classification: 'confidential' })];
      const mode = modeOf(calls.length);
      if (mode !== 'keyword') request?.isWorthRanking?.(candidates);
      return { passages: candidates, candidates, mode, warnings: [], timings, explanation: null };
    },
  };
  return { calls, retriever: withRespelling(retriever) };
}

describe('a question with a typing error', () => {
  it('is searched for once more as the candidates spell it, with the same scope and limits', async () => {
    const { calls, retriever } = retrieverOf('A password must be long: twelve characters.');
    const request = { topK: 3, candidates: 50, facts: { sources: ['handbook'] } };
    const found = await retriever.retrieve(scope, 'How long must my paswsord be?', request);
    expect(calls.map(({ query }) => query)).toEqual(['How long must my paswsord be?', 'How long must my password be?']);
    expect(calls.every((call) => call.scope === scope)).toBe(true);
    expect(calls[1]?.request).toMatchObject(request);
    expect(found.passages[0]?.chunk.documentId).toBe('d2');
    expect(found.respelled).toMatchObject({
      query: 'How long must my password be?',
      readAs: new Map([['paswsord', 'password']]),
    });
    expect(found.timings.totalMs).toBe(2);
  });

  it('says what the other spelling comes from, because it may keep the question from the embedder', async () => {
    const { calls, retriever } = retrieverOf('A password has twelve characters.');
    const madeFrom = [{ classification: 'internal' }];
    const found = await retriever.retrieve(scope, 'the paswsord', { madeFrom });
    expect(calls[0]?.request?.madeFrom).toEqual(madeFrom);
    expect(calls[1]?.request?.madeFrom).toEqual([...madeFrom, { classification: 'confidential' }]);
    expect(found.respelled?.madeFrom).toEqual([{ classification: 'confidential' }]);
  });

  it('is searched for as it was typed where the other spelling gets no vector', async () => {
    const { calls, retriever } = retrieverOf('A password.', (call) => (call === 2 ? 'keyword' : 'hybrid'));
    const found = await retriever.retrieve(scope, 'the paswsord', { topK: 3 });
    expect(calls.map(({ query }) => query)).toEqual(['the paswsord', 'the password', 'the paswsord']);
    // Ranked, this time.
    expect(calls[2]?.request).toEqual({ topK: 3 });
    expect(found.respelled).toBeUndefined();
  });
});

it.each([
  ['How long must my password be?', 'hybrid'],
  ['Who waters the plants?', 'hybrid'],
  // Three words that are nowhere: the text is about something else.
  ['Which paswsord opens garages?', 'hybrid'],
  ['How long must my paswsord be?', 'keyword'],
] as const)('searches once: %s (%s)', async (question, mode) => {
  const { calls, retriever } = retrieverOf('A password has twelve characters.', () => mode);
  expect((await retriever.retrieve(scope, question)).respelled).toBeUndefined();
  expect(calls).toHaveLength(1);
});

it('changes whole words alone', () => {
  expect(respell('leav, leaver; (leav)', new Map([['leav', 'leave']]))).toBe('leave, leaver; (leave)');
});
