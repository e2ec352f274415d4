/** What `doctor` and readiness probes look at: each check says what it found, never what a document says. */

import { isPurgeDue } from '../../ingest/free-storage.ts';
import { overlappingManifest, overlapsOf, overlapWarning } from '../../ingest/sources/overlaps.ts';
import { unlistedSources } from '../../ingest/unlisted-sources.ts';
import { type AccessScope, systemScope } from '../access/scope.ts';
import type { App } from '../app.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { Config } from '../config.ts';
import { counted } from '../core/counts.ts';
import { systemClock } from '../core/async.ts';
import { canaries, canarySource } from '../core/canary.ts';
import type { Embedder } from '../embedding/embedder.ts';
import type { ChunkStore } from '../store/chunk-store.ts';
import { writerOf } from '../store/writer-lock.ts';
import { documentCount } from '../query/document-count.ts';
import { checkBudgets } from './budget-checks.ts';
import { type Check, CheckFailure, check } from './check.ts';
import type { EmbeddingIdentity } from './embedding.ts';
import { checkDiskSpace, checkEmbeddingCache, checkMaintenance, checkStorage } from './folder-checks.ts';
import { checkFormats } from './format-checks.ts';
import { checkIndexCover, checkIndexPresence, compareIndex, type IndexComparison } from './index-checks.ts';
import { checkPrompts } from './prompt-checks.ts';
import { activeIndex, indexTableFor } from './index-table.ts';
import { checkLanguages } from './language-checks.ts';
import { checkLanguageModels } from './model-checks.ts';

export interface CheckDependencies {
  readonly app: App;
  readonly dataDir: string;
  readonly identity: EmbeddingIdentity;
  readonly embedder: () => Promise<Embedder | null>;
  readonly store: () => Promise<ChunkStore>;
}

export interface CheckOptions {
  /** Only those that take no time, for readiness probes. */
  readonly isQuick?: boolean;
  /** Only these. */
  readonly names?: readonly string[];
}

const scope = systemScope('doctor');
/** Enough kinds of person to cover a policy, few enough to look at on every start. */
const maxCanaryPeople = 20;

/** Names are stable: monitoring may rely on them. */
export async function runChecks(
  dependencies: CheckDependencies,
  { isQuick = false, names }: CheckOptions,
): Promise<readonly Check[]> {
  const { app, dataDir, store } = dependencies;
  const { catalog } = app;
  const quickLooks: Record<string, () => Promise<string>> = {
    config: async () => {
      const problem = app.configProblem();
      if (problem !== null) throw new CheckFailure(problem);
      const { path, sources } = app.config();
      const people = app.policy().principalIds().length;
      return `${path ?? 'defaults, without a file'}; ${counted(sources.length, 'source')}, ${counted(people, 'person', 'people')}`;
    },
    catalogue: async () => counted(await documentCount(app.catalog, scope), 'document'),
    index: async () => checkIndexPresence(catalog, await store()),
  };
  let comparison: Promise<IndexComparison> | undefined;
  const compared = async () => {
    comparison ??= compareIndex(catalog, await store());
    return comparison;
  };
  const thoroughLooks: Record<string, () => Promise<string>> = {
    catalogue: async () => {
      await catalog.verify();
      return `${counted(await documentCount(app.catalog, scope), 'document')}, ${await deadJobs(catalog)}`;
    },
    'embedding model': () => checkEmbedding(dependencies),
    'language models': () => checkLanguageModels(app.config(), new Date(systemClock.now())),
    budgets: async () => checkBudgets(app.config(), app.policy()),
    prompts: async () => checkPrompts(app.config()),
    'context formats': () => checkFormats(app.config()),
    languages: async () => checkLanguages(catalog, await dependencies.embedder()),
    sources: async () => checkSources(catalog, app.config()),
    journal: () => unlessWritten(dataDir, () => checkJournal(catalog)),
    index: () => unlessWritten(dataDir, async () => ofOwnModel(dependencies, rowsOf(await compared()))),
    labels: () => unlessWritten(dataDir, async () => labelsOf(await compared())),
    'index cover': async () => checkIndexCover(catalog, await store()),
    maintenance: () => checkMaintenance(catalog),
    storage: async () => checkStorage(await store()),
    'disk space': async () => checkDiskSpace(dataDir, await store()),
    'embedding cache': () => checkEmbeddingCache(dataDir),
    canaries: () => checkCanaries(app),
  };
  const looks = isQuick ? quickLooks : { ...quickLooks, ...thoroughLooks };
  const wanted = Object.entries(looks).filter(([name]) => names?.includes(name) ?? true);
  return Promise.all(wanted.map(([name, look]) => check(name, look)));
}

async function checkSources(catalog: Catalog, config: Pick<Config, 'sources' | 'limits'>): Promise<string> {
  const configured = config.sources;
  const unlisted = await unlistedSources(
    catalog,
    configured.map(({ name }) => name),
  );
  const problems = [...unlisted, ...(await overlappingSources(catalog, config))];
  if (problems.length > 0) throw new CheckFailure(problems.join(' '));
  return configured.length === 0
    ? 'none is configured, and none has documents'
    : 'all that have documents are configured';
}

