/** The configured language models that may be asked today, in the order of the route. */
import type { Config, ModelConfig } from '../config.ts';
import { withCircuitBreaker } from '../llm/circuit-breaker.ts';
import { createExtractiveModel } from '../llm/extractive.ts';
import type { LanguageModel } from '../llm/language-model.ts';
import { withConcurrencyLimit } from '../llm/limited.ts';
import { createOpenAiCompatibleModel } from '../llm/openai-compatible.ts';
import { withRedaction } from '../llm/redacted.ts';
import { withRetries } from '../llm/retrying.ts';
import type { RouteModel } from '../query/dependencies.ts';
import { redactionFor } from './redaction.ts';

/** Quotes are short; the number only keeps room in windows, and the extractive model's are unlimited. */
const extractiveOutputTokens = 256;

export function routeModels(config: Config, today: Date, onWarning: (message: string) => void): readonly RouteModel[] {
  return config.route.flatMap((id) => {
    const model = config.models.find((candidate) => candidate.id === id);
    return model === undefined || !isUsable(model, today) ? [] : [routeModel(model, config, onWarning)];
  });
}

/** A retired model or one past its sunset is not asked any more. */
function isUsable(model: ModelConfig, today: Date): boolean {
  const isPastSunset = model.sunset !== undefined && today.toISOString().slice(0, 10) > model.sunset;
  return model.status !== 'retired' && !isPastSunset;
}

/** Models of a program's own are asked under the same rules as configured ones. */
export function ownRouteModels(models: readonly RouteModel[], config: Config): readonly RouteModel[] {
  return models.map((entry) => ({ ...entry, model: redactedFor(entry.model, config) }));
}

function redactedFor(model: LanguageModel, config: Config): LanguageModel {
  const redaction = redactionFor(config, model.zone);
  return redaction === null ? model : withRedaction(model, redaction);
}

function routeModel(model: ModelConfig, config: Config, onWarning: (message: string) => void): RouteModel {
  if (model.provider === 'extractive') {
    const extractive = createExtractiveModel({ id: model.id, maxSentences: model.sentences });
    return { model: extractive, maxOutputTokens: extractiveOutputTokens };
  }
  const { apiKeyEnv, concurrency, ...options } = model;
  const remote = createOpenAiCompatibleModel({ ...options, ...(apiKeyEnv === undefined ? {} : { apiKeyEnv }) });
  // A question that waits for its turn has not failed, and a repeated call takes no second place.
  const patient = withCircuitBreaker(withRetries(redactedFor(remote, config)), { onOpen: onWarning });
  return {
    model: withConcurrencyLimit(patient, { concurrency, queue: config.limits.queue }),
    maxOutputTokens: model.maxOutputTokens,
  };
}
