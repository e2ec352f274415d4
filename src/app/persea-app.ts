/** The opened app: what the front doors call, over the implementations that the configuration names. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { AccessPolicy } from '../access/policy.ts';
import type { Principal } from '../access/principal.ts';
import { type AccessScope, systemScope } from '../access/scope.ts';
import type { App, RequestOptions } from '../app.ts';
import type { Catalog } from '../catalog/catalog.ts';
import { SqliteConversations } from '../catalog/sqlite-conversations.ts';
import type { Config } from '../config.ts';
import type { Answer } from '../core/answer.ts';
import { systemClock } from '../core/async.ts';
import { PerseaError } from '../core/errors.ts';
import type { Ingestor } from '../core/ingestor.ts';
import { GuardedEmbedder } from '../egress/guarded-embedder.ts';
import type { CachedEmbedder } from '../embedding/cached.ts';
import type { EvaluationTools, EvaluationToolsOptions } from '../eval/tools.ts';
import type { AskDependencies, RouteModel } from '../query/dependencies.ts';
import type { AnswerCache } from '../query/answer-cache.ts';
import type { LabRequest, LabResult } from '../query/lab.ts';
import type { AskEvent, AskRequest } from '../query/question.ts';
import { type SearchOptions, type SearchRequest, type SearchResult, search } from '../query/search.ts';
import { countWords } from '../retrieval/chunk-words.ts';
import { createHybridRetriever } from '../retrieval/hybrid.ts';
import { rankingSettings } from '../retrieval/ranking.ts';
import { withRespelling } from '../retrieval/respelling.ts';
import { createDocumentSelector, type DocumentSelector } from '../retrieval/selection.ts';
import { createSentenceScorer } from '../retrieval/sentence-scorer.ts';
import { denseWeightOf } from '../retrieval/visible-ranking.ts';
import type { ChunkStore } from '../store/chunk-store.ts';
import { openLanceChunkStore } from '../store/lancedb.ts';
import { createAnswerCache } from './answers.ts';
import { askSettings } from './ask-settings.ts';
import type { Check } from './check.ts';
import type { CheckOptions } from './checks.ts';
import { ConfiguredModels } from './configured-models.ts';
import { type Conversations, createConversations } from './conversations.ts';
import type { EmbeddingIdentity } from './embedding.ts';
import { activeIndex, type IndexTable, indexTableFor } from './index-table.ts';
import { lastResort } from './language-models.ts';
import { LearnedWeights } from './learned-weights.ts';
import type { LiveFiles } from './live-files.ts';
import type { OpenedEmbedder } from './opened-embedder.ts';
import { ConfiguredReranker } from './reranker.ts';
import { Scopes } from './scopes.ts';
import { Tracing } from './tracing.ts';

export interface PerseaAppOptions {
  readonly files: LiveFiles;
  readonly catalog: Catalog;
  readonly embedder: OpenedEmbedder;
  readonly mayPullModels: boolean;
  readonly models: readonly RouteModel[] | undefined;
  readonly onWarning: (message: string) => void;
}

/** A command that only searches does not pay for it. */
const loadAsk = () => import('../query/ask.ts');

export class PerseaApp implements App {
  readonly catalog: Catalog;
  readonly ingestor: Ingestor;
  readonly traces: Tracing;
  readonly conversations: Conversations;
  readonly #files: LiveFiles;
  readonly #dataDir: string;
  readonly #identity: EmbeddingIdentity;
  readonly #configured: IndexTable;
  readonly #learned: LearnedWeights;
  readonly #onWarning: (message: string) => void;
  readonly #embedder: OpenedEmbedder;
  readonly #mayPullModels: boolean;
  readonly #stores = new Map<string, Promise<ChunkStore>>();
  readonly #reranker = new ConfiguredReranker();
  readonly #conversations: SqliteConversations;
  readonly #answers: AnswerCache;
  readonly #selectDocuments: DocumentSelector;
  readonly #scopes: Scopes;
  readonly #models: ConfiguredModels;

