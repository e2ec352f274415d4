import { expect, it } from 'vitest';
import { groundingOf, groundingOfAnswer } from '../../src/eval/grounding.ts';
import { answered, citation } from '../support/evaluation-fakes.ts';

const items = [
  { marker: 1, uri: 'a', start: 0, end: 100, text: 'Leave\nParental leave is 26 weeks at full pay for all employees.' },
  { marker: 2, uri: 'b', start: 0, end: 100, text: 'Travel\nTrains are booked in second class.' },
];

it.each([
  ['Parental leave is 26 weeks at full pay. [1]', [1, 1, 1, 1, 1]],
  // One word of five is another one: four fifths are enough.
  ['Parental leave is 26 weeks at half pay [1].', [1, 1, 1, 1, 1]],
  ['Parental leave is 12 months unpaid. [1]', [1, 1, 0, 1, 0]],
  ['Parental leave is 26 weeks. [2]', [1, 1, 0, 1, 0]],
  ['Parental leave is 26 weeks. [1][2]', [1, 1, 1, 2, 1]],
  ['Parental leave is 26 weeks.', [1, 0, 0, 0, 0]],
  ['Parental leave is 26 weeks. [7]', [1, 1, 0, 1, 0]],
  ['Parental leave is 26 weeks. [1] Trains are booked in second class. [2]', [2, 2, 2, 2, 2]],
  ["I don't know.", [0, 0, 0, 0, 0]],
])(
  'counts sentences and markers of %s',
  (raw, [sentences, markedSentences, supportedSentences, markers, supportedMarkers]) => {
    expect(groundingOf(raw, items)).toEqual({
      sentences,
      markedSentences,
      supportedSentences,
      markers,
      supportedMarkers,
    });
  },
);

it('counts a shown sentence by the passages that its citations lie in', () => {
  const text = 'Parental leave is 26 weeks.';
  const right = answered(text, [citation('a')]);
  const wrong = answered(text, [citation('b')]);
  const beyond = answered(text, [citation('a', { start: 90, end: 110 })]);
  expect(groundingOfAnswer(right, items)).toMatchObject({ sentences: 1, supportedSentences: 1, supportedMarkers: 1 });
  expect(groundingOfAnswer(wrong, items)).toMatchObject({ sentences: 1, supportedSentences: 0, supportedMarkers: 0 });
  expect(groundingOfAnswer(beyond, items)).toMatchObject({ supportedSentences: 0, markers: 1 });
});
