/** Judged questions with what both arms find for them, to learn from. */
import { PerseaError } from '../core/errors.ts';
import type { Retrieval } from '../retrieval/retriever.ts';
import type { CasesDataset, RetrievalDataset } from './dataset.ts';
import { gradesOf, judgedQueries } from './ranked-documents.ts';
import type { CorpusIndex, EvaluationTools } from './tools.ts';
import type { ArmsOfQuestion } from './tune-fusion.ts';

export interface CollectOptions {
  readonly limit?: number;
  /** Rows of each arm. */
  readonly depth: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

/** Cases are searched for as their people, so that the weight is learned from what people may see. */
export async function collectArms(
  dataset: RetrievalDataset | CasesDataset,
  tools: Pick<EvaluationTools, 'indexCorpus' | 'cases'>,
  options: CollectOptions,
): Promise<readonly ArmsOfQuestion[]> {
  const { signal } = options;
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
    return searchAll(judged, options, async (one) => ({
      id: one.id,
      judgements: gradesOf(one),
      candidates: bothArms(await cases.retrieve(one.as, one.question, how)),
      idOf: (uri) => uri,
    }));
  }
  const index = await tools.indexCorpus(dataset.corpus, {
    name: dataset.name,
    ...(signal === undefined ? {} : { signal }),
  });
  try {
    return await searchAll(judgedQueries(dataset).slice(0, options.limit), options, (query) =>
      armsOfQuery(dataset, index, query, how),
    );
  } finally {
    await index.close();
  }
}

async function armsOfQuery(
  dataset: RetrievalDataset,
  index: CorpusIndex,
  query: { readonly id: string; readonly text: string },
  how: Parameters<CorpusIndex['retrieve']>[1],
): Promise<ArmsOfQuestion> {
  return {
    id: query.id,
    judgements: dataset.judgements.get(query.id) ?? new Map(),
    candidates: bothArms(await index.retrieve(query.text, how)),
    idOf: (uri) => index.corpusIdOf(uri),
  };
}

/** Throws where one arm did not work: there would be nothing to weigh. */
function bothArms({
  passages,
  mode,
  warnings,
}: Pick<Retrieval, 'passages' | 'mode' | 'warnings'>): ArmsOfQuestion['candidates'] {
  if (mode === 'hybrid') {
    // Without the texts: all questions are kept in memory together.
    return passages.map(({ uri, title, chunk: { chunkId, documentId, ordinal }, parts }) => ({
      uri,
      title,
      chunk: { chunkId, documentId, ordinal },
      parts,
    }));
  }
  const why = warnings.map(({ message }) => message).join(' ');
  throw new PerseaError(
    'model-unavailable',
    `A weight of the vector arm can only be learned where both arms work. ${why}`,
  );
}

async function searchAll<Question>(
  questions: readonly Question[],
  { onProgress }: CollectOptions,
  search: (question: Question) => Promise<ArmsOfQuestion>,
): Promise<readonly ArmsOfQuestion[]> {
  const arms: ArmsOfQuestion[] = [];
  for (const question of questions) {
    arms.push(await search(question));
    onProgress?.(arms.length, questions.length);
  }
  return arms;
}
