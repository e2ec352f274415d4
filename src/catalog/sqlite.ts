/**
 * The catalogue in one SQLite file. Several processes may have it open: readers never wait, writers wait for each other up to a
 * time limit. The methods are asynchronous because the interface is, so that a server database can stand here later.
 */
import type { AccessLabel } from '../access/label.ts';
import { type AccessScope, assertGenuineScope, assertSystemScope, systemScope } from '../access/scope.ts';
import { type Clock, systemClock } from '../core/async.ts';
import { PerseaError } from '../core/errors.ts';
import type { FactFilter } from '../core/fact-filter.ts';
import { type Signature, signatureOf } from '../core/minhash.ts';
import type {
  ApiKeyRecord,
  Catalog,
  DocumentFilter,
  DocumentRecord,
  FactCounts,
  FileRecord,
  PastDecision,
  PastDecisionPlace,
  RevisionFlip,
  RevisionIntent,
  RevisionRequest,
  StoreChange,
  StoredText,
  UsageFilter,
  UsageRecord,
  UsageTotal,
} from './catalog.ts';
import type { JobFilter, JobLease, JobLeaseRequest, JobOutcome, JobRecord, JobRequest } from './jobs.ts';
import { usageFilterFor } from './usage-filter.ts';
import { SqliteConnection, toCatalogError } from './sqlite-connection.ts';
import { SqliteDocuments } from './sqlite-documents.ts';
import { SqliteDuplicates } from './sqlite-duplicates.ts';
import { SqliteFiles } from './sqlite-files.ts';
import { SqliteJobs } from './sqlite-jobs.ts';
import { SqliteKeys } from './sqlite-keys.ts';
import { SqliteLabelOverrides } from './sqlite-label-overrides.ts';
import { SqlitePastDecisions } from './sqlite-past-decisions.ts';
import { removeSource } from './sqlite-purge.ts';
import { SqliteRevisions } from './sqlite-revisions.ts';
import { SqliteUsage } from './sqlite-usage.ts';

export interface SqliteCatalogOptions {
  /** File of the catalogue, made with its folder where missing; `:memory:` for one that ends with the process. */
  readonly path: string;
  readonly clock?: Clock;
  /** How long a call waits for another process that is writing before it fails with `store-busy`; 5 s when absent. */
  readonly busyTimeoutMs?: number;
}

/** Throws `catalog-too-new` for a file of a newer program and `store-failed` for one that cannot be opened. */
export async function openSqliteCatalog(options: SqliteCatalogOptions): Promise<Catalog> {
  try {
    return new SqliteCatalog(
      options.path,
      new SqliteConnection(options.path, options.busyTimeoutMs),
      options.clock ?? systemClock,
    );
  } catch (thrown) {
    throw toCatalogError(thrown, options.path);
  }
}

class SqliteCatalog implements Catalog {
  readonly #path: string;
  readonly #connection: SqliteConnection;
  readonly #documents: SqliteDocuments;
  readonly #duplicates: SqliteDuplicates;
  readonly #overrides: SqliteLabelOverrides;
  readonly #past: SqlitePastDecisions;
  readonly #revisions: SqliteRevisions;
  readonly #files: SqliteFiles;
  readonly #jobs: SqliteJobs;
  readonly #keys: SqliteKeys;
  readonly #usage: SqliteUsage;

  constructor(path: string, connection: SqliteConnection, clock: Clock) {
    this.#path = path;
    this.#connection = connection;
    this.#documents = new SqliteDocuments(connection);
    this.#duplicates = new SqliteDuplicates(connection);
    this.#overrides = new SqliteLabelOverrides(connection);
    this.#past = new SqlitePastDecisions(connection);
    this.#revisions = new SqliteRevisions(connection, this.#duplicates, this.#overrides, this.#past, clock);
    this.#files = new SqliteFiles(connection);
    this.#jobs = new SqliteJobs(connection, clock);
    this.#keys = new SqliteKeys(connection, clock);
    this.#usage = new SqliteUsage(connection, clock);
  }

