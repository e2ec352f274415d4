/** The app as an evaluation needs it: with the model, with documents where cases are asked, and with progress. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { systemScope } from '../access/scope.ts';
import type { App } from '../app.ts';
import { counted } from '../core/counts.ts';
import { canarySource } from '../core/canary.ts';
import { PerseaError } from '../core/errors.ts';
import type { Dataset, EvaluationCase } from '../eval/dataset.ts';
import type { ModelFailures } from '../eval/model-failures.ts';
import { documentsOutsideCorpus } from '../eval/ranked-documents.ts';
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
): Promise<T> {
  const { output } = context;
  const cases = dataset.kind === 'cases' ? dataset.cases : null;
  const ownConfig = join(folder, 'persea.yaml');
  const configPath = context.configPath ?? (cases !== null && existsSync(ownConfig) ? ownConfig : undefined);
  return withApp(
    { ...context, ...(configPath === undefined ? {} : { configPath }) },
    (app) =>
      withInterrupt(context, async (signal) => {
        if (cases !== null) {
          refuseUnknownPeople(app, cases, folder);
          await fillStore(app, output, signal);
        }
        return use(app, signal);
      }),
    { mayPullModels: true, onProvision: provisionProgress(output) },
  );
}

export function questionProgress(output: Output): (done: number, total: number) => void {
  const line = new ProgressLine(output);
  const startedAt = performance.now();
  return (done, total) => {
    if (output.isJson) return output.message(JSON.stringify({ type: 'question-end', done, total }));
    line.draw(() => `${done}/${counted(total, 'question')}, ${Math.round((performance.now() - startedAt) / 1000)} s`);
/** Indexing shows on a terminal alone: programs read of questions. */
export function indexingProgress(output: Output): (done: number, total: number) => void {
  const line = new ProgressLine(output);
  return (done, total) => line.draw(() => `${done}/${counted(total, 'document')} indexed`);
}

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

/** A measure that cannot reach 1, whatever is found, should say why. */
export function warnOfDocumentsOutside(output: Output, dataset: Dataset): void {
  const outside = dataset.kind === 'retrieval' ? documentsOutsideCorpus(dataset) : [];
  if (outside.length === 0) return;
  const named = outside.slice(0, shownDocuments).map((id) => JSON.stringify(oneLine(id)));
  output.warn(
    `${counted(outside.length, 'relevant document')} not in corpus.jsonl: ${named.join(', ')}${outside.length > shownDocuments ? ', …' : ''}. They count as not found. Are the ids the same in both files?`,
  );
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
