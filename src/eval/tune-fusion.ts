/**
 * Learns the weight of the vector arm from judged questions, each ranked under every weight as the product ranks. What the learned
 * weight gains is measured on questions that it was not learned from. Pure.
 */
import { type Estimate, estimateMean } from './bootstrap.ts';
import { assignFolds, folds } from './folds.ts';
import { mean } from './metrics.ts';

export interface FusionTuning {
  /** Questions with a relevant document. */
  readonly questions: number;
  readonly groups: number;
  readonly current: { readonly denseWeight: number; readonly 'ndcg@10': number };
  /** `ndcg@10` is cross-validated: of questions that their weight was not learned from. */
  readonly learned: { readonly denseWeight: number; readonly 'ndcg@10': number };
  readonly vectorOnly: number;
  readonly keywordOnly: number;
  /** Cross-validated nDCG@10 less the current one. */
  readonly difference: number;
  readonly interval: Estimate['interval'];
  readonly minimumDetectableEffect: number | null;
  /** `change` only where the whole interval lies above 0. */
  readonly verdict: 'change' | 'keep';
  readonly curve: readonly { readonly denseWeight: number; readonly 'ndcg@10': number }[];
  /** Cross-validated, by question, for comparisons. */
  readonly perQuery: readonly { readonly id: string; readonly current: number; readonly learned: number }[];
}

/** Finer steps move nDCG by less than its noise. */
export const fusionWeights = Array.from({ length: 21 }, (_, step) => step / 20);
/** With fewer the interval is a guess. */
export const fewestGroups = 10;

/** A judged question, with what each weight makes of it. */
export interface WeighedQuestion {
  readonly id: string;
  /** Questions of one group are about the same document. */
  readonly group: string;
  /** nDCG@10 by position in `fusionWeights`. */
  readonly scores: readonly number[];
  /** nDCG@10 under the weight in force, by vectors alone and by keywords alone. */
  readonly current: number;
  readonly vectorOnly: number;
  readonly keywordOnly: number;
}

export function tuneFusion(
  scored: readonly WeighedQuestion[],
  options: { readonly currentWeight: number; readonly seed: number },
): FusionTuning {
  const foldOf = assignFolds([...new Set(scored.map(({ group }) => group))], options.seed);
  const weightOfFold = Array.from({ length: folds }, (_, fold) =>
    bestWeight(
      scored.filter(({ group }) => foldOf.get(group) !== fold),
      options.currentWeight,
    ),
  );
  const perQuery = scored.map((question) => {
    const position = weightOfFold[foldOf.get(question.group) ?? 0] ?? 0;
    return {
      id: question.id,
      group: question.group,
      current: question.current,
      learned: question.scores[position] ?? 0,
    };
  });
  const estimate = estimateMean(
    perQuery.map(({ group, current, learned }) => ({ group, value: learned - current })),
    { seed: options.seed },
  );
  const position = bestWeight(scored, options.currentWeight);
  const meanAt = (index: number) => mean(scored.map(({ scores }) => scores[index] ?? 0));
  const isGain = estimate.groups >= fewestGroups && estimate.interval !== null && estimate.interval[0] > 0;
  return {
    questions: scored.length,
    groups: estimate.groups,
    current: { denseWeight: options.currentWeight, 'ndcg@10': mean(scored.map(({ current }) => current)) },
    learned: { denseWeight: fusionWeights[position] ?? 0, 'ndcg@10': mean(perQuery.map(({ learned }) => learned)) },
    vectorOnly: mean(scored.map(({ vectorOnly }) => vectorOnly)),
    keywordOnly: mean(scored.map(({ keywordOnly }) => keywordOnly)),
    difference: estimate.mean,
    interval: estimate.interval,
    minimumDetectableEffect: estimate.minimumDetectableEffect,
    verdict: isGain ? 'change' : 'keep',
    curve: fusionWeights.map((denseWeight, index) => ({ denseWeight, 'ndcg@10': meanAt(index) })),
    perQuery: perQuery.map(({ id, current, learned }) => ({ id, current, learned })),
  };
}

/**
 * Position of the best weight. Each weight is judged with its two neighbours, since with few questions a single one may stand out
 * by chance; of equal ones the nearest to the current one is taken.
 */
function bestWeight(questions: readonly WeighedQuestion[], currentWeight: number): number {
  const means = fusionWeights.map((_, index) => mean(questions.map(({ scores }) => scores[index] ?? 0)));
  const smooth = means.map((_, index) => mean(means.slice(Math.max(0, index - 1), index + 2)));
  const distance = (index: number) => Math.abs((fusionWeights[index] ?? 0) - currentWeight);
  return smooth.reduce((best, value, index) => {
    const gain = value - (smooth[best] ?? 0);
    return gain > 1e-9 || (gain > -1e-9 && distance(index) < distance(best)) ? index : best;
  }, 0);
}
