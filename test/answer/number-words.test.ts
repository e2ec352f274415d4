import { describe, expect, it } from 'vitest';
import { numberOfWord, withDigits } from '../../src/answer/number-words.ts';

it.each([
  ['seven', 7],
  ['twenty-six', 26],
  ['zwölf', 12],
  ['dreissig', 30],
  ['einundzwanzig', 21],
  ['neunundneunzig', 99],
  ['dix-sept', 17],
  ['vingt-et-un', 21],
  ['soixante-douze', 72],
  ['quatre-vingts', 80],
  ['quatre-vingt-dix-neuf', 99],
  ['hundert', 100],
  ['mille', 1000],
])('%s is %i', (word, value) => {
  expect(numberOfWord(word)).toBe(value);
});

it.each(['one', 'ein', 'un', 'weeks', ''])('%j names no number', (word) => {
  expect(numberOfWord(word)).toBeNull();
});

describe('numbers in Chinese characters', () => {
  it.each([
    ['二十日間', '20 日間'],
    ['百枚入り', '100 枚入り'],
    ['三千五百円', '3500 円'],
    ['一万五千円', '15000 円'],
    ['第二金曜日', '第 2 金曜日'],
    ['二〇二六年', '2026 年'],
    ['一人15,000円', '1 人 15,000 円'],
    ['一般に十分', '一般に十分'],
    ['no characters 15 days', 'no characters 15 days'],
  ])('%s', (text, digits) => {
    expect(withDigits(text)).toBe(digits);
  });
});
