/** The composition root: a configuration becomes implementations, and they become one `App` that the front doors use. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { AccessPolicy } from './access/policy.ts';
import type { Principal } from './access/principal.ts';
import type { AccessScope } from './access/scope.ts';
import type { Check } from './app/check.ts';
import type { CheckOptions } from './app/checks.ts';
import type { Conversations } from './app/conversations.ts';
import { LiveFiles } from './app/live-files.ts';
import { OpenedEmbedder } from './app/opened-embedder.ts';
import type { ModelProbe } from './app/model-probes.ts';
import type { Traces } from './app/tracing.ts';
import type { Catalog } from './catalog/catalog.ts';
import type { Config } from './config.ts';
import type { Answer } from './core/answer.ts';
import { PerseaError } from './core/errors.ts';
import type { Ingestor } from './core/ingestor.ts';
import type { Embedder } from './embedding/embedder.ts';
import type { EvaluationTools, EvaluationToolsOptions } from './eval/tools.ts';
import type { ProvisionEvent } from './models/provision.ts';
import type { RouteModel } from './query/dependencies.ts';
import type { LabRequest, LabResult } from './query/lab.ts';
import type { AskEvent, AskRequest } from './query/question.ts';
import type { SearchOptions, SearchRequest, SearchResult } from './query/search.ts';

export type { Check } from './app/check.ts';
export type { Conversations } from './app/conversations.ts';
export type { ModelProbe } from './app/model-probes.ts';
export type { Traces } from './app/tracing.ts';

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
  /** The same evidence in several context formats, for several models. */
  lab(scope: AccessScope, request: LabRequest, options?: Pick<RequestOptions, 'signal'>): Promise<LabResult>;
  /** How answers came about, feedback to them, and metrics. */
  readonly traces: Traces;
  /** What a person asked in conversations: one's own, to look at and to remove. */
  readonly conversations: Conversations;
  /** Takes the writer's lease of the data folder for as long as it works. */
  readonly ingestor: Ingestor;
  /** Reads what searches will read, where it fits into memory, so that the first questions are as quick as later ones. */
  readAhead(): Promise<void>;
  /** What `doctor` reports; the quick ones are also what `/readyz` reports. */
  checks(options?: CheckOptions): Promise<readonly Check[]>;
  /** For `persea eval`: the operator's own tools, which ask as anybody. */
  evaluation(options?: EvaluationToolsOptions): Promise<EvaluationTools>;
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
 * Throws `config-not-found`, `config-invalid`, `access-invalid`, `store-failed`.
 */
export async function openApp(options: OpenAppOptions = {}): Promise<App> {
  const onWarning = options.onWarning ?? ((message: string) => process.emitWarning(message));
  const files = new LiveFiles({ ...options, onWarning });
  const { dataDir } = files.config;
  makeDataFolder(dataDir);
  const { embedder: own, onProvision, mayPullModels = false } = options;
  const embedder = await OpenedEmbedder.of({
    config: files.config,
    onWarning,
    ...(own === undefined ? {} : { embedder: own }),
    ...(onProvision === undefined ? {} : { onProvision }),
  });
  if (options.isWarm === true) {
    // The model takes longest to start: its thread is on its way before this one is busy loading the rest of the code.
    const started = embedder.get({ mayPull: mayPullModels, isWarm: true });
    if (!mayPullModels) await started.catch(() => null);
  }
  const [{ openSqliteCatalog }, { PerseaApp }] = await Promise.all([
    import('./catalog/sqlite.ts'),
    import('./app/persea-app.ts'),
  ]);
  const catalog = await openSqliteCatalog({ path: join(dataDir, 'catalog.db') }).catch(async (thrown) => {
    await embedder.close();
    throw thrown;
  });
  return new PerseaApp({ files, catalog, embedder, mayPullModels, models: options.models, onWarning });
}

function makeDataFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new PerseaError(
      'store-failed',
      `The data folder ${path} could not be made: ${(cause as Error).message}. Name a folder that can be written to as dataDir in persea.yaml.`,
      { cause },
    );
  }
}

/** Asks language models one word each, without opening anything. Throws `unknown-model`, `aborted`. */
export async function probeModels(
  config: Config,
  options: { readonly id?: string | undefined; readonly signal?: AbortSignal },
): Promise<readonly ModelProbe[]> {
  return (await import('./app/model-probes.ts')).probeModels(config, options);
}
