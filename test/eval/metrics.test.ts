import { describe, expect, it } from 'vitest';
import {
  containsAnswer,
  exactMatch,
  normalizeAnswer,
  percentile,
  rankingMetrics,
  wordF1,
} from '../../src/eval/metrics.ts';

describe('ranking after trec_eval', () => {
  const judgements = new Map([
    ['a', 2],
    ['b', 1],
    ['c', 1],
    ['no', 0],
  ]);

  it('agrees with values computed by hand', () => {
    // Ranks 1: not relevant, 2: grade 2, 4: grade 1; one relevant document is missing.
    const metrics = rankingMetrics(['no', 'a', 'x', 'b'], judgements);
    const ideal = 2 + 1 / Math.log2(3) + 1 / 2;
    expect(metrics?.['ndcg@10']).toBeCloseTo((2 / Math.log2(3) + 1 / Math.log2(5)) / ideal, 12);
    expect(metrics?.['recall@10']).toBeCloseTo(2 / 3, 12);
    expect(metrics?.['mrr@10']).toBe(0.5);
    expect(metrics?.map).toBeCloseTo((1 / 2 + 2 / 4) / 3, 12);
  });

  it('agrees with what trec_eval gives for the example of the README of pytrec_eval', () => {
    const first = rankingMetrics(
      ['d3', 'd1', 'd2'],
      new Map([
        ['d1', 0],
        ['d2', 1],
        ['d3', 0],
      ]),
    );
    expect(first?.map).toBeCloseTo(0.3333333333333333, 12);
    expect(first?.['ndcg@10']).toBeCloseTo(0.5, 12);
    const second = rankingMetrics(
      ['d1', 'd3', 'd2'],
      new Map([
        ['d2', 1],
        ['d3', 1],
      ]),
    );
    expect(second?.map).toBeCloseTo(0.5833333333333333, 12);
    expect(second?.['ndcg@10']).toBeCloseTo(0.6934264036172708, 12);
  });

  it('cuts nDCG, recall and reciprocal rank where their names say', () => {
    const ranked = [...Array.from({ length: 10 }, (_, index) => `x${index}`), 'a', 'b', 'c'];
    expect(rankingMetrics(ranked, judgements)).toMatchObject({
      'ndcg@10': 0,
      'recall@10': 0,
      'recall@100': 1,
      'mrr@10': 0,
    });
    expect(rankingMetrics(ranked, judgements)?.map).toBeCloseTo((1 / 11 + 2 / 12 + 3 / 13) / 3, 12);
  });

  it('is 1 for the ideal order and nothing at all without a positive judgement', () => {
    expect(rankingMetrics(['a', 'b', 'c'], judgements)).toMatchObject({ 'ndcg@10': 1, 'mrr@10': 1, map: 1 });
    expect(rankingMetrics(['a'], new Map([['a', 0]]))).toBeNull();
  });
});

describe('answers after SQuAD', () => {
  it('normalises case, punctuation, articles and white space', () => {
    expect(normalizeAnswer("  The  U.S.'s `Answer`, a test! ")).toBe('uss answer test');
    expect(exactMatch('the Normans.', ['normans'])).toBe(1);
    expect(exactMatch('Normans of France', ['normans'])).toBe(0);
  });

  it('takes the best word overlap', () => {
    expect(wordF1('in the 10th and 11th centuries', ['1999', '10th and 11th centuries'])).toBeCloseTo(8 / 9, 12);
    expect(wordF1('France', ['Denmark'])).toBe(0);
    expect(wordF1('no no yes', ['no'])).toBeCloseTo(0.5, 12);
  });

  it('finds an answer in a text, but not inside a longer word or number', () => {
    expect(containsAnswer('Parental leave is 26 weeks. [1]', ['26 weeks'])).toBe(true);
    expect(containsAnswer('It was in 2012.', ['12'])).toBe(false);
    expect(containsAnswer('It weighs 12kg.', ['12'])).toBe(true);
    expect(containsAnswer('From 1977–1981 it was empty', ['1977'])).toBe(true);
    expect(containsAnswer('a rating of 112 and of 12', ['12'])).toBe(true);
    expect(containsAnswer('今年の社員旅行は松本へ行きます。', ['松本'])).toBe(true);
    expect(containsAnswer('anything', ['', 'the'])).toBe(false);
  });
});

it('percentile is the nearest rank', () => {
  expect(percentile([5, 1, 4, 2, 3], 0.5)).toBe(3);
  expect(percentile([5, 1, 4, 2, 3], 0.95)).toBe(5);
  expect(percentile([], 0.5)).toBe(0);
});
