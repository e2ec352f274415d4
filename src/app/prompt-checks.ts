/** Whether each model has its prompts. */
import { counted } from '../core/counts.ts';
import type { Config } from '../config.ts';
import { assignPrompts } from '../prompts/assignments.ts';
import { configuredPrompts } from '../prompts/configured.ts';
import { CheckFailure } from './check.ts';

export function checkPrompts(config: Config): string {
  const registry = configuredPrompts(config);
  const writing = config.models.filter(({ provider, status }) => provider !== 'extractive' && status !== 'retired');
  const { problems } = assignPrompts(
    registry,
    writing.map(({ id }) => id),
  );
  if (problems.length > 0) throw new CheckFailure(problems.map(({ message }) => message).join(' '));
  return `${counted(registry.templates().length, 'prompt')} for ${writing.length === 1 ? '1 model that writes' : `${writing.length} models that write`}`;
}