/** A sentence for each two sources that have files in common. */
async function overlappingSources(
  catalog: Catalog,
  { sources, limits }: Pick<Config, 'sources' | 'limits'>,
): Promise<readonly string[]> {
  const folders = sources.filter((source) => source.type === 'folder');
  const manifests = sources
    .filter((source) => source.type === 'manifest')
    .map((manifest) => overlappingManifest(manifest, limits.fileBytes));
  const found: string[] = [];
  for (const [index, folder] of folders.entries()) {
    for (const overlap of await overlapsOf(folder, folders.slice(index + 1), manifests)) {
      const files = await catalog.files(scope, folder.name);
      const paths = files.map(({ uri }) => uri.slice(folder.name.length + 1));
      found.push(...[overlapWarning(folder.name, overlap, paths)].filter((message) => message !== undefined));
    }
  }
  return found;
}

/** While somebody writes, index and catalogue differ for moments, and what is unfinished is under way. */
async function unlessWritten(dataDir: string, look: () => Promise<string>): Promise<string> {
  const writer = writerOf(dataDir);
  if (writer !== undefined) return `${writer} is writing; not looked at meanwhile`;
  try {
    return await look();
  } catch (thrown) {
    const begun = writerOf(dataDir);
    if (begun === undefined) throw thrown;
    return `${begun} began to write; not looked at meanwhile`;
  }
}

/** Readers use an index of another model by words alone. */
async function ofOwnModel({ app, identity }: CheckDependencies, found: string): Promise<string> {
  const active = await activeIndex(app.catalog);
  if (active === undefined || active.fingerprint === indexTableFor(identity).fingerprint) return found;
  throw new CheckFailure(
    `It was made with another embedding model than ${identity.description}, or cut as another version of Persea does, so only keywords work. Run \`persea ingest\`.`,
  );
}

function rowsOf({ documents, rows, rowFindings }: IndexComparison): string {
  if (rowFindings.length === 0)
    return `${counted(rows, 'chunk')} of ${counted(documents, 'document')}, canaries included`;
  throw new CheckFailure(`${rowFindings.join('; ')}. Run \`persea ingest\`; if that does not help, \`persea repair\`.`);
}

function labelsOf({ documents, labelFindings }: IndexComparison): string {
  if (labelFindings.length === 0) return `the same in index and catalogue for ${counted(documents, 'document')}`;
  throw new CheckFailure(
    `${labelFindings.join('; ')}. Readers hold every row against the catalogue, so nobody sees more by it. Run \`persea ingest\`; if that does not help, \`persea repair\`.`,
  );
}

async function checkJournal(catalog: Catalog): Promise<string> {
  const leased = await catalog.jobs(scope, { state: 'leased' });
  const open = [
    [(await catalog.openIntents()).length, 'revisions are unfinished'],
    [(await catalog.openStoreChanges()).length, 'removals and labels are not yet followed by the index'],
    [leased.length, 'jobs are held by a process that is gone'],
    [(await isPurgeDue(catalog)) ? 1 : 0, 'purge is unfinished'],
  ] as const;
  const unfinished = open.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  if (unfinished.length === 0) return 'nothing unfinished';
  throw new CheckFailure(`${unfinished.join(', ')}. Run \`persea ingest\`, which finishes them.`);
}

async function deadJobs(catalog: Catalog): Promise<string> {
  const dead = await catalog.jobs(scope, { state: 'dead' });
  return dead.length === 0
    ? 'no job given up'
    : `${counted(dead.length, 'job')} given up; see \`persea jobs list --state dead\``;
}

async function checkEmbedding({ embedder, identity }: CheckDependencies): Promise<string> {
  const opened = await embedder();
  if (opened === null) {
    if (identity.dimensions === null) return identity.description;
    throw new CheckFailure(
      `${identity.description}: not available, so only keywords work. Run \`persea models pull\`.`,
    );
  }
  const vector = await opened.embedQuery('Is anybody there?');
  if (vector.length !== identity.dimensions) {
    throw new CheckFailure(
      `${identity.description}: gives ${vector.length} dimensions instead of ${identity.dimensions}.`,
    );
  }
  return identity.description;
}

/** Nobody may find one, by words or by meaning; whoever does has gone through a broken guard. */
async function checkCanaries(app: App): Promise<string> {
  const people = app.policy().principalIds().slice(0, maxCanaryPeople);
  const scopes: (readonly [string, AccessScope])[] = await Promise.all(
    people.map(async (id) => [id, await app.scopeFor(app.principal(id))] as const),
  );
  for (const [id, personScope] of scopes) {
    for (const canary of canaries) {
      const { hits } = await app.search(personScope, { query: canary.question });
      if (
        hits.some((hit) => hit.uri.startsWith(canarySource)) ||
        (await app.catalog.documentByUri(personScope, canary.uri)) !== undefined
      ) {
        throw new CheckFailure(
          `A canary was found by "${id}": an access check is broken. Stop serving and report this.`,
        );
      }
    }
  }
  return people.length === 0
    ? 'nobody is known who could find one'
    : `not found by any of ${counted(people.length, 'person', 'people')}`;
}
