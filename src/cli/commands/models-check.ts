/** `persea models check`: whether language models can be reached, each asked one word. */
import { probeModels } from '../../app.ts';
import { loadConfig } from '../../config.ts';
import { type CommandContext, withInterrupt } from '../context.ts';
import { type ExitStatus, exitStatus } from '../exit-status.ts';
import { alignedTable, printable } from '../text.ts';

export async function checkModels(context: CommandContext, id: string | undefined): Promise<ExitStatus> {
  const { output, configPath } = context;
  const config = loadConfig(configPath === undefined ? {} : { path: configPath });
  const probes = await withInterrupt(context, (signal) => probeModels(config, { id, signal }));
  const models = probes.map(({ isOk, ...probe }) => ({ ...probe, ok: isOk }));
  output.result({ models }, () =>
    models.length === 0
      ? 'No language model is configured that may be asked, so there is nothing to check.'
      : printable(
          alignedTable(
            models.map(({ id, zone, ok, detail, ms, inputTokens, outputTokens }) => [
              ok ? 'ok' : 'failed',
              id,
              `zone ${zone}`,
              `${ms} ms`,
              ok ? `${detail} (${inputTokens} tokens in, ${outputTokens} out)` : detail,
            ]),
          ),
        ),
  );
  return models.every(({ ok }) => ok) ? exitStatus.done : exitStatus.failed;
}
