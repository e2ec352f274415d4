/** The composition root: a configuration becomes implementations, and they become one `App` that the front doors use. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { AccessPolicy } from './access/policy.ts';
import type { Principal } from './access/principal.ts';
import { type AccessScope, scopeOf, systemScope } from './access/scope.ts';
import { type Check, runChecks } from './app/checks.ts';
import { type EmbeddingIdentity, embeddingIdentity, identityOf, openEmbedder, withCache } from './app/embedding.ts';
import { activeIndex, type IndexTable, indexTableFor } from './app/index-table.ts';
import { routeModels } from './app/language-models.ts';
import { LiveFiles } from './app/live-files.ts';
import { createWriter } from './app/writer.ts';
import type { Catalog } from './catalog/catalog.ts';
import { openSqliteCatalog } from './catalog/sqlite.ts';
import type { Config } from './config.ts';
import type { Answer } from './core/answer.ts';
import { systemClock } from './core/async.ts';
import { PerseaError } from './core/errors.ts';
import type { Ingestor } from './core/ingestor.ts';
import type { CachedEmbedder } from './embedding/cached.ts';
import type { Embedder } from './embedding/embedder.ts';
import type { EvaluationTools } from './eval/run.ts';
import type { ProvisionEvent } from './models/provision.ts';
import { createPromptRegistry, type PromptRegistry } from './prompts/registry.ts';
import { type AskDependencies, ask, askStream, type RouteModel } from './query/ask.ts';
import type { AskEvent, AskRequest } from './query/question.ts';
import { type SearchOptions, type SearchRequest, type SearchResult, search } from './query/search.ts';
import { createHybridRetriever } from './retrieval/hybrid.ts';
import { createSentenceScorer } from './retrieval/sentence-scorer.ts';
import { denseWeightOf } from './retrieval/visible-ranking.ts';
import type { ChunkStore } from './store/chunk-store.ts';
import { openLanceChunkStore } from './store/lancedb.ts';

export type { Check } from './app/checks.ts';

export interface RequestOptions {
  readonly signal?: AbortSignal;
  /** Of the request that asks, so that its log and its answer bear the same one. */
  readonly traceId?: string;
}

export interface App {
  /** In force now: a running server takes a changed, valid file. */
  config(): Config;
  policy(): AccessPolicy;
  /** Why the files as they are now were refused; null while they are in force. */
  configProblem(): string | null;
  /** Documents, keys and usage; every read demands a scope. */
  readonly catalog: Catalog;
  /** Throws `unknown-principal`. */
  principal(id: string): Principal;
  scopeFor(principal: Principal): Promise<AccessScope>;
  search(scope: AccessScope, request: SearchRequest, options?: SearchOptions): Promise<SearchResult>;
  ask(scope: AccessScope, request: AskRequest, options?: RequestOptions): Promise<Answer>;
  askStream(scope: AccessScope, request: AskRequest, options?: RequestOptions): AsyncIterable<AskEvent>;
  /** Takes the writer's lease of the data folder for as long as it works. */
  readonly ingestor: Ingestor;
  /** What `doctor` reports; the quick ones are also what `/readyz` reports. */
  checks(options?: { readonly isQuick?: boolean }): Promise<readonly Check[]>;
  /** For `persea eval`: the operator's own tools, which ask as anybody. */
  evaluation(): Promise<EvaluationTools>;
  /** Takes changed configuration and policy files from now on. */
  watchFiles(): void;
  close(): Promise<void>;
}

export interface OpenAppOptions {
  /** `./persea.yaml` when absent, else defaults. */
  readonly configPath?: string;
  /** Where the default configuration is looked for; the working directory when absent. */
  readonly directory?: string;
  /** Whether the embedding model may be fetched when a question comes; ingest always may. */
  readonly mayPullModels?: boolean;
  /** Starts the embedding model at once, because a question is sure to come. */
  readonly isWarm?: boolean;
  /** One of your own instead of the configured one; closing it stays yours. */
  readonly embedder?: Embedder;
  /** Of your own instead of the configured ones, in the order of the route. */
  readonly models?: readonly RouteModel[];
  readonly onWarning?: (message: string) => void;
  readonly onProvision?: (event: ProvisionEvent) => void;
}

/**
 * `const app = await openApp(); const scope = await app.scopeFor(app.principal('alice')); await app.ask(scope, { question });`
 *
 * Throws `config-not-found`, `config-invalid`, `access-invalid`.
 */
export async function openApp(options: OpenAppOptions = {}): Promise<App> {
  const onWarning = options.onWarning ?? ((message: string) => process.emitWarning(message));
  const files = new LiveFiles({ ...options, onWarning });
  const { dataDir } = files.config;
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const identity =
    options.embedder === undefined ? await embeddingIdentity(files.config) : identityOf(options.embedder);
  const catalog = await openSqliteCatalog({ path: join(dataDir, 'catalog.db') });
  return new PerseaApp(files, catalog, identity, { ...options, onWarning });
}

