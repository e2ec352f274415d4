/**
 * The truth about documents, revisions, labels, jobs and keys. LanceDB is an index derived from it. Every read of
 * documents demands a scope; what the scope does not permit is absent, in lists and counts too.
 */
import type { AccessLabel, LabelInput } from '../access/label.ts';
import type { AccessScope } from '../access/scope.ts';
import type { Block, DocumentProperties, Warning } from '../core/document.ts';
import type { FactFilter } from '../core/fact-filter.ts';
import type { Signature } from '../core/minhash.ts';
import type { SidePurpose } from '../core/prompt-purposes.ts';
import type { Zone } from '../core/zones.ts';
import type { JobFilter, JobLease, JobLeaseRequest, JobOutcome, JobRecord, JobRequest } from './jobs.ts';

/** A searchable document: it has a current revision. */
export interface DocumentRecord {
  readonly documentId: string;
  readonly uri: string;
  readonly source: string;
  readonly title: string;
  readonly mediaType: string;
  /** SHA-256 of the bytes of the current revision. */
  readonly contentHash: string;
  /** Current revision, from 1. */
  readonly revision: number;
  readonly label: AccessLabel;
  readonly labelId: string;
  /** Set by an operator's relabel; rules do not change it until it is reset. */
  readonly isLabelOverridden: boolean;
  /** What the document itself states (front matter), kept so that changed rules can be applied without parsing again. */
  readonly ownLabel: LabelInput | null;
  readonly chunkCount: number;
  readonly tokenCount: number;
  /** False while its chunks have no vectors (no model, or its classification keeps it from the embedder). */
  readonly isEmbedded: boolean;
  readonly pageCount: number | null;
  readonly properties: DocumentProperties;
  readonly warnings: readonly Warning[];
  /** Milliseconds since the epoch, as the source tells it. */
  readonly modifiedAt: number | null;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** The stored text of a current revision: what citations quote from and what the index can be rebuilt from. */
export interface StoredText {
  readonly documentId: string;
  readonly revision: number;
  readonly text: string;
  readonly blocks: readonly Block[];
}

export interface DocumentFilter {
  readonly source?: string;
  readonly uriPrefix?: string;
  readonly isEmbedded?: boolean;
  readonly limit?: number;
  /** Uri after which to go on; lists are ordered by uri. */
  readonly afterUri?: string;
}

export interface FactCount {
  readonly value: string;
  readonly count: number;
}

/** How many documents there are of each kind; the most frequent first, and of each fact no more than fit on a page. */
export interface FactCounts {
  readonly source: readonly FactCount[];
  readonly mediaType: readonly FactCount[];
  /** Documents whose language, or whose date, is not known are not counted there. */
  readonly language: readonly FactCount[];
  readonly year: readonly FactCount[];
}

export const maxFactValues = 50;

/** Everything of a revision that becomes visible at the flip. */
export interface RevisionDraft {
  readonly uri: string;
  readonly source: string;
  readonly title: string;
  readonly mediaType: string;
  readonly contentHash: string;
  /** Of the file; null where the text was not read from it anew. */
  readonly sizeBytes: number | null;
  /** As of a file; absent where the text was not read from it anew. */
  readonly parser?: string;
  readonly modifiedAt: number | null;
  readonly label: AccessLabel;
  readonly ownLabel: LabelInput | null;
  readonly text: string;
  readonly blocks: readonly Block[];
  readonly pageCount: number | null;
  readonly properties: DocumentProperties;
  readonly warnings: readonly Warning[];
  readonly chunkCount: number;
  readonly tokenCount: number;
  readonly isEmbedded: boolean;
  /** Its label is also that of a `PastDecision`, and stays like an operator's own. */
  readonly hasPastDecision?: boolean;
}

/** What an operator decided of a document whose file is gone, or holds another text now. */
export interface PastDecision {
  readonly uri: string;
  /** Null where the document was removed. */
  readonly label: AccessLabel | null;
}

export interface PastDecisionPlace {
  /** Of the text. */
  readonly uri: string;
  /** The document that is searchable under this uri now, if any. */
  readonly documentId: string | null;
  /** Uris whose files are known to be gone, or to hold something else than their documents do. */
  readonly displaced: readonly string[];
}

export interface RevisionRequest {
  readonly uri: string;
  readonly documentId?: string;
}

export interface RevisionFlip {
  readonly intent: RevisionIntent;
  readonly draft: RevisionDraft;
}

/** A journalled intent: chunks of this revision may lie in the store although nobody can see them yet. */
export interface RevisionIntent {
  readonly documentId: string;
  readonly revision: number;
  /** intended: chunks may be written; flipped: the revision is current, older chunks may remain to be deleted. */
  readonly state: 'intended' | 'flipped';
}

/**
 * What the store still has to follow after a removal or a relabel: journalled in the same transaction, so that a crash between
 * the two can be repaired. Readers never depend on it, because they re-check what the store returns.
 */
export interface StoreChange {
  readonly id: number;
  readonly documentId: string;
  /** The label that the document's chunks must get; null where its chunks must be deleted. */
  readonly label: AccessLabel | null;
}

export type QuarantineState = 'quarantined' | 'excluded';

/** What the last scan knew about one file of a source, whether it is searchable or not. */
export interface FileRecord {
  readonly uri: string;
  readonly documentId: string | null;
  readonly contentHash: string | null;
  readonly sizeBytes: number;
  readonly modifiedAt: number | null;
  readonly state: 'current' | QuarantineState;
  readonly code: string | null;
  readonly message: string | null;
  /** Media type and version of the loader that read it last; null where that is not known. */
  readonly parser: string | null;
}

export interface ApiKeyRecord {
  readonly id: string;
  readonly principalId: string;
  readonly name: string;
  readonly createdAt: number;
  readonly revokedAt: number | null;
}

/** Stands where a person stood who was forgotten; no person can have this id. */
export const forgottenPerson = '(forgotten)';

/** Cost and tokens of one question, without its content. */
export interface UsageRecord {
  readonly traceId: string;
  readonly principalId: string;
  readonly at: number;
  readonly status: string;
  readonly reason: string | null;
  readonly modelId: string | null;
  readonly zone: Zone | null;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costUsd: number;
  readonly totalMs: number;
  /** Groups that the person was in. */
  readonly groups?: readonly string[];
  /** One for each model that was asked; together they are the tokens and the cost of the question. */
  readonly calls?: readonly UsageCall[];
}

export interface UsageCall {
  readonly modelId: string;
  /** Absent for an answer. */
  readonly purpose?: SidePurpose;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costUsd: number;
}

export interface UsageFilter {
  readonly sinceMs?: number;
  /** Before this. */
  readonly untilMs?: number;
  readonly principalId?: string;
  readonly group?: string;
  /** One sum for each; one of all when absent. Days are those of UTC. */
  readonly by?: 'person' | 'model' | 'purpose' | 'day';
}

export interface UsageTotal {
  /** Person, model, purpose or day; null for the sum of all. */
  readonly key: string | null;
  readonly questions: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costUsd: number;
}

export interface CatalogReader {
  document(scope: AccessScope, documentId: string): Promise<DocumentRecord | undefined>;
  documentByUri(scope: AccessScope, uri: string): Promise<DocumentRecord | undefined>;
  /** The visible ones that say they replace a document named like one of these, as they write it; by uri, at most 100. */
  documentsReplacing(scope: AccessScope, names: readonly string[]): Promise<readonly DocumentRecord[]>;
  /** The visible ones among these ids, of which the given facts hold; for the re-check of what the store returned. */
  documentsById(
    scope: AccessScope,
    documentIds: readonly string[],
    facts?: FactFilter,
  ): Promise<ReadonlyMap<string, DocumentRecord>>;
  /** Ids of the visible documents of which these facts hold, or do not hold; ordered, and no more than the limit. */
  documentIds(
    scope: AccessScope,
    facts: FactFilter,
    options: { readonly hold: boolean; readonly limit: number },
  ): Promise<readonly string[]>;
  /** Counts visible documents only, of those of which the given facts hold. */
  factCounts(scope: AccessScope, facts: FactFilter): Promise<FactCounts>;
  documents(scope: AccessScope, filter?: DocumentFilter): Promise<readonly DocumentRecord[]>;
  countDocuments(scope: AccessScope, filter?: DocumentFilter): Promise<number>;
  /** Text of the current revision. */
  text(scope: AccessScope, documentId: string): Promise<StoredText | undefined>;
  /** By which near-duplicates are told, of the visible ones among these ids that have a text with words. */
  signatures(scope: AccessScope, documentIds: readonly string[]): Promise<ReadonlyMap<string, Signature>>;
  /**
   * The visible documents whose texts are nearly this one's, directly or through others that are visible too; by uri, at most 100.
   * None for a document that is not visible.
   */
  nearDuplicates(scope: AccessScope, documentId: string): Promise<readonly DocumentRecord[]>;
  /** All distinct labels that a current document has; only for the system, to resolve scopes from. */
  labels(scope: AccessScope): Promise<readonly AccessLabel[]>;
  /** Grows with every change of documents or labels, by whichever process; caches keyed by it are never stale. */
  version(scope: AccessScope): Promise<number>;
  /** Sums of usage, by key. Of the person's own questions only, except for the system and for administrators. */
  usageTotals(scope: AccessScope, filter?: UsageFilter): Promise<readonly UsageTotal[]>;
  /** Only for the system, as are the reads below: what they return has no label of its own. */
  files(scope: AccessScope, source: string): Promise<readonly FileRecord[]>;
  /** What an operator decided of a document that is gone: the next one of its uri has this label. */
  labelOverride(scope: AccessScope, uri: string): Promise<AccessLabel | undefined>;
  /** Those of these uris whose document an operator relabelled or removed. */
  decidedUris(scope: AccessScope, uris: readonly string[]): Promise<readonly string[]>;
  /**
   * What operators decided of texts that are not where they were and of which this one may be an edited version: of the same file name
   * and half the same, or most of it the same. Not of those that the text of `documentId` resembled before. By uri.
   */
  pastDecisions(scope: AccessScope, text: string, place: PastDecisionPlace): Promise<readonly PastDecision[]>;
  jobs(scope: AccessScope, filter?: JobFilter): Promise<readonly JobRecord[]>;
  apiKeys(scope: AccessScope): Promise<readonly ApiKeyRecord[]>;
  usage(
    scope: AccessScope,
    filter?: { readonly sinceMs?: number; readonly limit?: number },
  ): Promise<readonly UsageRecord[]>;
}

export interface Catalog extends CatalogReader {
  /**
   * A new writer's number, higher than that of all before. From now on this catalogue's own writes of revisions are refused
   * as soon as another writer has begun: a writer that was taken for dead must not write any more.
   */
  beginWriting(): Promise<number>;
  /**
   * Journals that a new revision of each of these documents will be written, before any chunk is: all or none. A new document
   * gets its id here. An unfinished intent of the same document is replaced and its revision number is not used again.
   */
  beginRevisions(requests: readonly RevisionRequest[]): Promise<readonly RevisionIntent[]>;
  /**
   * One transaction, all or none: each draft becomes the current revision, its file record `current`, its label and text
   * stored.
   */
  flipRevisions(flips: readonly RevisionFlip[]): Promise<readonly DocumentRecord[]>;
  /** After the older chunks are deleted: the intents are done. */
  endRevisions(intents: readonly RevisionIntent[]): Promise<void>;
  /** After the chunks of an unflipped revision are deleted: the intents are forgotten. */
  abandonRevisions(intents: readonly RevisionIntent[]): Promise<void>;
  /** Left over by a crash; the worker repairs them before anything else. */
  openIntents(): Promise<readonly RevisionIntent[]>;
  /** Removals and relabels that the store has not followed yet, oldest first. */
  openStoreChanges(): Promise<readonly StoreChange[]>;
  /** After the store has followed. A change of the same document that came later stays open. */
  endStoreChanges(changes: readonly StoreChange[]): Promise<void>;