  constructor(options: PerseaAppOptions) {
    this.#files = options.files;
    this.catalog = options.catalog;
    this.#selectDocuments = createDocumentSelector(options.catalog);
    this.#scopes = new Scopes(options.catalog);
    this.#dataDir = options.files.config.dataDir;
    this.#embedder = options.embedder;
    this.#identity = options.embedder.identity;
    this.#configured = indexTableFor(this.#identity);
    this.#onWarning = options.onWarning;
    this.#models = new ConfiguredModels({
      config: () => this.#files.config,
      catalog: options.catalog,
      models: options.models,
      isKnown: (id) => this.policy().principal(id) !== undefined,
      onWarning: options.onWarning,
    });
    this.#learned = new LearnedWeights(this.#dataDir, options.onWarning);
    this.#conversations = new SqliteConversations({
      path: join(this.#dataDir, 'conversations.db'),
      retentionDays: () => this.config().conversations.retentionDays,
      clock: systemClock,
    });
    this.conversations = createConversations(() => ({
      ...this.#models.accounts(),
      store: this.#conversations,
      models: this.#models.route(),
      prompts: this.#models.prompts(),
      egress: this.config().egress,
      titles: this.config().conversations.titles,
    }));
    this.#answers = createAnswerCache(() => this.#files.config, systemClock);
    this.traces = new Tracing({
      dataDir: this.#dataDir,
      config: () => this.#files.config,
      catalog: options.catalog,
      onWarning: options.onWarning,
    });
    this.#mayPullModels = options.mayPullModels;
    this.ingestor = {
      ingest: async (request) => (await this.#writer()).ingest(request),
      remove: async (removal, request) => (await this.#writer()).remove(removal, request),
      watch: async (request) => (await this.#writer()).watch(request),
      repair: async (request) => (await this.#writer()).repair(request),
      relabel: async (document, label) => (await this.#writer()).relabel(document, label),
      followCatalog: async () => (await this.#writer()).followCatalog(),
    };
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
    const { path } = this.config().access;
    throw new PerseaError(
      'unknown-principal',
      existsSync(path)
        ? `Tried to act as "${id}", who is not in ${path}. Name one of its principals or add this one.`
        : `Tried to act as "${id}"; nobody is known, as there is no ${path}. Go to the folder of your persea.yaml, name that file with --config, or run \`persea init\`.`,
    );
  }

  async scopeFor(principal: Principal): Promise<AccessScope> {
    return this.#scopes.of(principal);
  }

  async search(scope: AccessScope, request: SearchRequest, options: SearchOptions = {}): Promise<SearchResult> {
    const { limits, retrieval } = this.config();
    const { retriever, warnings } = await this.#reader();
    const settings = {
      questionCharacters: limits.questionCharacters,
      topK: retrieval.topK,
      maxTopK: limits.topK,
      duplicates: retrieval.duplicates,
      perDocument: retrieval.perDocument,
    };
    const accounts = this.#models.accounts();
    const dependencies = { ...accounts, ...this.#scopeNow(scope), catalog: this.catalog, retriever, settings };
    const result = await search(dependencies, scope, request, options);
    return { ...result, warnings: [...warnings, ...result.warnings] };
  }

  async ask(scope: AccessScope, request: AskRequest, options: RequestOptions = {}): Promise<Answer> {
    const { ask } = await loadAsk();
    return ask(await this.#questionDependencies(scope), scope, request, options);
  }

  async lab(scope: AccessScope, request: LabRequest, options: Pick<RequestOptions, 'signal'> = {}): Promise<LabResult> {
    const { lab } = await import('../query/lab.ts');
    return lab({ ...(await this.#askDependencies()), ...this.#scopeNow(scope) }, scope, request, options);
  }

  async *askStream(scope: AccessScope, request: AskRequest, options: RequestOptions = {}): AsyncIterable<AskEvent> {
    const { askStream } = await loadAsk();
    yield* askStream(await this.#questionDependencies(scope), scope, request, options);
  }

  async readAhead(): Promise<void> {
    const { store } = await this.#reader();
    await store.readAhead(systemScope('read the index ahead'), countWords);
  }

  async checks(options: CheckOptions = {}): Promise<readonly Check[]> {
    const { runChecks } = await import('./checks.ts');
    return runChecks(
      {
        app: this,
        dataDir: this.#dataDir,
        identity: this.#identity,
        embedder: () => this.#queryEmbedder(),
        store: async () => (await this.#reader()).store,
      },
      options,
    );
  }

  async evaluation(options: EvaluationToolsOptions = {}): Promise<EvaluationTools> {
    const { createEvaluationTools } = await import('./evaluation.ts');
    const embedder = await this.#queryEmbedder();
    return createEvaluationTools({
      config: this.config(),
      catalog: this.catalog,
      embedder,
      askDependencies: await this.#askDependencies(),
      ...options,
      learned: this.#learned,
      principal: (id) => this.principal(id),
      scopeFor: (principal) => this.scopeFor(principal),
    });
  }

  watchFiles(): void {
    this.#files.watch();
  }

  async close(): Promise<void> {
    this.#files.close();
    const stores = await Promise.allSettled(this.#stores.values());
    for (const store of stores) if (store.status === 'fulfilled') await store.value.close();
    await this.#reranker.close();
    // Each may wait for another process, and the end of a server must not.
    await Promise.all([this.#models.close(), this.traces.close()]);
    await this.#embedder.close();
    this.#conversations.close();
    await this.catalog.close();
  }

  #queryEmbedder(): Promise<CachedEmbedder | null> {
    return this.#embedder.get({ mayPull: this.#mayPullModels, isWarm: false });
  }

  /** Imported when something is written: a question needs nothing of it. */
  async #writer(): Promise<Ingestor> {
    const { createWriter } = await import('./writer.ts');
    return createWriter({
      catalog: this.catalog,
      config: () => this.#files.config,
      dataDir: this.#dataDir,
      configured: this.#configured,
      tidyTraces: (options) => this.traces.tidy(options),
      openStore: (table, store) => this.#openStore(table, store),
      embedder: () => this.#embedder.get({ mayPull: true, isWarm: false }),
    });
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
        if (event.type === 'maintenance-failed') {
          this.#onWarning(
            `The index could not be brought up to date in the middle of writing; searches get slower. ${event.error.message}`,
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
      : [
          'The index was made with another embedding model, or cut as another version of Persea does; searched by keywords only. Run `persea ingest`.',
        ];
    const config = this.config();
    const embedder = isOwnIndex && ownEmbedder !== null ? new GuardedEmbedder(ownEmbedder, config.egress) : null;
    const { retrieval } = config;
    const denseWeight = this.#learned.resolve(retrieval.fusion.denseWeight, this.#identity.fingerprint);
    const search = createHybridRetriever({
      store,
      catalog: this.catalog,
      selectDocuments: this.#selectDocuments,
      embedder,
      // Without vectors by design there is nothing to warn of.
      mode: isOwnIndex && table.dimensions !== null ? retrieval.mode : 'keyword',
      topK: retrieval.topK,
      candidates: retrieval.candidates,
      denseWeight,
      ...rankingSettings(retrieval),
    });
    const retriever = await this.#reranker.around(withRespelling(search), {
      config,
      model: this.#models.ranker(),
      prompts: () => this.#models.prompts(),
    });
    return { store, embedder, retriever, denseWeight, warnings };
  }

  async #askDependencies(): Promise<AskDependencies> {
    const config = this.config();
    const { store, embedder, retriever, denseWeight, warnings } = await this.#reader();
    const [{ decideAbstention }, { cosineScale }] = await Promise.all([
      import('../answer/abstain.ts'),
      import('./cosine-scales.ts'),
    ]);
    const scale = embedder === null ? null : await cosineScale(this.catalog, embedder.fingerprint);
    return {
      catalog: this.catalog,
      store,
      retriever,
      ranking: {
        denseWeight: denseWeightOf(denseWeight, embedder),
        hasNearness: config.retrieval.nearness,
        languages: embedder?.languages,
      },
      scorer: createSentenceScorer({ embedder, scale }),
      decide: (evidence) => decideAbstention(evidence, this.#learned.abstention(evidence.fingerprint) ?? undefined),
      prompts: this.#models.prompts(),
      formats: (wanted) => this.#models.formats().registry(wanted),
      conversations: this.#conversations,
      models: this.#models.route(),
      judge: this.#models.judge(),
      lastResort: lastResort(config),
      ...this.#models.accounts(),
      settings: askSettings(config),
      warnings,
      recordTrace: (trace) => this.traces.record(trace),
    };
  }

  /** The lab and evaluations compare what models write, so they do not get what was written before. */
  async #questionDependencies(scope: AccessScope): Promise<AskDependencies> {
    return { ...(await this.#askDependencies()), ...this.#scopeNow(scope), answers: this.#answers };
  }

  /** Nothing for the system, and for whom others vouch for than the policy. */
  #scopeNow({ subject }: AccessScope): Pick<AskDependencies, 'scopeNow'> {
    const person = () => (subject.kind === 'system' ? undefined : this.policy().principal(subject.id));
    if (person() === undefined) return {};
    const scopeNow = async () => {
      const principal = person();
      return principal === undefined ? undefined : this.scopeFor(principal);
    };
    return { scopeNow };
  }
}
