/** What answers are made with, kept for as long as the configuration that names it is the same. */
import { systemScope } from '../access/scope.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { Config } from '../config.ts';
import { OwnFormats } from '../context/formats/own-formats.ts';
import { systemClock } from '../core/async.ts';
import { dayMs } from '../core/dates.ts';
import type { PerseaError } from '../core/errors.ts';
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
import { UsageBook } from './usage-book.ts';

export interface ConfiguredModelsOptions {
  /** The configuration as it is now. */
  readonly config: () => Config;
  readonly catalog: Pick<Catalog, 'assertWritable' | 'recordUsage' | 'usageTotals'>;
  /** In place of the configured ones. */
  readonly models: readonly RouteModel[] | undefined;
  /** Whether the policy names this person now. */
  readonly isKnown: (principalId: string) => boolean;
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
  readonly #usage: UsageBook;

  constructor(options: ConfiguredModelsOptions) {
    this.#options = options;
    this.#made = new MadeModels(options.onWarning);
    this.#usage = new UsageBook({ ...options, clock: systemClock });
    this.#budgets = createBudgetGate(() => options.config().budgets, {
      spentBy: (scope, spenders) => this.#usage.spentBy(scope, spenders),
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
    const onModelFailure = ({ message, details }: PerseaError) => {
      // That a model is left alone was said when that began.
      if (details.isLeftAlone !== true) this.#options.onWarning(message);
    };
    return {
      budgets: this.#budgets,
      recordUsage: (usage) => this.#usage.record(usage),
      onModelFailure,
      clock: systemClock,
    };
  }

  /** Writes down what could not be written until now. */
  close(): Promise<void> {
    return this.#usage.close();
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
