/** `persea eval run`: a folder of judged questions through the product's own path. */
import { counted } from '../../core/counts.ts';
import { PerseaError } from '../../core/errors.ts';
import { type Dataset, type EvaluationTask, loadDataset, loadQuestions } from '../../eval/dataset.ts';
import type { TagMetrics } from '../../eval/answer-metrics.ts';
import type { RoutingReport } from '../../eval/routing-report.ts';
import type { EvaluationReport, RetrievalTagMetrics } from '../../eval/results.ts';
import { ModelFailures } from '../../eval/model-failures.ts';
import { runEvaluation as run } from '../../eval/run.ts';
import { type CommandContext, parseCount, parseWhole } from '../context.ts';
import {
  indexingProgress,
  questionProgress,
  statusOfFailures,
  warnOfDocumentsOutside,
  warnOfUnstatedAnswers,
  withEvaluationApp,
} from '../evaluation-app.ts';
import type { ExitStatus } from '../exit-status.ts';
import { checkOutput, writeOutput } from '../output-file.ts';

export interface EvaluationOptions {
  readonly task?: EvaluationTask;
  readonly out?: string;
  readonly mode?: 'hybrid' | 'vector' | 'keyword';
  readonly model?: string;
  readonly format?: string;
  readonly limit?: string;
  readonly condense?: 'on' | 'off';
  readonly sentences?: string;
  readonly offTopic?: string;
  readonly seed?: string;
}

export async function runEvaluation(
  context: CommandContext,
  options: EvaluationOptions,
  folder: string,
): Promise<ExitStatus> {
  const limit = parseCount(options.limit, '--limit');
  const sentences = parseCount(options.sentences, '--sentences');
  // Nothing of a run is random yet; the option is checked, so that scripts may always give it.
  parseWhole(options.seed, '--seed', 0);
  await checkOutput('The result', options.out);
  const { output } = context;
  const dataset = await loadDataset(folder, options.task === undefined ? {} : { task: options.task });
  refuseWithoutEffect(options, dataset.kind);
  warnOfDocumentsOutside(output, dataset);
  if (options.task !== 'retrieval') warnOfUnstatedAnswers(output, dataset);
  const offTopic = options.offTopic === undefined ? undefined : await loadQuestions(options.offTopic);
  const failures = new ModelFailures();
  return withEvaluationApp(context, folder, dataset, async (app, signal) => {
    const report = await run(dataset, await app.evaluation(), {
      signal,
      failures,
      ...(options.task === undefined ? {} : { task: options.task }),
      ...(options.mode === undefined ? {} : { mode: options.mode }),
      ...(options.model === undefined ? {} : { model: options.model }),
      ...(options.format === undefined ? {} : { format: options.format }),
      ...(options.condense === undefined ? {} : { condense: options.condense === 'on' }),
      ...(limit === undefined ? {} : { limit }),
      ...(sentences === undefined ? {} : { sentences }),
      ...(offTopic === undefined ? {} : { offTopic }),
      onDocument: indexingProgress(output),
      onProgress: questionProgress(output),
    });
    const status = statusOfFailures(output, failures);
    const leaks = report.metrics.leaks ?? 0;
    if (leaks > 0) output.warn(`${counted(leaks, 'case')} leaked what who asks may not see; it must be none.`);
    if (options.out !== undefined) await writeOutput('The result', options.out, `${JSON.stringify(report, null, 2)}\n`);
    output.result(report, () => renderReport(report));
    return status;
  });
}

/** An option without effect would make a number look like another's. */
function refuseWithoutEffect(options: EvaluationOptions, kind: Dataset['kind']): void {
  const { mode, model, format, sentences, offTopic, condense } = options;
  const isCases = kind === 'cases';
  const isSearch = kind === 'retrieval' || (isCases && options.task === 'retrieval');
  const given = {
    ...(isSearch || isCases ? { '--sentences': sentences, '--off-topic': offTopic } : { '--condense': condense }),
    ...(isSearch ? { '--model': model, '--format': format } : { '--mode': mode }),
  };
  const wrong = Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  if (wrong.length === 0) return;
  const names = wrong.join(' and ');
  throw new PerseaError(
    'usage-invalid',
    isSearch
      ? `${isCases ? 'Cases are only searched for with --task retrieval' : 'Judged queries are only searched for, without --task answers'}, so ${names} would have no effect.`
      : `${isCases ? 'Cases' : 'Questions of a corpus'} are asked as persea.yaml says, so ${names} cannot be given for them.`,
  );
}

