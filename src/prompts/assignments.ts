/** Which models get which prompts, and what stands in the way. */
import { promptPurposes } from '../core/prompt-purposes.ts';
import { type PerseaError, toPerseaError } from '../core/errors.ts';
import type { PromptRegistry } from './registry.ts';

export interface PromptAssignments {
  /** Ids of models by the hash of a prompt that they get. */
  readonly models: ReadonlyMap<string, readonly string[]>;
  /** Files that cannot be used, and choices of the configuration that cannot be kept; each once. */
  readonly problems: readonly PerseaError[];
}

export function assignPrompts(registry: PromptRegistry, modelIds: readonly string[]): PromptAssignments {
  const models = new Map<string, readonly string[]>();
  const problems = new Map(registry.problems().map(({ error }) => [error.message, error]));
  const available = new Set(registry.templates().map(({ purpose }) => purpose));
  for (const purpose of promptPurposes.filter((name) => available.has(name))) {
    for (const modelId of modelIds) {
      try {
        const { hash } = registry.choose(purpose, modelId);
        models.set(hash, [...new Set([...(models.get(hash) ?? []), modelId])]);
      } catch (thrown) {
        const error = toPerseaError(thrown);
        problems.set(error.message, error);
      }
    }
  }
  return { models, problems: [...problems.values()] };
}
