/** Which context format answers best, and whether that could be chance. Pure. */
import { type Comparison, compareResults, type MeasureComparison } from './compare.ts';
import type { Grounding } from './grounding.ts';
import { isRefused } from './judge.ts';
import { mean, percentile } from './metrics.ts';
import type { ResultFile } from './result-file.ts';
import type { LabAnswer, LabSetting } from './run-lab.ts';

/** Null where there is nothing to average. */
export interface LabMeasures {
  readonly questions: number;
  /** Answered with an accepted answer, or rightly not at all. */
  readonly correct: number;
  readonly containsAnswer: number | null;
  /** Questions at which the model failed; they count as wrong. */
  readonly failed: number;
  readonly wrongRefusals: number | null;
  readonly rightRefusals: number | null;
  readonly offTopicRefusals: number | null;
  /** Questions that a model was asked. */
  readonly generated: number;
  readonly before: GroundingShares;
  readonly after: GroundingShares;
  /** Means over the questions that a model was asked. */
  readonly windowTokens: number | null;
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  readonly seconds: number | null;
  /** Medians. */
  readonly firstPieceSeconds: number | null;
  readonly firstCheckedSeconds: number | null;
  readonly costUsd: number;
}

export interface GroundingShares {
  readonly sentences: number;
  /** Of the markers, those whose passage supports their sentence. */
  readonly citationPrecision: number | null;
  /** Of the sentences, those that have a marker. */
  readonly marked: number | null;
  /** Of the sentences, those that none of their passages supports. */
  readonly unsupported: number | null;
}

export interface LabStanding extends LabSetting, LabMeasures {
  /** `correct` against the reference, question by question; null for the reference itself. */
  readonly against: MeasureComparison | null;
}

export interface LabReport {
  readonly dataset: string;
  readonly questions: number;
  readonly seed: number;
  /** What the others are compared with: the first setting. */
  readonly reference: LabSetting;
  /** Best first: by `correct`, then by fewer prompt tokens. */
  readonly standings: readonly LabStanding[];
  readonly answers: readonly LabAnswer[];
}

export function labReport(
  dataset: string,
  answers: readonly LabAnswer[],
  { reference, seed }: { readonly reference: LabSetting; readonly seed: number },
): LabReport {
  const nameOf = ({ format, model }: LabSetting) => `${format} ${model}`;
  const bySetting = Map.groupBy(answers, nameOf);
  const own = bySetting.get(nameOf(reference)) ?? [];
  const standings = [...bySetting.values()].flatMap((ofSetting): LabStanding[] => {
    const [first] = ofSetting;
    if (first === undefined) return [];
    const { format, model } = first;
    const against = ofSetting === own ? null : comparedCorrect(dataset, own, ofSetting, seed);
    return [{ format, model, ...labMeasures(ofSetting), against }];
  });
  standings.sort((a, b) => b.correct - a.correct || (a.inputTokens ?? 0) - (b.inputTokens ?? 0));
  return { dataset, questions: own.length, seed, reference, standings, answers };
}

function labMeasures(answers: readonly LabAnswer[]): LabMeasures {
  const own = answers.filter(({ isOffTopic }) => !isOffTopic);
  const answerable = own.filter(({ isAnswerable }) => isAnswerable);
  const unanswerable = own.filter(({ isAnswerable }) => !isAnswerable);
  const generated = answers.flatMap(({ generated: facts }) => facts ?? []);
  const share = (of: readonly LabAnswer[], holds: (answer: LabAnswer) => boolean) =>
    of.length === 0 ? null : of.filter(holds).length / of.length;
  const meanOf = (values: readonly number[]) => (values.length === 0 ? null : mean(values));
  const medianSeconds = (values: readonly (number | null)[]) => {
    const known = values.filter((value) => value !== null);
    return known.length === 0 ? null : percentile(known, 0.5) / 1000;
  };
  return {
    questions: answers.length,
    correct: share(answers, ({ isCorrect }) => isCorrect) ?? 0,
    containsAnswer: share(
      answerable.filter(({ containsAnswer }) => containsAnswer !== null),
      ({ containsAnswer }) => containsAnswer === true,
    ),
    failed: answers.filter(({ status }) => status === 'failed').length,
    wrongRefusals: share(answerable, isRefused),
    rightRefusals: share(unanswerable, isRefused),
    offTopicRefusals: share(
      answers.filter(({ isOffTopic }) => isOffTopic),
      isRefused,
    ),
    generated: generated.length,
    before: sharesOf(generated.map(({ before }) => before)),
    after: sharesOf(generated.map(({ after }) => after)),
    windowTokens: meanOf(generated.map(({ windowTokens }) => windowTokens)),
    inputTokens: meanOf(generated.map(({ inputTokens }) => inputTokens)),
    outputTokens: meanOf(generated.map(({ outputTokens }) => outputTokens)),
    seconds: meanOf(generated.map(({ ms }) => ms / 1000)),
    firstPieceSeconds: medianSeconds(generated.map(({ firstPieceMs }) => firstPieceMs)),
    firstCheckedSeconds: medianSeconds(generated.map(({ firstCheckedMs }) => firstCheckedMs)),
    costUsd: generated.reduce((sum, { costUsd }) => sum + costUsd, 0),
  };
}

function sharesOf(all: readonly Grounding[]): GroundingShares {
  const sum = (name: keyof Grounding) => all.reduce((total, one) => total + one[name], 0);
  const ratio = (part: number, whole: number) => (whole === 0 ? null : part / whole);
  const sentences = sum('sentences');
  return {
    sentences,
    citationPrecision: ratio(sum('supportedMarkers'), sum('markers')),
    marked: ratio(sum('markedSentences'), sentences),
    unsupported: ratio(sentences - sum('supportedSentences'), sentences),
  };
}

function comparedCorrect(
  dataset: string,
  reference: readonly LabAnswer[],
  other: readonly LabAnswer[],
  seed: number,
): MeasureComparison | null {
  const comparison: Comparison = compareResults(resultOf(dataset, reference), resultOf(dataset, other), {
    seed,
    metric: 'correct',
  });
  return comparison.metrics[0] ?? null;
}

/** The answers in the shape that `persea eval compare` takes. */
function resultOf(dataset: string, answers: readonly LabAnswer[]): ResultFile {
  return {
    dataset,
    kind: 'answers',
    documents: null,
    queries: answers.length,
    fingerprint: { embedding: '', retrieval: '', corpus: dataset },
    seconds: { ingest: 0, search: 0 },
    latencyMs: { p50: 0, p95: 0 },
    metrics: {},
    perQuery: answers.map((answer) => ({
      id: answer.id,
      question: answer.question,
      ...(answer.document === null ? {} : { document: answer.document }),
      isAnswerable: answer.isAnswerable,
      found: [],
      wanted: [],
      correct: answer.isCorrect ? 1 : 0,
    })),
  };
}
