import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkQuestion, visibleText } from '../../src/guard/limits.ts';

const limits = { questionCharacters: 20 };

describe('checkQuestion', () => {
  it('hands on an ordinary question', () => {
    expect(checkQuestion('Who approves leave?', limits)).toEqual({
      verdict: 'accepted',
      question: 'Who approves leave?',
    });
  });

  it('accepts exactly the limit and refuses one more', () => {
    expect(checkQuestion('x'.repeat(20), limits).verdict).toBe('accepted');
    expect(checkQuestion('x'.repeat(21), limits)).toMatchObject({ verdict: 'refused', reason: 'input-too-long' });
  });

  it('counts characters as people do, not code units', () => {
    expect(checkQuestion('😀'.repeat(20), limits).verdict).toBe('accepted');
  });

  it('does not count what nobody sees', () => {
    expect(checkQuestion(`  ${'x'.repeat(20)}\u200B\u200B \n`, limits)).toEqual({
      verdict: 'accepted',
      question: 'x'.repeat(20),
    });
  });

  it('reads letters and digits of full width as the plain ones', () => {
    expect(checkQuestion('ＶＰＮ２？', limits)).toEqual({ verdict: 'accepted', question: 'VPN2？' });
  });

  it('refuses what is far too long without repeating it', () => {
    const verdict = checkQuestion('secret'.repeat(100_000), limits);
    expect(verdict).toMatchObject({ verdict: 'refused', reason: 'input-too-long' });
    expect(JSON.stringify(verdict)).not.toContain('secret');
  });

  it.each(['', '   ', '\n\t', '\u200B\u2060\uFEFF', '\u202E', '\u0000\u001B'])(
    'finds no question in %j',
    (question) => {
      expect(() => checkQuestion(question, limits)).toThrow(expect.objectContaining({ code: 'request-invalid' }));
    },
  );
});

describe('visibleText', () => {
  it.each([
    ['composes letters', 'cafe\u0301', 'café'],
    ['drops a colour sequence’s control character', 'a\u001B[31mb', 'a [31mb'],
    ['drops words hidden in tag characters', 'hi\u{E0069}\u{E0067}\u{E006E}', 'hi'],
    ['drops marks that turn the direction', 'abc\u202Edcb\u202C', 'abcdcb'],
    ['joins a word that was split invisibly', 'pass\u200Bwo\u00ADrd\u2060s', 'passwords'],
    ['joins a Latin word that was split by joiners', 'pa\u200Css\u200Dword', 'password'],
    ['keeps the joiner that shapes Persian', 'می\u200Cخواهم', 'می\u200Cخواهم'],
    ['keeps the joiner after a virama', 'क्\u200Dष', 'क्\u200Dष'],
    ['keeps emoji that are joined', '👩\u200D💻 ❤\uFE0F', '👩\u200D💻 ❤\uFE0F'],
    ['drops variation selectors that carry data', 'a\uFE01\uFE0F\u{E0100}', 'a'],
    ['uses one kind of line break', 'a\r\nb\rc\u2028d', 'a\nb\nc\nd'],
    ['keeps one empty line at most', 'a\n\n\n\nb', 'a\n\nb'],
    ['uses one blank', 'a\u00A0\u2003 \tb', 'a b'],
    ['mends half a surrogate pair', 'a\uD800b', 'a\uFFFDb'],
    ['leaves other scripts and marks as they are', 'Größe? 日本語 “x” – §5', 'Größe? 日本語 “x” – §5'],
  ])('%s', (_, text, expected) => {
    expect(visibleText(text)).toBe(expected);
  });

  it('is done after one time, is NFC and holds no control characters', () => {
    const awkward = fc.string({
      unit: fc.oneof(
        fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
        fc.constantFrom('\u200C', '\u200D', '\uFE0F', '\u0301', ' ', '\n', '\r', 'e', '\u1100', '\u1161', '\u{E0001}'),
      ),
    });
    fc.assert(
      fc.property(awkward, (text) => {
        const visible = visibleText(text);
        expect(visibleText(visible)).toBe(visible);
        expect(visible).toBe(visible.normalize('NFC'));
        expect(visible).not.toMatch(/(?!\n)\p{Cc}/u);
        expect(visible.isWellFormed()).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
