import { describe, expect, it } from 'vitest';
import type { AnswersDataset, RetrievalDataset } from '../../src/eval/dataset.ts';
import type { ObservedAnswer } from '../../src/eval/observed-ask.ts';
import { runEvaluation } from '../../src/eval/run.ts';
import type { CorpusIndex } from '../../src/eval/tools.ts';
import { answered, citation, observed, passagesOf } from '../support/evaluation-fakes.ts';

const corpus = { documents: [{ id: 'd1', title: '', text: 'one' }], hash: 'sha256:0' };

function fakeIndex(parts: Partial<CorpusIndex>): CorpusIndex & { readonly closed: () => number } {
  let closed = 0;
  return {
    retrieve: async () => {
      throw new Error('not expected');
    },
    ask: async () => {
      throw new Error('not expected');
    },
    corpusIdOf: (uri) => uri.replace('set/', ''),
    isVerbatim: async ({ quote }) => quote === 'text',
    fingerprint: { embedding: 'fake', retrieval: 'fake' },
    ingestSeconds: 0,
    close: async () => {
      closed++;
    },
    closed: () => closed,
    ...parts,
  };
}

describe('retrieval', () => {
  const dataset: RetrievalDataset = {
    kind: 'retrieval',
    name: 'set',
    corpus,
    queries: [
      { id: 'q1', text: 'first' },
      { id: 'q2', text: 'second' },
      { id: 'unjudged', text: 'third' },
      { id: 'negative', text: 'fourth' },
    ],
    questionsHash: 'sha256:q',
    judgements: new Map([
      ['q1', new Map([['b', 1]])],
      ['q2', new Map([['a', 1]])],
      ['negative', new Map([['a', 0]])],
    ]),
  };
  const ranked = (uris: readonly string[]) => {
    const passages = passagesOf(uris);
    const timings = { embedMs: 0, vectorMs: 0, keywordMs: 0, recheckMs: 0, smoothMs: 0, totalMs: 0 };
    return { passages, candidates: passages, mode: 'hybrid' as const, warnings: [], timings, explanation: null };
  };

  it('ranks documents by their best chunk and leaves out queries without a positive judgement', async () => {
    const asked: string[] = [];
    const index = fakeIndex({
      retrieve: async (query) => {
        asked.push(query);
        return ranked(['set/a', 'set/a', 'set/a', 'set/b']);
      },
    });
    const report = await runEvaluation(dataset, { indexCorpus: async () => index, cases: null });
    if (report.kind !== 'retrieval') throw new Error('unreachable');
    expect(asked).toEqual(['first', 'second']);
    expect(report.queries).toBe(2);
    // `b` is the second document although it is the fourth chunk.
    expect(report.perQuery.map((query) => query['mrr@10'])).toEqual([0.5, 1]);
    expect(report.metrics['mrr@10']).toBe(0.75);
    expect(report.perQuery[0]).toMatchObject({
      question: 'first',
      document: 'b',
      found: [
        { id: 'a', grade: 0 },
        { id: 'b', grade: 1 },
      ],
      wanted: [{ id: 'b', grade: 1, rank: 2 }],
    });
    expect(index.closed()).toBe(1);
  });

  it('never names two settings alike', async () => {
    const tools = { indexCorpus: async () => fakeIndex({ retrieve: async () => ranked([]) }), cases: null };
    const named = async (mode?: 'vector' | 'keyword') =>
      (await runEvaluation(dataset, tools, mode === undefined ? {} : { mode })).fingerprint.retrieval;
    expect(new Set([await named(), await named('vector'), await named('keyword')]).size).toBe(3);
  });

  it('asks only the first questions under a limit, and closes the index when a search fails', async () => {
    const index = fakeIndex({ retrieve: async () => ranked([]) });
    const report = await runEvaluation(dataset, { indexCorpus: async () => index, cases: null }, { limit: 1 });
    expect(report.queries).toBe(1);
    const failing = fakeIndex({});
    await expect(runEvaluation(dataset, { indexCorpus: async () => failing, cases: null })).rejects.toThrow(
      'not expected',
    );
    expect(failing.closed()).toBe(1);
  });
});

