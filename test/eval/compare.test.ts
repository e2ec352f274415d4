import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compareResults } from '../../src/eval/compare.ts';
import { readResultFile } from '../../src/eval/result-file.ts';
import { resultFile } from '../support/result-files.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const scores = (values: readonly number[], facts: (index: number) => object = () => ({})) =>
  values.map((value, index) => ({
    id: `q${index}`,
    question: `Question ${index}?`,
    'ndcg@10': value,
    ...facts(index),
  }));

describe('two results', () => {
  const base = Array.from({ length: 40 }, (_, index) => (index % 10) / 10);

  it('pairs questions by id, whatever their order, and leaves out what only one has', () => {
    const a = resultFile({ perQuery: scores([0.2, 0.4, 0.9]) });
    const b = resultFile({
      perQuery: [{ id: 'new', 'ndcg@10': 1 }, ...scores([0.3, 0.3]).reverse()],
    });
    const comparison = compareResults(a, b, { seed: 1 });
    expect(comparison).toMatchObject({ pairs: 2, unpaired: { a: 1, b: 1 } });
    expect(comparison.warnings.join()).toContain('2 questions stand in one result only');
    expect(comparison.metrics[0]).toMatchObject({
      metric: 'ndcg@10',
      wins: 1,
      losses: 1,
      ties: 0,
      verdict: 'undecided',
    });
    expect(comparison.metrics[0]?.a).toBeCloseTo(0.3, 12);
    expect(comparison.metrics[0]?.difference).toBeCloseTo(0, 12);
  });

  it('calls a steady difference by its name, and the same result the same', () => {
    const a = resultFile({ perQuery: scores(base) });
    const better = resultFile({ perQuery: scores(base.map((value, index) => value + 0.01 * (1 + (index % 3)))) });
    expect(compareResults(a, better, { seed: 1 }).metrics[0]?.verdict).toBe('better');
    expect(compareResults(better, a, { seed: 1 }).metrics[0]?.verdict).toBe('worse');
    const same = compareResults(a, a, { seed: 1 });
    expect(same.metrics[0]).toMatchObject({ verdict: 'same', interval: [0, 0], ties: 40, minimumDetectableEffect: 0 });
    expect(same.changed).toEqual([]);
  });

  it('is undecided where fewer than six independent questions changed, however alike', () => {
    const raised = (count: number) =>
      resultFile({ perQuery: scores(base.slice(0, 8).map((value, index) => (index < count ? value + 0.05 : value))) });
    expect(compareResults(raised(0), raised(5), { seed: 1 }).metrics[0]).toMatchObject({
      verdict: 'undecided',
      wins: 5,
    });
    expect(compareResults(raised(0), raised(6), { seed: 1 }).metrics[0]).toMatchObject({ verdict: 'better', wins: 6 });
    const two = (value: number) => resultFile({ perQuery: scores([value, value]) });
    expect(compareResults(two(0.1), two(0.2), { seed: 1 }).metrics[0]?.verdict).toBe('undecided');
  });

  it('warns where questions, their words or their judgements are not the same', () => {
    const of = (questions: string | undefined, question = 'Question 0?') =>
      resultFile({
        perQuery: [{ ...scores([0.5])[0], id: 'q0', question }],
        ...(questions === undefined ? {} : { questions }),
      });
    const warnings = (a: ReturnType<typeof of>, b: ReturnType<typeof of>) => compareResults(a, b, { seed: 1 }).warnings;
    expect(warnings(of('sha256:1'), of('sha256:1'))).toEqual([]);
    expect(warnings(of('sha256:1'), of(undefined))).toEqual([]);
    expect(warnings(of('sha256:1'), of('sha256:2'))).toEqual([expect.stringContaining('judgements were changed')]);
    expect(warnings(of(undefined), of(undefined, 'Another one?'))).toEqual([
      expect.stringContaining('1 of the 1 pairs have the same id and other words'),
    ]);
  });

  it('is undecided where all of a difference lies in one document', () => {
    const one = (index: number) => ({ document: index < 20 ? 'd' : `d${index}` });
    const a = resultFile({ perQuery: scores(base, one) });
    const b = resultFile({
      perQuery: scores(
        base.map((value, index) => (index < 20 ? value + 0.05 : value)),
        one,
      ),
    });
    const comparison = compareResults(a, b, { seed: 1 });
    expect(comparison.metrics[0]).toMatchObject({ verdict: 'undecided', pairs: 40, groups: 21, wins: 20 });
    // The same numbers look certain where every question counts as independent.
    const naive = (file: typeof a) => ({ ...file, perQuery: file.perQuery.map(({ document, ...query }) => query) });
    expect(compareResults(naive(a), naive(b), { seed: 1 }).metrics[0]?.verdict).toBe('better');
  });

  it('names the questions that changed most, in both directions', () => {
    const a = resultFile({ perQuery: scores([0.5, 0.5, 0.5]) });
    const b = resultFile({ perQuery: scores([0.6, 0.1, 0.5]) });
    expect(compareResults(a, b, { seed: 1 }).changed).toMatchObject([
      { id: 'q1', question: 'Question 1?', a: 0.5, b: 0.1 },
      { id: 'q0', a: 0.5, b: 0.6 },
    ]);
  });

  it('lets a gate fail only where the whole interval lies below the tolerance', () => {
    const a = resultFile({ perQuery: scores(base.map((value) => value + 0.5)) });
    const lower = (by: number) =>
      resultFile({ perQuery: scores(base.map((value, index) => value + 0.5 - by * (1 + (index % 3)))) });
    const gate = (by: number, tolerance: number) =>
      compareResults(a, lower(by), { seed: 1, gate: { tolerance } }).gate?.isPassed;
    // Lower by .01, .02 and .03: on average by about .02, with little spread.
    expect(gate(0.01, 0.01)).toBe(false);
    expect(gate(0.01, 0.03)).toBe(true);
    expect(gate(0.001, 0.01)).toBe(true);
    // Exactly at the tolerance is not below it, whatever sums of fractions round to.
    const steady = resultFile({ perQuery: scores(base.map((value) => value + 0.49)) });
    expect(compareResults(a, steady, { seed: 1, gate: { tolerance: 0.01 } }).gate?.isPassed).toBe(true);
    expect(() =>
      compareResults(resultFile({ perQuery: scores([0.1]) }), resultFile({ perQuery: scores([0]) }), {
        seed: 1,
        gate: { tolerance: 0 },
      }),
    ).toThrow(/at least two documents/);
  });

  it('refuses a measure that no question of both has', () => {
    const stated = (ids: readonly string[]) =>
      resultFile({
        kind: 'answers',
        perQuery: ['x', 'y'].map((id) => ({
          id,
          correct: 1,
          isAnswerable: true,
          ...(ids.includes(id) ? { f1: 1 } : {}),
        })),
      });
    const [a, b] = [stated(['x']), stated(['y'])];
    expect(compareResults(a, b, { seed: 1 }).metrics.map(({ metric }) => metric)).toEqual(['correct']);
    expect(() => compareResults(a, b, { seed: 1, metric: 'f1' })).toThrow(/no question in common that has f1/);
  });

  it('warns of leaks, whatever the measures say, and of questions at which models failed', () => {
    const leaking = scores([0.5, 0.9], (index) => (index === 0 ? { leaks: ['hr/pay.md'] } : { status: 'failed' }));
    const { warnings } = compareResults(
      resultFile({ perQuery: scores([0.2, 0.4]) }),
      resultFile({ perQuery: leaking }),
      {
        seed: 1,
      },
    );
    expect(warnings).toEqual([
      'In the second result 1 of 2 questions leaked documents.',
      'In the second result models failed at 1 of 2 questions, which count as wrong.',
    ]);
  });

  it('measures texts of answers on answerable questions alone', () => {
    const perQuery = (contains: number) => [
      { id: 'yes', correct: 1, containsAnswer: contains, isAnswerable: true },
      { id: 'no', correct: 1, containsAnswer: 0, isAnswerable: false },
    ];
    const [correct, contains] = compareResults(
      resultFile({ kind: 'answers', perQuery: perQuery(0) }),
      resultFile({ kind: 'answers', perQuery: perQuery(1) }),
      { seed: 1 },
    ).metrics;
    expect(correct).toMatchObject({ metric: 'correct', pairs: 2 });
    expect(contains).toMatchObject({ metric: 'containsAnswer', pairs: 1, difference: 1 });
  });

  it('refuses what cannot be compared', () => {
    const a = resultFile({ perQuery: scores([0.1, 0.2]) });
    const cases: readonly [Parameters<typeof resultFile>[0], RegExp][] = [
      [{ kind: 'answers', perQuery: [{ id: 'q0', correct: 1 }] }, /measured retrieval, the second one answers/],
      [{ dataset: 'other', corpus: 'sha256:1', perQuery: scores([0.1]) }, /over the same questions/],
      [{ perQuery: [{ id: 'else', 'ndcg@10': 1 }] }, /no question in common/],
      [{ perQuery: [{ id: 'q0', map: 1 }] }, /no measure in common/],
    ];
    for (const [other, message] of cases) {
      expect(() => compareResults(a, resultFile(other), { seed: 1 })).toThrow(message);
    }
    expect(() => compareResults(a, a, { seed: 1, metric: 'speed' })).toThrow(/there are: ndcg@10/);
    const edited = resultFile({ corpus: 'sha256:1', perQuery: scores([0.1, 0.3]) });
    expect(compareResults(a, edited, { seed: 1 }).warnings.join()).toContain('different versions');
  });
});

describe('a result file', () => {
  it.each([
    ['no JSON', '{"dataset": ', /not valid JSON/],
    ['another shape', '{"dataset": "x", "kind": "speed"}', /`kind` is invalid/],
    [
      'a repeated question',
      JSON.stringify(resultFile({ perQuery: [...scores([1]), ...scores([0])] })),
      /"q0" stands in it twice/,
    ],
  ])('is refused for %s', async (_name, content, message) => {
    const folder = await temporaryFolder({ 'result.json': content });
    const read = readResultFile(join(folder, 'result.json'));
    await expect(read).rejects.toMatchObject({ code: 'result-invalid' });
    await expect(readResultFile(join(folder, 'result.json'))).rejects.toThrow(message);
  });

  it('is refused where there is none', async () => {
    const folder = await temporaryFolder();
    await expect(readResultFile(join(folder, 'none.json'))).rejects.toThrow(/could not be read/);
  });
});
