/** What answers are made with, kept for as long as the configuration that names it is the same. */
import { systemScope } from '../access/scope.ts';
import type { Catalog, UsageRecord } from '../catalog/catalog.ts';
import type { Config } from '../config.ts';
import { OwnFormats } from '../context/formats/own-formats.ts';
import { systemClock } from '../core/async.ts';
import { dayMs } from '../core/dates.ts';
import { type PerseaError, toPerseaError } from '../core/errors.ts';
import { configuredPrompts } from '../prompts/configured.ts';
import type { LanguageModel } from '../llm/language-model.ts';
import type { PromptRegistry } from '../prompts/registry.ts';
import { type BudgetGate, createBudgetGate } from '../query/budget.ts';
import type { CallRecords } from '../query/calls.ts';
import type { RouteModel } from '../query/dependencies.ts';
import type { Judge } from '../query/judging.ts';
import {
  configuredJudge,
  configuredRanker,
  MadeModels,
  modelFinder,
  ownRouteModels,
  routeModels,
} from './language-models.ts';

export interface ConfiguredModelsOptions {
  /** The configuration as it is now. */
  readonly config: () => Config;
  readonly catalog: Pick<Catalog, 'recordUsage' | 'usageTotals'>;
  /** In place of the configured ones. */
  readonly models: readonly RouteModel[] | undefined;
  readonly onWarning: (message: string) => void;
}

interface Routed {
  readonly config: Config;
  readonly day: number;
  readonly route: readonly RouteModel[];
  readonly judge: Judge | null;
  readonly ranker: LanguageModel | null;
}

export class ConfiguredModels {
  readonly #options: ConfiguredModelsOptions;
  readonly #made: MadeModels;
  #routed: Routed | undefined;
  #formats: { readonly directory: string; readonly own: OwnFormats } | undefined;
  #prompts: { readonly config: Config; readonly registry: PromptRegistry } | undefined;
  /** One for all configurations, because it knows what is held back for questions under way. */
  readonly #budgets: BudgetGate;
  /** One warning for a failure that lasts, until it is over. */
  #isLosingUsage = false;

  constructor(options: ConfiguredModelsOptions) {
    this.#options = options;
    this.#made = new MadeModels(options.onWarning);
    this.#budgets = createBudgetGate(() => options.config().budgets, {
      catalog: options.catalog,
      systemScope: systemScope('hold questions against budgets'),
      clock: systemClock,
    });
  }

  route(): readonly RouteModel[] {
    return this.#current().route;
  }

  judge(): Judge | null {
    return this.#current().judge;
  }

  /** Null where none is configured, or where it may not be asked any more. */
  ranker(): LanguageModel | null {
    return this.#current().ranker;
  }

  prompts(): PromptRegistry {
    const config = this.#options.config();
    if (this.#prompts?.config !== config) this.#prompts = { config, registry: configuredPrompts(config) };
    return this.#prompts.registry;
  }

  formats(): OwnFormats {
    const { formatsDir } = this.#options.config().context;
    if (this.#formats?.directory !== formatsDir) {
      this.#formats = { directory: formatsDir, own: new OwnFormats(formatsDir) };
    }
    return this.#formats.own;
  }

  /** What calls to models are held against, where they are recorded, and who is told of those that fail. */
  accounts(): CallRecords {
    const recordUsage = (usage: UsageRecord) => this.#recordUsage(usage);
    const onModelFailure = ({ message, details }: PerseaError) => {
      // That a model is left alone was said when that began.
      if (details.isLeftAlone !== true) this.#options.onWarning(message);
    };
    return { budgets: this.#budgets, recordUsage, onModelFailure, clock: systemClock };
  }

  /** Throws where something was spent that budgets would not know of; else an answer is worth more than its record. */
  async #recordUsage(usage: UsageRecord): Promise<void> {
    try {
      await this.#options.catalog.recordUsage(usage);
      this.#isLosingUsage = false;
    } catch (thrown) {
      if (usage.inputTokens + usage.outputTokens > 0 || usage.costUsd > 0) throw thrown;
      if (!this.#isLosingUsage)
        this.#options.onWarning(`The usage of a question could not be recorded: ${toPerseaError(thrown).message}`);
      this.#isLosingUsage = true;
    }
  }

  /** Made anew for another configuration, and at the next day, when a sunset is noticed. */
  #current(): Routed {
    const { models } = this.#options;
    const config = this.#options.config();
    const today = new Date(systemClock.now());
    const day = Math.floor(today.getTime() / dayMs);
    if (this.#routed?.config !== config || this.#routed.day !== day) {
      const route = models === undefined ? routeModels(config, today, this.#made) : ownRouteModels(models, config);
      const find = modelFinder(config, route, today, this.#made);
      const [judge, ranker] = [configuredJudge(config, find), configuredRanker(config, route, find)];
      this.#routed = { config, day, route, judge, ranker };
    }
    return this.#routed;
  }
}
