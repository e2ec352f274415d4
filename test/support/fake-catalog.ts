/** The catalogue as plain maps: for tests of what stands on it, and to hold the contract against a second implementation. */
import { type AccessLabel, labelId } from '../../src/access/label.ts';
import { type AccessScope, assertGenuineScope, assertSystemScope } from '../../src/access/scope.ts';
import {
  type ApiKeyRecord,
  type Catalog,
  type DocumentFilter,
  type DocumentRecord,
  type FactCounts,
  type FileRecord,
  forgottenPerson,
  maxFactValues,
  type PastDecision,
  type PastDecisionPlace,
  type RevisionDraft,
  type RevisionFlip,
  type RevisionIntent,
  type RevisionRequest,
  type StoreChange,
  type StoredText,
  type UsageFilter,
  type UsageRecord,
  type UsageTotal,
} from '../../src/catalog/catalog.ts';
import type {
  JobFilter,
  JobLease,
  JobLeaseRequest,
  JobOutcome,
  JobRecord,
  JobRequest,
} from '../../src/catalog/jobs.ts';
import { usageFilterFor } from '../../src/catalog/usage-filter.ts';
import { startOfDay } from '../../src/core/dates.ts';
import { PerseaError } from '../../src/core/errors.ts';
import type { FactFilter } from '../../src/core/fact-filter.ts';
import { jaccard, nearDuplicateJaccard, type Signature, shinglesOf, signatureOf } from '../../src/core/minhash.ts';

type StoredFile = FileRecord & { readonly source: string };
type Begun = RevisionIntent & { readonly uri: string };