  /** Effective for every reader at once; the rows of the store follow. `isOverride` marks an operator's own decision. */
  relabelDocument(documentId: string, label: AccessLabel, options: { readonly isOverride: boolean }): Promise<void>;
  /** Gives the label back to the rules; it is recomputed by the next ingest. */
  resetLabelOverride(documentId: string): Promise<void>;
  /** Of a document that is gone, and of what came attached to it: what comes there next has the label of its rules. */
  forgetLabelOverride(uri: string): Promise<void>;
  moveDocument(documentId: string, uri: string, source: string): Promise<void>;
  /** Gone from every read at once; the text goes too. The chunks of the store are deleted by the caller afterwards. */
  removeDocument(documentId: string): Promise<void>;
  /**
   * All documents of a source at once, each as by `removeDocument`, with what is known of its files and jobs. Returns how many
   * documents. What operators excluded stays so where wanted, for a source that will be ingested again.
   */
  removeSource(source: string, options: { readonly keepExclusions: boolean }): Promise<number>;
  /** An operator removed a file that is still in its source: ingest leaves it out until it is restored. */
  excludeUri(uri: string): Promise<void>;
  restoreUri(uri: string): Promise<void>;
  /** Documents were re-embedded without a change of content. */
  markEmbedded(documentIds: readonly string[], isEmbedded: boolean): Promise<void>;

