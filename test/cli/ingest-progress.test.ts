import { describe, expect, it } from 'vitest';
import { duration, IngestProgress, RemainingTime } from '../../src/cli/ingest-progress.ts';

describe('remaining time', () => {
  it('is unknown at first, then what the speed so far says', () => {
    const remaining = new RemainingTime(1_000);
    remaining.update(0.1, 2_000);
    expect(remaining.ms(2_000)).toBeNull();
    remaining.update(0.4, 5_000);
    expect(remaining.ms(5_000)).toBeCloseTo(6_000, 0);
    // Nothing ended meanwhile, but time went on.
    expect(remaining.ms(6_000)).toBeCloseTo(5_000, 0);
    expect(remaining.ms(60_000)).toBe(0);
  });

  it('follows a change of speed without jumping to it', () => {
    const remaining = new RemainingTime(0);
    for (let second = 1; second <= 60; second++) remaining.update(second * 0.005, second * 1_000);
    const steady = remaining.ms(60_000) ?? 0;
    expect(steady).toBeCloseTo(140_000, -3);
    remaining.update(0.3001, 65_000);
    const slower = remaining.ms(65_000) ?? 0;
    expect(slower).toBeGreaterThan(steady);
    expect(slower).toBeLessThan(2 * steady);
  });
});

describe('progress of an ingest', () => {
  const end = { type: 'document-end', outcome: 'added', chunks: 10, tokens: 2_000 } as const;

  it('tells files, chunks, speed, time left, problems and the file it is at', () => {
    const progress = new IngestProgress();
    progress.add({ type: 'plan', documents: 1_200, bytes: 12_000 }, 0);
    expect(progress.describe(0)).toBe('0/1,200 files · 0 chunks');
    progress.add({ type: 'document-start', uri: 'docs/a.md' }, 0);
    progress.add({ type: 'document-start', uri: 'docs/b.md' }, 0);
    // Removals and moves are in no plan.
    progress.add({ ...end, uri: 'docs/gone.md', outcome: 'removed' }, 1);
    for (let index = 0; index < 119; index++) {
      progress.add({ type: 'document-start', uri: `docs/${index}.md` }, 10);
      progress.add({ ...end, uri: `docs/${index}.md`, bytes: 10 }, 4_000 + index);
    }
    progress.add({ type: 'warning', code: 'encoding-guessed', message: 'm', uri: 'docs/1.md' }, 9_000);
    progress.add({ ...end, uri: 'docs/b.md', outcome: 'quarantined', chunks: 0, tokens: 0 }, 10_000);
    expect(progress.describe(10_000)).toBe(
      '120/1,200 files · 1,190 chunks · 23,800 tokens/s · 2 min left · 1 refused · 1 warning · docs/a.md',
    );
  });
});

it.each([
  [4_400, '4 s'],
  [59_600, '1 min'],
  [150_000, '3 min'],
  [7_800_000, '2 h 10 min'],
])('%i ms are %s', (ms, expected) => {
  expect(duration(ms)).toBe(expected);
});
