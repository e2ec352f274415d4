/** The configured language models that may be asked today, in the order of the route. */
import type { Config, ModelConfig } from '../config.ts';
import { modelState } from '../core/model-lifecycle.ts';
import { keyPlaceOf } from '../core/server-connection.ts';
import { createAnthropicModel } from '../llm/anthropic.ts';
import { withCircuitBreaker } from '../llm/circuit-breaker.ts';
import { createExtractiveModel } from '../llm/extractive.ts';
import type { LanguageModel } from '../llm/language-model.ts';
import { withConcurrencyLimit } from '../llm/limited.ts';
import { createOpenAiCompatibleModel } from '../llm/openai-compatible.ts';
import { withRedaction } from '../llm/redacted.ts';
import type { RemoteModelOptions } from '../llm/remote-model.ts';
import { withRetries } from '../llm/retrying.ts';
import { tokenCounterFor } from '../llm/tokenizers.ts';
import type { RouteModel } from '../query/dependencies.ts';
import type { Judge } from '../query/judging.ts';
import { redactionFor } from './redaction.ts';

/** Quotes are short; the number only keeps room in windows, and the extractive model's are unlimited. */
const extractiveOutputTokens = 256;

/**
 * The models that were made, by id: one whose settings are the same stays what it is when the configuration is read anew, so that its
 * bounds hold for the questions under way, too, and it is still left alone if it was.
 */
export class MadeModels {
  readonly #made = new Map<string, { readonly settings: string; readonly entry: RouteModel }>();
  readonly #onWarning: (message: string) => void;

  constructor(onWarning: (message: string) => void) {
    this.#onWarning = onWarning;
  }

  /** Null for one that may not be asked any more, which the operator is told. */
  usable(model: ModelConfig, config: Config, today: Date): RouteModel | null {
    const { isUsable, notes } = modelState(model, today);
    for (const note of notes) this.#onWarning(note);
    if (!isUsable) return null;
    const settings = JSON.stringify([model, config.limits.queue, redactionFor(config, model.zone)?.fingerprint]);
    const known = this.#made.get(model.id);
    if (known?.settings === settings) return known.entry;
    const entry = routeModel(model, config, this.#onWarning);
    this.#made.set(model.id, { settings, entry });
    return entry;
  }
}

export function routeModels(config: Config, today: Date, made: MadeModels): readonly RouteModel[] {
  const inRoute = config.route.flatMap((id) => config.models.find((candidate) => candidate.id === id) ?? []);
  return inRoute.flatMap((model) => made.usable(model, config, today) ?? []);
}

/** Finds a model for a task beside answering. */
export type FindModel = (id: string | undefined) => LanguageModel | null;

/**
 * The one of the route where it stands there, and beside it one for all tasks, so that they share its bounds and what is known of it; null
 * for one that may not be asked any more.
 */
export function modelFinder(config: Config, route: readonly RouteModel[], today: Date, made: MadeModels): FindModel {
  const beside = new Map<ModelConfig, LanguageModel | null>();
  return (id) => {
    const ofRoute = route.find(({ model }) => model.id === id);
    if (ofRoute !== undefined) return ofRoute.model;
    const configured = config.models.find((candidate) => candidate.id === id);
    if (configured === undefined) return null;
    const known = beside.get(configured);
    if (known !== undefined) return known;
    const model = made.usable(configured, config, today)?.model ?? null;
    beside.set(configured, model);
    return model;
  };
}

/** The model that looks at claims in doubt; null where none is configured. */
export function configuredJudge({ answer: { judge, judgeClaims }, models }: Config, find: FindModel): Judge | null {
  const model = find(judge);
  if (model === null) return null;
  const configured = models.find(({ id }) => id === judge);
  return {
    model,
    inDoubt: judgeClaims === 'unquoted' ? ['none', 'partial', 'entailed'] : ['none', 'partial'],
    ...(configured === undefined ? {} : { parameters: JSON.stringify(configured) }),
  };
}

/** The model that puts passages in order: the configured one, else the first of the route that writes, else any that does. */
export function configuredRanker(
  { retrieval: { rerank, reranker }, models }: Config,
  route: readonly RouteModel[],
  find: FindModel,
): LanguageModel | null {
  if (rerank !== 'llm') return null;
  if (reranker.model !== undefined) return find(reranker.model);
  const writes = ({ provider }: { readonly provider: string }) => provider !== 'extractive';
  const ofRoute = route.map(({ model }) => model).find(writes);
  if (ofRoute !== undefined) return ofRoute;
  for (const { id } of models.filter((entry) => writes(entry) && entry.status !== 'retired')) {
    const model = find(id);
    if (model !== null) return model;
  }
  return null;
}

/** Quotes where no model of the route answers; its id is that of no configured model, unless that one is extractive. */
export function lastResort(config: Config): RouteModel | null {
  return config.answer.whenModelsFail === 'extractive'
    ? { model: createExtractiveModel(), maxOutputTokens: extractiveOutputTokens }
    : null;
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
  const { concurrency, maxOutputTokens } = model;
  const create = model.provider === 'anthropic' ? createAnthropicModel : createOpenAiCompatibleModel;
  // A question that waits for its turn has not failed, and a repeated call takes no second place.
  const patient = withCircuitBreaker(withRetries(redactedFor(create(remoteOptions(model)), config)), {
    onOpen: onWarning,
  });
  return {
    model: withConcurrencyLimit(patient, { concurrency, queue: config.limits.queue }),
    maxOutputTokens,
    parameters: JSON.stringify(model),
  };
}

function remoteOptions(model: Exclude<ModelConfig, { readonly provider: 'extractive' }>): RemoteModelOptions {
  const apiKey = keyPlaceOf(model);
  return {
    ...model,
    tokens: tokenCounterFor(model.tokenizer, model.model),
    ...(apiKey === undefined ? {} : { apiKey }),
  };
}