function renderReport(report: EvaluationReport): string {
  const { dataset, kind, queries, seconds, latencyMs } = report;
  const { byTag, byLanguage, ...metrics } = report.metrics;
  const lines = [
    `${dataset} (${kind}), ${queries} questions`,
    ...Object.entries(metrics).map(([name, value]) => `  ${name.padEnd(20)} ${measure(name, value)}`),
  ];
  if (byTag !== undefined) lines.push(...groupLines('tag', byTag));
  if (byLanguage !== undefined && Object.keys(byLanguage.pair).length > 1) {
    lines.push(...groupLines('question/document', byLanguage.pair));
  }
  if ('routing' in report && report.routing !== undefined) lines.push(...routingLines(report.routing));
  if (report.kind === 'answers' && report.cache !== undefined && report.cache.hits > 0) {
    const { hits, inputTokens, outputTokens, costUsd } = report.cache;
    lines.push(
      '',
      `  ${counted(hits, 'answer')} from the cache: ${inputTokens} tokens in, ${outputTokens} out, $${costUsd.toFixed(5)} spared`,
    );
  }
  lines.push(
    '',
    `  ${seconds.ingest} s indexing, ${seconds.search} s asking; ${Math.round(latencyMs.p50)} ms a question (p95 ${Math.round(latencyMs.p95)})`,
  );
  return lines.join('\n');
}

/** Only where there was something to choose from. */
function routingLines({ models, escalated, savings }: RoutingReport): string[] {
  const entries = Object.entries(models);
  if (entries.length < 2) return [];
  const percent = (share: number) => `${(share * 100).toFixed(1)} %`;
  const lines = [
    '',
    `  ${'model'.padEnd(20)} asked  answered  correct  escalated  failed  declined  skipped     tokens      cost`,
    ...entries.map(([id, of]) => {
      const cells = [
        String(of.asked).padStart(5),
        String(of.answered).padStart(8),
        rounded(of.correct).padStart(7),
        String(of.escalated).padStart(9),
        String(of.failed).padStart(6),
        String(of.declined).padStart(8),
        String(of.skipped).padStart(7),
        String(of.inputTokens + of.outputTokens).padStart(9),
        `$${of.costUsd.toFixed(4)}`.padStart(8),
      ];
      return `  ${id.padEnd(20)} ${cells.join('  ')}`;
    }),
  ];
  if (savings === null) return lines;
  return [
    ...lines,
    `  ${percent(escalated)} of the questions were escalated; "${savings.strongest}" was not asked in ${percent(savings.callsSaved)}.`,
    `  Spent $${savings.costUsd.toFixed(4)} and ${savings.tokens} tokens; asking it each time: about $${savings.costUsdIfAlways.toFixed(4)} and ${savings.tokensIfAlways} tokens.`,
  ];
}

/** A table of what was measured for some of the questions each. */
function groupLines(title: string, groups: Readonly<Record<string, TagMetrics | RetrievalTagMetrics>>): string[] {
  const [first] = Object.values(groups);
  if (first === undefined) return [];
  const columns = ['correct', 'answered', 'leaks', 'ndcg@10', 'recall@10'].filter((name) => name in first);
  const cell = (value: unknown, width: number) => rounded(typeof value === 'number' ? value : null).padStart(width);
  return [
    '',
    `  ${title.padEnd(20)} cases  ${columns.join('  ')}`,
    ...Object.entries(groups).map(([name, of]) => {
      const values = new Map(Object.entries(of));
      const cells = columns.map((column) => cell(values.get(column), column.length));
      return `  ${name.padEnd(20)} ${String(of.cases).padStart(5)}  ${cells.join('  ')}`;
    }),
  ];
}

const counts: ReadonlySet<string> = new Set(['failed', 'leaks', 'inputTokens', 'outputTokens']);

function measure(name: string, value: number | null | undefined): string {
  return counts.has(name) ? String(value ?? 0) : rounded(value);
}

function rounded(value: number | null | undefined): string {
  if (value === null || value === undefined) return '–';
  return Number.isInteger(value) && value > 1 ? String(value) : value.toFixed(3);
}
