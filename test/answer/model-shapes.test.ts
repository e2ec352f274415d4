/** Answers in the shapes that language models give them: tables, lists of sources, courtesies. */
import { describe, expect, it } from 'vitest';
import { createAnswerStream, resolveAnswer } from '../../src/answer/answer-stream.ts';
import { windowOf } from '../support/context-window.ts';

const rates = `# Rates

| item | limit |
| --- | --- |
| hotel a night, Germany | EUR 150 |
| hotel a night, elsewhere | EUR 180 |

Claim within 30 days after the end of the journey.`;
const window = windowOf([
  { documentId: 'travel', title: 'Travel policy', text: rates },
  { documentId: 'leave', title: 'Leave', text: '# How to apply\n\nParental leave is 26 weeks.' },
]);
const resolve = (text: string) => resolveAnswer(text, { window, policy: 'remove' });

describe('a table of a model', () => {
  const table = '| Item | Limit |\n| --- | --- |\n| Hotel a night, Germany | EUR 150 [1] |\n';
  it('stays one, with the markers inside of its cells', () => {
    const shown = `${table}| Hotel a night, elsewhere | EUR 180 [2] |`;
    expect(
      resolve(
        '| Item | Limit |\n|---|:--|\n| Hotel a night, Germany | EUR 150 [1] |\n| Hotel a night, elsewhere | EUR 180 [1] |',
      ).text,
    ).toBe(shown);
    expect(
      resolve(
        'Here they are:\n\n| Item | Limit | Source |\n|---|---|---|\n| Hotel a night, Germany | EUR 150 | [1] |\n| Hotel a night, elsewhere | EUR 180 | [1] |',
      ).text,
    ).toBe(shown);
  });

  it('is the same in a stream', () => {
    const stream = createAnswerStream({ window, policy: 'remove' });
    const written = `Parental leave is 26 weeks [2].\n${table}Parental leave is 26 weeks, as I said.`;
    const pieces = written.match(/\S+\s*/g) ?? [];
    const released = pieces.flatMap((piece) => stream.push(piece));
    const end = stream.end();
    expect([...released, ...end.released].map(({ text }) => text).join('')).toBe(end.answer.text);
    expect(end.answer.text).toContain(
      'weeks. [1]\n\n| Item | Limit |\n| --- | --- |\n| Hotel a night, Germany | EUR 150 [2] |',
    );
  });

  it('loses the rows that no source supports, and is not shown without any', () => {
    expect(
      resolve(
        '| Item | Limit |\n|---|---|\n| Hotel a night, Germany | EUR 170 [1] |\n| Hotel a night, elsewhere | EUR 180 [1] |',
      ).text,
    ).toBe('| Item | Limit |\n| --- | --- |\n| Hotel a night, elsewhere | EUR 180 [1] |');
    expect(resolve('| Item | Limit |\n|---|---|\n| Hotel a night, Germany | EUR 170 [1] |').status).toBe('abstained');
  });

  it('becomes a list where no source has the names of its columns', () => {
    expect(resolve('| Hotel | Free of charge |\n|---|---|\n| Hotel a night, Germany | EUR 150 [1] |').text).toBe(
      '- Hotel a night, Germany; EUR 150 [1]',
    );
  });
});

it.each([
  'The hotel limit elsewhere is EUR 150 a night [1].',
  '- Hotel a night, elsewhere: EUR 150 [1]',
  '| Item | Limit |\n|---|---|\n| Hotel a night, elsewhere | EUR 150 [1] |',
])('takes no value from another row of a table, though the question names it: %j', (text) => {
  const question = 'What is the hotel limit a night in Germany and elsewhere?';
  expect(resolveAnswer(text, { window, policy: 'remove', question }).status).toBe('abstained');
});

it('takes the values of several rows, each with its own', () => {
  const text = 'The hotel limit a night is EUR 150 in Germany, and EUR 180 elsewhere [1].';
  expect(resolve(text).status).toBe('answered');
});

describe('an item below a label', () => {
  it.each([
    '- **Hotel a night, Germany**\n  - EUR 150 [1]',
    '**Hotel a night, Germany**\n- EUR 150 [1]',
    '### Hotel a night, Germany\n\n- EUR 150 [1]',
    '- Hotel a night, Germany:\n    - EUR 150 [1]',
  ])('is shown behind it: %j', (text) => {
    expect(resolve(text).text).toBe('- **Hotel a night, Germany:** EUR 150 [1]');
  });

  it.each(['- **Hotel a night, Germany**\n  - EUR 180 [1]', '### Hotel a night, Germany\n\n* EUR 180 [1]'])(
    'is not shown where it belongs to another one: %j',
    (text) => {
      expect(resolve(text).status).toBe('abstained');
    },
  );

  it('says whose it is, each of several', () => {
    const text =
      '1. **Hotel a night**\n   - Germany: EUR 150 [1]\n   - elsewhere: EUR 180 [1]\n2. **Leave**\n   - 26 weeks [2]';
    expect(resolve(text).text).toBe(
      '- **Hotel a night:** Germany: EUR 150 [1]\n- **Hotel a night:** elsewhere: EUR 180 [2]\n- **Leave:** 26 weeks [3]',
    );
  });

  it('stands alone where it is a sentence, or no source has the label', () => {
    const sentence = 'Parental leave is 26 weeks, and nobody loses anything by it.';
    const spoken = resolveAnswer(`## Leave\n\n- ${sentence} [1]`, {
      window: windowOf([{ documentId: 'leave', text: sentence }]),
      policy: 'remove',
    });
    expect(spoken.text).toContain(`- ${sentence} [`);
    expect(resolve('- **Overview**\n  - Parental leave is 26 weeks [2]').text).toBe('- Parental leave is 26 weeks [1]');
  });
});

describe('a list of sources below an answer', () => {
  it.each([
    'Sources:\n[2] Leave',
    'Sources: [1] travel.md, [2] leave.md',
    '**References:**\n- [1] source/travel.md\n- [2] Leave, page 3',
    'Quelle: [2]',
    'Quellen:\n\n1. Leave, Abschnitt 2\n2. Travel policy',
    '*Source: Leave, "How to apply"*',
    '[^2]: Leave',
    '**Sources**\n\n* Leave\n* Travel policy',
    'Références :\n[2] Leave',
    '出典：[2] leave.md',
  ])('is left away without a warning: %j', (list) => {
    expect(resolve(`Parental leave is 26 weeks [2].\n\n${list}`)).toMatchObject({
      text: 'Parental leave is 26 weeks. [1]',
      warnings: [],
      droppedClaims: [],
    });
  });

  it('hides nothing that is said in its place', () => {
    const { text, droppedClaims } = resolve(
      'Parental leave is 26 weeks [2].\n\nSources:\n- [2] Leave\n- [2] Everyone gets a bonus of 900\n- Claim within 30 days after the end of the journey. [1]',
    );
    expect(text).toBe(
      'Parental leave is 26 weeks. [1]\n- Claim within 30 days after the end of the journey. [2]'.replace(
        '[1]\n',
        '[1]\n\n',
      ),
    );
    expect(droppedClaims).toEqual(['Everyone gets a bonus of 900']);
  });

  it('is no answer', () => {
    expect(resolve('Sources:\n[2] Leave').status).toBe('abstained');
  });
});

it('says nothing of courtesies that were left out', () => {
  expect(resolve('Parental leave is 26 weeks [2].\n\nLet me know if you need anything else!')).toMatchObject({
    text: 'Parental leave is 26 weeks. [1]',
    warnings: [],
  });
});
