/** The configured language models that may be asked today, in the order of the route. */
import type { Config, ModelConfig } from '../config.ts';
import { withCircuitBreaker } from '../llm/circuit-breaker.ts';
import { createExtractiveModel } from '../llm/extractive.ts';
import { withConcurrencyLimit } from '../llm/limited.ts';
import { createOpenAiCompatibleModel } from '../llm/openai-compatible.ts';
import { withRetries } from '../llm/retrying.ts';
import { tokenCounterFor } from '../llm/tokenizers.ts';
import type { RouteModel } from '../query/dependencies.ts';

/** Quotes are short; the number only keeps room in windows, and the extractive model's are unlimited. */
const extractiveOutputTokens = 256;

export function routeModels(config: Config, today: Date, onWarning: (message: string) => void): readonly RouteModel[] {
  return config.route.flatMap((id) => {
    const model = config.models.find((candidate) => candidate.id === id);
    return model === undefined || !isUsable(model, today) ? [] : [routeModel(model, config.limits.queue, onWarning)];
  });
}

/** A retired model or one past its sunset is not asked any more. */
function isUsable(model: ModelConfig, today: Date): boolean {
  const isPastSunset = model.sunset !== undefined && today.toISOString().slice(0, 10) > model.sunset;
  return model.status !== 'retired' && !isPastSunset;
}

function routeModel(model: ModelConfig, queue: number, onWarning: (message: string) => void): RouteModel {
  if (model.provider === 'extractive') {
    const extractive = createExtractiveModel({ id: model.id, maxSentences: model.sentences });
    return { model: extractive, maxOutputTokens: extractiveOutputTokens };
  }
  const { apiKeyEnv, concurrency, tokenizer, ...options } = model;
  const tokens = tokenCounterFor(tokenizer, model.model);
  const remote = createOpenAiCompatibleModel({ ...options, tokens, ...(apiKeyEnv === undefined ? {} : { apiKeyEnv }) });
  // A question that waits for its turn has not failed, and a repeated call takes no second place.
  const patient = withCircuitBreaker(withRetries(remote), { onOpen: onWarning });
  return { model: withConcurrencyLimit(patient, { concurrency, queue }), maxOutputTokens: model.maxOutputTokens };
}
