import { describe, expect, it } from 'vitest';
import { type CaseAsker, evaluateCase } from '../../src/eval/cases.ts';
import type { EvaluationCase } from '../../src/eval/dataset.ts';
import type { ObservedAnswer } from '../../src/eval/observed-ask.ts';
import { abstained, answered, citation, observed } from '../support/evaluation-fakes.ts';

const answerable: EvaluationCase = {
  id: 'c',
  question: 'How long is parental leave?',
  as: 'bob',
  isAnswerable: true,
  answers: ['26 weeks'],
  relevant: [{ uri: 'hr/leave.md', page: null, quote: null }],
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
    maySee: async (_principal, uri) => !hidden.has(uri),
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
