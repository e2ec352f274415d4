/** Whether the language models of the route, and those with a task beside it, can be asked: their dates, and that their keys are there. */
import type { Config, ModelConfig } from '../config.ts';
import { toPerseaError } from '../core/errors.ts';
import { modelState } from '../core/model-lifecycle.ts';
import { type Environment, keyPlaceOf, readConnection } from '../core/server-connection.ts';
import { CheckFailure } from './check.ts';

/** Nothing is sent to a model: to ask one costs money. */
export async function checkLanguageModels(
  config: Pick<Config, 'models' | 'route' | 'answer' | 'retrieval'>,
  today: Date,
  environment: Environment = process.env,
): Promise<string> {
  const statesOf = (ids: readonly string[]) =>
    ids
      .flatMap((id) => config.models.find((model) => model.id === id) ?? [])
      .map((model) => ({ model, ...modelState(model, today) }));
  const states = statesOf(config.route);
  const beside = statesOf(tasksBeside(config));
  const usable = states.filter(({ isUsable }) => isUsable).map(({ model }) => model);
  const notes = [...states, ...beside].flatMap((state) => state.notes);
  const askable = [...usable, ...beside.filter(({ isUsable }) => isUsable).map(({ model }) => model)];
  const problems = (await Promise.all(askable.map((model) => secretProblem(model, environment)))).flat();
  const detail = `${usable.map(({ id, zone }) => `${id} (${zone})`).join(', ') || 'none'} can be asked`;
  if (usable.length === 0 || problems.length > 0) throw new CheckFailure([detail, ...problems, ...notes].join('. '));
  return notes.length === 0 ? detail : `${detail}. Warning: ${notes.join(' ')}`;
}

/** Ids of models that are asked for something else and do not stand in the route. */
function tasksBeside({ route, answer, retrieval }: Pick<Config, 'route' | 'answer' | 'retrieval'>): readonly string[] {
  const named = [answer.judge, ...(retrieval.rerank === 'llm' ? [retrieval.reranker.model] : [])];
  return [...new Set(named.filter((id) => id !== undefined))].filter((id) => !route.includes(id));
}

async function secretProblem(model: ModelConfig, environment: Environment): Promise<readonly string[]> {
  if (model.provider === 'extractive') return [];
  try {
    const apiKey = keyPlaceOf(model);
    const { headers, query } = model;
    await readConnection({ headers, query, ...(apiKey === undefined ? {} : { apiKey }) }, model.id, environment);
    return [];
  } catch (thrown) {
    return [toPerseaError(thrown).message];
  }
}
