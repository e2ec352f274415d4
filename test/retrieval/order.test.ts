import { describe, expect, it } from 'vitest';
import { inOrderOfScore } from '../../src/retrieval/order.ts';

interface Found {
  readonly uri: string;
  readonly date: number | null;
  readonly score: number;
  readonly ordinal?: number;
}

const march = Date.UTC(2026, 2, 3);

function ordered(...found: readonly Found[]): readonly string[] {
  const placed = found.map(({ ordinal = 0, ...rest }) => ({ ...rest, chunk: { ordinal } }));
  const forwards = inOrderOfScore(placed, ({ score }) => score);
  const backwards = inOrderOfScore(placed.toReversed(), ({ score }) => score);
  expect(backwards).toEqual(forwards);
  return forwards.map(({ uri, chunk }) => `${uri}#${chunk.ordinal}`);
}

describe('inOrderOfScore', () => {
  it('puts the better one first, whatever its date', () => {
    expect(
      ordered({ uri: 'a/new.md', date: march, score: 0.5 }, { uri: 'a/old.md', date: 0, score: 0.500001 }),
    ).toEqual(['a/old.md#0', 'a/new.md#0']);
  });

  it('puts the newer of two equal ones first, and one without a date last', () => {
    expect(
      ordered(
        { uri: 'a/1.md', date: null, score: 0.5 },
        { uri: 'a/2.md', date: march - 86_400_000, score: 0.5 },
        { uri: 'a/3.md', date: march, score: 0.5 },
      ),
    ).toEqual(['a/3.md#0', 'a/2.md#0', 'a/1.md#0']);
  });

  it('takes sums that differ by their rounding alone for equal', () => {
    expect(
      ordered({ uri: 'a/1.md', date: march, score: 0.1 + 0.2 }, { uri: 'a/2.md', date: march * 2, score: 0.3 }),
    ).toEqual(['a/2.md#0', 'a/1.md#0']);
  });

  it('puts what an archive keeps after what lies above it, where both are of one day', () => {
    expect(
      ordered(
        { uri: 'a/archive/returns.md', date: march + 5, score: 0.5 },
        { uri: 'a/returns.md', date: march, score: 0.5 },
      ),
    ).toEqual(['a/returns.md#0', 'a/archive/returns.md#0']);
  });

  it('goes by path, then by place in the document, where nothing else tells', () => {
    expect(
      ordered(
        { uri: 'a/2.md', date: march, score: 0.5 },
        { uri: 'a/1.md', date: march, score: 0.5, ordinal: 7 },
        { uri: 'a/1.md', date: march, score: 0.5, ordinal: 2 },
      ),
    ).toEqual(['a/1.md#2', 'a/1.md#7', 'a/2.md#0']);
  });
});
