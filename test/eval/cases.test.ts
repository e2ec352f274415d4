import { describe, expect, it } from 'vitest';
import { type CaseAsker, evaluateCase } from '../../src/eval/cases.ts';
import type { EvaluationCase } from '../../src/eval/dataset.ts';
import type { ObservedAnswer } from '../../src/eval/observed-ask.ts';
import { runEvaluation } from '../../src/eval/run.ts';
import { abstained, answered, citation, observed, passagesOf } from '../support/evaluation-fakes.ts';

const answerable: EvaluationCase = {
  id: 'c',
  question: 'How long is parental leave?',
  as: 'bob',
  isAnswerable: true,
  answers: ['26 weeks'],
  relevant: [{ uri: 'hr/leave.md', grade: 1, page: null, quote: null }],
  mustNotCite: [],
  tags: ['single'],
};
const forbidden: EvaluationCase = {
  ...answerable,
  isAnswerable: false,
  answers: [],
  relevant: [],
  mustNotCite: ['hr/secret.md'],
};
const hidden = new Set(['hr/secret.md', 'hr/unlisted.md']);

function asker(shipped: ObservedAnswer, unrefused = shipped): CaseAsker & { readonly asked: boolean[] } {
  const asked: boolean[] = [];
  return {
    asked,
    ask: async (_request, { isRefusalOff }) => {
      asked.push(isRefusalOff);
      return isRefusalOff ? unrefused : shipped;
    },
    retrieve: async () => ({ passages: shipped.passages, mode: 'hybrid', warnings: [] }),
    maySee: async (_principal, uri) => !hidden.has(uri),
    languageOf: async () => 'en',
    isVerbatim: async () => true,
    fingerprint: { embedding: 'fake', retrieval: 'fake' },
  };
}

const outcome = async (one: EvaluationCase, shipped: ObservedAnswer, unrefused?: ObservedAnswer) =>
  (await evaluateCase(one, asker(shipped, unrefused), {})).outcome;
const good = observed(answered('It is 26 weeks. [1]', [citation('hr/leave.md')]), 0.9, ['hr/leave.md']);

describe('an answerable case', () => {
  it('is right when the text holds an accepted answer and a citation goes where it should', async () => {
    expect(await outcome(answerable, good)).toMatchObject({ isCorrect: true, status: 'answered', leaks: [] });
  });

  it('is judged by what it cites where no accepted answer is stated, as in what `persea feedback export` writes', async () => {
    const rated = { ...answerable, answers: [] };
    expect(await outcome(rated, good)).toMatchObject({ isCorrect: true, containsAnswer: null, f1: null });
    const elsewhere = observed(answered('It is 26 weeks. [1]', [citation('hr/blog.md')]), 0.9);
    expect((await outcome(rated, elsewhere)).isCorrect).toBe(false);
    expect((await outcome(rated, observed(abstained(), 0.1), good)).isCorrect).toBe(false);
    const { metrics, perQuery } = await runEvaluation(
      { kind: 'cases', name: 'set', hash: 'h', cases: [rated, { ...answerable, id: 'stated' }] },
      { indexCorpus: () => Promise.reject(new Error('not used')), cases: asker(good) },
    );
    expect(metrics).toMatchObject({ correct: 1, containsAnswer: 1, byTag: { single: { containsAnswer: 1 } } });
    expect(perQuery.map((query) => 'containsAnswer' in query)).toEqual([false, true]);
  });

  it('is wrong when the answer is elsewhere, other, or refused', async () => {
    const elsewhere = observed(answered('It is 26 weeks. [1]', [citation('hr/blog.md')]), 0.9);
    expect((await outcome(answerable, elsewhere)).isCorrect).toBe(false);
    const other = observed(answered('It is 12 weeks. [1]', [citation('hr/leave.md')]), 0.9);
    expect((await outcome(answerable, other)).isCorrect).toBe(false);
    const refused = await outcome(answerable, observed(abstained(), 0.1), good);
    // The answer itself is still measured, without the refusal.
    expect(refused).toMatchObject({ isCorrect: false, status: 'abstained', containsAnswer: true, probability: 0.1 });
  });

  it('is asked again without refusal only where it was refused', async () => {
    const answering = asker(good);
    await evaluateCase(answerable, answering, {});
    expect(answering.asked).toEqual([false]);
    const refusing = asker(observed(abstained(), 0.1), good);
    await evaluateCase(answerable, refusing, {});
    expect(refusing.asked).toEqual([false, true]);
  });
});

