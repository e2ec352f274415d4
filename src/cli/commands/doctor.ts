/** `persea doctor`: what works and what does not. */
import { type CommandContext, withApp } from '../context.ts';
import { type ExitStatus, exitStatus } from '../exit-status.ts';

export async function doctor(context: CommandContext): Promise<ExitStatus> {
  const { output } = context;
  const checks = await withApp(context, (app) => app.checks());
  const width = Math.max(...checks.map(({ name }) => name.length));
  output.result({ checks }, () =>
    checks
      .map(({ name, ok, detail }) => {
        const mark = ok ? output.paint('green', 'ok    ') : output.paint('red', 'failed');
        return `${mark}  ${name.padEnd(width)}  ${detail}`;
      })
      .join('\n'),
  );
  return checks.every((check) => check.ok) ? exitStatus.done : exitStatus.failed;
}
