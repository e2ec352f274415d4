import fc from 'fast-check';
import { expect, it } from 'vitest';
import { editDistance } from '../../src/core/edit-distance.ts';

it.each([
  ['same', 'same', 0],
  ['telesocpe', 'telescope', 1],
  ['mirror', 'miror', 1],
  ['steep', 'step', 1],
  ['kitten', 'sitting', 3],
  ['', 'ab', 2],
])('%s and %s are %i apart', (one, other, distance) => {
  expect(editDistance(one, other, 5)).toBe(distance);
  expect(editDistance(other, one, 5)).toBe(distance);
});

it('stops at its limit, and agrees with itself below it', () => {
  const word = fc.string({ minLength: 0, maxLength: 12, unit: fc.constantFrom('a', 'b', 'c') });
  fc.assert(
    fc.property(word, word, fc.nat(4), (one, other, limit) => {
      const exact = editDistance(one, other, 50);
      expect(editDistance(one, other, limit)).toBe(exact <= limit ? exact : limit + 1);
    }),
  );
});
