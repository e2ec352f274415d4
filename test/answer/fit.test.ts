import { describe, expect, it } from 'vitest';
import { probabilityOf } from '../../src/answer/abstain.ts';
import { auroc, fitLogistic, type LabelledEvidence, thresholdFor } from '../../src/answer/fit.ts';

/** A fixed sequence of numbers between 0 and 1 (a linear congruence), so that the test is the same everywhere. */
function sequence(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

describe('fitLogistic', () => {
  it('finds the weights that the samples were drawn with', () => {
    const next = sequence(7);
    const samples = Array.from({ length: 20_000 }, (): LabelledEvidence => {
      const [a, b, noise] = [next() * 4 - 2, next() * 10, next()];
      const probability = 1 / (1 + Math.exp(-(1.5 * a - 0.4 * (b - 5))));
      return { features: { a, b, noise }, isAnswerable: next() < probability };
    });
    const fitted = fitLogistic(samples, { features: ['a', 'b', 'noise'] });
    const slope = (name: string) => (fitted.features[name]?.weight ?? 0) / (fitted.features[name]?.scale ?? 1);
    expect(slope('a')).toBeCloseTo(1.5, 1);
    expect(slope('b')).toBeCloseTo(-0.4, 1);
    expect(Math.abs(slope('noise'))).toBeLessThan(0.15);
  });

  it('stays finite where the samples can be parted perfectly, and where a feature is constant', () => {
    const samples = [0, 1, 2, 3].map((a) => ({ features: { a, constant: 7 }, isAnswerable: a > 1 }));
    const fitted = fitLogistic(samples, { features: ['a', 'constant'] });
    const at = (a: number) => probabilityOf({ a, constant: 7 }, { ...fitted, fingerprint: 'test' });
    expect(at(3)).toBeGreaterThan(0.7);
    expect(at(0)).toBeLessThan(0.3);
    expect(fitted.features.constant?.weight).toBeCloseTo(0);
  });

  it('refuses to learn from one kind of question, or from a feature that is missing', () => {
    const sample = { features: { a: 1 }, isAnswerable: true };
    expect(() => fitLogistic([sample], { features: ['a'] })).toThrow(
      expect.objectContaining({ code: 'dataset-invalid' }),
    );
    const both = [sample, { features: { a: 0 }, isAnswerable: false }];
    expect(() => fitLogistic(both, { features: ['b'] })).toThrow(expect.objectContaining({ code: 'dataset-invalid' }));
  });
});

it('chooses the threshold that refuses the wanted share', () => {
  const probabilities = Array.from({ length: 100 }, (_, index) => index / 100);
  const threshold = thresholdFor(probabilities, 0.05);
  expect(probabilities.filter((probability) => probability < threshold)).toHaveLength(5);
});

it('counts ties half in the AUROC', () => {
  expect(auroc([3, 4], [1, 2])).toBe(1);
  expect(auroc([1, 2], [3, 4])).toBe(0);
  expect(auroc([1, 2], [1, 2])).toBe(0.5);
  expect(auroc([1, 3], [2])).toBe(0.5);
  expect(auroc([2, 3], [2])).toBe(0.75);
});
