import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeMarkers } from '../../src/core/markers.ts';
import { isLinkAlone, plainText, readableList, readableSentence } from '../../src/core/readable.ts';
import { splitSentences } from '../../src/core/sentences.ts';

describe('plainText', () => {
  it.each([
    ['## **Leave** and _pay_', 'Leave and pay'],
    ['> - [x] Send `Form 7` to ~~Anna~~ Priya', 'Send Form 7 to Anna Priya'],
    [
      'See [the policy](https://example.com/a_(b) "Title") and <https://example.com/c_d>',
      'See the policy and https://example.com/c_d',
    ],
    ['Use [the form][f], [official images][] and [1][2]', 'Use the form, official images and [1][2]'],
    ['![logo](a.png) snake_case and 2*3*4 and a * b * c', 'logo snake_case and 2*3*4 and a * b * c'],
    ['one<br>two <span class="x">three</span> 1 < 2 > 0', 'one two three 1 < 2 > 0'],
    ['R&amp;D costs \\*five\\*&nbsp;euros', 'R&D costs *five* euros'],
    ['soft\nwrapped   text', 'soft wrapped text'],
    ['', ''],
  ])('%j reads %j', (markdown, plain) => {
    expect(plainText(markdown)).toBe(plain);
  });
});

describe('readableSentence', () => {
  const table =
    'Rates\n\n| item | **limit** | note |\n| --- | :-: | --- |\n| hotel \\| inn | 165 | |\n| meals | 45 | full day |\n';
  const row = (start: string) => {
    const at = table.indexOf(start);
    return { start: at, end: table.indexOf('\n', at) };
  };

  it('gives the cells of a row the names of their columns, and leaves empty cells out', () => {
    expect(readableSentence(table, row('| hotel'))).toBe('item: hotel | inn; limit: 165');
    expect(readableSentence(table, row('| meals'))).toBe('item: meals; limit: 45; note: full day');
  });

  it('reads the header row itself plainly', () => {
    expect(readableSentence(table, row('| item'))).toBe('item; limit; note');
  });

  it('takes the header from outside where the text begins within the table, and only there', () => {
    const rest = table.slice(row('| meals').start);
    const header = '| a | b | c |\n| --- | --- | --- |';
    const span = { start: 0, end: rest.length - 1 };
    expect(readableSentence(rest, span, { tableHeader: header })).toBe('a: meals; b: 45; c: full day');
    expect(readableSentence(rest, span)).toBe('meals; 45; full day');
    const apart = `Other text.\n${rest}`;
    expect(readableSentence(apart, { start: 12, end: apart.length - 1 }, { tableHeader: header })).toBe(
      'meals; 45; full day',
    );
  });
});

describe('lists', () => {
  const text =
    'You **must not**:\n\n1. share a [key][k].\n2. copy one, _ever_;\n\nOtherwise:\n- ask. Then wait.\n- go\n';
  const read = (start: string, above = {}) => {
    const span = splitSentences(text).find((one) => text.startsWith(start, one.start));
    return span === undefined ? null : readableSentence(text, span, above);
  };
  const listOf = (source: string) => readableList(source, splitSentences(source)[0] ?? { start: 0, end: 0 });

  it('say of each item what leads to it', () => {
    expect(read('1. share')).toBe('You must not: share a key.');
    expect(read('2. copy')).toBe('You must not: copy one, ever;');
    expect(read('Then wait')).toBe('Then wait.');
  });

  it('take it from outside where the text begins within the list, and only there', () => {
    const rest = '- copy one\n- lend one\n\nSo:\n- ask\n\nOr so.\n- not';
    const spans = splitSentences(rest);
    const readings = spans.map((span) => readableSentence(rest, span, { leadIn: 'You must not' }));
    expect(readings).toEqual(['You must not: copy one', 'You must not: lend one', 'So:', 'So: ask', 'Or so.', 'not']);
  });

  it('are one line with what leads to them', () => {
    expect(listOf(text)).toEqual({
      end: text.indexOf('\n\nOtherwise'),
      text: 'You must not: share a key; copy one, ever',
    });
    expect(listOf(text.slice(text.indexOf('Otherwise')))).toBeNull();
    expect(listOf('You must not do so.\n- share')).toBeNull();
    expect(listOf('You must not:\nshare')).toBeNull();
  });

  it('end where the next item would be too much', () => {
    const item = `- ${'x'.repeat(250)}`;
    const long = `May:\n${item}\n${item}\n${item}`;
    expect(listOf(long)).toEqual({ end: 5 + 2 * 252 + 1, text: `May: ${'x'.repeat(250)}; ${'x'.repeat(250)}; …` });
    expect(listOf(`May:\n- ${'x'.repeat(700)}`)).toBeNull();
  });
});

it.each([
  ['- [How to write](https://example.com/a_(b))', true],
  ['[How to write][w]', true],
  ['https://example.com', true],
  ['[w]: https://example.com "Title"', true],
  ['See [how to write](https://example.com).', false],
  ['[1] is a number', false],
])('%j is nothing but a link: %s', (sentence, expected) => {
  expect(isLinkAlone(sentence)).toBe(expected);
});

it('escapes bracketed numbers once', () => {
  expect(escapeMarkers('see [3], [1, 2] and [a], \\[4\\]')).toBe('see \\[3\\], \\[1, 2\\] and [a], \\[4\\]');
  expect(escapeMarkers(escapeMarkers('see [3]'))).toBe('see \\[3\\]');
});

it('reads a text alike whether or not something else in it needs reading', () => {
  const piece = fc.constantFrom(
    'It',
    'is',
    '3',
    'a',
    '-',
    '>',
    '+',
    '.',
    ',',
    ' ',
    '  ',
    '\n',
    '(',
    '*',
    '_',
    '#',
    'x_y',
    '\u00a0',
    'é',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const text = `It${pieces.join('')}`;
      expect(plainText(`${text} &amp; it`)).toBe(`${plainText(text)} & it`);
    }),
  );
});
