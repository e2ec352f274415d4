/** `persea eval run`: a dataset through the product's own path, measured. */
import { sha256Hex } from '../core/ids.ts';
import { type AnswerOutcome, answerMetrics, metricsByTag } from './answer-metrics.ts';
import { type CaseAsker, evaluateCase, failedCase } from './cases.ts';
import type { AnswerQuestion, AnswersDataset, CasesDataset, Dataset } from './dataset.ts';
import { failedJudgement, judgeAnswer, mustBeCited } from './judge.ts';
import { askedLanguages } from './languages.ts';
import { percentile } from './metrics.ts';
import type { Attempted } from './model-failures.ts';
import type { AnswersRunReport, EvaluationReport } from './results.ts';
import { rankDocuments } from './ranked-documents.ts';
import { corpusLanguages, runCaseRetrieval, runCorpusRetrieval } from './run-retrieval.ts';
import { secondsSince } from './seconds.ts';
import { type CorpusIndex, type EvaluationTools, indexingOf, type RunOptions } from './tools.ts';

type AnsweringTools = Pick<EvaluationTools, 'indexCorpus' | 'cases' | 'cacheSavings' | 'answering'>;

const defaultSentences = 2;
const shownDocuments = 5;

export async function runEvaluation(
  dataset: Dataset,
  tools: AnsweringTools,
  options: RunOptions = {},
): Promise<EvaluationReport> {
  if (dataset.kind === 'cases') {
    if (tools.cases === null) throw new TypeError('Cases need the configured store that they are asked over.');
    return options.task === 'retrieval'
      ? runCaseRetrieval(dataset, tools.cases, options)
      : completed(await runCases(dataset, tools.cases, options), tools, options);
  }
  const index = await tools.indexCorpus(dataset.corpus, { name: dataset.name, ...indexingOf(options) });
  try {
    return dataset.kind === 'retrieval'
      ? await runCorpusRetrieval(dataset, index, options)
      : completed(await runAnswers(dataset, index, options), tools, options);
  } finally {
    await index.close();
  }
}

/** With what only the tools know: which settings answered, and what the cache spared. */
function completed(
  report: AnswersRunReport,
  { answering, cacheSavings }: AnsweringTools,
  options: RunOptions,
): AnswersRunReport {
  return {
    ...report,
    fingerprint: { ...report.fingerprint, ...answering?.(options) },
    ...(cacheSavings === undefined ? {} : { cache: cacheSavings() }),
  };
}

async function runAnswers(dataset: AnswersDataset, index: CorpusIndex, options: RunOptions): Promise<AnswersRunReport> {
  const questions = dataset.questions.slice(0, options.limit);
  const offTopic = (options.offTopic ?? [])
    .slice(0, options.limit)
    .map(
      ({ id, question }): AnswerQuestion => ({ id, question, isAnswerable: false, answers: [], goldDocument: null }),
    );
  const languageOf = corpusLanguages(dataset.corpus);
  const outcomes: AnswerOutcome[] = [];
  const latencies: number[] = [];
  const startedAt = performance.now();
  const total = questions.length + offTopic.length;
  for (const [position, question] of [...questions, ...offTopic].entries()) {
    const askedAt = performance.now();
    const attempted = await attempt(question.id, options, async () => {
      const observed = await index.ask(question.question, {
        isRefusalOff: true,
        sentences: options.sentences ?? defaultSentences,
        ...(options.model === undefined ? {} : { model: options.model }),
        ...(options.format === undefined ? {} : { format: options.format }),
        ...(options.signal === undefined ? {} : { signal: options.signal }),
      });
      return { result: observed, isAsked: observed.answer.model !== null };
    });
    latencies.push(performance.now() - askedAt);
    const observed = 'result' in attempted ? attempted.result : null;
    const passages = observed?.passages ?? [];
    const found = rankDocuments(passages, (uri) => index.corpusIdOf(uri));
    outcomes.push({
      ...(observed === null
        ? failedJudgement(question)
        : await judgeAnswer({ ...question, relevant: mustBeCited(dataset.name, question) }, observed, (citation) =>
            index.isVerbatim(citation),
          )),
      isOffTopic: position >= questions.length,
      isParagraphFirst: found[0] !== undefined && found[0].id === question.goldDocument,
      tags: [],
      question: question.question,
      ...askedLanguages(question.question, question.goldDocument === null ? [] : [languageOf(question.goldDocument)]),
      document: question.goldDocument,
      found: found.slice(0, shownDocuments),
    });
    options.onProgress?.(latencies.length, total);
  }
  return {
    kind: 'answers',
    dataset: dataset.name,
    documents: dataset.corpus.documents.length,
    queries: questions.length,
    fingerprint: {
      embedding: index.fingerprint.embedding,
      retrieval: `sha256:${sha256Hex(index.fingerprint.retrieval)}`,
      corpus: dataset.corpus.hash,
      questions: dataset.questionsHash,
    },
    seconds: { ingest: index.ingestSeconds, search: secondsSince(startedAt) },
    latencyMs: { p50: percentile(latencies, 0.5), p95: percentile(latencies, 0.95) },
    ...answerMetrics(outcomes),
  };
}

async function runCases(dataset: CasesDataset, asker: CaseAsker, options: RunOptions): Promise<AnswersRunReport> {
  const cases = dataset.cases.slice(0, options.limit);
  const outcomes: AnswerOutcome[] = [];
  const latencies: number[] = [];
  const startedAt = performance.now();
  for (const one of cases) {
    const askedAt = performance.now();
    const attempted = await attempt(one.id, options, async () => {
      const result = await evaluateCase(one, asker, {
        ...(options.condense === undefined ? {} : { condense: options.condense }),
        ...(options.model === undefined ? {} : { model: options.model }),
        ...(options.format === undefined ? {} : { format: options.format }),
        ...(options.signal === undefined ? {} : { signal: options.signal }),
      });
      return { result, isAsked: result.isAsked };
    });
    const judged = 'result' in attempted ? attempted.result : null;
    latencies.push(judged?.ms ?? performance.now() - askedAt);
    outcomes.push(judged?.outcome ?? (await failedCase(one, asker)));
    options.onProgress?.(latencies.length, cases.length);
  }
  const { metrics, ...judged } = answerMetrics(outcomes);
  return {
    kind: 'answers',
    dataset: dataset.name,
    documents: null,
    queries: cases.length,
    fingerprint: { ...asker.fingerprint, corpus: dataset.hash, questions: dataset.hash },
    seconds: { ingest: 0, search: secondsSince(startedAt) },
    latencyMs: { p50: percentile(latencies, 0.5), p95: percentile(latencies, 0.95) },
    ...judged,
    metrics: { ...metrics, byTag: metricsByTag(outcomes) },
  };
}

/** Ends the run at the first failure of a model, unless failures are taken. */
async function attempt<T>(
  id: string,
  { failures }: RunOptions,
  ask: () => Promise<{ readonly result: T; readonly isAsked: boolean }>,
): Promise<Attempted<T>> {
  return failures === undefined ? ask() : failures.attempt({ id }, ask);
}
