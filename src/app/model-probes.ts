/** Asks language models one word, so that whoever connects one sees at once what is wrong. It costs some tokens of each. */
import type { Config } from '../config.ts';
import { deadlineIn, systemClock } from '../core/async.ts';
import { isAbortError, PerseaError, toPerseaError } from '../core/errors.ts';
import { sha256Hex } from '../core/ids.ts';
import { modelState } from '../core/model-lifecycle.ts';
import type { Zone } from '../core/zones.ts';
import { sealPrompt } from '../egress/sealed-prompt.ts';
import type { LanguageModel } from '../llm/language-model.ts';
import { MadeModels, modelFinder } from './language-models.ts';

export interface ModelProbe {
  readonly id: string;
  readonly zone: Zone;
  readonly isOk: boolean;
  /** What it did, or what is wrong and what to do. */
  readonly detail: string;
  readonly ms: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
}

const system = 'You are asked whether you can be reached. Reply with one word.';
const user = 'Reply with the word: ready';
/** The least that servers take. */
const maxOutputTokens = 16;

/**
 * Of the model with this id, else of all that write and may be asked today. Failures are results.
 *
 * @throws PerseaError `unknown-model` for an id that is not configured or is of a model that only quotes; `aborted`
 */
export async function probeModels(
  config: Config,
  { id, signal }: { readonly id?: string | undefined; readonly signal?: AbortSignal } = {},
): Promise<readonly ModelProbe[]> {
  const today = new Date(systemClock.now());
  const writers = config.models.filter(({ provider }) => provider !== 'extractive');
  const named = writers.filter((model) => (id === undefined ? modelState(model, today).isUsable : model.id === id));
  if (id !== undefined && named.length === 0) {
    const ids = writers.map((model) => model.id).join(', ') || 'none';
    throw new PerseaError('unknown-model', `There is no model "${id}" that writes; there are: ${ids}.`);
  }
  // Also one that is retired, if it is named: somebody wants to know.
  const current = named.map((model) => ({ ...model, status: 'active' as const, sunset: undefined }));
  const find = modelFinder({ ...config, models: current }, [], today, new MadeModels(() => undefined));
  const found = current.flatMap((model) => find(model.id) ?? []);
  return Promise.all(found.map((model) => probe(model, config, signal)));
}

async function probe(model: LanguageModel, config: Config, signal: AbortSignal | undefined): Promise<ModelProbe> {
  const hash = `sha256:${sha256Hex(system + user)}`;
  const prompt = sealPrompt({ id: 'probe', version: '1', hash, system, user }, [], config.egress);
  const request = {
    question: user,
    prompt,
    maxOutputTokens,
    window: { format: 'none', items: [], text: '', tokens: 0, omitted: [] },
    evidence: { sentences: [], features: {}, fingerprint: '' },
    deadline: deadlineIn(config.answer.deadlineMs),
    ...(signal === undefined ? {} : { signal }),
  };
  const startedAt = performance.now();
  const { id, zone } = model;
  const ended = (isOk: boolean, detail: string, { inputTokens = 0, outputTokens = 0 } = {}): ModelProbe => {
    return { id, zone, isOk, detail, ms: Math.round(performance.now() - startedAt), inputTokens, outputTokens };
  };
  let hasText = false;
  let used: { readonly inputTokens?: number; readonly outputTokens?: number; readonly isEstimated?: true } = {};
  try {
    for await (const event of model.generate(request)) {
      if (event.type === 'finish') used = event;
      else hasText ||= event.text.trim() !== '';
    }
  } catch (thrown) {
    if (signal?.aborted === true || isAbortError(thrown)) throw toPerseaError(thrown);
    return ended(false, toPerseaError(thrown).message);
  }
  const said = hasText
    ? 'answers'
    : `can be reached, and said nothing in ${maxOutputTokens} tokens: it may think first`;
  return ended(true, used.isEstimated ? `${said}; its server tells no tokens, so they are estimated` : said, used);
}
