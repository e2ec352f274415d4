import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { estimateMean, type GroupedValue, seededRandom } from '../../src/eval/bootstrap.ts';
import '../support/property-seed.ts';

const single = (values: readonly number[]): GroupedValue[] =>
  values.map((value, index) => ({ group: String(index), value }));

/** Standard normal numbers, by Box and Muller. */
function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

describe('a mean with its interval', () => {
  it('agrees with the normal theory on many independent values', () => {
    const random = seededRandom(5);
    const values = Array.from({ length: 400 }, () => 0.3 + normal(random));
    const { mean, interval, minimumDetectableEffect, groups } = estimateMean(single(values), { seed: 1 });
    const error = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 399 / 400);
    expect(groups).toBe(400);
    expect(interval?.[0]).toBeCloseTo(mean - 1.96 * error, 2);
    expect(interval?.[1]).toBeCloseTo(mean + 1.96 * error, 2);
    expect(minimumDetectableEffect).toBeCloseTo(2.8 * error, 2);
  });

  it('covers the true mean about as often as it says', () => {
    const random = seededRandom(9);
    let covered = 0;
    for (let trial = 0; trial < 60; trial++) {
      const values = Array.from({ length: 60 }, () => normal(random));
      const { interval } = estimateMean(single(values), { seed: trial });
      if (interval !== null && interval[0] <= 0 && interval[1] >= 0) covered++;
    }
    expect(covered).toBeGreaterThanOrEqual(53);
    expect(covered).toBeLessThan(60);
  });

  it('is wider where values come in groups that move together', () => {
    const random = seededRandom(3);
    const grouped = Array.from({ length: 20 }, (_, group) => {
      const value = normal(random);
      return Array.from({ length: 10 }, () => ({ group: String(group), value }));
    }).flat();
    const width = ({ interval }: { interval: readonly [number, number] | null }) =>
      interval === null ? 0 : interval[1] - interval[0];
    const honest = width(estimateMean(grouped, { seed: 1 }));
    const naive = width(estimateMean(single(grouped.map(({ value }) => value)), { seed: 1 }));
    // Ten copies of one value are one value: the error is larger by the square root of ten.
    expect(honest / naive).toBeGreaterThan(2.5);
    expect(honest / naive).toBeLessThan(4);
  });

  it('is the same for the same seed, holds the mean, and is nothing for a single group', () => {
    const value = fc.record({
      group: fc.constantFrom('a', 'b', 'c', 'd'),
      value: fc.float({ min: -1, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 20 }), fc.nat(), (values, seed) => {
        const estimate = estimateMean(values, { seed });
        expect(estimateMean(values, { seed })).toEqual(estimate);
        const isSingle = new Set(values.map(({ group }) => group)).size === 1;
        expect(estimate.interval === null).toBe(isSingle);
        const [lower, upper] = estimate.interval ?? [estimate.mean, estimate.mean];
        expect(lower).toBeLessThanOrEqual(upper);
      }),
      { numRuns: 20 },
    );
  });
});
