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

describe('markers as models write them', () => {
  const sources = windowOf([
    { documentId: 'leave', text: 'Parental leave is 26 weeks. Array a[1] holds the hall of 120 m² (2024).' },
    { documentId: 'it', text: 'Laptops are encrypted. See clause (2) of the annex.' },
  ]);
  const resolve = (text: string) => resolveAnswer(text, { window: sources, policy: 'remove' });

  it.each([
    'Parental leave is 26 weeks¹. Laptops are encrypted².',
    'Parental leave is 26 weeks ¹. Laptops are encrypted ².',
    'Parental leave is 26 weeks.¹ Laptops are encrypted.²',
    'Parental leave is 26 weeks ^1. Laptops are encrypted^2.',
    'Parental leave is 26 weeks^[1]. Laptops are encrypted [^2].',
    'Parental leave is 26 weeks <sup>1</sup>. Laptops are encrypted<sup>[2]</sup>.',
    'Parental leave is 26 weeks (Source 1). Laptops are encrypted (see source 2).',
    'Parental leave is 26 weeks (Quelle 1), so. Laptops are encrypted (2).',
    'Parental leave is 26 weeks [cite: 1]. Laptops are encrypted [citation:2].',
    'Parental leave is 26 weeks [doc 1]. Laptops are encrypted [Doc. 2].',
    'Parental leave is 26 weeks ［1］. Laptops are encrypted 【2】.',
    'Parental leave is 26 weeks **[1]**. Laptops are encrypted *[2]*.',
    'Parental leave is 26 weeks [[1]](https://example.org/x). Laptops are encrypted [2](#ref).',
    'Parental leave is 26 weeks (see [1]). According to [2], laptops are encrypted.',
  ])('%j', (text) => {
    const { text: shown, citations } = resolve(text);
    expect(shown.replace(', so', '')).toBe('Parental leave is 26 weeks. [1] Laptops are encrypted. [2]');
    expect(citations.map(({ documentId }) => documentId)).toEqual(['leave', 'it']);
    for (let cut = 1; cut < text.length; cut++) {
      const stream = createAnswerStream({ window: sources, policy: 'remove' });
      stream.push(text.slice(0, cut));
      stream.push(text.slice(cut));
      expect(stream.end().answer.text).toBe(shown);
    }
  });

  it('are none where the source has the number so', () => {
    expect(resolve('Array a[1] holds the hall of 120 m² (2024).').text).toBe(
      'Array a\\[1\\] holds the hall of 120 m² (2024). [1]',
    );
    expect(resolve('See clause (2) of the annex.').text).toBe('See clause (2) of the annex. [1]');
  });
});
