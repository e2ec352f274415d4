/** `persea ingest --watch`: brings the store in line with the sources, and keeps it so until it is interrupted. */
import type { IngestEvent, IngestReport } from '../../core/ingestor.ts';
import { type CommandContext, withApp, withInterrupt } from '../context.ts';
import { type ExitStatus, exitStatus } from '../exit-status.ts';
import type { Output } from '../output.ts';
import { ingestProgress, provisionProgress } from '../progress.ts';
import { counted, oneLine } from '../text.ts';
import { renderReport } from './ingest.ts';

interface WatchOptions {
  readonly acceptDeletions?: boolean;
}

export async function watch(
  context: CommandContext,
  options: WatchOptions,
  sources: readonly string[],
): Promise<ExitStatus> {
  const { output } = context;
  const run = (signal: AbortSignal) =>
    withApp(
      context,
      async (app) => {
        // Changed labels and rules of the configuration are changes too.
        app.watchFiles();
        const acceptDeletions = options.acceptDeletions === true;
        return app.ingestor.watch({ sources, acceptDeletions, signal, onEvent: watchProgress(output) });
      },
      { onProvision: provisionProgress(output) },
    );
  const report = await withInterrupt(context, run);
  output.result(report, () => `Since the start of the watch:\n${renderReport(report, false, output)}`);
  return exitStatus.done;
}

function watchProgress(output: Output): (event: IngestEvent) => void {
  let progress = ingestProgress(output);
  return (event) => {
    progress(event);
    if (output.isJson) return;
    switch (event.type) {
      case 'watch-start':
        return output.message(`Watching ${counted(event.sources, 'source')}; Ctrl-C ends it.`);
      case 'run-end':
        progress = ingestProgress(output);
        if (hasNews(event.report)) output.message(`${time()} ${renderReport(event.report, false, output)}`);
        return;
      case 'run-failed': {
        const seconds = Math.round(event.retryInMs / 1_000);
        return output.warn(`${time()} ${event.message} (${event.code}) Tried again in ${counted(seconds, 'second')}.`);
      }
      case 'warning':
        return output.warn(event.uri === undefined ? event.message : `${oneLine(event.uri)}: ${event.message}`);
    }
  };
}

function hasNews(report: IngestReport): boolean {
  const { added, updated, moved, relabelled, removed, quarantined } = report;
  return added + updated + moved + relabelled + removed + quarantined.length > 0;
}

function time(): string {
  return new Date().toTimeString().slice(0, 8);
}
