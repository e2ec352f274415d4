import { describe, expect, it } from 'vitest';
import { Memo } from '../../src/core/memo.ts';

describe('Memo', () => {
  it('makes a value once', () => {
    const memo = new Memo<string, number>(10);
    let made = 0;
    const make = () => ++made;
    expect(memo.getOrMake('a', make)).toBe(1);
    expect(memo.getOrMake('a', make)).toBe(1);
    expect(memo.getOrMake('b', make)).toBe(2);
  });

  it('never holds more than its number of entries, and keeps the newer half', () => {
    const memo = new Memo<number, number>(10);
    for (let key = 0; key < 10; key++) memo.set(key, key);
    expect(memo.get(0)).toBe(0);
    memo.set(9, 90);
    expect(memo.get(0)).toBe(0);
    memo.set(10, 10);
    expect([0, 4, 5, 9, 10].map((key) => memo.get(key))).toEqual([undefined, undefined, 5, 90, 10]);
  });
});
