/** The policy `remove` gives up an answer of which only what is beside the question is left. */
import { describe, expect, it } from 'vitest';
import { createAnswerStream, resolveAnswer } from '../../src/answer/answer-stream.ts';
import { windowOf } from '../support/context-window.ts';

const window = windowOf([
  {
    documentId: 'leave',
    text: 'Parental leave is 26 weeks at full pay. It is announced ten days before with Form 7. The canteen is open on Sunday.',
  },
  {
    documentId: 'fort',
    text: 'Fort Beauséjour was captured by the British in 1755. The fort stands on a ridge above the marshes.',
  },
]);
const resolve = (question: string, text: string, policy: 'remove' | 'mark' = 'remove') =>
  resolveAnswer(text, { window, policy, question });
const lost = { status: 'abstained', reason: 'unsupported-claims', text: '', citations: [], claims: [], warnings: [] };

describe('an answer whose core was left out', () => {
  it.each([
    [
      'the number that was asked for',
      'How many weeks is parental leave?',
      'Parental leave is 27 weeks [1]. It is announced ten days before with Form 7 [1].',
    ],
    [
      'the number, though what is left speaks of the same',
      'When was Fort Beauséjour captured?',
      'Fort Beauséjour was captured in 1812 [2]. The fort stands on a ridge above the marshes [2].',
    ],
    [
      'what most of the question was about',
      'Who captured Fort Beauséjour?',
      'Fort Beauséjour was captured by the Dutch [2]. The canteen is open on Sunday [1].',
    ],
    [
      'a sentence that what is left leans on',
      'Is parental leave paid in full?',
      'Parental leave is not at full pay [1]. It is announced ten days before with Form 7 [1].',
    ],
  ])('is given up: %s', (_, question, text) => {
    expect(resolve(question, text)).toMatchObject(lost);
  });

  it('is told in the trace, without what was supported', () => {
    const { droppedClaims } = resolve(
      'How many weeks is parental leave?',
      'Parental leave is 27 weeks [1]. The canteen is open on Sunday [1].',
    );
    expect(droppedClaims).toEqual(['Parental leave is 27 weeks.']);
  });
});

describe('an answer whose core is there', () => {
  it.each([
    [
      'another claim tells it',
      'How many weeks is parental leave?',
      'Parental leave is 27 weeks [1]. Parental leave is 26 weeks at full pay [1].',
      'Parental leave is 26 weeks at full pay [1].',
    ],
    [
      'it comes last',
      'When was Fort Beauséjour captured?',
      'Bicycles are welcome [1]. The fort stands on a ridge above the marshes [2]. The fort was captured by the British in 1755 [2].',
      'The fort stands on a ridge above the marshes [1]. The fort was captured by the British in 1755 [2].',
    ],
    [
      'what was left out is beside the question',
      'Where does the fort stand?',
      'The fort stands on a ridge above the marshes [2]. It has 40 cannons [2].',
      'The fort stands on a ridge above the marshes [1].',
    ],
    [
      'what was left out speaks of the question in words that no source has',
      'What about the glorious bicycles of the fort?',
      'The glorious bicycles are red [2]. The fort stands on a ridge above the marshes [2].',
      'The fort stands on a ridge above the marshes [1].',
    ],
  ])('stays: %s', (_, question, text, shown) => {
    const answer = resolve(question, text);
    expect(answer.text.replaceAll('. [', ' [').replaceAll(/(\[\d\])(?=\s|$)/g, '$1.')).toBe(shown);
    expect(answer.warnings[0]).toBe('1 sentence was left out: the sources do not support it.');
  });

  it('is not given up under `mark`, which shows what was unsupported', () => {
    const text = 'Parental leave is 27 weeks [1]. The canteen is open on Sunday [1].';
    expect(resolve('How many weeks is parental leave?', text, 'mark').status).toBe('answered');
  });
});

describe('in a stream', () => {
  const question = 'How many weeks is parental leave?';

  it('nothing is released while the core is missing, and all of it once it is there', () => {
    const stream = createAnswerStream({ window, policy: 'remove', question });
    const first = 'Parental leave is 27 weeks [1]. The canteen is open on Sunday [1]. ';
    expect(stream.push(first)).toEqual([]);
    const released = stream.push('Parental leave is 26 weeks at full pay [1]. It ');
    expect(released.map(({ text }) => text).join('')).toBe(
      'The canteen is open on Sunday. [1] Parental leave is 26 weeks at full pay. [2]',
    );
  });

  it('what was released stays, whatever is left out after it', () => {
    const stream = createAnswerStream({ window, policy: 'remove', question });
    const released = stream.push('The canteen is open on Sunday [1]. Parental leave is 27 weeks [1]. It ');
    expect(released).toHaveLength(1);
    expect(stream.end().answer).toMatchObject({ status: 'answered', text: 'The canteen is open on Sunday. [1]' });
  });
});
