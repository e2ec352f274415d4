/** The prompts as the configuration has them: the company's folder, and which prompt serves which purpose and model. */
import type { Config } from '../config.ts';
import { familyOfModel } from '../core/prompt-purposes.ts';
import { createPromptRegistry, type PromptRegistry } from './registry.ts';

export function configuredPrompts(config: Pick<Config, 'models' | 'prompts'>): PromptRegistry {
  const { dir, ...all } = config.prompts;
  const models = config.models.map((model) => {
    if (model.provider === 'extractive') return [model.id, { family: null, prompts: {} }] as const;
    const { id, family = familyOfModel(model.model), prompts } = model;
    return [id, { family, prompts }] as const;
  });
  return createPromptRegistry({ ownDirectory: dir, choices: { all, models: new Map(models) } });
}