  recordFile(source: string, file: FileRecord): Promise<void>;
  /**
   * With the job that was given up over it, if any. `movedTo`: where the file of a removed document is now; what is kept to know it
   * by goes with it.
   */
  forgetFile(uri: string, movedTo?: string): Promise<void>;

  /** One open job a uri: a further request makes it due again. Returns their ids. */
  enqueueJobs(requests: readonly JobRequest[]): Promise<readonly string[]>;
  /**
   * Those that are due and those of writers that are gone, by priority; what was tried before comes after what was not; then
   * by age. Throws `store-busy` where another writer has begun.
   */
  leaseJobs(request: JobLeaseRequest): Promise<readonly JobLease[]>;
  /** When the next job of these sources is due, in milliseconds since the epoch; undefined where none waits. */
  nextJobDue(sources: readonly string[]): Promise<number | undefined>;
  /** A heartbeat: shows for so much longer that the jobs of this writer are being worked on. */
  renewJobs(lease: number, forMs: number): Promise<void>;
  /** Ignored for jobs that this writer does not hold any more. */
  endJobs(lease: number, outcomes: readonly JobOutcome[]): Promise<void>;
  /** Due at once; false where the job is done or under way. Throws `job-absent`. */
  retryJob(id: string): Promise<boolean>;
  /** False where the job is done or under way. Throws `job-absent`. */
  cancelJob(id: string): Promise<boolean>;

