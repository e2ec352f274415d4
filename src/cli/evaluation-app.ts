/** The app as an evaluation needs it: with the model, with documents where cases are asked, and with progress. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { systemScope } from '../access/scope.ts';
import type { App } from '../app.ts';
import { counted } from '../core/counts.ts';
import { canarySource } from '../core/canary.ts';
import { PerseaError } from '../core/errors.ts';
import type { Dataset, EvaluationCase } from '../eval/dataset.ts';
import { acceptedAnswers } from '../eval/judge.ts';
import type { ModelFailures } from '../eval/model-failures.ts';
import { documentsOutsideCorpus, queriesOutside } from '../eval/ranked-documents.ts';
import { type CommandContext, withApp, withInterrupt } from './context.ts';
import { type ExitStatus, exitStatus } from './exit-status.ts';
import type { Output } from './output.ts';
import { ingestProgress, ProgressLine, provisionProgress } from './progress.ts';
import { oneLine } from './text.ts';

/** Cases belong to the store that is configured beside them in `folder`, unless another one is named. */
export async function withEvaluationApp<T>(
  context: CommandContext,
  folder: string,
  dataset: Dataset,
  use: (app: App, signal: AbortSignal) => Promise<T>,
  outcomeOfInterrupt = 'there is no result',
): Promise<T> {
  const { output } = context;
  const cases = dataset.kind === 'cases' ? dataset.cases : null;
  const ownConfig = join(folder, 'persea.yaml');
  const configPath = context.configPath ?? (cases !== null && existsSync(ownConfig) ? ownConfig : undefined);
  return withApp(
    { ...context, ...(configPath === undefined ? {} : { configPath }) },
    (app) =>
      withInterrupt(
        context,
        async (signal) => {
          if (cases !== null) {
            refuseUnknownPeople(app, cases, folder);
            await fillStore(app, output, signal);
            await warnOfUnknownDocuments(app, output, cases);
          }
          return use(app, signal);
        },
        outcomeOfInterrupt,
      ),
    { mayPullModels: true, onProvision: provisionProgress(output) },
  );
}

/** Indexing shows on a terminal alone: programs read of questions. */
export function indexingProgress(output: Output): (done: number, total: number) => void {
  const line = new ProgressLine(output);
  return (done, total) => line.draw(() => `${done}/${counted(total, 'document')} indexed`);
}

export function questionProgress(output: Output): (done: number, total: number) => void {
  const line = new ProgressLine(output);
  const startedAt = performance.now();
  return (done, total) => {
    if (output.isJson) return output.message(JSON.stringify({ type: 'question-end', done, total }));
    line.draw(() => `${done}/${counted(total, 'question')}, ${Math.round((performance.now() - startedAt) / 1000)} s`);
  };
}

/** Questions at which models failed count as wrong; the run is then done in part. */
export function statusOfFailures(output: Output, failures: ModelFailures): ExitStatus {
  failures.refuseUnlessAnswered();
  const { failed } = failures;
  const [first] = failed;
  if (first === undefined) return exitStatus.done;
  const ids = failed.slice(0, shownQuestions).map(({ id, setting }) => {
    return `${JSON.stringify(oneLine(id))}${setting === '' ? '' : ` (${oneLine(setting)})`}`;
  });
  output.warn(
    `${counted(failed.length, 'answer')} that models failed to give, counted as wrong: ${ids.join(', ')}${failed.length > shownQuestions ? ', …' : ''}. The first time: ${oneLine(first.error.message)}`,
  );
  return exitStatus.doneInPart;
}

const shownQuestions = 3;
const shownDocuments = 3;

