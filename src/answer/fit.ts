/** Learns the refusal model: logistic regression with an L2 penalty by Newton's method, and the measures of how well it refuses. */
import { PerseaError } from '../core/errors.ts';
import type { FeatureCoefficient, OddsModel } from './abstain.ts';

export interface LabelledEvidence {
  readonly features: Readonly<Record<string, number>>;
  readonly isAnswerable: boolean;
}

export interface FitOptions {
  readonly features: readonly string[];
  /** Strength of the pull towards 0 on each standardised weight. */
  readonly penalty?: number;
}

const defaultPenalty = 1;
const mostSteps = 50;
/** Steps shorter than this change no decision. */
const smallestStep = 1e-9;

/** Both kinds of samples weigh the same in all, so that the intercept does not depend on how many there are of each. */
export function fitLogistic(samples: readonly LabelledEvidence[], options: FitOptions): OddsModel {
  const answerable = samples.filter((sample) => sample.isAnswerable).length;
  if (answerable === 0 || answerable === samples.length) {
    throw new PerseaError(
      'dataset-invalid',
      'A refusal model cannot be learned without both answerable and unanswerable questions.',
    );
  }
  const columns = options.features.map((name) => standardised(samples.map((sample) => featureOf(sample, name))));
  const rows = samples.map((_, index) => [1, ...columns.map((column) => column.values[index] ?? 0)]);
  const targets = samples.map((sample) => (sample.isAnswerable ? 1 : 0));
  const rowWeights = targets.map(
    (target) => samples.length / 2 / (target === 1 ? answerable : samples.length - answerable),
  );
  const weights = newton(rows, targets, rowWeights, options.penalty ?? defaultPenalty);
  const features: Record<string, FeatureCoefficient> = {};
  for (const [index, name] of options.features.entries()) {
    const column = columns[index];
    features[name] = { weight: weights[index + 1] ?? 0, mean: column?.mean ?? 0, scale: column?.scale ?? 1 };
  }
  return { features, intercept: weights[0] ?? 0 };
}

function featureOf(sample: LabelledEvidence, name: string): number {
  const value = sample.features[name];
  if (value === undefined) {
    throw new PerseaError(
      'dataset-invalid',
      `A sample lacks the feature ${name}, which the refusal model was to learn from.`,
    );
  }
  return value;
}

function standardised(values: readonly number[]): {
  readonly values: readonly number[];
  readonly mean: number;
  readonly scale: number;
} {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  // A constant feature tells nothing; any scale keeps it at 0.
  const scale = Math.sqrt(variance) || 1;
  return { values: values.map((value) => (value - mean) / scale), mean, scale };
}

function newton(
  rows: readonly (readonly number[])[],
  targets: readonly number[],
  rowWeights: readonly number[],
  penalty: number,
): readonly number[] {
  const size = rows[0]?.length ?? 0;
  let weights: number[] = new Array(size).fill(0);
  for (let step = 0; step < mostSteps; step++) {
    const gradient: number[] = new Array(size).fill(0);
    const hessian = Array.from({ length: size }, () => new Array<number>(size).fill(0));
    for (const [index, row] of rows.entries()) {
      const probability = logistic(dot(row, weights));
      const rowWeight = rowWeights[index] ?? 1;
      const error = ((targets[index] ?? 0) - probability) * rowWeight;
      const curvature = probability * (1 - probability) * rowWeight;
      for (let i = 0; i < size; i++) {
        gradient[i] = (gradient[i] ?? 0) + error * (row[i] ?? 0);
        const line = hessian[i] ?? [];
        for (let j = 0; j < size; j++) line[j] = (line[j] ?? 0) + curvature * (row[i] ?? 0) * (row[j] ?? 0);
      }
    }
    // The intercept is not penalised; a trace of it keeps the system solvable.
    for (let i = 0; i < size; i++) {
      const strength = i === 0 ? smallestStep : penalty;
      gradient[i] = (gradient[i] ?? 0) - strength * (weights[i] ?? 0);
      const line = hessian[i] ?? [];
      line[i] = (line[i] ?? 0) + strength;
    }
    const change = solve(hessian, gradient);
    weights = weights.map((weight, i) => weight + (change[i] ?? 0));
    if (Math.max(...change.map(Math.abs)) < smallestStep) break;
  }
  return weights;
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);
}

function logistic(value: number): number {
  return 1 / (1 + Math.exp(-value));
}

/** Gaussian elimination with pivoting; the matrix is small, symmetric and positive. */
function solve(matrix: readonly (readonly number[])[], right: readonly number[]): readonly number[] {
  const size = right.length;
  const lines = matrix.map((line, index) => [...line, right[index] ?? 0]);
  const at = (i: number, j: number) => lines[i]?.[j] ?? 0;
  for (let pivot = 0; pivot < size; pivot++) {
    let best = pivot;
    for (let i = pivot + 1; i < size; i++) if (Math.abs(at(i, pivot)) > Math.abs(at(best, pivot))) best = i;
    const [top, chosen] = [lines[pivot], lines[best]];
    if (top === undefined || chosen === undefined) continue;
    lines[pivot] = chosen;
    lines[best] = top;
    for (let i = 0; i < size; i++) {
      if (i === pivot) continue;
      const factor = at(i, pivot) / at(pivot, pivot);
      lines[i] = (lines[i] ?? []).map((value, j) => value - factor * at(pivot, j));
    }
  }
  return lines.map((_, i) => at(i, size) / at(i, i));
}

/** The highest threshold that refuses at most this share of the answerable questions. */
export function thresholdFor(answerableProbabilities: readonly number[], wrongRefusalShare: number): number {
  const sorted = answerableProbabilities.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length * wrongRefusalShare)] ?? 0;
}

/** Probability that an answerable question scores higher than an unanswerable one; ties count half. */
export function auroc(answerable: readonly number[], unanswerable: readonly number[]): number {
  const all = [
    ...answerable.map((score) => ({ score, isAnswerable: true })),
    ...unanswerable.map((score) => ({ score, isAnswerable: false })),
  ].sort((a, b) => a.score - b.score);
  let rankSum = 0;
  for (let start = 0; start < all.length; ) {
    let end = start;
    while (end < all.length && all[end]?.score === all[start]?.score) end++;
    const meanRank = (start + 1 + end) / 2;
    for (let i = start; i < end; i++) if (all[i]?.isAnswerable === true) rankSum += meanRank;
    start = end;
  }
  return (rankSum - (answerable.length * (answerable.length + 1)) / 2) / (answerable.length * unanswerable.length);
}
