import { describe, expect, it } from 'vitest';
import { scorePersonalData } from '../../bench/personal-data-scores.ts';
import { personalDataKinds } from '../../src/core/personal-data.ts';
import { nationalIdCountries } from '../../src/guard/detectors/national-id.ts';
import { personalDataDetector } from '../../src/guard/personal-data.ts';

const detect = personalDataDetector({
  kinds: personalDataKinds,
  countries: nationalIdCountries,
  names: ['Nadia Mertens'],
});
const found = async (text: string) =>
  (await detect(text)).map(({ kind, start, end }) => `${kind} ${text.slice(start, end)}`);

describe('personal data in marked texts', () => {
  it.each([
    ['first', 0.99, 0.99],
    ['second', 0.93, 0.97],
  ] as const)('of the %s part', async (part, precision, recall) => {
    const { kinds } = await scorePersonalData(part);
    const sum = (of: 'marked' | 'found' | 'right') => kinds.reduce((total, kind) => total + kind[of], 0);
    expect(sum('right') / sum('found')).toBeGreaterThanOrEqual(precision);
    expect(sum('right') / sum('marked')).toBeGreaterThanOrEqual(recall);
  });
});

describe('detectors', () => {
  it('look for the configured kinds and countries only, and for secrets in any case', async () => {
    const text = 'Mail a@b.example, 020 7946 0958, password: Quill-9wort, AB 12 34 56 C.';
    const none = personalDataDetector({ kinds: [], countries: [], names: [] });
    expect((await none(text)).map(({ kind }) => kind)).toEqual(['secret']);
    const abroad = personalDataDetector({ kinds: personalDataKinds, countries: ['FR'], names: [] });
    expect((await abroad(text)).map(({ kind }) => kind)).toEqual(['email', 'secret']);
  });

  it('know tokens by their shape', async () => {
    // Put together here, so that no scanner takes this file for a leak.
    const key = `ghp_${'aB3dE6gH9'.repeat(4)}`;
    const webToken = ['eyJhbGciOiJIUzI1NiJ9', 'eyJzdWIiOiIxMjM0NTY3ODkwIn0', 'dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P'].join(
      '.',
    );
    expect(await found(`Token ${key} and Bearer ${webToken}.`)).toEqual([`secret ${key}`, `secret ${webToken}`]);
  });

  it('keep the surer of two that meet', async () => {
    expect(await found('Nadia Mertens: nadia.mertens@corvane.example')).toEqual([
      'name Nadia Mertens',
      'email nadia.mertens@corvane.example',
    ]);
  });

  it.each([
    ['@', 60_000],
    ['a@', 30_000],
    ['+4', 30_000],
    ['0 ', 30_000],
    ['DE89 ', 12_000],
    ['password: ', 6_000],
    ['1234567890123456 ', 3_000],
    ['030 23125107\n', 400],
    ['0 1 0 1 0 1 0\n', 2_000],
    ['Nadia ', 10_000],
    ['eyJa', 15_000],
    ['a.', 30_000],
  ])('take %j × %i in bounded time', async (piece, times) => {
    const startedAt = performance.now();
    await detect(piece.repeat(times));
    // Seconds on a busy machine; what backtracks takes minutes.
    expect(performance.now() - startedAt).toBeLessThan(8_000);
  });
});