interface EmbedderNeed {
  /** Whether its files may be fetched now. */
  readonly mayPull: boolean;
  /** Whether a text is sure to come. */
  readonly isWarm: boolean;
}

class PerseaApp implements App {
  readonly catalog: Catalog;
  readonly ingestor: Ingestor;
  readonly #files: LiveFiles;
  readonly #dataDir: string;
  readonly #identity: EmbeddingIdentity;
  readonly #configured: IndexTable;
  readonly #onWarning: (message: string) => void;
  readonly #openEmbedder: (how: EmbedderNeed) => Promise<CachedEmbedder | null>;
  readonly #mayPullModels: boolean;
  readonly #ownModels: readonly RouteModel[] | undefined;
  readonly #stores = new Map<string, Promise<ChunkStore>>();
  #embedder: Promise<CachedEmbedder | null> | undefined;
  #models: { readonly config: Config; readonly day: number; readonly route: readonly RouteModel[] } | undefined;
  #prompts: { readonly directory: string; readonly registry: PromptRegistry } | undefined;
  #labels: { readonly version: number; readonly labels: Awaited<ReturnType<Catalog['labels']>> } | undefined;

  constructor(
    files: LiveFiles,
    catalog: Catalog,
    identity: EmbeddingIdentity,
    options: OpenAppOptions & { readonly onWarning: (message: string) => void },
  ) {
    const { config } = files;
    this.#files = files;
    this.catalog = catalog;
    this.#dataDir = config.dataDir;
    this.#identity = identity;
    this.#configured = indexTableFor(identity);
    this.#onWarning = options.onWarning;
    this.#mayPullModels = options.mayPullModels ?? false;
    this.#ownModels = options.models;
    const { onWarning, onProvision, embedder } = options;
    this.#openEmbedder = async (how) =>
      embedder === undefined
        ? openEmbedder(config, { ...how, onWarning, ...(onProvision === undefined ? {} : { onProvision }) })
        : withCache({ ...embedder, close: async () => undefined }, config, onWarning);
    // The model's thread starts while the store is still being opened: the larger half of a cold question.
    if (options.isWarm === true) this.#embedderFor({ mayPull: this.#mayPullModels, isWarm: true });
    this.ingestor = createWriter({
      catalog,
      config: () => this.#files.config,
      dataDir: this.#dataDir,
      configured: this.#configured,
      openStore: (table, store) => this.#openStore(table, store),
      embedder: () => this.#embedderFor({ mayPull: true, isWarm: false }),
    });
  }

  config(): Config {
    return this.#files.config;
  }

  policy(): AccessPolicy {
    return this.#files.policy;
  }

  configProblem(): string | null {
    return this.#files.problem;
  }

  principal(id: string): Principal {
    const principal = this.policy().principal(id);
    if (principal !== undefined) return principal;
    throw new PerseaError(
      'unknown-principal',
      `Tried to act as "${id}", who is not in ${this.config().access.path}. Name one of its principals or add this one.`,
    );
  }