describe('a forbidden case', () => {
  it('is right when nothing is answered', async () => {
    expect(await outcome(forbidden, observed(abstained(['hr/leave.md']), 0.1, ['hr/leave.md']))).toMatchObject({
      isCorrect: true,
      leaks: [],
    });
  });

  it('leaks through citations, nearest documents, the window, what was left out, and retrieval itself', async () => {
    const secret = 'hr/secret.md';
    const base = abstained();
    const places: readonly ObservedAnswer[] = [
      observed(answered('x. [1]', [citation(secret)]), 0.9),
      observed(abstained([secret]), 0.1),
      observed({ ...base, context: { ...base.context, omitted: [{ uri: secret, reason: 'budget' }] } }, 0.1),
      observed({ ...base, text: `Nothing in ${secret}.` }, 0.1),
      observed({ ...base, warnings: [`${secret} was left out`] }, 0.1),
      observed(base, 0.1, [secret]),
    ];
    for (const place of places) {
      expect(await outcome(forbidden, place)).toMatchObject({ isCorrect: false, leaks: [secret] });
    }
  });

  it('leaks any document the person may not see, listed or not', async () => {
    const place = observed(abstained(['hr/unlisted.md']), 0.1);
    expect((await outcome(forbidden, place)).leaks).toEqual(['hr/unlisted.md']);
  });
});

describe('cases that are only searched for', () => {
  const permitted = { ...answerable, id: 'two', relevant: [answerable.relevant, answerable.relevant].flat() };
  const graded: EvaluationCase = {
    ...answerable,
    id: 'graded',
    tags: ['graded'],
    relevant: [
      { uri: 'hr/leave.md', grade: 1, page: null, quote: null },
      { uri: 'hr/blog.md', grade: 3, page: null, quote: null },
    ],
  };
  const dataset = { kind: 'cases', name: 'cases', hash: 'sha256:0', cases: [permitted, graded, forbidden] } as const;
  const searching = (uris: readonly string[]) => ({ ...asker(good), ...fakeSearch(uris) });
  const fakeSearch = (uris: readonly string[]) => {
    const searched: string[] = [];
    return {
      searched,
      retrieve: async (as: string, question: string) => {
        searched.push(`${as}: ${question}`);
        return { passages: passagesOf(uris), mode: 'hybrid' as const, warnings: [] };
      },
    };
  };
  const run = async (cases: CaseAsker, asked: readonly EvaluationCase[] = dataset.cases) => {
    const report = await runEvaluation(
      { ...dataset, cases: asked },
      {
        indexCorpus: async () => {
          throw new Error('not expected');
        },
        cases,
      },
      { task: 'retrieval' },
    );
    if (report.kind !== 'retrieval') throw new Error('unreachable');
    return report;
  };

  it('ranks documents for each case as its person, by grades, and counts only cases with a relevant document', async () => {
    const cases = searching(['hr/other.md', 'hr/leave.md', 'hr/leave.md']);
    const report = await run(cases);
    expect(cases.searched).toEqual(Array(3).fill('bob: How long is parental leave?'));
    expect(report.queries).toBe(2);
    expect(report.metrics).toMatchObject({ 'mrr@10': 0.5, leaks: 0 });
    expect(report.metrics.byTag?.graded?.['ndcg@10']).toBeCloseTo(1 / Math.log2(3) / (3 + 1 / Math.log2(3)), 12);
    const [first, second] = report.perQuery;
    // Two pages of one document are one document; two documents are no group.
    expect(first?.document).toBe('hr/leave.md');
    expect(second?.document).toBeUndefined();
    expect(second?.wanted).toEqual([
      { id: 'hr/blog.md', title: '', grade: 3, rank: null },
      { id: 'hr/leave.md', title: second?.found[1]?.title, grade: 1, rank: 2 },
    ]);
  });

  it('counts what was found and must not be, also for cases without a relevant document', async () => {
    const report = await run(searching(['hr/secret.md', 'hr/leave.md']));
    expect(report.metrics.leaks).toBe(3);
    expect(report.perQuery[0]?.leaks).toEqual(['hr/secret.md']);
  });

  it('refuses cases of which none has a relevant document: their ranking would be a made-up 0', async () => {
    const none = { ...permitted, relevant: [{ uri: 'hr/leave.md', grade: 0, page: null, quote: null }] };
    for (const cases of [[forbidden], [none], []]) {
      await expect(run(searching(['hr/leave.md']), cases)).rejects.toMatchObject({ code: 'dataset-invalid' });
    }
  });
});
