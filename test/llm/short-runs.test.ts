import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countInShortRuns } from '../../src/llm/short-runs.ts';
import { tokenCounterFor } from '../../src/llm/tokenizers.ts';

const partsOf = (text: string): readonly string[] => {
  const parts: string[] = [];
  countInShortRuns(text, (part) => parts.push(part));
  return parts;
};

describe('countInShortRuns', () => {
  it('counts all of the text once, no run of it longer than its bound and no character halved', () => {
    const run = fc.tuple(fc.constantFrom('a', '育', '😀', '~', ' ', '\n', 'e\u0301'), fc.integer({ max: 900, min: 1 }));
    fc.assert(
      fc.property(fc.array(run, { maxLength: 6 }), (runs) => {
        const text = runs.map(([character, times]) => character.repeat(times)).join('');
        const parts = partsOf(text);
        expect(parts.join('')).toBe(text);
        for (const part of parts) expect(part).not.toMatch(/\S{301}|\s{301}/u);
        for (const part of parts) expect(part.isWellFormed()).toBe(true);
      }),
    );
  });

  it('leaves ordinary text whole', () => {
    const text = `Parental leave is 26 weeks. See https://example.com/${'a'.repeat(200)} 本公司员工的育儿假为二十六周。`;
    expect(partsOf(text)).toEqual([text]);
    expect(partsOf('')).toEqual([]);
  });

  it.each(['o200k_base', 'cl100k_base', 'estimate'])('%s counts a long run at once', (setting) => {
    const tokens = tokenCounterFor(setting, 'any');
    tokens.count('load');
    const begun = performance.now();
    expect(tokens.count('👩‍👩‍👧‍👦🏳️‍🌈😀'.repeat(3000))).toBeGreaterThan(20_000);
    expect(performance.now() - begun).toBeLessThan(2000);
  });
});
