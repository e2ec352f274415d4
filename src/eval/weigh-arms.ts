/** Judged questions, searched for once each and ranked under every weight of the vector arm: what a weight is learned from. */
import type { Passage } from '../core/chunk.ts';
import { PerseaError } from '../core/errors.ts';
import { queryWithHistory } from '../query/conversation.ts';
import type { Retrieval } from '../retrieval/retriever.ts';
import type { CasesDataset, RetrievalDataset } from './dataset.ts';
import { type Judgements, rankingMetrics } from './metrics.ts';
import { gradesOf, judgedQueries, onlyRelevant, rankDocuments } from './ranked-documents.ts';
import { type EvaluationTools, type IndexingOptions, indexingOf } from './tools.ts';
import { fusionWeights, type WeighedQuestion } from './tune-fusion.ts';

export interface WeighOptions extends IndexingOptions {
  readonly currentWeight: number;
  readonly limit?: number;
  /** Rows of each arm. */
  readonly depth: number;
  readonly onProgress?: (done: number, total: number) => void;
}

export interface JudgedQuestion {
  readonly id: string;
  readonly judgements: Judgements;
  /** The judgements' own id of a document. */
  readonly idOf: (uri: string) => string;
}

/** Cases are searched for as their people, so that the weight is learned from what people may see. */
export async function weighArms(
  dataset: RetrievalDataset | CasesDataset,
  tools: Pick<EvaluationTools, 'indexCorpus' | 'cases'>,
  options: WeighOptions,
): Promise<readonly WeighedQuestion[]> {
  const { currentWeight, signal } = options;
  const how = {
    mode: 'hybrid',
    topK: options.depth,
    candidates: options.depth,
    ...(signal === undefined ? {} : { signal }),
  } as const;
  if (dataset.kind === 'cases') {
    const { cases } = tools;
    if (cases === null) throw new TypeError('Cases need the configured store that they are searched in.');
    const judged = dataset.cases.filter((one) => gradesOf(one).size > 0).slice(0, options.limit);
    return weighAll(judged, options, async (one) => {
      const retrieval = await cases.retrieve(one.as, queryWithHistory(one.question, one.history), how);
      const question = { id: one.id, judgements: gradesOf(one), idOf: (uri: string) => uri };
      return weighQuestion(question, retrieval, currentWeight);
    });
  }
  const index = await tools.indexCorpus(dataset.corpus, { name: dataset.name, ...indexingOf(options) });
  try {
    return await weighAll(judgedQueries(dataset).slice(0, options.limit), options, async ({ id, text }) => {
      const retrieval = await index.retrieve(queryWithHistory(text, dataset.histories?.get(id)), how);
      const judgements: Judgements = dataset.judgements.get(id) ?? new Map();
      return weighQuestion({ id, judgements, idOf: (uri) => index.corpusIdOf(uri) }, retrieval, currentWeight);
    });
  } finally {
    await index.close();
  }
}

/**
 * Null without a relevant document.
 *
 * @throws PerseaError `model-unavailable` where one arm did not work: there would be nothing to weigh
 */
export function weighQuestion(
  { id, judgements, idOf }: JudgedQuestion,
  { passages, warnings, rankAs }: Pick<Retrieval, 'passages' | 'warnings' | 'rankAs'>,
  currentWeight: number,
): WeighedQuestion | null {
  if (rankAs === undefined) {
    const why = warnings.map(({ message }) => message).join(' ');
    throw new PerseaError(
      'model-unavailable',
      `A weight of the vector arm can only be learned where both arms work. ${why}`,
    );
  }
  const ndcg = (ranked: readonly Passage[]) => ndcgOf({ judgements, idOf }, ranked);
  const current = ndcg(rankAs({ denseWeight: currentWeight }));
  if (current === null) return null;
  return {
    id,
    group: onlyRelevant(judgements) ?? `question ${id}`,
    scores: fusionWeights.map((denseWeight) => ndcg(rankAs({ denseWeight })) ?? 0),
    current,
    vectorOnly: ndcg(byArm(passages, 'vector')) ?? 0,
    keywordOnly: ndcg(byArm(passages, 'keyword')) ?? 0,
  };
}

/** nDCG@10; null without a relevant document. */
export function ndcgOf(
  { judgements, idOf }: Pick<JudgedQuestion, 'judgements' | 'idOf'>,
  ranked: readonly Passage[],
): number | null {
  const ids = rankDocuments(ranked, idOf).map((document) => document.id);
  return rankingMetrics(ids, judgements)?.['ndcg@10'] ?? null;
}

/** What one arm found, as it ranked it. */
export function byArm(passages: readonly Passage[], source: 'vector' | 'keyword'): readonly Passage[] {
  const ranked = passages.flatMap((passage) => {
    const part = passage.parts.find((one) => one.source === source);
    return part === undefined ? [] : [{ passage, rank: part.rank }];
  });
  return ranked.sort((a, b) => a.rank - b.rank).map(({ passage }) => passage);
}

async function weighAll<Question>(
  questions: readonly Question[],
  { onProgress }: WeighOptions,
  weigh: (question: Question) => Promise<WeighedQuestion | null>,
): Promise<readonly WeighedQuestion[]> {
  const weighed: WeighedQuestion[] = [];
  for (const [index, question] of questions.entries()) {
    const one = await weigh(question);
    if (one !== null) weighed.push(one);
    onProgress?.(index + 1, questions.length);
  }
  return weighed;
}
