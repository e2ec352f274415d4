/** Judged questions through retrieval alone; documents stand where their best chunk stands. */
import { PerseaError } from '../core/errors.ts';
import { sha256Hex } from '../core/ids.ts';
import { queryWithHistory } from '../query/conversation.ts';
import { type CaseAsker, languagesOfCase } from './cases.ts';
import type { CasesDataset, Corpus, EvaluationCase, RetrievalDataset } from './dataset.ts';
import { type AskedLanguages, askedLanguages, byLanguage, textLanguage } from './languages.ts';
import {
  type Judgements,
  mean,
  percentile,
  type RankingMetrics,
  rankingMetricNames,
  rankingMetrics,
} from './metrics.ts';
import {
  type FoundDocument,
  gradesOf,
  judgedQueries,
  onlyRelevant,
  rankDocuments,
  rankedChunks,
} from './ranked-documents.ts';
import type {
  RetrievalMetrics,
  RetrievalQuery,
  RetrievalReport,
  RetrievalTagMetrics,
  WantedDocument,
} from './results.ts';
import { secondsSince } from './seconds.ts';
import type { CorpusIndex, RunOptions } from './tools.ts';

const shownDocuments = 10;

/** Queries without a positive judgement are left out, as trec_eval does. */
export async function runCorpusRetrieval(
  dataset: RetrievalDataset,
  index: CorpusIndex,
  options: RunOptions,
): Promise<RetrievalReport> {
  const queries = judgedQueries(dataset).slice(0, options.limit);
  const titles = new Map(dataset.corpus.documents.map(({ id, title }) => [id, title]));
  const languageOf = corpusLanguages(dataset.corpus);
  const perQuery: RetrievalQuery[] = [];
  const latencies: number[] = [];
  const startedAt = performance.now();
  for (const { id, text } of queries) {
    const queryStartedAt = performance.now();
    const query = options.condense === false ? text : queryWithHistory(text, dataset.histories?.get(id));
    const { passages } = await index.retrieve(query, retrieveOptions(options));
    const ms = performance.now() - queryStartedAt;
    latencies.push(ms);
    const ranked = rankDocuments(passages, (uri) => index.corpusIdOf(uri));
    const judgements = dataset.judgements.get(id) ?? new Map<string, number>();
    const languages = askedLanguages(text, relevantIn(judgements).map(languageOf));
    const judged = judgeQuery({ id, question: text, judgements, ms, languages }, ranked, titles);
    if (judged !== null) perQuery.push(judged);
    options.onProgress?.(latencies.length, queries.length);
  }
  return {
    kind: 'retrieval',
    dataset: dataset.name,
    documents: dataset.corpus.documents.length,
    queries: perQuery.length,
    fingerprint: {
      embedding: index.fingerprint.embedding,
      retrieval: retrievalHash(index.fingerprint.retrieval, options, dataset.histories !== undefined),
      corpus: dataset.corpus.hash,
      questions: dataset.questionsHash,
    },
    seconds: { ingest: index.ingestSeconds, search: secondsSince(startedAt) },
    latencyMs: { p50: percentile(latencies, 0.5), p95: percentile(latencies, 0.95) },
    metrics: { ...averageRanking(perQuery), ...rankingByLanguage(perQuery) },
    perQuery,
  };
}

/**
 * Each case is searched for as its person. All are asked, because a case without a relevant document may still find one that
 * must not be found; only those with one count in the ranking.
 */
export async function runCaseRetrieval(
  dataset: CasesDataset,
  asker: CaseAsker,
  options: RunOptions,
): Promise<RetrievalReport> {
  const cases = dataset.cases.slice(0, options.limit);
  if (!cases.some((one) => relevantIn(gradesOf(one)).length > 0)) {
    throw new PerseaError(
      'dataset-invalid',
      `None of the ${cases.length} cases of ${dataset.name} names a \`relevant\` document with a grade above 0, so there is no ranking to measure. Without --task retrieval they are answered.`,
    );
  }
  const perQuery: RetrievalQuery[] = [];
  const latencies: number[] = [];
  let leakingCases = 0;
  const startedAt = performance.now();
  for (const one of cases) {
    const queryStartedAt = performance.now();
    const { passages } = await asker.retrieve(
      one.as,
      options.condense === false ? one.question : queryWithHistory(one.question, one.history),
      retrieveOptions(options),
    );
    const ms = performance.now() - queryStartedAt;
    latencies.push(ms);
    const ranked = rankDocuments(passages, (uri) => uri);
    const leaks = await forbiddenAmong(one, ranked, asker);
    if (leaks.length > 0) leakingCases++;
    const languages = await languagesOfCase(one, asker);
    const judged = judgeQuery({ ...one, judgements: gradesOf(one), ms, languages }, ranked, new Map());
    if (judged !== null) perQuery.push({ ...judged, tags: one.tags, ...(leaks.length > 0 ? { leaks } : {}) });
    options.onProgress?.(latencies.length, cases.length);
  }
  const tags = [...new Set(perQuery.flatMap((query) => query.tags ?? []))].sort();
  const byTag = tags.map((tag) => {
    return [tag, ofQueries(perQuery.filter((query) => query.tags?.includes(tag)))] as const;
  });
  return {
    kind: 'retrieval',
    dataset: dataset.name,
    documents: null,
    queries: perQuery.length,
    fingerprint: {
      embedding: asker.fingerprint.embedding,
      retrieval: retrievalHash(
        asker.fingerprint.retrieval,
        options,
        cases.some((one) => one.history !== undefined),
      ),
      corpus: dataset.hash,
      questions: dataset.hash,
    },
    seconds: { ingest: 0, search: secondsSince(startedAt) },
    latencyMs: { p50: percentile(latencies, 0.5), p95: percentile(latencies, 0.95) },
    metrics: {
      ...averageRanking(perQuery),
      leaks: leakingCases,
      byTag: Object.fromEntries(byTag),
      ...rankingByLanguage(perQuery),
    },
    perQuery,
  };
}

