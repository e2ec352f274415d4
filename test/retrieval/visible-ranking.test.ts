import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Passage } from '../../src/core/chunk.ts';
import { denseWeightOf, rankByVisibleWords } from '../../src/retrieval/visible-ranking.ts';
import { passage, storedChunk } from '../support/retrieval-fakes.ts';

const texts = [
  'Parental leave is 26 weeks at full pay.',
  'Leave for training is five days a year.',
  'The canteen opens at noon on working days.',
  'Hotels in Leeds cost up to EUR 140 a night.',
];

function candidates(keywordScores: readonly number[], cosines: readonly (number | null)[]): readonly Passage[] {
  return texts.map((text, index) => {
    const cosine = cosines[index] ?? null;
    return passage(storedChunk(`doc_${index}`, 0, text), {
      score: keywordScores[index] ?? 0,
      parts: [
        { source: 'keyword', rank: index + 1, score: keywordScores[index] ?? 0 },
        ...(cosine === null ? [] : [{ source: 'vector', rank: index + 1, score: cosine }]),
      ],
    });
  });
}

const order = (ranked: readonly Passage[]) => ranked.map(({ chunk }) => chunk.documentId);

describe('rankByVisibleWords', () => {
  it('does not depend on the scores of the index, which move with documents that one may not see', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 20, noNaN: true }), { minLength: 4, maxLength: 4 }),
        fc.array(fc.option(fc.double({ min: -1, max: 1, noNaN: true })), { minLength: 4, maxLength: 4 }),
        (scores, cosines) => {
          const question = 'How many weeks of parental leave?';
          const one = rankByVisibleWords(question, candidates(scores, cosines), { denseWeight: 0.65 });
          const other = rankByVisibleWords(question, candidates([1, 1, 1, 1], cosines), { denseWeight: 0.65 });
          expect(order(one)).toEqual(order(other));
          expect(one.map(({ score }) => score)).toEqual(other.map(({ score }) => score));
        },
      ),
    );
  });

  it('ranks by words alone, by vectors alone, and by both with the weight', () => {
    const cosines = [0.1, 0.2, 0.9, 0.3];
    const question = 'parental leave in weeks';
    expect(order(rankByVisibleWords(question, candidates([], []), { denseWeight: 0.65 }))[0]).toBe('doc_0');
    expect(order(rankByVisibleWords(question, candidates([], cosines), { denseWeight: 1 }))).toEqual([
      'doc_2',
      'doc_3',
      'doc_1',
      'doc_0',
    ]);
    expect(order(rankByVisibleWords(question, candidates([], cosines), { denseWeight: 0 }))[0]).toBe('doc_0');
  });

  it('weighs words by BM25 over the candidates, and leaves out whoever has none of them', () => {
    const lengths = [9, 2, 4];
    const filler = 'pear plum fig kiwi melon lemon lime peach'.split(' ');
    const found = lengths.map((length) => ['leave', ...filler.slice(0, length - 1)].join(' '));
    const ranked = rankByVisibleWords(
      'leave',
      [...found, 'grape'].map((text, index) => passage(storedChunk(`d${index}`, 0, text))),
      { denseWeight: 0 },
    );
    // One occurrence each, so that only the lengths tell them apart: 1 / (1 + k1 (1 - b + b length / average)).
    const scoreAt = (length: number) => 1 / (1 + 1.2 * (0.25 + (0.75 * length) / 4));
    const scaled = (length: number) => (scoreAt(length) - scoreAt(9)) / (scoreAt(2) - scoreAt(9));
    expect(order(ranked)).toEqual(['d1', 'd2', 'd0', 'd3']);
    for (const [index, length] of [2, 4, 9].entries()) expect(ranked[index]?.score).toBeCloseTo(scaled(length), 9);
    expect(ranked[3]?.score).toBe(0);
  });

  it('does not depend on the order in which the index found them, not even among equals', () => {
    const equal = candidates([], []).map((entry, index) => ({
      ...entry,
      chunk: { ...entry.chunk, text: 'leave', indexText: 'leave', ordinal: index % 2, documentId: `doc_${index >> 1}` },
    }));
    for (const found of [candidates([], [0.1, 0.2, 0.9, 0.3]), equal]) {
      const one = rankByVisibleWords('parental leave', found, { denseWeight: 0.65 });
      expect(rankByVisibleWords('parental leave', found.toReversed(), { denseWeight: 0.65 })).toEqual(one);
    }
    expect(
      rankByVisibleWords('leave', equal.toReversed(), { denseWeight: 0.65 }).map(({ chunk }) => chunk.chunkId),
    ).toEqual(equal.map(({ chunk }) => chunk.chunkId));
  });

  it('keeps the order of what nothing tells apart', () => {
    expect(order(rankByVisibleWords('zebra', candidates([], []), { denseWeight: 0.65 }))).toEqual([
      'doc_0',
      'doc_1',
      'doc_2',
      'doc_3',
    ]);
  });
});

describe('denseWeightOf', () => {
  it('is the configured one, else the model’s, else none', () => {
    expect(denseWeightOf(0.3, { denseWeight: 0.65 })).toBe(0.3);
    expect(denseWeightOf('auto', { denseWeight: 0.65 })).toBe(0.65);
    expect(denseWeightOf('auto', null)).toBe(0);
  });

  it('puts passages first that have the words of the question beside each other, unless that is switched off', () => {
    const texts = [
      'leave the door open, parental advice is on the wall by the stairs',
      'of parental leave they spoke all the same at the very end',
    ];
    const found = texts.map((text, index) => passage(storedChunk(`doc_${index}`, 0, text), { parts: [] }));
    const scoresOf = (hasNearness?: boolean) =>
      new Map(
        rankByVisibleWords('parental leave', found, {
          denseWeight: 0,
          ...(hasNearness === undefined ? {} : { hasNearness }),
        }).map(({ chunk, score }) => [chunk.documentId, score]),
      );
    const gap = (scores: ReadonlyMap<string, number>) => (scores.get('doc_1') ?? 0) - (scores.get('doc_0') ?? 0);
    expect(gap(scoresOf(true))).toBeGreaterThan(gap(scoresOf(false)));
    expect(gap(scoresOf())).toBe(gap(scoresOf(true)));
  });

  it('leaves the scores of vectors as they are where no candidate has a word of the question', () => {
    const ranked = rankByVisibleWords('zebra crossing', candidates([], [0.1, 0.2, 0.9, 0.3]), { denseWeight: 0.65 });
    expect(ranked[0]?.score).toBe(1);
  });
});
