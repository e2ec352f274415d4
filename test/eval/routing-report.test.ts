import { describe, expect, it } from 'vitest';
import type { Attempt, AttemptOutcome } from '../../src/core/answer.ts';
import { routingReport } from '../../src/eval/routing-report.ts';

const attempt = (model: string, outcome: AttemptOutcome, costUsd = 0, firstTokenMs: number | null = 10): Attempt => ({
  model,
  provider: 'fake',
  zone: 'local',
  startMs: 0,
  outcome,
  code: null,
  inputTokens: outcome === 'skipped' || outcome === 'failed' ? 0 : 90,
  outputTokens: outcome === 'skipped' || outcome === 'failed' ? 0 : 10,
  costUsd,
  firstTokenMs,
  ms: 20,
});

describe('routingReport', () => {
  it('says who answered, how well, and what escalation saved', () => {
    const cheap = { attempts: [attempt('cheap', 'answered', 0.1, 30)], isCorrect: true };
    const wrong = { attempts: [attempt('cheap', 'answered', 0.1, 20)], isCorrect: false };
    const escalated = {
      attempts: [attempt('cheap', 'escalated', 0.1, 10), attempt('strong', 'answered', 1)],
      isCorrect: true,
    };
    const report = routingReport([cheap, wrong, escalated, cheap]);
    expect(report).toMatchObject({
      escalated: 0.25,
      models: {
        cheap: { asked: 4, answered: 3, escalated: 1, inputTokens: 360, outputTokens: 40, firstTokenMsP50: 20 },
        strong: { asked: 1, answered: 1, correct: 1, costUsd: 1 },
      },
      savings: { strongest: 'strong', callsSaved: 0.75, costUsdIfAlways: 4, tokens: 500, tokensIfAlways: 400 },
    });
    expect(report?.models.cheap?.correct).toBeCloseTo(2 / 3);
    expect(report?.savings?.costUsd).toBeCloseTo(1.4);
  });

  it('counts failures, refusals and what a budget did not allow, without savings where nothing was escalated', () => {
    const report = routingReport([
      { attempts: [attempt('a', 'failed'), attempt('b', 'declined'), attempt('c', 'answered')], isCorrect: true },
      { attempts: [attempt('a', 'skipped'), attempt('b', 'answered')], isCorrect: false },
    ]);
    expect(report).toMatchObject({
      escalated: 0,
      savings: null,
      models: {
        a: { asked: 1, answered: 0, correct: null, failed: 1, skipped: 1 },
        b: { asked: 2, answered: 1, correct: 0, declined: 1 },
        c: { asked: 1, correct: 1 },
      },
    });
  });

  it('is absent where no model was asked', () => {
    expect(routingReport([{ attempts: [], isCorrect: true }])).toBeUndefined();
  });
});