  async scopeFor(principal: Principal): Promise<AccessScope> {
    const system = systemScope('resolve a scope');
    const version = await this.catalog.version(system);
    if (this.#labels?.version !== version) this.#labels = { version, labels: await this.catalog.labels(system) };
    return scopeOf(principal, this.#labels.labels);
  }

  async search(scope: AccessScope, request: SearchRequest, options: SearchOptions = {}): Promise<SearchResult> {
    const { limits, retrieval } = this.config();
    const { retriever, warnings } = await this.#reader();
    const settings = { questionCharacters: limits.questionCharacters, topK: retrieval.topK, maxTopK: limits.topK };
    const result = await search({ retriever, settings }, scope, request, options);
    return { ...result, warnings: [...warnings, ...result.warnings] };
  }

  async ask(scope: AccessScope, request: AskRequest, options: RequestOptions = {}): Promise<Answer> {
    return ask(await this.#askDependencies(), scope, request, options);
  }

  async *askStream(scope: AccessScope, request: AskRequest, options: RequestOptions = {}): AsyncIterable<AskEvent> {
    yield* askStream(await this.#askDependencies(), scope, request, options);
  }

  async checks(options: { readonly isQuick?: boolean } = {}): Promise<readonly Check[]> {
    return runChecks(
      {
        app: this,
        identity: this.#identity,
        embedder: () => this.#queryEmbedder(),
        store: async () => (await this.#reader()).store,
      },
      options,
    );
  }

  async evaluation(): Promise<EvaluationTools> {
    const { createEvaluationTools } = await import('./app/evaluation.ts');
    const embedder = await this.#queryEmbedder();
    return createEvaluationTools({
      config: this.config(),
      catalog: this.catalog,
      embedder,
      askDependencies: await this.#askDependencies(),
      principal: (id) => this.principal(id),
      scopeFor: (principal) => this.scopeFor(principal),
    });
  }

  watchFiles(): void {
    this.#files.watch();
  }

  async close(): Promise<void> {
    this.#files.close();
    const [stores, embedder] = await Promise.all([
      Promise.allSettled(this.#stores.values()),
      this.#embedder?.catch(() => null),
    ]);
    for (const store of stores) if (store.status === 'fulfilled') await store.value.close();
    await embedder?.close();
    await this.catalog.close();
  }

  #queryEmbedder(): Promise<CachedEmbedder | null> {
    return this.#embedderFor({ mayPull: this.#mayPullModels, isWarm: false });
  }

  /** One model for questions and documents; looked for again only by a caller that may fetch it. */
  #embedderFor(need: EmbedderNeed): Promise<CachedEmbedder | null> {
    const known = this.#embedder;
    if (known === undefined) {
      this.#embedder = this.#openEmbedder(need);
    } else if (need.mayPull) {
      this.#embedder = known.then((embedder) => embedder ?? this.#openEmbedder(need));
    }
    const opened = this.#embedder ?? this.#openEmbedder(need);
    // Whoever awaits it gets the failure; a start ahead of time must not end the process by it.
    opened.catch(() => undefined);
    return opened;
  }

  #openStore(table: IndexTable, extra: { readonly assertMayWrite?: () => void } = {}): Promise<ChunkStore> {
    return openLanceChunkStore({
      directory: join(this.#dataDir, 'lance'),
      tableName: table.tableName,
      dimensions: table.dimensions,
      onEvent: (event) => {
        if (event.type === 'leak-prevented') {
          this.#onWarning(
            `The store returned ${event.rows} rows outside the scope that asked; they were dropped. Rebuild the index.`,
          );
        }
      },
      ...extra,
    });
  }

  /** The index that is active now; another process may have switched to another one since the last question. */
  async #reader() {
    const table = (await activeIndex(this.catalog)) ?? this.#configured;
    let opened = this.#stores.get(table.tableName);
    if (opened === undefined) {
      opened = this.#openStore(table);
      this.#stores.set(table.tableName, opened);
    }
    const [store, ownEmbedder] = await Promise.all([opened, this.#queryEmbedder()]);
    const isOwnIndex = table.fingerprint === this.#configured.fingerprint;
    const warnings = isOwnIndex
      ? []
      : ['The index was made with another embedding model; searched by keywords only. Run `persea ingest`.'];
    const embedder = isOwnIndex ? ownEmbedder : null;
    const { retrieval } = this.config();
    const retriever = createHybridRetriever({
      store,
      catalog: this.catalog,
      embedder,
      // Without vectors by design there is nothing to warn of.
      mode: isOwnIndex && table.dimensions !== null ? retrieval.mode : 'keyword',
      topK: retrieval.topK,
      candidates: retrieval.candidates,
      denseWeight: retrieval.fusion.denseWeight,
    });
    return { store, embedder, retriever, warnings };
  }

  async #askDependencies(): Promise<AskDependencies> {
    const { retrieval, context, answer, limits, egress, prompts } = this.config();
    const { store, embedder, retriever, warnings } = await this.#reader();
    if (this.#prompts?.directory !== prompts.dir) {
      this.#prompts = { directory: prompts.dir, registry: createPromptRegistry({ ownDirectory: prompts.dir }) };
    }
    return {
      catalog: this.catalog,
      store,
      retriever,
      denseWeight: denseWeightOf(retrieval.fusion.denseWeight, embedder),
      scorer: createSentenceScorer({ embedder }),
      prompts: this.#prompts.registry,
      models: this.#route(),
      settings: {
        topK: retrieval.topK,
        format: context.format,
        order: context.order,
        budgetTokens: context.budgetTokens,
        neighbours: context.neighbours,
        unsupported: answer.unsupported,
        questionCharacters: limits.questionCharacters,
        egress,
      },
      warnings,
      recordUsage: (usage) => this.catalog.recordUsage(usage),
      clock: systemClock,
    };
  }

  /** Kept while the configuration is the same, so that a model keeps its state; a sunset is noticed at the next day. */
  #route(): readonly RouteModel[] {
    if (this.#ownModels !== undefined) return this.#ownModels;
    const config = this.config();
    const today = new Date(systemClock.now());
    const day = Math.floor(today.getTime() / 86_400_000);
    if (this.#models?.config !== config || this.#models.day !== day) {
      this.#models = { config, day, route: routeModels(config, today) };
    }
    return this.#models.route;
  }
}