  createApiKey(key: {
    readonly principalId: string;
    readonly name: string;
    readonly hash: string;
  }): Promise<ApiKeyRecord>;
  revokeApiKey(id: string): Promise<boolean>;
  /** Revoked keys are not found. */
  apiKeyByHash(hash: string): Promise<ApiKeyRecord | undefined>;

  /** Throws what a write would: `disk-full`, `store-failed`, and `store-busy` at once while another process is writing. */
  assertWritable(): Promise<void>;
  /** Waits for nobody: throws `store-busy` at once while another process is writing. */
  recordUsage(usage: UsageRecord): Promise<void>;
  /**
   * Deletes this person's keys, and leaves what they used as sums of days that name nobody. No byte of the name stays there.
   * Returns how many of each. Throws `store-busy` while somebody reads.
   */
  forgetPerson(principalId: string): Promise<{ readonly keys: number; readonly questions: number }>;

  /** Small facts about the store itself, such as which index is active. */
  setting(name: string): Promise<string | undefined>;
  /** Null forgets it. */
  setSetting(name: string, value: string | null): Promise<void>;

  /**
   * Leaves no byte of what was removed in the files of the catalogue. Takes as long as copying them, and space for that.
   * Throws `store-busy` while somebody reads.
   */
  compact(): Promise<void>;
  /** Reads the whole catalogue. Throws `store-failed` where it is damaged. */
  verify(): Promise<void>;
  close(): Promise<void>;
}
