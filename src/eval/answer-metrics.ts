/** Averages over judged answers, in the shape that the contract gives them. */
import { auroc } from '../answer/fit.ts';
import { type AnswerJudgement, isRefused } from './judge.ts';
import { type AskedLanguages, type ByLanguage, byLanguage } from './languages.ts';
import { mean } from './metrics.ts';
import { type RoutingReport, routingReport } from './routing-report.ts';
import type { FoundDocument } from './ranked-documents.ts';

export interface AnswerOutcome extends AnswerJudgement, AskedLanguages {
  readonly isOffTopic: boolean;
  readonly isParagraphFirst: boolean;
  readonly tags: readonly string[];
  readonly question: string;
  /** The only document with the answer; null where there is none, or several. */
  readonly document: string | null;
  /** What the answer was looked for in, best first. */
  readonly found: readonly FoundDocument[];
  /** Cases only: something appeared that must not. */
  readonly leaks?: readonly string[];
}

/** Null where there is nothing to average. */
export interface AnswerMetrics {
  readonly paragraphFirst: number | null;
  readonly containsAnswer: number | null;
  readonly em: number | null;
  readonly f1: number | null;
  /** Shares of all questions but the off-topic ones. */
  readonly answered: number | null;
  readonly abstained: number | null;
  readonly correct: number | null;
  /** Of all questions, how many the models failed at; absent where there are none. */
  readonly failed?: number;
  readonly wrongRefusals: number | null;
  readonly rightRefusals: number | null;
  readonly offTopicRefusals: number | null;
  readonly refusalAuroc: number | null;
  readonly offTopicAuroc: number | null;
  readonly citationPrecision: number | null;
  readonly citationRecall: number | null;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costUsd: number;
  readonly leaks?: number;
  readonly byTag?: Readonly<Record<string, TagMetrics>>;
  readonly byLanguage?: ByLanguage<TagMetrics>;
}

export interface AnswersReport {
  readonly metrics: AnswerMetrics;
  /** Absent where no model was asked. */
  readonly routing?: RoutingReport;
  readonly perQuery: readonly PerQuestion[];
}

export interface TagMetrics {
  readonly cases: number;
  readonly correct: number;
  readonly answered: number;
  readonly containsAnswer: number | null;
  readonly leaks: number;
}

export interface PerQuestion extends AskedLanguages {
  readonly id: string;
  readonly status: string;
  readonly correct: number;
  /** These two are absent where no accepted answer is stated. */
  readonly containsAnswer?: number;
  readonly f1?: number;
  readonly probability: number;
  readonly question: string;
  /** Questions about one document are not independent of each other. */
  readonly document?: string;
  readonly isAnswerable: boolean;
  readonly found: readonly FoundDocument[];
  readonly leaks?: readonly string[];
}