/** A measure that cannot reach 1, whatever is found, should say why, and one of some of the queries alone, too. */
export function warnOfDocumentsOutside(output: Output, dataset: Dataset): void {
  if (dataset.kind !== 'retrieval') return;
  const outside = documentsOutsideCorpus(dataset);
  if (outside.length > 0) {
    output.warn(
      `${counted(outside.length, 'relevant document')} not in corpus.jsonl: ${namedSome(outside)}. They count as not found. Are the ids the same in both files?`,
    );
  }
  const unknown = queriesOutside(dataset);
  if (unknown.length > 0) {
    output.warn(
      `${counted(unknown.length, 'judged query', 'judged queries')} not in queries.jsonl: ${namedSome(unknown)}. They are left out. Are the ids the same in both files?`,
    );
  }
}

/** Told, because answers that are misspelt in the file would go unnoticed otherwise. */
export function warnOfUnstatedAnswers(output: Output, dataset: Dataset): void {
  const questions = dataset.kind === 'cases' ? dataset.cases : dataset.kind === 'answers' ? dataset.questions : [];
  const unstated = questions.filter((one) => acceptedAnswers(one) === null);
  if (unstated.length === 0) return;
  output.warn(
    `${counted(unstated.length, 'answerable question')} without \`answers\`: ${namedSome(unstated.map(({ id }) => id))}. What is cited decides whether they are answered rightly.`,
  );
}

/** A misspelt uri makes a case that can never be right, or a leak that is never seen. */
async function warnOfUnknownDocuments(app: App, output: Output, cases: readonly EvaluationCase[]): Promise<void> {
  const all = systemScope('documents that cases name');
  const unknown = new Set<string>();
  const hidden = new Set<string>();
  for (const one of cases) {
    const relevant = one.relevant.flatMap(({ uri, grade }) => (grade > 0 && one.isAnswerable ? [uri] : []));
    const scope = await app.scopeFor(app.principal(one.as));
    for (const uri of [...relevant, ...one.mustNotCite]) {
      if ((await app.catalog.documentByUri(all, uri)) === undefined) unknown.add(uri);
      else if (relevant.includes(uri) && (await app.catalog.documentByUri(scope, uri)) === undefined) hidden.add(uri);
    }
  }
  if (unknown.size > 0) {
    output.warn(
      `Cases name ${counted(unknown.size, 'document')} that the store does not hold: ${namedSome([...unknown])}. \`persea docs list\` shows how they are spelt.`,
    );
  }
  if (hidden.size > 0) {
    output.warn(
      `Cases are asked as people who may not see ${counted(hidden.size, 'relevant document')} of theirs: ${namedSome([...hidden])}. Those count as not found.`,
    );
  }
}

function namedSome(ids: readonly string[]): string {
  const named = ids.slice(0, shownDocuments).map((id) => JSON.stringify(oneLine(id)));
  return [...named, ...(ids.length > shownDocuments ? ['…'] : [])].join(', ');
}

/** Before the first question: an hour of answers should not be lost to a misspelt name near the end. */
function refuseUnknownPeople(app: App, cases: readonly EvaluationCase[], folder: string): void {
  const policy = app.policy();
  const stranger = cases.find(({ as }) => policy.principal(as) === undefined);
  if (stranger === undefined) return;
  throw new PerseaError(
    'unknown-principal',
    `${join(folder, 'cases.jsonl')}: the case ${JSON.stringify(stranger.id)} is asked as "${stranger.as}", who is not in ` +
      `${app.config().access.path}. Name one of its principals or add this one.`,
  );
}

/** Measuring an empty store would only tell that it is empty. */
async function fillStore(app: App, output: Output, signal: AbortSignal): Promise<void> {
  const scope = systemScope('evaluation of an empty store');
  const canaryCount = await app.catalog.countDocuments(scope, { source: canarySource });
  if ((await app.catalog.countDocuments(scope)) > canaryCount) return;
  output.warn('The configured store holds no documents; its sources are ingested first.');
  const report = await app.ingestor.ingest({ signal, onEvent: ingestProgress(output) });
  if (report.added === 0) {
    throw new PerseaError(
      'dataset-invalid',
      'The cases were to be asked over the configured store, but its sources hold no documents. Name the configuration with --config.',
    );
  }
}