export class FakeCatalog implements Catalog {
  readonly #now: () => number;
  readonly #documents = new Map<string, DocumentRecord>();
  readonly #overrides = new Map<string, AccessLabel>();
  readonly #pastTexts = new Map<string, string>();
  readonly #texts = new Map<string, StoredText>();
  readonly #begun = new Map<string, number>();
  readonly #intents = new Map<string, Begun>();
  readonly #changes = new Map<string, { readonly id: number; readonly isRemoval: boolean }>();
  readonly #files = new Map<string, StoredFile>();
  readonly #jobs = new Map<string, JobRecord>();
  readonly #leases = new Map<string, number>();
  readonly #askedAgain = new Set<string>();
  readonly #keys = new Map<string, ApiKeyRecord & { readonly hash: string }>();
  readonly #usage = new Map<string, UsageRecord>();
  readonly #settings = new Map<string, string>();
  #version = 0;
  #lastId = 0;
  #writer = 0;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  async document(scope: AccessScope, documentId: string): Promise<DocumentRecord | undefined> {
    return this.#visible(scope).find((record) => record.documentId === documentId);
  }

  async documentByUri(scope: AccessScope, uri: string): Promise<DocumentRecord | undefined> {
    return this.#visible(scope).find((record) => record.uri === uri);
  }

  async documentsReplacing(scope: AccessScope, names: readonly string[]): Promise<readonly DocumentRecord[]> {
    return this.#visible(scope)
      .filter(({ properties: { supersedes } }) => supersedes !== undefined && names.includes(supersedes))
      .sort((a, b) => (a.uri < b.uri ? -1 : 1));
  }

  async documentsById(
    scope: AccessScope,
    ids: readonly string[],
    facts: FactFilter = {},
  ): Promise<ReadonlyMap<string, DocumentRecord>> {
    const found = this.#visible(scope).filter((record) => ids.includes(record.documentId) && holds(facts, record));
    return new Map(found.map((record) => [record.documentId, record]));
  }

  async documents(scope: AccessScope, filter: DocumentFilter = {}): Promise<readonly DocumentRecord[]> {
    return this.#matching(scope, filter).slice(0, filter.limit ?? Number.POSITIVE_INFINITY);
  }

  async countDocuments(scope: AccessScope, filter: DocumentFilter = {}): Promise<number> {
    return this.#matching(scope, filter).length;
  }

  async documentIds(
    scope: AccessScope,
    facts: FactFilter,
    { hold, limit }: { readonly hold: boolean; readonly limit: number },
  ): Promise<readonly string[]> {
    const found = this.#visible(scope).filter((record) => holds(facts, record) === hold);
    return found
      .map((record) => record.documentId)
      .toSorted()
      .slice(0, limit);
  }

  async factCounts(scope: AccessScope, facts: FactFilter): Promise<FactCounts> {
    const found = this.#visible(scope).filter((record) => holds(facts, record));
    const counts = (factOf: (record: DocumentRecord) => string | undefined) =>
      [...Map.groupBy(found, factOf)]
        .flatMap(([value, records]) => (value === undefined ? [] : [{ value, count: records.length }]))
        .toSorted((a, b) => b.count - a.count || compareUris(a.value, b.value))
        .slice(0, maxFactValues);
    return {
      source: counts((record) => record.source),
      mediaType: counts((record) => record.mediaType),
      language: counts(languageOf),
      year: counts((record) => {
        const date = dateOf(record);
        return date === null ? undefined : String(new Date(date).getUTCFullYear());
      }),
    };
  }

  async text(scope: AccessScope, documentId: string): Promise<StoredText | undefined> {
    return (await this.document(scope, documentId)) && this.#texts.get(documentId);
  }

  async signatures(scope: AccessScope, ids: readonly string[]): Promise<ReadonlyMap<string, Signature>> {
    const signatures = new Map<string, Signature>();
    for (const documentId of (await this.documentsById(scope, ids)).keys()) {
      const signature = signatureOf(this.#texts.get(documentId)?.text ?? '');
      if (signature !== null) signatures.set(documentId, signature);
    }
    return signatures;
  }

  async nearDuplicates(scope: AccessScope, documentId: string): Promise<readonly DocumentRecord[]> {
    const visible = this.#visible(scope);
    const textOf = (record: DocumentRecord) => shinglesOf(this.#texts.get(record.documentId)?.text ?? '');
    const group = visible.filter((record) => record.documentId === documentId);
    for (const member of group) {
      for (const other of visible) {
        if (!group.includes(other) && jaccard(textOf(member), textOf(other)) >= nearDuplicateJaccard) group.push(other);
      }
    }
    return group.slice(1).toSorted((a, b) => compareUris(a.uri, b.uri));
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

  async labelOverride(scope: AccessScope, uri: string): Promise<AccessLabel | undefined> {
    assertSystemScope(scope);
    return this.#overrides.get(uri);
  }

  async decidedUris(scope: AccessScope, uris: readonly string[]): Promise<readonly string[]> {
    assertSystemScope(scope);
    const relabelled = [...this.#documents.values()].filter((record) => record.isLabelOverridden);
    const removed = [...this.#files.values()].filter(({ state }) => state === 'excluded');
    const decided = new Set([...relabelled, ...removed].map(({ uri }) => uri));
    return uris.filter((uri) => decided.has(uri));
  }

  async pastDecisions(
    scope: AccessScope,
    text: string,
    { uri, documentId, displaced }: PastDecisionPlace,
  ): Promise<readonly PastDecision[]> {
    assertSystemScope(scope);
    const before = documentId === null ? undefined : this.#texts.get(documentId)?.text;
    const nameOf = (place: string) => place.slice(place.lastIndexOf('/') + 1);
    const isLike = (past: string, a: string, b: string) =>
      jaccard(shinglesOf(a), shinglesOf(b)) >= (nameOf(past) === nameOf(uri) ? 0.5 : 0.7);
    const decisions: (PastDecision & { readonly past: string | undefined })[] = [];
    for (const { uri: place, label, isLabelOverridden, documentId: id } of this.#documents.values()) {
      if (!isLabelOverridden) continue;
      decisions.push({ uri: place, label, past: this.#pastTexts.get(place) });
      if (displaced.includes(place)) decisions.push({ uri: place, label, past: this.#texts.get(id)?.text });
    }
    for (const [gone, label] of this.#overrides) {
      if (!this.#files.has(gone)) decisions.push({ uri: gone, label, past: this.#pastTexts.get(gone) });
    }
    for (const { uri: gone, state } of this.#files.values()) {
      if (state === 'excluded' && displaced.includes(gone))
        decisions.push({ uri: gone, label: null, past: this.#pastTexts.get(gone) });
    }
    return decisions
      .filter(({ uri: place, past }) => {
        if (past === undefined || !isLike(place, past, text)) return false;
        return before === undefined || !isLike(place, past, before);
      })
      .map(({ uri: place, label }) => ({ uri: place, label }))
      .toSorted((a, b) => compareUris(a.uri, b.uri));
  }

  async files(scope: AccessScope, source: string): Promise<readonly FileRecord[]> {
    assertSystemScope(scope);
    return [...this.#files.values()]
      .filter((file) => file.source === source)
      .toSorted((a, b) => compareUris(a.uri, b.uri))
      .map(({ source: _, ...file }) => file);
  }

  async jobs(scope: AccessScope, filter: JobFilter = {}): Promise<readonly JobRecord[]> {
    assertSystemScope(scope);
    return [...this.#jobs.values()]
      .filter((job) => filter.state === undefined || job.state === filter.state)
      .filter((job) => filter.id === undefined || job.id === filter.id)
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

  async usageTotals(scope: AccessScope, filter: UsageFilter = {}): Promise<readonly UsageTotal[]> {
    const { sinceMs = 0, untilMs = Number.POSITIVE_INFINITY, principalId, group, by } = usageFilterFor(scope, filter);
    const asked = [...this.#usage.values()].filter(
      (usage) =>
        usage.at >= sinceMs &&
        usage.at < untilMs &&
        (principalId === undefined || usage.principalId === principalId) &&
        (group === undefined || usage.groups?.includes(group) === true),
    );
    const parts = asked.flatMap((usage): (Omit<UsageTotal, 'questions'> & { readonly question: string | null })[] => {
      const question = usage.status === 'titled' ? null : usage.traceId;
      if (by !== 'model' && by !== 'purpose') {
        const keys = { person: usage.principalId, day: new Date(usage.at).toISOString().slice(0, 10) };
        return [{ ...usage, question, key: by === undefined ? null : keys[by] }];
      }
      const own = usage.modelId === null ? [] : [{ ...usage, modelId: usage.modelId }];
      const { calls = own } = usage;
      return calls.map((call) => {
        const purpose = 'purpose' in call ? call.purpose : undefined;
        return { ...call, question, key: by === 'model' ? call.modelId : (purpose ?? 'answer') };
      });
    });
    const sums = [...Map.groupBy(parts, ({ key }) => key)].map(([key, of]) => ({
      key,
      questions: new Set(of.flatMap(({ question }) => question ?? [])).size,
      inputTokens: of.reduce((sum, { inputTokens }) => sum + inputTokens, 0),
      outputTokens: of.reduce((sum, { outputTokens }) => sum + outputTokens, 0),
      costUsd: of.reduce((sum, { costUsd }) => sum + costUsd, 0),
    }));
    if (by === undefined && sums.length === 0) {
      return [{ key: null, questions: 0, inputTokens: 0, outputTokens: 0, costUsd: 0 }];
    }
    return sums.toSorted((a, b) => ((a.key ?? '') < (b.key ?? '') ? -1 : 1));
  }

  async beginWriting(): Promise<number> {
    this.#writer += 1;
    return this.#writer;
  }

  async beginRevisions(requests: readonly RevisionRequest[]): Promise<readonly RevisionIntent[]> {
    return requests.map((request) => this.#begin(request));
  }

  async flipRevisions(flips: readonly RevisionFlip[]): Promise<readonly DocumentRecord[]> {
    for (const { intent, draft } of flips) this.#assertFlippable(intent, draft);
    return flips.map(({ intent, draft }) => this.#flip(intent, draft));
  }

  async endRevisions(intents: readonly RevisionIntent[]): Promise<void> {
    for (const intent of intents) this.#forgetIntent(intent, 'flipped');
  }

  async abandonRevisions(intents: readonly RevisionIntent[]): Promise<void> {
    for (const intent of intents) this.#forgetIntent(intent, 'intended');
  }

  #begin(request: RevisionRequest): RevisionIntent {
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

  #assertFlippable({ documentId, revision }: RevisionIntent, draft: RevisionDraft): void {
    if (!draft.text.isWellFormed()) throw new PerseaError('internal', 'The text is not well-formed.');
    const open = this.#intents.get(documentId);
    if (open?.revision !== revision || open.state !== 'intended') {
      throw new PerseaError('store-failed', 'The intent was ended or replaced.');
    }
    const file = this.#files.get(draft.uri);
    if (file?.state === 'excluded') throw new PerseaError('document-absent', 'The file was excluded.');
  }

  #flip(intent: RevisionIntent, draft: RevisionDraft): DocumentRecord {
    const { documentId, revision } = intent;
    const file = this.#files.get(draft.uri);
    const current = this.#documents.get(documentId);
    const override = current === undefined ? this.#overrides.get(draft.uri) : undefined;
    if (current === undefined) this.#overrides.delete(draft.uri);
    const label = override ?? (current?.isLabelOverridden === true ? current.label : draft.label);
    if (labelId(label) !== labelId(draft.label)) this.#noteChange(documentId, false);
    const { text, blocks, sizeBytes, hasPastDecision, ...facts } = draft;
    const replaced = current?.isLabelOverridden === true ? (this.#texts.get(documentId)?.text ?? '') : text;
    if (jaccard(shinglesOf(replaced), shinglesOf(text)) < 0.5) this.#pastTexts.set(draft.uri, replaced);
    const record: DocumentRecord = {
      ...facts,
      documentId,
      revision,
      label,
      labelId: labelId(label),
      isLabelOverridden: hasPastDecision === true || (current?.isLabelOverridden ?? override !== undefined),
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
      sizeBytes: sizeBytes ?? file?.sizeBytes ?? 0,
      modifiedAt: draft.modifiedAt,
      state: 'current',
      code: null,
      message: null,
      parser: draft.parser ?? file?.parser ?? null,
    });
    this.#intents.set(documentId, { ...intent, uri: draft.uri, state: 'flipped' });
    this.#version += 1;
    return record;
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

  async forgetLabelOverride(uri: string): Promise<void> {
    this.#forgetOverrides(uri);
  }

  async moveDocument(documentId: string, uri: string, source: string): Promise<void> {
    const isTaken = [...this.#documents.values()].some((other) => other.uri === uri && other.documentId !== documentId);
    if (isTaken) throw new PerseaError('store-failed', 'Another document is there.');
    this.#forgetOverrides(uri);
    this.#update(documentId, { uri, source });
  }

  async removeDocument(documentId: string): Promise<void> {
    this.#keepOverride(this.#documents.get(documentId));
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

  async removeSource(source: string, { keepExclusions }: { readonly keepExclusions: boolean }): Promise<number> {
    const removed = [...this.#documents.values()].filter((document) => document.source === source);
    for (const { documentId } of removed) await this.removeDocument(documentId);
    for (const [documentId, { uri }] of this.#intents) {
      if (!uri.startsWith(`${source}/`)) continue;
      this.#intents.delete(documentId);
      this.#noteChange(documentId, true);
    }
    for (const [uri, file] of this.#files) {
      if (file.source === source && !(keepExclusions && file.state === 'excluded')) this.#files.delete(uri);
    }
    this.#forgetOverrides(source);
    for (const [id, job] of this.#jobs) if (job.source === source && job.state !== 'leased') this.#jobs.delete(id);
    return removed.length;
  }

  async excludeUri(uri: string): Promise<void> {
    const known = this.#files.get(uri);
    this.#forgetOverrides(uri);
    const empty = { documentId: null, contentHash: null, sizeBytes: 0, modifiedAt: null, parser: null };
    this.#files.set(uri, {
      ...(known ?? { ...empty, uri, source: uri.split('/', 1)[0] ?? uri }),
      state: 'excluded',
      code: null,
      message: null,
    });
  }

  #keepOverride(document: DocumentRecord | undefined): void {
    if (document !== undefined) this.#pastTexts.set(document.uri, this.#texts.get(document.documentId)?.text ?? '');
    if (document?.isLabelOverridden !== true) return;
    const { uri, label } = document;
    for (const file of this.#files.values()) {
      if (file.state === 'excluded' && (file.uri === uri || uri.startsWith(`${file.uri}/`))) return;
    }
    this.#overrides.set(uri, label);
  }

  #forgetOverrides(place: string): void {
    for (const uri of this.#overrides.keys()) {
      if (uri === place || uri.startsWith(`${place}/`)) this.#overrides.delete(uri);
    }
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

  async forgetFile(uri: string, movedTo?: string): Promise<void> {
    const past = this.#pastTexts.get(uri);
    if (movedTo !== undefined && past !== undefined) this.#pastTexts.set(movedTo, past);
    this.#files.delete(uri);
    for (const [id, job] of this.#jobs) if (job.uri === uri && job.state === 'dead') this.#jobs.delete(id);
  }

  async enqueueJobs(requests: readonly JobRequest[]): Promise<readonly string[]> {
    const now = this.#now();
    return requests.map(({ source, uri, priority = 0 }) => {
      const ofUri = [...this.#jobs.values()].filter((job) => job.uri === uri);
      const open = ofUri.find(isOpen) ?? ofUri.find((job) => job.state === 'dead');
      if (open?.state === 'leased') {
        this.#askedAgain.add(open.id);
        return open.id;
      }
      const fresh = { id: this.#newId('job'), uri, code: null, message: null, createdAt: now, priority };
      const known = open ?? fresh;
      const job: JobRecord = {
        ...known,
        source,
        priority: Math.max(known.priority, priority),
        state: 'queued',
        attempts: 0,
        runAfter: now,
        leasedUntil: null,
        updatedAt: now,
      };
      this.#jobs.set(job.id, job);
      return job.id;
    });
  }

  async leaseJobs({ lease, sources, limit, forMs }: JobLeaseRequest): Promise<readonly JobLease[]> {
    const now = this.#now();
    if (lease !== this.#writer) throw new PerseaError('store-busy', 'Another writer has begun.');
    const isDue = (job: JobRecord) =>
      job.state === 'leased'
        ? (this.#leases.get(job.id) ?? lease) < lease
        : (job.state === 'queued' || job.state === 'failed') && job.runAfter <= now;
    const due = [...this.#jobs.values()]
      .filter((job) => sources.includes(job.source) && isDue(job))
      .toSorted((a, b) => b.priority - a.priority || a.attempts - b.attempts || a.createdAt - b.createdAt)
      .slice(0, limit);
    return due.map((job) => {
      const attempts = job.attempts + 1;
      this.#jobs.set(job.id, { ...job, state: 'leased', attempts, leasedUntil: now + forMs, updatedAt: now });
      this.#leases.set(job.id, lease);
      this.#askedAgain.delete(job.id);
      return { id: job.id, source: job.source, uri: job.uri, priority: job.priority, attempts };
    });
  }

  async nextJobDue(sources: readonly string[]): Promise<number | undefined> {
    const waiting = [...this.#jobs.values()].filter(
      (job) => sources.includes(job.source) && (job.state === 'queued' || job.state === 'failed'),
    );
    return waiting.length === 0 ? undefined : Math.min(...waiting.map((job) => job.runAfter));
  }

  async renewJobs(lease: number, forMs: number): Promise<void> {
    for (const [id, job] of this.#jobs)
      if (this.#leases.get(id) === lease) this.#jobs.set(id, { ...job, leasedUntil: this.#now() + forMs });
  }

  async endJobs(lease: number, outcomes: readonly JobOutcome[]): Promise<void> {
    for (const { id, state, code = null, message = null, runAfter = this.#now() } of outcomes) {
      const job = this.#jobs.get(id);
      if (job?.state !== 'leased' || this.#leases.get(id) !== lease) continue;
      const isAskedAgain = this.#askedAgain.delete(id);
      const attempts = isAskedAgain ? 0 : state === 'queued' ? job.attempts - 1 : job.attempts;
      const next = isAskedAgain ? 'queued' : state;
      this.#leases.delete(id);
      this.#jobs.set(id, {
        ...job,
        state: next,
        attempts,
        code,
        message,
        runAfter,
        leasedUntil: null,
        updatedAt: this.#now(),
      });
    }
  }

  async retryJob(id: string): Promise<boolean> {
    const job = this.#job(id);
    const isTaken = [...this.#jobs.values()].some((other) => other.uri === job.uri && other.id !== id && isOpen(other));
    if (isTaken || !['failed', 'dead', 'cancelled'].includes(job.state)) return false;
    this.#jobs.set(id, { ...job, state: 'queued', attempts: 0, runAfter: this.#now(), updatedAt: this.#now() });
    return true;
  }

  async cancelJob(id: string): Promise<boolean> {
    const job = this.#job(id);
    if (!['queued', 'failed', 'dead'].includes(job.state)) return false;
    this.#jobs.set(id, { ...job, state: 'cancelled', updatedAt: this.#now() });
    return true;
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

  async assertWritable(): Promise<void> {}

  async recordUsage(usage: UsageRecord): Promise<void> {
    this.#usage.set(usage.traceId, usage);
    this.#dropGroups();
  }

  #dropGroups(): void {
    for (const { groups: _, ...usage } of this.#usage.values()) {
      const isOver = usage.principalId === forgottenPerson && usage.at < startOfDay(this.#now());
      if (isOver) this.#usage.set(usage.traceId, usage);
    }
  }

  async forgetPerson(principalId: string): Promise<{ readonly keys: number; readonly questions: number }> {
    const keys = [...this.#keys.values()].filter((key) => key.principalId === principalId);
    for (const { id } of keys) this.#keys.delete(id);
    const used = [...this.#usage.values()].filter((usage) => usage.principalId === principalId);
    for (const usage of used) {
      this.#usage.delete(usage.traceId);
      const traceId = `forgotten_${usage.traceId}`;
      this.#usage.set(traceId, { ...usage, traceId, at: startOfDay(usage.at), principalId: forgottenPerson });
    }
    this.#dropGroups();
    return { keys: keys.length, questions: used.filter(({ status }) => status !== 'titled').length };
  }

  async setting(name: string): Promise<string | undefined> {
    return this.#settings.get(name);
  }

  async setSetting(name: string, value: string | null): Promise<void> {
    if (value === null) this.#settings.delete(name);
    else this.#settings.set(name, value);
  }

  async compact(): Promise<void> {}

  async verify(): Promise<void> {}

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

function isOpen(job: JobRecord): boolean {
  return job.state === 'queued' || job.state === 'leased' || job.state === 'failed';
}

/** By UTF-8 bytes, as a database compares. */
function compareUris(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function holds(facts: FactFilter, record: DocumentRecord): boolean {
  const { sources, uriPrefix, mediaTypes, languages, fromMs, beforeMs } = facts;
  const [language, date] = [languageOf(record), dateOf(record)];
  return (
    (sources === undefined || sources.includes(record.source)) &&
    record.uri.startsWith(uriPrefix ?? '') &&
    (mediaTypes === undefined ||
      mediaTypes.some((type) =>
        type.endsWith('/') ? record.mediaType.startsWith(type) : record.mediaType === type,
      )) &&
    (languages === undefined ||
      languages.some((tag) => language === tag || language?.startsWith(`${tag}-`) === true)) &&
    (fromMs === undefined || (date !== null && date >= fromMs)) &&
    (beforeMs === undefined || (date !== null && date < beforeMs))
  );
}

function languageOf({ properties }: DocumentRecord): string | undefined {
  return properties.language?.toLowerCase().replaceAll('_', '-');
}

function dateOf({ properties, modifiedAt }: DocumentRecord): number | null {
  return properties.date === undefined || !/^\d{4}-\d\d-\d\d/.test(properties.date)
    ? modifiedAt
    : Date.parse(properties.date);
}