export function answerMetrics(outcomes: readonly AnswerOutcome[]): AnswersReport {
  const own = outcomes.filter((outcome) => !outcome.isOffTopic);
  const offTopic = outcomes.filter((outcome) => outcome.isOffTopic);
  const answerable = own.filter((outcome) => outcome.isAnswerable);
  const unanswerable = own.filter((outcome) => !outcome.isAnswerable);
  const failed = outcomes.filter((outcome) => outcome.status === 'failed').length;
  const cited = answerable.filter((outcome) => outcome.citations > 0);
  const claiming = answerable.filter((outcome) => outcome.claims > 0);
  const sum = (
    name: 'inputTokens' | 'outputTokens' | 'costUsd' | 'citations' | 'goodCitations' | 'claims' | 'citedClaims',
    of = outcomes,
  ) => of.reduce((total, outcome) => total + outcome[name], 0);
  const hasParagraphs = answerable.some((outcome) => outcome.isParagraphFirst);
  const leaking = outcomes.filter((outcome) => (outcome.leaks ?? []).length > 0);
  const languages = byLanguage(own, tagMetrics);
  const routing = routingReport(outcomes);
  return {
    ...(routing === undefined ? {} : { routing }),
    metrics: {
      paragraphFirst: hasParagraphs ? share(answerable, (outcome) => outcome.isParagraphFirst) : null,
      containsAnswer: containing(answerable),
      em: meanOf(answerable.flatMap((outcome) => outcome.exactMatch ?? [])),
      f1: meanOf(answerable.flatMap((outcome) => outcome.f1 ?? [])),
      answered: share(own, (outcome) => outcome.status === 'answered'),
      abstained: share(own, (outcome) => outcome.status === 'abstained'),
      correct: share(own, (outcome) => outcome.isCorrect),
      ...(failed === 0 ? {} : { failed }),
      wrongRefusals: share(answerable, isRefused),
      rightRefusals: share(unanswerable, isRefused),
      offTopicRefusals: share(offTopic, isRefused),
      refusalAuroc: aurocOf(answerable, unanswerable),
      offTopicAuroc: aurocOf(answerable, offTopic),
      citationPrecision: cited.length === 0 ? null : sum('goodCitations', cited) / sum('citations', cited),
      citationRecall: claiming.length === 0 ? null : sum('citedClaims', claiming) / sum('claims', claiming),
      inputTokens: sum('inputTokens'),
      outputTokens: sum('outputTokens'),
      costUsd: sum('costUsd'),
      ...(outcomes.some((outcome) => outcome.leaks !== undefined) ? { leaks: leaking.length } : {}),
      ...(languages === undefined ? {} : { byLanguage: languages }),
    },
    perQuery: outcomes.map(({ id, status, isCorrect, containsAnswer, f1, probability, leaks, ...asked }) => ({
      id,
      status,
      correct: isCorrect ? 1 : 0,
      ...(containsAnswer === null ? {} : { containsAnswer: containsAnswer ? 1 : 0 }),
      ...(f1 === null ? {} : { f1 }),
      probability,
      question: asked.question,
      ...(asked.document === null ? {} : { document: asked.document }),
      ...(asked.language === undefined ? {} : { language: asked.language }),
      ...(asked.documentLanguage === undefined ? {} : { documentLanguage: asked.documentLanguage }),
      isAnswerable: asked.isAnswerable,
      found: asked.found,
      ...(leaks === undefined || leaks.length === 0 ? {} : { leaks }),
    })),
  };
}

export function metricsByTag(outcomes: readonly AnswerOutcome[]): Readonly<Record<string, TagMetrics>> {
  const tags = [...new Set(outcomes.flatMap((outcome) => outcome.tags))].sort();
  return Object.fromEntries(
    tags.map((tag) => [tag, tagMetrics(outcomes.filter((outcome) => outcome.tags.includes(tag)))]),
  );
}

function tagMetrics(outcomes: readonly AnswerOutcome[]): TagMetrics {
  const answerable = outcomes.filter((outcome) => outcome.isAnswerable);
  return {
    cases: outcomes.length,
    correct: share(outcomes, (outcome) => outcome.isCorrect) ?? 0,
    answered: share(outcomes, (outcome) => outcome.status === 'answered') ?? 0,
    containsAnswer: containing(answerable),
    leaks: outcomes.filter((outcome) => (outcome.leaks ?? []).length > 0).length,
  };
}

/** Share of those of which it is stated what they should contain. */
function containing(answerable: readonly AnswerOutcome[]): number | null {
  const stated = answerable.filter((outcome) => outcome.containsAnswer !== null);
  return share(stated, (outcome) => outcome.containsAnswer === true);
}

function meanOf(values: readonly number[]): number | null {
  return values.length === 0 ? null : mean(values);
}

function share(outcomes: readonly AnswerOutcome[], holds: (outcome: AnswerOutcome) => boolean): number | null {
  return outcomes.length === 0 ? null : outcomes.filter(holds).length / outcomes.length;
}

/** Of those that were decided. */
function aurocOf(...kinds: readonly [readonly AnswerOutcome[], readonly AnswerOutcome[]]): number | null {
  const [answerable, others] = kinds.map((kind) => kind.filter(({ status }) => status !== 'failed'));
  if (answerable === undefined || others === undefined) return null;
  if (answerable.length === 0 || others.length === 0) return null;
  return auroc(
    answerable.map((outcome) => outcome.probability),
    others.map((outcome) => outcome.probability),
  );
}
