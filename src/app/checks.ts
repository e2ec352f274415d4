/** What `doctor` and readiness probes look at: each check says what it found, never what a document says. */
import { type AccessScope, systemScope } from '../access/scope.ts';
import type { App } from '../app.ts';
import { canaries, canarySource } from '../core/canary.ts';
import { toPerseaError } from '../core/errors.ts';
import type { Embedder } from '../embedding/embedder.ts';
import type { ChunkStore } from '../store/chunk-store.ts';
import type { EmbeddingIdentity } from './embedding.ts';

export interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
}

export interface CheckDependencies {
  readonly app: App;
  readonly identity: EmbeddingIdentity;
  readonly embedder: () => Promise<Embedder | null>;
  readonly store: () => Promise<ChunkStore>;
}

const scope = systemScope('doctor');
/** Enough kinds of person to cover a policy, few enough to look at on every start. */
const maxCanaryPeople = 20;

export async function runChecks(
  dependencies: CheckDependencies,
  { isQuick = false }: { readonly isQuick?: boolean },
): Promise<readonly Check[]> {
  const { app } = dependencies;
  const checks = [
    check('config', async () => {
      const problem = app.configProblem();
      if (problem !== null) throw new Error(problem);
      const { path, sources } = app.config();
      return `${path ?? 'defaults, without a file'}; ${sources.length} sources, ${app.policy().principalIds().length} people`;
    }),
    check('catalogue', async () => `${await documentCount(app)} documents`),
  ];
  if (!isQuick) {
    checks.push(
      check('embedding model', () => checkEmbedding(dependencies)),
      check('index', () => checkIndex(dependencies)),
      check('canaries', () => checkCanaries(app)),
    );
  }
  return Promise.all(checks);
}

async function check(name: string, look: () => Promise<string>): Promise<Check> {
  try {
    return { name, ok: true, detail: await look() };
  } catch (thrown) {
    const detail = thrown instanceof Error && thrown.name === 'Error' ? thrown.message : toPerseaError(thrown).message;
    return { name, ok: false, detail };
  }
}

async function documentCount(app: App): Promise<number> {
  const all = await app.catalog.countDocuments(scope);
  return all - (await app.catalog.countDocuments(scope, { source: canarySource }));
}

async function checkEmbedding({ embedder, identity }: CheckDependencies): Promise<string> {
  const opened = await embedder();
  if (opened === null) {
    if (identity.dimensions === null) return identity.description;
    throw new Error(`${identity.description}: not available, so only keywords work. Run \`persea models pull\`.`);
  }
  const vector = await opened.embedQuery('Is anybody there?');
  if (vector.length !== identity.dimensions) {
    throw new Error(`${identity.description}: gives ${vector.length} dimensions instead of ${identity.dimensions}.`);
  }
  return identity.description;
}

/** Searchable rows must be exactly the chunks of the current revisions, no more and no fewer. */
async function checkIndex({ app, store }: CheckDependencies): Promise<string> {
  const documents = await app.catalog.documents(scope);
  const expected = documents.reduce((sum, document) => sum + document.chunkCount, 0);
  const opened = await store();
  const stored = await opened.countChunks(scope);
  if (stored !== expected) {
    throw new Error(`${stored} chunks stored, ${expected} expected by the catalogue. Run \`persea ingest\` to repair.`);
  }
  const { indexes } = await opened.describe(scope);
  const open = await app.catalog.openIntents();
  if (open.length > 0) throw new Error(`${open.length} revisions are unfinished. Run \`persea ingest\` to repair.`);
  const unindexed = indexes.reduce((most, index) => Math.max(most, index.unindexedRows), 0);
  return `${stored} chunks of ${documents.length} documents, canaries included; ${indexes.length} indexes, at most ${unindexed} rows not yet in one`;
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
        throw new Error(`A canary was found by "${id}": an access check is broken. Stop serving and report this.`);
      }
    }
  }
  return `not found by any of ${people.length} people`;
}
