import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compareLines } from '../../src/prompts/compare.ts';

const signs = { same: ' ', removed: '-', added: '+' };
const shown = (a: string, b: string) => compareLines(a, b).map(({ kind, line }) => `${signs[kind]}${line}`);

it('shows what was removed and added between lines that stayed', () => {
  expect(shown('one\ntwo\nthree\nfour', 'one\n2\nthree\nfour\nfive')).toEqual([
    ' one',
    '-two',
    '+2',
    ' three',
    ' four',
    '+five',
  ]);
  expect(shown('same', 'same')).toEqual([' same']);
});

it('holds both texts whole, whatever they are', () => {
  const text = fc.array(fc.constantFrom('a', 'b', 'c', ''), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(text, text, (a, b) => {
      const changes = compareLines(a.join('\n'), b.join('\n'));
      expect(changes.flatMap(({ kind, line }) => (kind === 'added' ? [] : [line]))).toEqual(a);
      expect(changes.flatMap(({ kind, line }) => (kind === 'removed' ? [] : [line]))).toEqual(b);
    }),
  );
});
