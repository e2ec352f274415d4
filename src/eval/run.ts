/** `persea eval run`: a dataset through the product's own path, measured. */
import { sha256Hex } from '../core/ids.ts';
import type { Retrieval, RetrievalMode } from '../retrieval/retriever.ts';
import { type AnswerOutcome, type AnswersReport, answerMetrics, metricsByTag } from './answer-metrics.ts';
import { type CaseAsker, evaluateCase } from './cases.ts';
import type { AnswerQuestion, AnswersDataset, CasesDataset, Corpus, Dataset, RetrievalDataset } from './dataset.ts';
import { judgeAnswer } from './judge.ts';
import { mean, percentile, type RankingMetrics, rankingMetrics } from './metrics.ts';
import type { ObservedAnswer } from './observed-ask.ts';

/** A corpus indexed on its own, everything visible to one evaluating person. */
export interface CorpusIndex {
  retrieve(
    query: string,
    options: {
      readonly mode?: RetrievalMode;
      readonly topK: number;
      readonly candidates: number;
      readonly signal?: AbortSignal;
    },
  ): Promise<Retrieval>;
  ask(question: string, options: AskSettings): Promise<ObservedAnswer>;
  /** The corpus' own id of a document, by the uri it was indexed under. */
  corpusIdOf(uri: string): string;
  /** Whether the quote is the document's text at these offsets. */
  isVerbatim(citation: {
    readonly documentId: string;
    readonly start: number;
    readonly end: number;
    readonly quote: string;
  }): Promise<boolean>;
  readonly fingerprint: { readonly embedding: string; readonly retrieval: string };
  /** Seconds that indexing took now; near 0 when it was cached. */
  readonly ingestSeconds: number;
  close(): Promise<void>;
}

export interface AskSettings {
  readonly isRefusalOff: boolean;
  readonly sentences?: number;
  readonly model?: string;
  readonly format?: string;
  readonly signal?: AbortSignal;
}

/** Made by the composition root, which alone knows the worker. */
export type CorpusIndexer = (
  corpus: Corpus,
  options: { readonly name: string; readonly signal?: AbortSignal },
) => Promise<CorpusIndex>;

export interface EvaluationTools {
  readonly indexCorpus: CorpusIndexer;
  /** Asks over the configured store as a person; null where there is no configuration. */
  readonly cases: CaseAsker | null;
}