  async document(scope: AccessScope, documentId: string): Promise<DocumentRecord | undefined> {
    return this.#guard(() => this.#documents.byId(scope, documentId));
  }

  async documentByUri(scope: AccessScope, uri: string): Promise<DocumentRecord | undefined> {
    return this.#guard(() => this.#documents.byUri(scope, uri));
  }

  async documentsReplacing(scope: AccessScope, names: readonly string[]): Promise<readonly DocumentRecord[]> {
    return this.#guard(() => this.#documents.replacing(scope, names));
  }

  async documentsById(
    scope: AccessScope,
    documentIds: readonly string[],
    facts: FactFilter = {},
  ): Promise<ReadonlyMap<string, DocumentRecord>> {
    return this.#guard(() => this.#documents.byIds(scope, documentIds, facts));
  }

  async documentIds(
    scope: AccessScope,
    facts: FactFilter,
    options: { readonly hold: boolean; readonly limit: number },
  ): Promise<readonly string[]> {
    return this.#guard(() => this.#documents.ids(scope, facts, options));
  }

  async factCounts(scope: AccessScope, facts: FactFilter): Promise<FactCounts> {
    return this.#guard(() => this.#documents.factCounts(scope, facts));
  }

  async documents(scope: AccessScope, filter: DocumentFilter = {}): Promise<readonly DocumentRecord[]> {
    return this.#guard(() => this.#documents.list(scope, filter));
  }

  async countDocuments(scope: AccessScope, filter: DocumentFilter = {}): Promise<number> {
    return this.#guard(() => this.#documents.count(scope, filter));
  }

  async text(scope: AccessScope, documentId: string): Promise<StoredText | undefined> {
    return this.#guard(() => this.#documents.text(scope, documentId));
  }

  async signatures(scope: AccessScope, documentIds: readonly string[]): Promise<ReadonlyMap<string, Signature>> {
    return this.#guard(() => this.#duplicates.signatures(scope, documentIds));
  }

