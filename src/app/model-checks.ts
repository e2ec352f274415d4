/** Whether the language models of the route can be asked: their dates, and that their keys are there. */
import type { Config, ModelConfig } from '../config.ts';
import { toPerseaError } from '../core/errors.ts';
import { modelState } from '../core/model-lifecycle.ts';
import { type Environment, readSecret, readSettings } from '../llm/secret-values.ts';
import { CheckFailure } from './check.ts';
import { keyPlaceOf } from './language-models.ts';

/** Nothing is sent to a model: to ask one costs money. */
export async function checkLanguageModels(
  config: Pick<Config, 'models' | 'route'>,
  today: Date,
  environment: Environment = process.env,
): Promise<string> {
  const route = config.route.flatMap((id) => config.models.find((model) => model.id === id) ?? []);
  const states = route.map((model) => ({ model, ...modelState(model, today) }));
  const usable = states.filter(({ isUsable }) => isUsable).map(({ model }) => model);
  const notes = states.flatMap((state) => state.notes);
  const problems = (await Promise.all(usable.map((model) => secretProblem(model, environment)))).flat();
  const detail = `${usable.map(({ id, zone }) => `${id} (${zone})`).join(', ') || 'none'} can be asked`;
  if (usable.length === 0 || problems.length > 0) throw new CheckFailure([detail, ...problems, ...notes].join('. '));
  return notes.length === 0 ? detail : `${detail}. Warning: ${notes.join(' ')}`;
}

async function secretProblem(model: ModelConfig, environment: Environment): Promise<readonly string[]> {
  if (model.provider === 'extractive') return [];
  try {
    const key = keyPlaceOf(model);
    if (key !== undefined) await readSecret(key, model.id, 'its key', environment);
    await readSettings(model.headers, model.id, 'header', environment);
    await readSettings(model.query, model.id, 'query parameter', environment);
    return [];
  } catch (thrown) {
    return [toPerseaError(thrown).message];
  }
}