function retrieveOptions({ mode, signal }: RunOptions) {
  return {
    topK: rankedChunks,
    candidates: rankedChunks,
    ...(mode === undefined ? {} : { mode }),
    ...(signal === undefined ? {} : { signal }),
  };
}

function judgeQuery(
  query: {
    readonly id: string;
    readonly question: string;
    readonly judgements: Judgements;
    readonly ms: number;
    readonly languages: AskedLanguages;
  },
  ranked: readonly FoundDocument[],
  titles: ReadonlyMap<string, string>,
): RetrievalQuery | null {
  const { id, question, judgements, ms } = query;
  const ids = ranked.map((document) => document.id);
  const metrics = rankingMetrics(ids, judgements);
  if (metrics === null) return null;
  const only = onlyRelevant(judgements);
  const wanted = [...judgements]
    .filter(([, grade]) => grade > 0)
    .map(([wantedId, grade]): WantedDocument => {
      const position = ids.indexOf(wantedId);
      const title = titles.get(wantedId) ?? ranked[position]?.title ?? '';
      return { id: wantedId, title, grade, rank: position === -1 ? null : position + 1 };
    })
    .sort((a, b) => b.grade - a.grade);
  return {
    id,
    ...metrics,
    question,
    ...query.languages,
    ...(only === null ? {} : { document: only }),
    found: ranked
      .slice(0, shownDocuments)
      .map((document) => ({ ...document, grade: Math.max(0, judgements.get(document.id) ?? 0) })),
    wanted: wanted.slice(0, shownDocuments),
    ms: Math.round(ms * 10) / 10,
  };
}

async function forbiddenAmong(
  one: EvaluationCase,
  ranked: readonly FoundDocument[],
  asker: CaseAsker,
): Promise<readonly string[]> {
  const leaks: string[] = [];
  for (const { id } of ranked) if (!(await asker.maySee(one.as, id))) leaks.push(id);
  return leaks.sort();
}

function relevantIn(judgements: Judgements): readonly string[] {
  return [...judgements].flatMap(([id, grade]) => (grade > 0 ? [id] : []));
}

/** Each document that a question is about is looked at once. */
export function corpusLanguages({ documents }: Corpus): (id: string) => string | null {
  const texts = new Map(documents.map(({ id, text }) => [id, text]));
  const known = new Map<string, string | null>();
  return (id) => {
    const language = known.get(id);
    if (language !== undefined) return language;
    const detected = textLanguage(texts.get(id) ?? '');
    known.set(id, detected);
    return detected;
  };
}

function rankingByLanguage(perQuery: readonly RetrievalQuery[]): Pick<RetrievalMetrics, 'byLanguage'> {
  const languages = byLanguage(perQuery, ofQueries);
  return languages === undefined ? {} : { byLanguage: languages };
}

function ofQueries(queries: readonly RetrievalQuery[]): RetrievalTagMetrics {
  return { cases: queries.length, ...averageRanking(queries) };
}

function averageRanking(queries: readonly RankingMetrics[]): RankingMetrics {
  const averages = rankingMetricNames.map((name) => [name, mean(queries.map((query) => query[name]))]);
  return Object.fromEntries(averages) as Record<(typeof rankingMetricNames)[number], number>;
}

/** Two runs with other settings never bear the same one. */
function retrievalHash(settings: string, { mode, condense }: RunOptions, hasHistory: boolean): string {
  const reading = hasHistory && condense !== false ? ['condensed'] : [];
  return `sha256:${sha256Hex([settings, ...(mode === undefined ? [] : [mode]), ...reading].join('+'))}`;
}
