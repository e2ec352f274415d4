import { describe, expect, it } from 'vitest';
import { type AnswerPolicy, createAnswerStream, resolveAnswer } from '../../src/answer/answer-stream.ts';
import { windowOf } from '../support/context-window.ts';

const leave = 'Parental leave is 26 weeks. It is paid in full. See note [7] for details of pay.';
const canteen = 'The canteen opens at noon. It closes at two.';
const window = windowOf([
  { documentId: 'leave', text: leave },
  { documentId: 'canteen', text: canteen },
]);
const hall = windowOf([
  { documentId: 'leave', text: leave },
  {
    documentId: 'hall',
    text: 'The canteen opens at noon for all who work in the hall by the river. It closes at two.',
  },
]);
/** Not all of it is in the source, so without a marker it is left out. */
const partly = 'The canteen opens at noon for all guests who work in the hall by the river.';
const ofHall = (text: string) => resolveAnswer(text, { window: hall, policy: 'remove' });
const resolve = (text: string, policy: AnswerPolicy = 'remove') => resolveAnswer(text, { window, policy });

describe('resolveAnswer', () => {
  it('gives each sentence its citation, numbered in order of appearance', () => {
    const answer = resolve('The canteen opens at noon. [2] Parental leave is 26 weeks. [1]');
    expect(answer.text).toBe('The canteen opens at noon. [1] Parental leave is 26 weeks. [2]');
    expect(answer.citations).toEqual([
      {
        marker: 1,
        uri: 'source/canteen.md',
        title: 'canteen',
        headingPath: ['canteen'],
        page: null,
        documentId: 'canteen',
        chunkId: 'canteen#1#0',
        start: 0,
        end: 26,
        quote: 'The canteen opens at noon.',
        support: 'verbatim',
      },
      expect.objectContaining({ marker: 2, documentId: 'leave', quote: 'Parental leave is 26 weeks.' }),
    ]);
    expect(answer).toMatchObject({ status: 'answered', reason: null, warnings: [], droppedClaims: [] });
  });

  it.each([
    'Parental leave is 26 weeks [1].',
    'Parental leave is 26 weeks.[1]',
    '[1] Parental leave is 26 weeks.',
    'Parental leave is 26 weeks【1】.',
    'Parental leave is 26 weeks【1†source】.',
    'Parental leave is 26 weeks [Source 1].',
    'Parental leave [1] is 26 weeks.',
    'Parental leave is 26 weeks. [1](https://example.com)',
    'Parental leave is 26 weeks. [^1]',
    'Parental leave is 26 weeks. [1, 2]',
    'Parental leave is 26 weeks. [1][2]',
    'Parental leave is 26 weeks. [1-2]',
    'Parental leave is 26 weeks. [2]',
    'Parental leave is 26 weeks. [12]',
    'Parental leave is 26 weeks.',
    'Parental leave is 26 weeks, as stated in source [1].',
    'Parental leave is 26 weeks (see [1]).',
    'Parental leave is 26 weeks, which is supported by source [1].',
    'Parental leave is 26 weeks, as is stated in [1].',
    'Parental leave is 26 weeks, which is also confirmed by the document [1].',
    'According to [1], Parental leave is 26 weeks.',
    'Sure! Parental leave is 26 weeks. [1',
    'Parental leave is 26 weeks [1, p. 3].',
    'Parental leave is 26 weeks [leave.md].',
    'Parental leave is 26 weeks [source/leave.md, p. 3].',
    'Parental leave is 26 weeks (leave.md, section 2.1).',
    'Parental leave is 26 weeks [Source: leave].',
    'Parental leave is 26 weeks [leave.md; canteen.md].',
    'Parental leave is 26 weeks {1}.',
    'Parental leave is 26 weeks (Source: [1]).',
    'According to Source 1, parental leave is 26 weeks.',
    'Source [1] states that parental leave is 26 weeks.',
    '<answer>\nParental leave is 26 weeks [1].\n</answer>',
  ])('understands %j', (text) => {
    expect(resolve(text).text).toBe('Parental leave is 26 weeks. [1]');
  });

  it('takes no text in brackets for a marker that names more than sources', () => {
    expect(resolve('Parental leave is 26 weeks [leave.md, and 40 for managers].').status).toBe('abstained');
    expect(resolve('Parental leave is 26 weeks (leave).').text).not.toBe('Parental leave is 26 weeks. [1]');
  });

  it('ends a sentence at the marker that ends its line, unless the next line goes on', () => {
    expect(resolve('**Leave:** Parental leave is 26 weeks [1]\n**Canteen:** The canteen opens at noon [2]').text).toBe(
      '**Leave:** Parental leave is 26 weeks [1]\n**Canteen:** The canteen opens at noon [2]',
    );
    expect(resolve('Parental leave [1]\nis 26 weeks. [1]').claims).toHaveLength(1);
    expect(resolve('Parental leave is 26 weeks [1].\n\nIt is paid in full [1].').text).toBe(
      'Parental leave is 26 weeks. [1]\n\nIt is paid in full. [2]',
    );
  });

  it('ends a sentence at its marker, whatever the next one begins with', () => {
    const answer = resolve('The canteen opens at noon. [2] parental leave is 26 weeks. [1]');
    expect(answer.text).toBe('The canteen opens at noon. [1] parental leave is 26 weeks. [2]');
    expect(answer.claims.map((claim) => claim.citations)).toEqual([[1], [2]]);
  });

  it('keeps numbers that the source has in brackets as text', () => {
    expect(resolve('See note [7] for details of pay. [1]').text).toBe('See note \\[7\\] for details of pay. [1]');
    expect(resolve('See note \\[7\\] for details of pay. [1]').text).toBe('See note \\[7\\] for details of pay. [1]');
  });

  it('keeps lines and paragraphs', () => {
    const answer = resolve(
      '- Parental leave is 26 weeks [1]\n- It is paid in full [1]\n\nThe canteen opens at noon. [2]',
    );
    expect(answer.text).toBe(
      '- Parental leave is 26 weeks [1]\n- It is paid in full [2]\n\nThe canteen opens at noon. [3]',
    );
    expect(answer.claims[0]?.text).toBe('Parental leave is 26 weeks');
  });

  it('uses one number for one quote and says nothing twice', () => {
    const answer = resolve(
      'Parental leave is 26 weeks. [1] 26 weeks is parental leave. [1] Parental leave is 26 weeks. [1]',
    );
    expect(answer.text).toBe('Parental leave is 26 weeks. [1] 26 weeks is parental leave. [1]');
    expect(answer.citations).toHaveLength(1);
  });

  it('abstains when the model says that it does not know, whatever it adds', () => {
    for (const text of [
      "I don't know.",
      'I don’t know. Parental leave is 26 weeks. [1]',
      'The sources do not mention bicycles. [1]',
    ]) {
      expect(resolve(text)).toMatchObject({
        status: 'abstained',
        reason: 'insufficient-evidence',
        text: '',
        citations: [],
      });
    }
  });

  it('keeps an answer after which the model says that it knows no more', () => {
    expect(resolve("Parental leave is 26 weeks. [1] I don't know the rest.").text).toBe(
      'Parental leave is 26 weeks. [1]',
    );
  });

  it('takes the markers at the end of a paragraph for its sentences without any, too', () => {
    const closing = 'It closes at two.';
    expect(ofHall(`${partly} ${closing} [2]`).text).toBe(`${partly} [1] ${closing} [2]`);
    expect(ofHall(`${partly} ${closing} [1]`).text).toBe(`${closing} [1]`);
    for (const elsewhere of [
      `${partly}\n\n${closing} [2]`,
      `- ${partly}\n- ${closing} [2]`,
      `${closing} [2] ${partly}`,
    ]) {
      expect(ofHall(elsewhere).text).not.toContain(partly);
      expect(ofHall(elsewhere).citations).toHaveLength(1);
    }
    expect(ofHall(`${partly} It closes at three. [2]`)).toMatchObject({
      text: `${partly} [1]`,
      droppedClaims: ['It closes at three.'],
    });
  });

  it('abstains when nothing is said or nothing is supported', () => {
    expect(resolve('')).toMatchObject({ status: 'abstained', reason: 'insufficient-evidence' });
    expect(resolve('Bicycles are paid. [1]')).toMatchObject({
      status: 'abstained',
      reason: 'unsupported-claims',
      droppedClaims: ['Bicycles are paid.'],
    });
  });

  describe('with an unsupported sentence', () => {
    const text = 'Bicycles are paid. [1] Parental leave is 26 weeks. [1] Dogs are welcome. [2]';

    it('removes it and warns', () => {
      const answer = resolve(text, 'remove');
      expect(answer.text).toBe('Parental leave is 26 weeks. [1]');
      expect(answer.warnings).toEqual(['2 sentences were left out: the sources do not support them.']);
    });

    it('marks it', () => {
      const answer = resolve(text, 'mark');
      expect(answer.text).toBe(
        'Bicycles are paid. (not supported by the sources) Parental leave is 26 weeks. [1] Dogs are welcome. (not supported by the sources)',
      );
      expect(answer.claims.map((claim) => [claim.support, claim.citations])).toEqual([
        ['none', []],
        ['verbatim', [1]],
        ['none', []],
      ]);
    });

    it('abstains, releasing nothing', () => {
      const stream = createAnswerStream({ window, policy: 'abstain' });
      expect(stream.push(text)).toEqual([]);
      const { released, answer } = stream.end();
      expect(released).toEqual([]);
      expect(answer).toMatchObject({ status: 'abstained', reason: 'unsupported-claims', text: '', claims: [] });
    });

    it('does not mark an answer that has no supported sentence at all', () => {
      expect(resolve('Bicycles are paid. [1]', 'mark')).toMatchObject({
        status: 'abstained',
        reason: 'unsupported-claims',
      });
    });
  });
});

