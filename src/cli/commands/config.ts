/** `persea config schema`: what may stand in persea.yaml, for editors that check and complete it. */
import { configJsonSchema } from '../../config.ts';
import type { CommandContext } from '../context.ts';

export async function printSchema(context: CommandContext): Promise<undefined> {
  const schema = configJsonSchema();
  context.output.result(schema, () => JSON.stringify(schema, null, 2));
  return undefined;
}
