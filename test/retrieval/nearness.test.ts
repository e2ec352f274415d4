import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scoreNearness, withNearness } from '../../src/retrieval/nearness.ts';
import { storedChunk } from '../support/retrieval-fakes.ts';

const beside = storedChunk('beside', 0, 'The parental leave policy of the company.');
const apart = storedChunk('apart', 0, 'Parental duties come first. Nobody shall leave without a policy.');
const swapped = storedChunk('swapped', 0, 'A leave that is parental, says the policy');
const without = storedChunk('without', 0, 'Parental controls of a browser.');

describe('nearness of the words of a question', () => {
  const scoresOf = (question: string, chunks = [beside, apart, swapped, without]) =>
    scoreNearness(question, chunks)?.scores ?? new Map<string, number>();

  it('is 1 where they stand beside each other as in the question, and falls with their distance', () => {
    const scores = scoresOf('What is the parental leave policy?');
    expect(scores.get('beside#1#0')).toBeCloseTo(1);
    expect(scores.get('apart#1#0')).toBeLessThan(scores.get('beside#1#0') ?? 0);
    expect(scores.get('apart#1#0')).toBeGreaterThan(0);
    expect(scores.get('without#1#0')).toBe(0);
  });

  it('does not care for their order', () => {
    expect(scoresOf('parental leave', [swapped]).get('swapped#1#0')).toBeCloseTo(1);
  });

  it('says nothing of questions without two words', () => {
    for (const question of ['leave', 'leave leave', 'of the', '']) expect(scoreNearness(question, [beside])).toBeNull();
  });

  it('reads only the best of them', () => {
    const many = Array.from({ length: 40 }, (_, index) => storedChunk(`doc${index}`, 0, 'parental leave'));
    expect(scoresOf('parental leave', many).size).toBe(30);
  });

  it('has its share of the score, which stays between 0 and 1 for any texts', () => {
    const words = fc.array(fc.constantFrom('leave', 'parental', 'days', 'x', '—', 'policy'), { maxLength: 30 });
    fc.assert(
      fc.property(
        words,
        fc.array(words, { maxLength: 5 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (q, texts, score) => {
          const chunks = texts.map((text, index) => storedChunk(`doc${index}`, 0, text.join(' ')));
          const nearness = scoreNearness(q.join(' '), chunks);
          for (const { chunkId } of chunks) {
            const mixed = withNearness(score, nearness, chunkId);
            expect(mixed).toBeGreaterThanOrEqual(0);
            expect(mixed).toBeLessThanOrEqual(1 + 1e-9);
          }
        },
      ),
    );
    expect(withNearness(0.5, scoreNearness('parental leave', [beside]), 'beside#1#0')).toBeCloseTo(0.7 * 0.5 + 0.3);
  });
});
