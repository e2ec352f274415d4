/**
 * Learns the weight of the vector arm from judged questions. A search keeps what each arm gave, so that every weight can be
 * tried by fusing anew. What the learned weight gains is measured on questions that it was not learned from. Pure.
 */
import type { ScorePart, StoredChunk } from '../core/chunk.ts';
import { fuseConvex } from '../retrieval/fusion.ts';
import { type Estimate, estimateMean, seededRandom } from './bootstrap.ts';
import { type Judgements, mean, rankingMetrics } from './metrics.ts';
import { onlyRelevant, rankDocuments } from './ranked-documents.ts';

export interface ArmsCandidate {
  readonly uri: string;
  readonly title: string;
  readonly chunk: Pick<StoredChunk, 'chunkId' | 'documentId' | 'ordinal'>;
  /** Raw. */
  readonly parts: readonly ScorePart[];
}

/** A question with all candidates of both arms. */
export interface ArmsOfQuestion {
  readonly id: string;
  readonly judgements: Judgements;
  readonly candidates: readonly ArmsCandidate[];
  /** The judgements' own id of a document. */
  readonly idOf: (uri: string) => string;
}

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
const weights = Array.from({ length: 21 }, (_, step) => step / 20);
const folds = 10;
/** With fewer the interval is a guess. */
export const fewestGroups = 10;

interface ScoredQuestion {
  readonly id: string;
  readonly group: string;
  /** nDCG@10 by position in `weights`. */
  readonly scores: readonly number[];
  readonly current: number;
}

export function tuneFusion(
  questions: readonly ArmsOfQuestion[],
  options: { readonly currentWeight: number; readonly seed: number; readonly depth: number },
): FusionTuning {
  const scored = questions.flatMap((question) => {
    const current = ndcgAt(question, options.currentWeight, options.depth);
    if (current === null) return [];
    const scores = weights.map((weight) => ndcgAt(question, weight, options.depth) ?? 0);
    const only = onlyRelevant(question.judgements);
    return [{ id: question.id, group: only ?? `question ${question.id}`, scores, current }];
  });
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
    learned: { denseWeight: weights[position] ?? 0, 'ndcg@10': mean(perQuery.map(({ learned }) => learned)) },
    vectorOnly: meanAt(weights.length - 1),
    keywordOnly: meanAt(0),
    difference: estimate.mean,
    interval: estimate.interval,
    minimumDetectableEffect: estimate.minimumDetectableEffect,
    verdict: isGain ? 'change' : 'keep',
    curve: weights.map((denseWeight, index) => ({ denseWeight, 'ndcg@10': meanAt(index) })),
    perQuery: perQuery.map(({ id, current, learned }) => ({ id, current, learned })),
  };
}

/** Null without a relevant document. */
function ndcgAt(question: ArmsOfQuestion, denseWeight: number, depth: number): number | null {
  const ranked = rankDocuments(fuseAnew(question.candidates, denseWeight, depth), question.idOf);
  const metrics = rankingMetrics(
    ranked.map(({ id }) => id),
    question.judgements,
  );
  return metrics?.['ndcg@10'] ?? null;
}

/** The candidates in the order in which the retriever would give them under this weight. */
export function fuseAnew(
  candidates: readonly ArmsCandidate[],
  denseWeight: number,
  depth: number,
): readonly ArmsCandidate[] {
  const hits = (source: string) =>
    candidates.flatMap(({ chunk, parts }) =>
      parts.filter((part) => part.source === source).map(({ score }) => ({ id: chunk.chunkId, score })),
    );
  const fused = fuseConvex({ vector: hits('vector'), keyword: hits('keyword'), denseWeight, depth });
  const scoreOf = ({ chunk }: ArmsCandidate) => fused.get(chunk.chunkId) ?? 0;
  return [...candidates].sort((a, b) => scoreOf(b) - scoreOf(a) || byPlace(a, b));
}

function byPlace(a: ArmsCandidate, b: ArmsCandidate): number {
  if (a.chunk.documentId !== b.chunk.documentId) return a.chunk.documentId < b.chunk.documentId ? -1 : 1;
  return a.chunk.ordinal - b.chunk.ordinal;
}

/**
 * Position of the best weight. Each weight is judged with its two neighbours, since with few questions a single one may stand out
 * by chance; of equal ones the nearest to the current one is taken.
 */
function bestWeight(questions: readonly ScoredQuestion[], currentWeight: number): number {
  const means = weights.map((_, index) => mean(questions.map(({ scores }) => scores[index] ?? 0)));
  const smooth = means.map((_, index) => mean(means.slice(Math.max(0, index - 1), index + 2)));
  const distance = (index: number) => Math.abs((weights[index] ?? 0) - currentWeight);
  return smooth.reduce((best, value, index) => {
    const gain = value - (smooth[best] ?? 0);
    return gain > 1e-9 || (gain > -1e-9 && distance(index) < distance(best)) ? index : best;
  }, 0);
}

/** Whole groups, so that no weight is tried on a document that it was learned from. */
function assignFolds(groups: readonly string[], seed: number): ReadonlyMap<string, number> {
  const random = seededRandom(seed);
  const shuffled = groups.map((group) => ({ group, order: random() })).sort((a, b) => a.order - b.order);
  return new Map(shuffled.map(({ group }, index) => [group, index % folds]));
}