describe('createAnswerStream', () => {
  it('releases a sentence as soon as the next one shows that it is complete', () => {
    const stream = createAnswerStream({ window, policy: 'remove' });
    expect(stream.push('Parental leave is')).toEqual([]);
    expect(stream.push(' 26 weeks. [')).toEqual([]);
    expect(stream.push('1] It')).toEqual([]);
    expect(stream.push(' is')).toMatchObject([
      { text: 'Parental leave is 26 weeks. [1]', claim: { citations: [1] }, newCitations: [{ marker: 1 }] },
    ]);
    expect(stream.push(' paid in full. [1]')).toEqual([]);
    const { released, answer } = stream.end();
    expect(released.map((sentence) => sentence.text)).toEqual([' It is paid in full. [2]']);
    expect(answer.text).toBe('Parental leave is 26 weeks. [1] It is paid in full. [2]');
  });

  it('waits with a sentence that needs a marker for the end of its paragraph', () => {
    const stream = createAnswerStream({ window: hall, policy: 'remove', inDoubt: ['partial'] });
    expect(stream.push(`${partly} It closes at two. And `)).toEqual([]);
    expect(stream.doubtful()).toEqual([]);
    expect(stream.push('it has chairs. [2] It is paid in full. [1]')).toEqual([]);
    expect(stream.doubtful()).toMatchObject([{ text: partly, check: { support: 'partial' } }]);
    expect(stream.finish()).toEqual([]);
    const { released } = stream.end();
    expect(released.map(({ text }) => text)).toEqual([
      `${partly} [1]`,
      ' It closes at two. [2]',
      ' It is paid in full. [3]',
    ]);
  });
});