  async nearDuplicates(scope: AccessScope, documentId: string): Promise<readonly DocumentRecord[]> {
    return this.#guard(() => {
      const records = this.#documents.byIds(scope, this.#duplicates.group(scope, documentId));
      return [...records.values()].toSorted((a, b) => (a.uri < b.uri ? -1 : 1));
    });
  }

  async labels(scope: AccessScope): Promise<readonly AccessLabel[]> {
    assertSystemScope(scope);
    return this.#guard(() => this.#documents.distinctLabels());
  }

  async version(scope: AccessScope): Promise<number> {
    assertGenuineScope(scope);
    return this.#guard(() => this.#revisions.version());
  }

  async labelOverride(scope: AccessScope, uri: string): Promise<AccessLabel | undefined> {
    assertSystemScope(scope);
    return this.#guard(() => this.#overrides.of(uri));
  }

  async decidedUris(scope: AccessScope, uris: readonly string[]): Promise<readonly string[]> {
    assertSystemScope(scope);
    return this.#guard(() => this.#past.decidedAmong(uris));
  }

  async pastDecisions(
    scope: AccessScope,
    text: string,
    { uri, documentId, displaced }: PastDecisionPlace,
  ): Promise<readonly PastDecision[]> {
    assertSystemScope(scope);
    return this.#guard(() => {
      const decisions = this.#past.all(displaced);
      const signature = decisions.length === 0 ? null : signatureOf(text);
      if (signature === null) return [];
      const before = documentId === null ? undefined : this.#duplicates.signatures(scope, [documentId]).get(documentId);
      return this.#past.among(decisions, uri, signature, before);
    });
  }

  async files(scope: AccessScope, source: string): Promise<readonly FileRecord[]> {
    assertSystemScope(scope);
    return this.#guard(() => this.#files.ofSource(source));
  }

  async jobs(scope: AccessScope, filter: JobFilter = {}): Promise<readonly JobRecord[]> {
    assertSystemScope(scope);
    return this.#guard(() => this.#jobs.list(filter));
  }

  async apiKeys(scope: AccessScope): Promise<readonly ApiKeyRecord[]> {
    assertSystemScope(scope);
    return this.#guard(() => this.#keys.list());
  }

  async usage(
    scope: AccessScope,
    filter: { readonly sinceMs?: number; readonly limit?: number } = {},
  ): Promise<readonly UsageRecord[]> {
    assertSystemScope(scope);
    return this.#guard(() => this.#usage.list(filter));
  }

  async usageTotals(scope: AccessScope, filter: UsageFilter = {}): Promise<readonly UsageTotal[]> {
    return this.#guard(() => this.#usage.totals(usageFilterFor(scope, filter)));
  }

  async beginWriting(): Promise<number> {
    return this.#guard(() => this.#revisions.beginWriting());
  }

  async beginRevisions(requests: readonly RevisionRequest[]): Promise<readonly RevisionIntent[]> {
    return this.#together(() => requests.map((request) => this.#revisions.begin(request)));
  }

  async flipRevisions(flips: readonly RevisionFlip[]): Promise<readonly DocumentRecord[]> {
    const scope = systemScope('read back what was just written');
    // Before the transaction: other processes need not wait for arithmetic.
    const signatures = flips.map(({ draft }) => signatureOf(draft.text));
    return this.#together(() =>
      flips.map(({ intent, draft }, index) => {
        this.#revisions.flip(intent, draft, signatures[index] ?? null);
        const record = this.#documents.byId(scope, intent.documentId);
        if (record === undefined) throw new PerseaError('internal', `${draft.uri} vanished while it was written.`);
        return record;
      }),
    );
  }

  async endRevisions(intents: readonly RevisionIntent[]): Promise<void> {
    this.#repeatable(() => {
      for (const intent of intents) this.#revisions.end(intent);
    });
  }

  async abandonRevisions(intents: readonly RevisionIntent[]): Promise<void> {
    this.#repeatable(() => {
      for (const intent of intents) this.#revisions.abandon(intent);
    });
  }

  async openIntents(): Promise<readonly RevisionIntent[]> {
    return this.#guard(() => this.#revisions.open());
  }

  async openStoreChanges(): Promise<readonly StoreChange[]> {
    return this.#guard(() => this.#revisions.openStoreChanges());
  }

  async endStoreChanges(changes: readonly StoreChange[]): Promise<void> {
    this.#guard(() => this.#revisions.endStoreChanges(changes));
  }

  async relabelDocument(
    documentId: string,
    label: AccessLabel,
    options: { readonly isOverride: boolean },
  ): Promise<void> {
    this.#guard(() => this.#revisions.relabel(documentId, label, options));
  }

  async resetLabelOverride(documentId: string): Promise<void> {
    this.#guard(() => this.#revisions.resetLabelOverride(documentId));
  }

  async forgetLabelOverride(uri: string): Promise<void> {
    this.#guard(() => this.#overrides.forget(uri));
  }

  async moveDocument(documentId: string, uri: string, source: string): Promise<void> {
    this.#guard(() => this.#revisions.move(documentId, uri, source));
  }

  async removeDocument(documentId: string): Promise<void> {
    this.#guard(() => this.#revisions.remove(documentId));
  }

  async removeSource(source: string, options: { readonly keepExclusions: boolean }): Promise<number> {
    return this.#guard(() => removeSource(this.#connection, this.#duplicates, source, options));
  }

  async excludeUri(uri: string): Promise<void> {
    this.#guard(() =>
      this.#connection.transaction(() => {
        this.#files.exclude(uri);
        this.#overrides.forget(uri);
      }),
    );
  }

  async restoreUri(uri: string): Promise<void> {
    this.#guard(() => this.#files.restore(uri));
  }

  async markEmbedded(documentIds: readonly string[], isEmbedded: boolean): Promise<void> {
    this.#guard(() => this.#revisions.markEmbedded(documentIds, isEmbedded));
  }

  async recordFile(source: string, file: FileRecord): Promise<void> {
    this.#guard(() => this.#files.record(source, file));
  }

  async forgetFile(uri: string, movedTo?: string): Promise<void> {
    this.#guard(() =>
      this.#connection.transaction(() => {
        if (movedTo !== undefined) this.#past.move(uri, movedTo);
        this.#files.forget(uri);
      }),
    );
  }

  async enqueueJobs(requests: readonly JobRequest[]): Promise<readonly string[]> {
    return this.#guard(() => this.#jobs.enqueue(requests));
  }

  async leaseJobs(request: JobLeaseRequest): Promise<readonly JobLease[]> {
    return this.#repeatable(() => {
      this.#revisions.assertWriter(request.lease);
      return this.#jobs.lease(request);
    });
  }

  async nextJobDue(sources: readonly string[]): Promise<number | undefined> {
    return this.#guard(() => this.#jobs.nextDue(sources));
  }

  async renewJobs(lease: number, forMs: number): Promise<void> {
    this.#guard(() => this.#jobs.renew(lease, forMs));
  }

  async endJobs(lease: number, outcomes: readonly JobOutcome[]): Promise<void> {
    this.#guard(() => this.#jobs.end(lease, outcomes));
  }

  async retryJob(id: string): Promise<boolean> {
    return this.#guard(() => this.#jobs.retry(id));
  }

  async cancelJob(id: string): Promise<boolean> {
    return this.#guard(() => this.#jobs.cancel(id));
  }

  async createApiKey(key: {
    readonly principalId: string;
    readonly name: string;
    readonly hash: string;
  }): Promise<ApiKeyRecord> {
    return this.#guard(() => this.#keys.create(key));
  }

  async revokeApiKey(id: string): Promise<boolean> {
    return this.#guard(() => this.#keys.revoke(id));
  }

  async apiKeyByHash(hash: string): Promise<ApiKeyRecord | undefined> {
    return this.#guard(() => this.#keys.byHash(hash));
  }

  async assertWritable(): Promise<void> {
    this.#writeAtOnce(() => this.#connection.assertWritable());
  }

  async recordUsage(usage: UsageRecord): Promise<void> {
    // No answer waits for the disk: what a power cut takes is what was counted in the seconds before it.
    this.#writeAtOnce(() => this.#usage.record(usage));
  }

  async forgetPerson(principalId: string): Promise<{ readonly keys: number; readonly questions: number }> {
    return this.#guard(() => {
      const forgotten = this.#connection.transaction(() => ({
        keys: this.#keys.removeOf(principalId),
        questions: this.#usage.forget(principalId),
      }));
      this.#connection.compact();
      return forgotten;
    });
  }

  async setting(name: string): Promise<string | undefined> {
    return this.#guard(
      () => this.#connection.get<{ value: string }>('SELECT value FROM settings WHERE name = :name', { name })?.value,
    );
  }

  async setSetting(name: string, value: string | null): Promise<void> {
    this.#guard(() =>
      value === null
        ? this.#connection.run('DELETE FROM settings WHERE name = :name', { name })
        : this.#connection.run('INSERT OR REPLACE INTO settings (name, value) VALUES (:name, :value)', { name, value }),
    );
  }

  async verify(): Promise<void> {
    this.#guard(() => {
      const found = this.#connection.get<{ quick_check: string }>('PRAGMA quick_check(1)');
      if (found?.quick_check === 'ok') return;
      throw new PerseaError(
        'store-failed',
        `The catalogue ${this.#path} is damaged: its pages contradict each other. Restore it from a backup, or move the data folder away and ingest anew.`,
      );
    });
  }

  async compact(): Promise<void> {
    this.#guard(() => this.#connection.compact());
  }

  async close(): Promise<void> {
    this.#connection.close();
  }

  #together<T>(work: () => T): T {
    return this.#guard(() => this.#connection.transaction(work));
  }

  #repeatable<T>(work: () => T): T {
    return this.#guard(() => this.#connection.repeatableTransaction(work));
  }

  #writeAtOnce(work: () => void): void {
    this.#guard(() => this.#connection.withoutWaiting(() => this.#connection.repeatableTransaction(work)));
  }

  #guard<T>(work: () => T): T {
    try {
      return work();
    } catch (thrown) {
      throw toCatalogError(thrown, this.#path);
    }
  }
}
