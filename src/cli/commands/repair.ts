/** `persea repair`: derives the index anew from the catalogue, when `doctor` says that it is damaged. */
import { counted } from '../../core/counts.ts';
import { type CommandContext, withApp, withInterrupt } from '../context.ts';
import type { ExitStatus } from '../exit-status.ts';
import { exitStatus } from '../exit-status.ts';
import { ingestProgress, provisionProgress } from '../progress.ts';

export async function repair(context: CommandContext): Promise<ExitStatus> {
  const { output } = context;
  const onEvent = ingestProgress(output);
  const report = await withInterrupt(context, (signal) =>
    withApp(context, (app) => app.ingestor.repair({ signal, waitMs: Number.POSITIVE_INFINITY, onEvent }), {
      onProvision: provisionProgress(output),
    }),
  );
  output.result(report, () => {
    const { documents, chunks, tokens, seconds } = report;
    return `Derived the index anew: ${counted(documents, 'document')}, canaries included, ${counted(chunks, 'chunk')}, ${counted(tokens, 'token')} embedded, ${seconds.toFixed(1)} s.`;
  });
  return exitStatus.done;
}