export interface RunOptions {
  readonly mode?: RetrievalMode;
  readonly model?: string;
  readonly format?: string;
  /** Only the first so many questions. */
  readonly limit?: number;
  readonly sentences?: number;
  /** Asked too, counted apart, answerable by nothing in the corpus. */
  readonly offTopic?: readonly { readonly id: string; readonly question: string }[];
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

interface ReportBase {
  readonly dataset: string;
  readonly documents: number | null;
  readonly queries: number;
  readonly fingerprint: { readonly embedding: string; readonly retrieval: string; readonly corpus: string };
  readonly seconds: { readonly ingest: number; readonly search: number };
  readonly latencyMs: { readonly p50: number; readonly p95: number };
}

export interface RetrievalReport extends ReportBase {
  readonly kind: 'retrieval';
  readonly metrics: RankingMetrics;
  readonly perQuery: readonly ({ readonly id: string } & RankingMetrics)[];
}

export interface AnswersRunReport extends ReportBase, AnswersReport {
  readonly kind: 'answers';
}

export type EvaluationReport = RetrievalReport | AnswersRunReport;

/** Enough chunks of each arm that 100 documents can be ranked by their best. */
const rankedChunks = 200;
const rankedDocuments = 100;
const defaultSentences = 2;

/** Throws `dataset-invalid` for cases without a configured store. */
export async function runEvaluation(
  dataset: Dataset,
  tools: EvaluationTools,
  options: RunOptions = {},
): Promise<EvaluationReport> {
  if (dataset.kind === 'cases') return runCases(dataset, tools.cases, options);
  const index = await tools.indexCorpus(dataset.corpus, {
    name: dataset.name,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  try {
    return dataset.kind === 'retrieval'
      ? await runRetrieval(dataset, index, options)
      : await runAnswers(dataset, index, options);
  } finally {
    await index.close();
  }
}

async function runRetrieval(
  dataset: RetrievalDataset,
  index: CorpusIndex,
  options: RunOptions,
): Promise<RetrievalReport> {
  const judged = dataset.queries.filter(({ id }) =>
    [...(dataset.judgements.get(id)?.values() ?? [])].some((grade) => grade > 0),
  );
  const queries = judged.slice(0, options.limit ?? judged.length);
  const perQuery: ({ id: string } & RankingMetrics)[] = [];
  const latencies: number[] = [];
  const startedAt = performance.now();
  for (const { id, text } of queries) {
    const queryStartedAt = performance.now();
    const { passages } = await index.retrieve(text, {
      topK: rankedChunks,
      candidates: rankedChunks,
      ...(options.mode === undefined ? {} : { mode: options.mode }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    latencies.push(performance.now() - queryStartedAt);
    // A document stands where its best chunk stands.
    const ranked = [...new Set(passages.map((passage) => index.corpusIdOf(passage.uri)))].slice(0, rankedDocuments);
    const metrics = rankingMetrics(ranked, dataset.judgements.get(id) ?? new Map());
    if (metrics !== null) perQuery.push({ id, ...metrics });
    options.onProgress?.(latencies.length, queries.length);
  }
  const average = (name: keyof RankingMetrics) => mean(perQuery.map((metrics) => metrics[name]));
  return {
    kind: 'retrieval',
    ...baseOf(dataset.name, dataset.corpus, index, perQuery.length, latencies, startedAt),
    metrics: {
      'ndcg@10': average('ndcg@10'),
      'recall@10': average('recall@10'),
      'recall@100': average('recall@100'),
      'mrr@10': average('mrr@10'),
      map: average('map'),
    },
    perQuery,
  };
}

async function runAnswers(dataset: AnswersDataset, index: CorpusIndex, options: RunOptions): Promise<AnswersRunReport> {
  const questions = dataset.questions.slice(0, options.limit ?? dataset.questions.length);
  const offTopic = (options.offTopic ?? []).map(
    ({ id, question }): AnswerQuestion => ({ id, question, isAnswerable: false, answers: [], goldDocument: null }),
  );
  const outcomes: AnswerOutcome[] = [];
  const latencies: number[] = [];
  const startedAt = performance.now();
  const total = questions.length + offTopic.length;
  for (const [position, question] of [...questions, ...offTopic].entries()) {
    const askedAt = performance.now();
    const observed = await index.ask(question.question, {
      isRefusalOff: true,
      sentences: options.sentences ?? defaultSentences,
      ...(options.model === undefined ? {} : { model: options.model }),
      ...(options.format === undefined ? {} : { format: options.format }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    latencies.push(performance.now() - askedAt);
    const first = observed.passages[0];
    outcomes.push({
      ...(await judgeAnswer(question, observed, (citation) => index.isVerbatim(citation))),
      isOffTopic: position >= questions.length,
      isParagraphFirst: first !== undefined && index.corpusIdOf(first.uri) === question.goldDocument,
      tags: [],
    });
    options.onProgress?.(latencies.length, total);
  }
  return {
    kind: 'answers',
    ...baseOf(dataset.name, dataset.corpus, index, questions.length, latencies, startedAt),
    ...answerMetrics(outcomes),
  };
}

async function runCases(
  dataset: CasesDataset,
  asker: CaseAsker | null,
  options: RunOptions,
): Promise<AnswersRunReport> {
  if (asker === null) throw new TypeError('Cases need the configured store that they are asked over.');
  const cases = dataset.cases.slice(0, options.limit ?? dataset.cases.length);
  const outcomes: AnswerOutcome[] = [];
  const latencies: number[] = [];
  const startedAt = performance.now();
  for (const one of cases) {
    const { outcome, ms } = await evaluateCase(one, asker, {
      ...(options.model === undefined ? {} : { model: options.model }),
      ...(options.format === undefined ? {} : { format: options.format }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    latencies.push(ms);
    outcomes.push(outcome);
    options.onProgress?.(latencies.length, cases.length);
  }
  const { metrics, perQuery } = answerMetrics(outcomes);
  return {
    kind: 'answers',
    dataset: dataset.name,
    documents: null,
    queries: cases.length,
    fingerprint: { ...asker.fingerprint, corpus: dataset.hash },
    seconds: { ingest: 0, search: seconds(performance.now() - startedAt) },
    latencyMs: { p50: percentile(latencies, 0.5), p95: percentile(latencies, 0.95) },
    perQuery,
    metrics: { ...metrics, byTag: metricsByTag(outcomes) },
  };
}

function baseOf(
  name: string,
  corpus: Corpus,
  index: CorpusIndex,
  queries: number,
  latencies: readonly number[],
  startedAt: number,
): ReportBase {
  return {
    dataset: name,
    documents: corpus.documents.length,
    queries,
    fingerprint: {
      embedding: index.fingerprint.embedding,
      retrieval: `sha256:${sha256Hex(index.fingerprint.retrieval)}`,
      corpus: corpus.hash,
    },
    seconds: { ingest: index.ingestSeconds, search: seconds(performance.now() - startedAt) },
    latencyMs: { p50: percentile(latencies, 0.5), p95: percentile(latencies, 0.95) },
  };
}

function seconds(milliseconds: number): number {
  return Math.round(milliseconds) / 1000;
}
