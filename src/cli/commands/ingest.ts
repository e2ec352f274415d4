/** `persea ingest`: brings the store in line with the sources. */
import { counted } from '../../core/counts.ts';
import { PerseaError } from '../../core/errors.ts';
import type { IngestReport } from '../../core/ingestor.ts';
import { type CommandContext, parseWhole, withApp, withInterrupt } from '../context.ts';
import { type ExitStatus, exitStatus } from '../exit-status.ts';
import { renderReport, showWarnings } from '../ingest-report.ts';
import { ingestProgress, provisionProgress } from '../progress.ts';
import { oneLine } from '../text.ts';

interface IngestOptions {
  readonly watch?: boolean;
  readonly dryRun?: boolean;
  readonly prune?: boolean;
  readonly acceptDeletions?: boolean;
  /** Seconds as text; false for not at all; true or absent for as long as it takes. */
  readonly wait?: string | boolean;
}

export async function ingest(
  context: CommandContext,
  options: IngestOptions,
  sources: readonly string[],
): Promise<ExitStatus> {
  const { output } = context;
  if (options.watch === true) return watch(context, options, sources);
  let looked: readonly string[] = [];
  const run = (signal: AbortSignal) =>
    withApp(
      context,
      async (app) => {
        const configured = app.config().sources;
        looked = configured
          .filter(({ name }) => sources.length === 0 || sources.includes(name))
          .map(({ name, path }) => `${name} (${path})`);
        if (configured.length === 0)
          output.warn('There are no sources in the configuration, so there is nothing to ingest.');
        return app.ingestor.ingest({
          sources,
          isDryRun: options.dryRun === true,
          prune: options.prune === true,
          acceptDeletions: options.acceptDeletions === true,
          waitMs: waitMsOf(options.wait),
          signal,
          onEvent: ingestProgress(output),
        });
      },
      { onProvision: provisionProgress(output) },
    );
  const report = await withInterrupt(context, run);
  showWarnings(report, output);
  output.result(report, () => renderReport(report, output, looked));
  const isMaintained = report.warnings.every(({ code }) => code !== 'maintenance-failed');
  return report.quarantined.length === 0 && isMaintained ? exitStatus.done : exitStatus.doneInPart;
}

async function watch(context: CommandContext, options: IngestOptions, sources: readonly string[]): Promise<ExitStatus> {
  const { output } = context;
  if (options.dryRun === true || options.prune === true) {
    throw new PerseaError('usage-invalid', '--watch goes on and on: it takes neither --dry-run nor --prune beside it.');
  }
  const total = { runs: 0, added: 0, updated: 0, moved: 0, relabelled: 0, removed: 0, failedRuns: 0 };
  const onReport = (report: IngestReport) => {
    total.runs += 1;
    for (const outcome of watchedOutcomes) total[outcome] += report[outcome];
    showWarnings(report, output);
    for (const { uri, code, message } of report.quarantined) output.warn(`${oneLine(uri)}: ${message} (${code})`);
    const counts = watchedOutcomes.filter((outcome) => report[outcome] > 0);
    if (output.isJson || counts.length === 0) return;
    const time = new Date().toLocaleTimeString('en-GB');
    output.message(`${time}  ${counts.map((outcome) => `${report[outcome]} ${outcome}`).join(', ')}`);
  };
  await withInterrupt(context, (signal) =>
    withApp(
      context,
      (app) => {
        // Changed labels and rules of the configuration are changes too.
        app.watchFiles();
        return app.ingestor.watch({
          sources,
          acceptDeletions: options.acceptDeletions === true,
          signal,
          onReport,
          onReady: () =>
            output.message(
              output.isJson ? JSON.stringify({ type: 'watch-ready' }) : 'Watching the sources; Ctrl-C ends it.',
            ),
          onProblem: (error) => {
            total.failedRuns += 1;
            output.warn(`${error.message} (${error.code}); trying again.`);
          },
          onEvent: ingestProgress(output),
        });
      },
      { onProvision: provisionProgress(output) },
    ),
  );
  output.result(total, () => `Ended after ${counted(total.runs, 'run')}.`);
  return exitStatus.done;
}

const watchedOutcomes = ['added', 'updated', 'moved', 'relabelled', 'removed'] as const;

function waitMsOf(wait: string | boolean | undefined): number {
  if (wait === false) return 0;
  const seconds = typeof wait === 'string' ? parseWhole(wait, '--wait', 0) : undefined;
  return seconds === undefined ? Number.POSITIVE_INFINITY : seconds * 1_000;
}
