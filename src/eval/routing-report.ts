/** Who answered the questions of an evaluation, what that came to, and what asking the strongest model each time would have. */
import type { Attempt } from '../core/answer.ts';
import { mean, percentile } from './metrics.ts';

export interface RoutedOutcome {
  readonly attempts: readonly Attempt[];
  readonly isCorrect: boolean;
}

export interface ModelShare {
  /** Questions in which it was asked. */
  readonly asked: number;
  /** Questions whose answer is its own, abstentions among them. */
  readonly answered: number;
  /** Share of the latter that were handled rightly; null where there is none. */
  readonly correct: number | null;
  readonly failed: number;
  readonly declined: number;
  readonly escalated: number;
  readonly skipped: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costUsd: number;
  readonly firstTokenMsP50: number | null;
}

export interface RoutingReport {
  readonly models: Readonly<Record<string, ModelShare>>;
  /** Share of the questions in which an answer did not hold and another model was asked. */
  readonly escalated: number;
  /** Null where no question was escalated. */
  readonly savings: RoutingSavings | null;
}

export interface RoutingSavings {
  /** Whom questions were escalated to. */
  readonly strongest: string;
  /** Share of the questions in which it was not asked. */
  readonly callsSaved: number;
  readonly costUsd: number;
  /** Its mean cost and tokens where it was asked, times all questions: an estimate, since those were the harder ones. */
  readonly costUsdIfAlways: number;
  readonly tokens: number;
  readonly tokensIfAlways: number;
}

/** Undefined where no model was asked. */
export function routingReport(outcomes: readonly RoutedOutcome[]): RoutingReport | undefined {
  const asked = outcomes.filter(({ attempts }) => attempts.length > 0);
  if (asked.length === 0) return undefined;
  const ids = [...new Set(asked.flatMap(({ attempts }) => attempts.map(({ model }) => model)))];
  const isEscalated = ({ attempts }: RoutedOutcome) => attempts.some(({ outcome }) => outcome === 'escalated');
  return {
    models: Object.fromEntries(ids.map((id) => [id, shareOf(id, asked)])),
    escalated: asked.filter(isEscalated).length / asked.length,
    savings: savingsOf(asked),
  };
}

function shareOf(id: string, outcomes: readonly RoutedOutcome[]): ModelShare {
  const own = outcomes.flatMap((outcome) =>
    outcome.attempts
      .filter(({ model }) => model === id)
      .map((attempt) => ({ ...attempt, isCorrect: outcome.isCorrect })),
  );
  const count = (wanted: Attempt['outcome']) => own.filter(({ outcome }) => outcome === wanted).length;
  const answered = own.filter(({ outcome }) => outcome === 'answered');
  const firstTokenMs = own.flatMap((attempt) => attempt.firstTokenMs ?? []);
  return {
    asked: own.length - count('skipped'),
    answered: answered.length,
    correct: answered.length === 0 ? null : mean(answered.map(({ isCorrect }) => (isCorrect ? 1 : 0))),
    failed: count('failed'),
    declined: count('declined'),
    escalated: count('escalated'),
    skipped: count('skipped'),
    inputTokens: sum(own, ({ inputTokens }) => inputTokens),
    outputTokens: sum(own, ({ outputTokens }) => outputTokens),
    costUsd: sum(own, ({ costUsd }) => costUsd),
    firstTokenMsP50: firstTokenMs.length === 0 ? null : percentile(firstTokenMs, 0.5),
  };
}

function savingsOf(outcomes: readonly RoutedOutcome[]): RoutingSavings | null {
  const followers = outcomes.flatMap(({ attempts }) => {
    const last = attempts.findLastIndex(({ outcome }) => outcome === 'escalated');
    const next = attempts.findLast(({ inputTokens }, index) => index > last && inputTokens > 0);
    return last === -1 || next === undefined ? [] : [next.model];
  });
  const strongest = mostFrequent(followers);
  if (strongest === undefined) return null;
  const all = outcomes.flatMap(({ attempts }) => attempts);
  const own = all.filter(({ model, inputTokens }) => model === strongest && inputTokens > 0);
  const tokensOf = ({ inputTokens, outputTokens }: Attempt) => inputTokens + outputTokens;
  const withIt = outcomes.filter(({ attempts }) => attempts.some(({ model }) => model === strongest));
  return {
    strongest,
    callsSaved: 1 - withIt.length / outcomes.length,
    costUsd: sum(all, ({ costUsd }) => costUsd),
    costUsdIfAlways: mean(own.map(({ costUsd }) => costUsd)) * outcomes.length,
    tokens: sum(all, tokensOf),
    tokensIfAlways: Math.round(mean(own.map(tokensOf)) * outcomes.length),
  };
}

function mostFrequent(ids: readonly string[]): string | undefined {
  const counts = Map.groupBy(ids, (id) => id);
  return [...counts].toSorted(([, a], [, b]) => b.length - a.length)[0]?.[0];
}

function sum<Item>(items: readonly Item[], of: (item: Item) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}
