import { describe, expect, it } from 'vitest';
import { createAnswerStream, resolveAnswer } from '../../src/answer/answer-stream.ts';
import { windowOf } from '../support/context-window.ts';

const window = windowOf([
  { documentId: 'leave', text: 'Parental leave is 26 weeks. It is announced with Form 7 (3).' },
  { documentId: 'travel', text: 'A hotel may cost EUR 140 a night.' },
]);
const options = { window, policy: 'remove' } as const;

describe('markers in round brackets', () => {
  it.each([
    ['Parental leave is 26 weeks (1).', 'Parental leave is 26 weeks. [1]', ['leave']],
    ['Parental leave is 26 weeks. (1)\nA hotel may cost EUR 140 a night (2).', null, ['leave', 'travel']],
    // A wrong one is put right like any other.
    ['A hotel may cost EUR 140 a night (1).', 'A hotel may cost EUR 140 a night. [1]', ['travel']],
    // A number that is no item's stays what it is: here nothing that a source says.
    ['Parental leave is 26 weeks (9).', null, []],
  ])('%j', (text, shown, documents) => {
    const answer = resolveAnswer(text, options);
    expect(answer.citations.map(({ documentId }) => documentId)).toEqual(documents);
    if (shown !== null) expect(answer.text).toBe(shown);
  });

  it('never show half of one, wherever the stream is cut', () => {
    const text = 'Parental leave is 26 weeks (1). A hotel may cost EUR 140 a night (2). That is all there is.';
    const whole = resolveAnswer(text, options);
    for (let cut = 1; cut < text.length; cut++) {
      const stream = createAnswerStream(options);
      const released = [...stream.push(text.slice(0, cut)), ...stream.push(text.slice(cut))];
      const { released: rest, answer } = stream.end();
      expect(answer.text).toBe(whole.text);
      expect([...released, ...rest].map((sentence) => sentence.text).join('')).toBe(whole.text);
    }
  });
});
