import { expect, it } from 'vitest';
import { namesOf } from '../../src/retrieval/question-match.ts';

it.each([
  ['And in Oslo?', ['Oslo']],
  ['and the ZRF in room B12?', ['ZRF', 'B12']],
  ["What of Ben's team?", ['Ben']],
  ['And in July, for 3 people, on a Monday?', []],
  ['Und im Urlaub?', []],
])('names and codes of %s', (question, expected) => {
  expect(namesOf(question)).toEqual(expected);
});
