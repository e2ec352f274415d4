import { expect, it } from 'vitest';
import { toldIn } from '../../src/core/told.ts';

it.each([
  ['de', 'nein'],
  ['fr', 'non'],
  ['en', 'no'],
  ['ja', 'no'],
  [null, 'no'],
] as const)('a text is told in %s as %s', (language, expected) => {
  expect(toldIn(language, { en: 'no', de: 'nein', fr: 'non' })).toBe(expected);
});
