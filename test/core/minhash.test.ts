import { describe, expect, it } from 'vitest';
import {
  areNearDuplicates,
  bandKeys,
  jaccard,
  nearDuplicateJaccard,
  shinglesOf,
  shingleWordsOf,
  signatureOf,
} from '../../src/core/minhash.ts';

/** Numbers from 0 to 1, the same ones each time. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 4_294_967_296;
  };
}

/** Pairs of texts of 40 to 400 words in which more and more words were exchanged. */
function* pairs(count: number): Generator<{ readonly a: string; readonly b: string; readonly exact: number }> {
  const random = randomFrom(7);
  const word = () => `w${Math.floor(random() * 3_000)}`;
  for (let index = 0; index < count; index++) {
    const words = Array.from({ length: 40 + Math.floor(random() * 360) }, word);
    const share = random() * 0.08;
    const a = words.join(' ');
    const b = words.map((one) => (random() < share ? word() : one)).join(' ');
    yield { a, b, exact: jaccard(shinglesOf(a), shinglesOf(b)) };
  }
}

describe('MinHash', () => {
  it('estimates the exact similarity, and finds by bands what is at least as similar as the threshold', () => {
    let similar = 0;
    let found = 0;
    let claimed = 0;
    let wronglyClaimed = 0;
    let squares = 0;
    let count = 0;
    for (const { a, b, exact } of pairs(2_000)) {
      const [first, second] = [signatureOf(a), signatureOf(b)];
      if (first === null || second === null) throw new Error('No words.');
      const estimate = first.filter((value, index) => value === second[index]).length / first.length;
      expect(areNearDuplicates(first, second)).toBe(estimate >= nearDuplicateJaccard);
      const keys = new Set(bandKeys(first));
      const meet = bandKeys(second).some((key) => keys.has(key));
      squares += (estimate - exact) ** 2;
      count++;
      if (exact >= nearDuplicateJaccard) {
        similar++;
        if (meet) found++;
      }
      if (meet && estimate >= nearDuplicateJaccard) {
        claimed++;
        if (exact < nearDuplicateJaccard - 0.05) wronglyClaimed++;
      }
    }
    expect(similar).toBeGreaterThan(300);
    expect(found / similar).toBeGreaterThan(0.995);
    expect(claimed).toBeGreaterThan(300);
    expect(wronglyClaimed / claimed).toBeLessThan(0.02);
    // The standard error at 192 values is at most .036.
    expect(Math.sqrt(squares / count)).toBeLessThan(0.036);
  });

  it('sees the words alone: case, marks and white space do not count', () => {
    expect(shinglesOf('Parental leave is **26 weeks**, at most.')).toEqual(
      shinglesOf('parental  leave is 26 weeks\nat most'),
    );
    expect(shinglesOf('one two three')).toEqual(shinglesOf('One, two; three!'));
    expect(shinglesOf('one two three').size).toBe(1);
    expect(shinglesOf('a b c d e f').size).toBe(2);
  });

  it('finds the same words in any text, however plain or strange its characters are', () => {
    const pieces = [
      'a',
      'Bz',
      '9',
      ' ',
      '\n',
      'é',
      'e\u0301',
      '\u0301',
      'ΟΔΟΣ',
      '.',
      "'",
      '-',
      '\u00a8',
      'ﬁ',
      '中',
      '\ud83d\ude00',
    ];
    let state = 7;
    const below = (limit: number) => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      return (state >>> 8) % limit;
    };
    for (let run = 0; run < 5_000; run++) {
      const text = Array.from({ length: 1 + below(14) }, () => pieces[below(pieces.length)]).join('');
      // Folded words, each alone behind a character that sends it the long way.
      const words = shingleWordsOf(text).map((word) => `…${word}`);
      expect([...shinglesOf(text)], JSON.stringify(text)).toEqual([...shinglesOf(words.join(' '))]);
    }
  });

  it('has no signature for a text without words', () => {
    expect(signatureOf(' — … \n')).toBeNull();
    expect(jaccard(shinglesOf(''), shinglesOf(''))).toBe(0);
  });

  it('gives the same signature for ever: stored ones stay comparable', () => {
    const signature = signatureOf('The quick brown fox jumps over the lazy dog.');
    expect(signature?.slice(0, 4)).toEqual(new Uint32Array([461647340, 458494678, 982768582, 125960274]));
    const keys = bandKeys(signature ?? new Uint32Array(0));
    expect(keys).toHaveLength(24);
    for (const key of keys) expect(Number.isSafeInteger(key)).toBe(true);
  });
});
