import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeMarkers } from '../../src/core/markers.ts';
import { plainText, readableSentence } from '../../src/core/readable.ts';

describe('plainText', () => {
  it.each([
    ['## **Leave** and _pay_', 'Leave and pay'],
    ['> - [x] Send `Form 7` to ~~Anna~~ Priya', 'Send Form 7 to Anna Priya'],
    [
      'See [the policy](https://example.com/a_(b) "Title") and <https://example.com/c_d>',
      'See the policy and https://example.com/c_d',
    ],
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
    expect(readableSentence(rest, span, header)).toBe('a: meals; b: 45; c: full day');
    expect(readableSentence(rest, span)).toBe('meals; 45; full day');
    const apart = `Other text.\n${rest}`;
    expect(readableSentence(apart, { start: 12, end: apart.length - 1 }, header)).toBe('meals; 45; full day');
  });
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