describe('answers', () => {
  const dataset: AnswersDataset = {
    kind: 'answers',
    name: 'set',
    corpus,
    questionsHash: 'sha256:q',
    questions: [
      { id: 'right', question: 'right', isAnswerable: true, answers: ['26 weeks'], goldDocument: 'leave' },
      { id: 'wrong', question: 'wrong', isAnswerable: true, answers: ['12 weeks'], goldDocument: 'other' },
      { id: 'timid', question: 'timid', isAnswerable: true, answers: ['26 weeks'], goldDocument: 'leave' },
      { id: 'bold', question: 'bold', isAnswerable: false, answers: [], goldDocument: null },
      { id: 'silent', question: 'silent', isAnswerable: false, answers: [], goldDocument: null },
    ],
  };
  const say = (probability: number, cited = citation('set/leave')): ObservedAnswer =>
    observed(answered('Leave is 26 weeks. [1]', [cited]), probability, ['set/leave', 'set/other']);
  const answers: Readonly<Record<string, ObservedAnswer>> = {
    right: say(0.9),
    wrong: say(0.8, citation('set/leave', { quote: 'something else' })),
    timid: say(0.1),
    bold: say(0.7),
    silent: say(0.2),
    'off one': say(0.3),
    'off two': say(0.6),
  };

  it('measures the answer without refusal, and what is shown at the shipped threshold', async () => {
    const index = fakeIndex({ ask: async (question) => answers[question] ?? say(0) });
    const offTopic = ['off one', 'off two'].map((question) => ({ id: question, question }));
    const report = await runEvaluation(dataset, { indexCorpus: async () => index, cases: null }, { offTopic });
    expect(report.metrics).toMatchObject({
      paragraphFirst: 2 / 3,
      containsAnswer: 2 / 3,
      em: 0,
      answered: 3 / 5,
      abstained: 2 / 5,
      wrongRefusals: 1 / 3,
      rightRefusals: 1 / 2,
      offTopicRefusals: 1 / 2,
      correct: 2 / 5,
      // Pairs: .9 and .8 beat both, .1 beats none.
      refusalAuroc: 4 / 6,
      offTopicAuroc: 4 / 6,
      citationPrecision: 2 / 3,
      citationRecall: 2 / 3,
      inputTokens: 70,
      costUsd: 3.5,
    });
    expect(report.metrics).not.toHaveProperty('leaks');
    expect(report.queries).toBe(5);
  });

  it('asks the first questions of either set under a limit', async () => {
    const asked: string[] = [];
    const index = fakeIndex({
      ask: async (question) => {
        asked.push(question);
        return say(0.9);
      },
    });
    const offTopic = ['off one', 'off two'].map((question) => ({ id: question, question }));
    await runEvaluation(dataset, { indexCorpus: async () => index, cases: null }, { offTopic, limit: 1 });
    expect(asked).toEqual(['right', 'off one']);
  });

  it('reads an answer without its markers', async () => {
    const one = { ...dataset, questions: dataset.questions.slice(0, 1) };
    const text = 'The 26 weeks \\[3\\]. [1][2]';
    const index = fakeIndex({ ask: async () => observed(answered(text), 0.9) });
    const tools = { indexCorpus: async () => index, cases: null };
    const accepting = (answer: string) =>
      runEvaluation(
        { ...one, questions: one.questions.map((question) => ({ ...question, answers: [answer] })) },
        tools,
      );
    expect((await accepting('26 weeks 3')).metrics).toMatchObject({ em: 1, f1: 1 });
    expect((await accepting('26 weeks 3 1')).metrics).toMatchObject({ em: 0 });
  });
});
