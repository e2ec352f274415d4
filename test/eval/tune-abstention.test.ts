import { describe, expect, it } from 'vitest';
import type { AbstentionCoefficients } from '../../src/answer/abstain.ts';
import { refusalFeatures } from '../../src/answer/refusal-features.ts';
import { seededRandom } from '../../src/eval/bootstrap.ts';
import { type LabelledQuestion, tuneAbstention } from '../../src/eval/tune-abstention.ts';

const names = refusalFeatures('keyword');

/** One feature tells, by chance in `overlap` of the questions; the others are noise. */
function questions(count: number, { tells, seed = 3 }: { tells: boolean; seed?: number }): LabelledQuestion[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, (_, index) => {
    const isAnswerable = index % 3 !== 0;
    const features = Object.fromEntries(names.map((name) => [name, random()]));
    if (tells) features.windowCoverage = (isAnswerable ? 0.4 : 0) + 0.6 * random();
    return { id: String(index), group: `d${index % 40}`, isAnswerable, features };
  });
}

const coefficients = (weight: number): AbstentionCoefficients => ({
  fingerprint: 'keyword',
  features: { windowCoverage: { weight, mean: 0.5, scale: 0.2 } },
  intercept: 0,
  threshold: 0.3,
  dataset: 'test',
  date: '2026-01-01',
});
const options = { fingerprint: 'keyword', wrongRefusals: 0.1, seed: 1 };

describe('learning when to abstain', () => {
  it('finds the feature that tells, and measures it on questions that it was not learned from', () => {
    const tuning = tuneAbstention(questions(300, { tells: true }), { ...options, current: coefficients(-1) });
    expect(tuning).toMatchObject({ answerable: 200, unanswerable: 100, verdict: 'change', fingerprint: 'keyword' });
    expect(tuning.current.auroc).toBeLessThan(0.3);
    expect(tuning.learned.auroc).toBeGreaterThan(0.8);
    expect(tuning.learned.wrongRefusals).toBeLessThan(0.15);
    expect(tuning.learned.rightRefusals).toBeGreaterThan(0.5);
    const weights = Object.values(tuning.coefficients.features).map(({ weight }) => Math.abs(weight));
    expect(Math.abs(tuning.coefficients.features.windowCoverage?.weight ?? 0)).toBe(Math.max(...weights));
  });

  it('does not take noise for knowledge: what it learned from it is worth nothing on other questions', () => {
    const current = coefficients(0);
    const tuning = tuneAbstention(questions(300, { tells: false }), { ...options, current });
    expect(tuning.verdict).toBe('keep');
    expect(Math.abs(tuning.learned.auroc - 0.5)).toBeLessThan(0.1);
  });

  it('keeps what is as good already', () => {
    const learned = tuneAbstention(questions(300, { tells: true }), { ...options, current: coefficients(-1) });
    const current = { ...learned.coefficients, dataset: 'test', date: '2026-01-01' };
    const again = tuneAbstention(questions(300, { tells: true, seed: 4 }), { ...options, current });
    expect(again.verdict).toBe('keep');
  });

  it('keeps what tells as well, however its probabilities and its threshold lie', () => {
    const learned = tuneAbstention(questions(300, { tells: true }), { ...options, current: coefficients(-1) });
    const { intercept, ...rest } = learned.coefficients;
    const shifted = { ...rest, intercept: intercept + 3, dataset: 'test', date: '2026-01-01' };
    const again = tuneAbstention(questions(300, { tells: true, seed: 4 }), { ...options, current: shifted });
    expect(again.current.auroc).toBeGreaterThan(0.8);
    expect(again.verdict).toBe('keep');
  });

  it('refuses more as more wrong refusals are allowed', () => {
    const at = (wrongRefusals: number) =>
      tuneAbstention(questions(300, { tells: true }), { ...options, wrongRefusals, current: coefficients(-1) }).learned;
    expect(at(0.2).rightRefusals).toBeGreaterThan(at(0.02).rightRefusals);
    expect(at(0.2).threshold).toBeGreaterThan(at(0.02).threshold);
  });

  it('says how many questions it takes', () => {
    expect(() => tuneAbstention(questions(30, { tells: true }), { ...options, current: coefficients(1) })).toThrow(
      /at least 20 answerable and 20 unanswerable questions .* there are 20 and 10/,
    );
  });
});
