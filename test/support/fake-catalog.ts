/** The catalogue as plain maps: for tests of what stands on it, and to hold the contract against a second implementation. */
import { type AccessLabel, labelId } from '../../src/access/label.ts';
import { type AccessScope, assertGenuineScope, assertSystemScope } from '../../src/access/scope.ts';
import type {
  ApiKeyRecord,
  Catalog,
  DocumentFilter,
  DocumentRecord,
  FileRecord,
  JobRecord,
  JobState,
  RevisionDraft,
  RevisionIntent,
  StoreChange,
  StoredText,
  UsageRecord,
} from '../../src/catalog/catalog.ts';
import { PerseaError } from '../../src/core/errors.ts';

type StoredFile = FileRecord & { readonly source: string };
type Begun = RevisionIntent & { readonly uri: string };

export class FakeCatalog implements Catalog {
  readonly #now: () => number;
  readonly #documents = new Map<string, DocumentRecord>();
  readonly #texts = new Map<string, StoredText>();
  readonly #begun = new Map<string, number>();
  readonly #intents = new Map<string, Begun>();
  readonly #changes = new Map<string, { readonly id: number; readonly isRemoval: boolean }>();
  readonly #files = new Map<string, StoredFile>();
  readonly #jobs = new Map<string, JobRecord>();
  readonly #keys = new Map<string, ApiKeyRecord & { readonly hash: string }>();
  readonly #usage = new Map<string, UsageRecord>();
  readonly #settings = new Map<string, string>();
  #version = 0;
  #lastId = 0;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  async document(scope: AccessScope, documentId: string): Promise<DocumentRecord | undefined> {
    return this.#visible(scope).find((record) => record.documentId === documentId);
  }

  async documentByUri(scope: AccessScope, uri: string): Promise<DocumentRecord | undefined> {
    return this.#visible(scope).find((record) => record.uri === uri);
  }

  async documentsById(scope: AccessScope, ids: readonly string[]): Promise<ReadonlyMap<string, DocumentRecord>> {
    const found = this.#visible(scope).filter((record) => ids.includes(record.documentId));
    return new Map(found.map((record) => [record.documentId, record]));
  }

  async documents(scope: AccessScope, filter: DocumentFilter = {}): Promise<readonly DocumentRecord[]> {
    return this.#matching(scope, filter).slice(0, filter.limit ?? Number.POSITIVE_INFINITY);
  }

  async countDocuments(scope: AccessScope, filter: DocumentFilter = {}): Promise<number> {
    return this.#matching(scope, filter).length;
  }

  async text(scope: AccessScope, documentId: string): Promise<StoredText | undefined> {
    return (await this.document(scope, documentId)) && this.#texts.get(documentId);
  }

  async labels(scope: AccessScope): Promise<readonly AccessLabel[]> {
    assertSystemScope(scope);
    const labels = new Map([...this.#documents.values()].map((record) => [record.labelId, record.label]));
    return [...labels].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, label]) => label);
  }

  async version(scope: AccessScope): Promise<number> {
    assertGenuineScope(scope);
    return this.#version;
  }

  async files(scope: AccessScope, source: string): Promise<readonly FileRecord[]> {
    assertSystemScope(scope);
    return [...this.#files.values()]
      .filter((file) => file.source === source)
      .toSorted((a, b) => compareUris(a.uri, b.uri))
      .map(({ source: _, ...file }) => file);
  }

  async jobs(
    scope: AccessScope,
    filter: { readonly state?: JobState; readonly limit?: number } = {},
  ): Promise<readonly JobRecord[]> {
    assertSystemScope(scope);
    return [...this.#jobs.values()]
      .filter((job) => filter.state === undefined || job.state === filter.state)
      .toSorted((a, b) => b.updatedAt - a.updatedAt || (a.id < b.id ? -1 : 1))
      .slice(0, filter.limit ?? Number.POSITIVE_INFINITY);
  }

  async apiKeys(scope: AccessScope): Promise<readonly ApiKeyRecord[]> {
    assertSystemScope(scope);
    return [...this.#keys.values()].map(({ hash: _, ...key }) => key);
  }

  async usage(
    scope: AccessScope,
    filter: { readonly sinceMs?: number; readonly limit?: number } = {},
  ): Promise<readonly UsageRecord[]> {
    assertSystemScope(scope);
    return [...this.#usage.values()]
      .filter((usage) => usage.at >= (filter.sinceMs ?? 0))
      .toSorted((a, b) => b.at - a.at || (a.traceId < b.traceId ? -1 : 1))
      .slice(0, filter.limit ?? Number.POSITIVE_INFINITY);
  }

  async beginRevision(request: { readonly uri: string; readonly documentId?: string }): Promise<RevisionIntent> {
    const { uri } = request;
    const current =
      request.documentId === undefined
        ? [...this.#documents.values()].find((record) => record.uri === uri)
        : this.#current(request.documentId);
    const unfinished = [...this.#intents.values()].filter(
      (intent) => intent.uri === uri && !this.#documents.has(intent.documentId),
    );
    const documentId = current?.documentId ?? unfinished[0]?.documentId ?? this.#newId('doc');
    for (const intent of unfinished) {
      this.#intents.delete(intent.documentId);
      if (intent.documentId !== documentId) this.#noteChange(intent.documentId, true);
    }
    const revision = (this.#begun.get(documentId) ?? 0) + 1;
    this.#begun.set(documentId, revision);
    const intent = { documentId, revision, state: 'intended' } as const;
    this.#intents.set(documentId, { ...intent, uri });
    return intent;
  }

  async flipRevision(intent: RevisionIntent, draft: RevisionDraft): Promise<DocumentRecord> {
    const { documentId, revision } = intent;
    if (!draft.text.isWellFormed()) throw new PerseaError('internal', 'The text is not well-formed.');
    const open = this.#intents.get(documentId);
    if (open?.revision !== revision || open.state !== 'intended') {
      throw new PerseaError('store-failed', 'The intent was ended or replaced.');
    }
    const file = this.#files.get(draft.uri);
    if (file?.state === 'excluded') throw new PerseaError('document-absent', 'The file was excluded.');
    const current = this.#documents.get(documentId);
    const label = current?.isLabelOverridden === true ? current.label : draft.label;
    if (labelId(label) !== labelId(draft.label)) this.#noteChange(documentId, false);
    const { text, blocks, ...facts } = draft;
    const record: DocumentRecord = {
      ...facts,
      documentId,
      revision,
      label,
      labelId: labelId(label),
      isLabelOverridden: current?.isLabelOverridden ?? false,
      createdAt: current?.createdAt ?? this.#now(),
      updatedAt: this.#now(),
    };
    this.#documents.set(documentId, record);
    this.#texts.set(documentId, { documentId, revision, text, blocks });
    this.#files.set(draft.uri, {
      uri: draft.uri,
      source: draft.source,
      documentId,
      contentHash: draft.contentHash,
      sizeBytes: file?.sizeBytes ?? 0,
      modifiedAt: draft.modifiedAt,
      state: 'current',
      code: null,
      message: null,
    });
    this.#intents.set(documentId, { ...open, state: 'flipped' });
    this.#version += 1;
    return record;
  }

  async endRevision(intent: RevisionIntent): Promise<void> {
    this.#forgetIntent(intent, 'flipped');
  }

  async abandonRevision(intent: RevisionIntent): Promise<void> {
    this.#forgetIntent(intent, 'intended');
  }

  async openIntents(): Promise<readonly RevisionIntent[]> {
    return [...this.#intents.values()]
      .map(({ uri: _, ...intent }) => intent)
      .toSorted((a, b) => (a.documentId < b.documentId ? -1 : 1));
  }

  async openStoreChanges(): Promise<readonly StoreChange[]> {
    return [...this.#changes]
      .map(([documentId, { id, isRemoval }]) => ({
        id,
        documentId,
        label: isRemoval ? null : (this.#documents.get(documentId)?.label ?? null),
      }))
      .toSorted((a, b) => a.id - b.id);
  }

  async endStoreChanges(changes: readonly StoreChange[]): Promise<void> {
    for (const { id, documentId } of changes) {
      if (this.#changes.get(documentId)?.id === id) this.#changes.delete(documentId);
    }
  }

  async relabelDocument(
    documentId: string,
    label: AccessLabel,
    options: { readonly isOverride: boolean },
  ): Promise<void> {
    const current = this.#current(documentId);
    if (options.isOverride || !current.isLabelOverridden) {
      this.#update(documentId, { label, labelId: labelId(label), isLabelOverridden: options.isOverride });
    }
    this.#noteChange(documentId, false);
  }

  async resetLabelOverride(documentId: string): Promise<void> {
    this.#update(documentId, { isLabelOverridden: false });
  }

  async moveDocument(documentId: string, uri: string, source: string): Promise<void> {
    const isTaken = [...this.#documents.values()].some((other) => other.uri === uri && other.documentId !== documentId);
    if (isTaken) throw new PerseaError('store-failed', 'Another document is there.');
    this.#update(documentId, { uri, source });
  }

  async removeDocument(documentId: string): Promise<void> {
    const isKnown = this.#documents.delete(documentId);
    this.#texts.delete(documentId);
    this.#intents.delete(documentId);
    for (const [uri, file] of this.#files) {
      if (file.documentId !== documentId) continue;
      if (file.state === 'current') this.#files.delete(uri);
      else this.#files.set(uri, { ...file, documentId: null });
    }
    if (!isKnown) return;
    this.#noteChange(documentId, true);
    this.#version += 1;
  }

  async excludeUri(uri: string): Promise<void> {
    const known = this.#files.get(uri);
    const empty = { documentId: null, contentHash: null, sizeBytes: 0, modifiedAt: null };
    this.#files.set(uri, {
      ...(known ?? { ...empty, uri, source: uri.split('/', 1)[0] ?? uri }),
      state: 'excluded',
      code: null,
      message: null,
    });
  }

  async restoreUri(uri: string): Promise<void> {
    if (this.#files.get(uri)?.state === 'excluded') this.#files.delete(uri);
  }

  async markEmbedded(documentIds: readonly string[], isEmbedded: boolean): Promise<void> {
    for (const documentId of documentIds) {
      if (this.#documents.has(documentId)) this.#update(documentId, { isEmbedded });
    }
  }

  async recordFile(source: string, file: FileRecord): Promise<void> {
    this.#files.set(file.uri, { ...file, source });
  }

  async forgetFile(uri: string): Promise<void> {
    this.#files.delete(uri);
  }

  async enqueueJob(uri: string): Promise<string> {
    const open = [...this.#jobs.values()].find(
      (job) => job.uri === uri && job.state !== 'done' && job.state !== 'dead',
    );
    const now = this.#now();
    const fresh = { uri, attempts: 0, code: null, message: null, createdAt: now };
    const job = { ...(open ?? { ...fresh, id: this.#newId('job') }), state: 'queued', updatedAt: now } as const;
    this.#jobs.set(job.id, job);
    return job.id;
  }

  async startJob(jobId: string): Promise<void> {
    const job = this.#job(jobId);
    this.#jobs.set(jobId, { ...job, state: 'leased', attempts: job.attempts + 1, updatedAt: this.#now() });
  }

  async endJob(
    jobId: string,
    outcome: { readonly state: 'done' | 'failed' | 'dead'; readonly code?: string; readonly message?: string },
  ): Promise<void> {
    const { state, code = null, message = null } = outcome;
    this.#jobs.set(jobId, { ...this.#job(jobId), state, code, message, updatedAt: this.#now() });
  }

  async createApiKey(key: {
    readonly principalId: string;
    readonly name: string;
    readonly hash: string;
  }): Promise<ApiKeyRecord> {
    const { hash, ...facts } = key;
    const record = { ...facts, id: this.#newId('key'), createdAt: this.#now(), revokedAt: null };
    this.#keys.set(record.id, { ...record, hash });
    return record;
  }

  async revokeApiKey(id: string): Promise<boolean> {
    const key = this.#keys.get(id);
    if (key === undefined || key.revokedAt !== null) return false;
    this.#keys.set(id, { ...key, revokedAt: this.#now() });
    return true;
  }

  async apiKeyByHash(wanted: string): Promise<ApiKeyRecord | undefined> {
    const found = [...this.#keys.values()].find((key) => key.hash === wanted && key.revokedAt === null);
    if (found === undefined) return undefined;
    const { hash: _, ...record } = found;
    return record;
  }

  async recordUsage(usage: UsageRecord): Promise<void> {
    this.#usage.set(usage.traceId, usage);
  }

  async setting(name: string): Promise<string | undefined> {
    return this.#settings.get(name);
  }

  async setSetting(name: string, value: string): Promise<void> {
    this.#settings.set(name, value);
  }

  async close(): Promise<void> {}

  #visible(scope: AccessScope): readonly DocumentRecord[] {
    assertGenuineScope(scope);
    const { labelIds } = scope;
    return [...this.#documents.values()].filter((record) => labelIds === 'all' || labelIds.has(record.labelId));
  }

  #matching(scope: AccessScope, filter: DocumentFilter): readonly DocumentRecord[] {
    return this.#visible(scope)
      .filter((record) => filter.source === undefined || record.source === filter.source)
      .filter((record) => record.uri.startsWith(filter.uriPrefix ?? ''))
      .filter((record) => filter.isEmbedded === undefined || record.isEmbedded === filter.isEmbedded)
      .filter((record) => filter.afterUri === undefined || compareUris(record.uri, filter.afterUri) > 0)
      .toSorted((a, b) => compareUris(a.uri, b.uri));
  }

  #current(documentId: string): DocumentRecord {
    const record = this.#documents.get(documentId);
    if (record === undefined) throw new PerseaError('document-absent', 'There is no such document.');
    return record;
  }

  #update(documentId: string, fields: Partial<DocumentRecord>): void {
    this.#documents.set(documentId, { ...this.#current(documentId), ...fields, updatedAt: this.#now() });
    this.#version += 1;
  }

  #forgetIntent(intent: RevisionIntent, state: RevisionIntent['state']): void {
    const open = this.#intents.get(intent.documentId);
    if (open?.revision === intent.revision && open.state === state) this.#intents.delete(intent.documentId);
  }

  #noteChange(documentId: string, isRemoval: boolean): void {
    this.#lastId += 1;
    this.#changes.set(documentId, { id: this.#lastId, isRemoval });
  }

  #job(jobId: string): JobRecord {
    const job = this.#jobs.get(jobId);
    if (job === undefined) throw new PerseaError('job-absent', 'There is no such job.');
    return job;
  }

  #newId(prefix: string): string {
    this.#lastId += 1;
    return `${prefix}_${this.#lastId}`;
  }
}

/** By UTF-8 bytes, as a database compares. */
function compareUris(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
