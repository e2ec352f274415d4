/** Writes of documents. Each method is one transaction that also bumps the catalogue's version. */
import { type AccessLabel, labelId } from '../access/label.ts';
import type { Clock } from '../core/async.ts';
import { PerseaError } from '../core/errors.ts';
import { randomId } from '../core/ids.ts';
import type { Signature } from '../core/minhash.ts';
import type { RevisionDraft, RevisionIntent, RevisionRequest, StoreChange } from './catalog.ts';
import type { SqliteConnection } from './sqlite-connection.ts';
import type { SqliteDuplicates } from './sqlite-duplicates.ts';
import type { SqliteLabelOverrides } from './sqlite-label-overrides.ts';
import type { SqlitePastDecisions } from './sqlite-past-decisions.ts';

interface IntentRow {
  readonly document_id: string;
  readonly revision: number;
  readonly state: 'intended' | 'flipped';
}

interface CurrentRow {
  readonly document_id: string;
  readonly last_revision: number;
  readonly label_id: string;
  readonly is_label_overridden: number;
}

export class SqliteRevisions {
  readonly #connection: SqliteConnection;
  readonly #duplicates: SqliteDuplicates;
  readonly #overrides: SqliteLabelOverrides;
  readonly #past: SqlitePastDecisions;
  readonly #clock: Clock;
  /** Null until this catalogue began to write. */
  #writer: number | null = null;

  constructor(
    connection: SqliteConnection,
    duplicates: SqliteDuplicates,
    overrides: SqliteLabelOverrides,
    past: SqlitePastDecisions,
    clock: Clock,
  ) {
    this.#connection = connection;
    this.#duplicates = duplicates;
    this.#overrides = overrides;
    this.#past = past;
    this.#clock = clock;
  }

  beginWriting(): number {
    return this.#connection.transaction(() => {
      const number = this.#lastWriter() + 1;
      this.#connection.run('INSERT OR REPLACE INTO settings (name, value) VALUES (:name, :value)', {
        name: writerSetting,
        value: String(number),
      });
      this.#writer = number;
      this.#past.sweep();
      return number;
    });
  }

  #lastWriter(): number {
    return Number(
      this.#connection.get<{ value: string }>('SELECT value FROM settings WHERE name = :name', { name: writerSetting })
        ?.value ?? 0,
    );
  }

  /** A writer that was stopped so long that another one began must not go on where it was. */
  assertWriter(writer: number | null = this.#writer): void {
    if (writer !== null && this.#lastWriter() !== writer) {
      throw new PerseaError(
        'store-busy',
        'Another process has taken over writing to this data folder; nothing was written.',
      );
    }
  }

  begin(request: RevisionRequest): RevisionIntent {
    return this.#connection.transaction(() => {
      this.assertWriter();
      const { uri } = request;
      const current =
        request.documentId === undefined
          ? this.#connection.get<CurrentRow>(`${selectCurrent} WHERE uri = :uri`, { uri })
          : this.#connection.get<CurrentRow>(`${selectCurrent} WHERE document_id = :documentId`, {
              documentId: request.documentId,
            });
      if (request.documentId !== undefined && current === undefined) throw absent(request.documentId);
      // A new document whose first write was cut short goes on under the id it got then.
      const unfinished = this.#connection.all<IntentRow>(
        `SELECT document_id, revision, state FROM intents i WHERE uri = :uri
         AND NOT EXISTS (SELECT 1 FROM documents d WHERE d.document_id = i.document_id)`,
        { uri },
      );
      const documentId = current?.document_id ?? unfinished[0]?.document_id ?? randomId('doc');
      const begun = this.#connection.get<IntentRow>(
        'SELECT document_id, revision, state FROM intents WHERE document_id = :documentId',
        { documentId },
      );
      const revision = Math.max(current?.last_revision ?? 0, begun?.revision ?? 0) + 1;
      for (const other of unfinished) {
        if (other.document_id !== documentId) this.#noteStoreChange(other.document_id, 'remove');
        this.#connection.run('DELETE FROM intents WHERE document_id = :other', { other: other.document_id });
      }
      this.#connection.run('DELETE FROM intents WHERE document_id = :documentId', { documentId });
      this.#connection.run(
        `INSERT INTO intents (document_id, revision, state, uri) VALUES (:documentId, :revision, 'intended', :uri)`,
        { documentId, revision, uri },
      );
      this.#connection.run('UPDATE documents SET last_revision = :revision WHERE document_id = :documentId', {
        documentId,
        revision,
      });
      return { documentId, revision, state: 'intended' };
    });
  }

  /** `signature` is the draft's text's. */
  flip(intent: RevisionIntent, draft: RevisionDraft, signature: Signature | null): void {
    // SQLite keeps UTF-8, which has no place for lone surrogates: offsets and quotes would no longer agree.
    if (!draft.text.isWellFormed()) {
      throw new PerseaError(
        'internal',
        `The text parsed from ${draft.uri} is not well-formed Unicode and was not stored.`,
      );
    }
    this.#connection.transaction(() => {
      this.assertWriter();
      const { documentId, revision } = intent;
      const open = this.#connection.get<IntentRow>(
        'SELECT document_id, revision, state FROM intents WHERE document_id = :documentId',
        { documentId },
      );
      if (open?.revision !== revision || open.state !== 'intended') {
        throw new PerseaError(
          'store-failed',
          `Revision ${revision} of ${draft.uri} cannot become current: its intent was ended or replaced meanwhile.`,
          { isRetryable: true },
        );
      }
      const file = this.#connection.get<{ state: string }>('SELECT state FROM files WHERE uri = :uri', {
        uri: draft.uri,
      });
      if (file?.state === 'excluded') {
        throw new PerseaError('document-absent', `${draft.uri} was removed by an operator while it was ingested.`);
      }
      const draftLabelId = this.#keepLabel(draft.label);
      const current = this.#connection.get<CurrentRow>(`${selectCurrent} WHERE document_id = :documentId`, {
        documentId,
      });
      // An operator may have relabelled the document while it was parsed: that decision stands, and the new chunks follow it.
      const overriddenId =
        current === undefined
          ? this.#overrides.take(draft.uri)
          : current.is_label_overridden === 1
            ? current.label_id
            : undefined;
      const keptLabelId = overriddenId ?? draftLabelId;
      if (keptLabelId !== draftLabelId) this.#noteStoreChange(documentId, 'relabel');
      this.#connection.run(upsertDocument, {
        documentId,
        uri: draft.uri,
        source: draft.source,
        title: draft.title,
        mediaType: draft.mediaType,
        contentHash: draft.contentHash,
        revision,
        labelId: keptLabelId,
        isOverridden: overriddenId !== undefined || draft.hasPastDecision === true ? 1 : 0,
        ownLabel: draft.ownLabel === null ? null : JSON.stringify(draft.ownLabel),
        chunkCount: draft.chunkCount,
        tokenCount: draft.tokenCount,
        isEmbedded: draft.isEmbedded ? 1 : 0,
        pageCount: draft.pageCount,
        properties: JSON.stringify(draft.properties),
        warnings: JSON.stringify(draft.warnings),
        modifiedAt: draft.modifiedAt,
        now: this.#clock.now(),
      });
      this.#connection.run(
        `INSERT INTO texts (document_id, text, blocks) VALUES (:documentId, :text, :blocks)
         ON CONFLICT (document_id) DO UPDATE SET text = excluded.text, blocks = excluded.blocks`,
        { documentId, text: draft.text, blocks: JSON.stringify(draft.blocks) },
      );
      this.#past.keepReplaced(documentId, signature);
      this.#duplicates.remember(documentId, signature);
      this.#connection.run(
        `INSERT INTO files (uri, source, document_id, content_hash, size_bytes, modified_at, state, parser)
         VALUES (:uri, :source, :documentId, :contentHash, coalesce(:sizeBytes, 0), :modifiedAt, 'current', :parser)
         ON CONFLICT (uri) DO UPDATE SET source = excluded.source, document_id = excluded.document_id,
           content_hash = excluded.content_hash, size_bytes = coalesce(:sizeBytes, size_bytes), modified_at = excluded.modified_at, state = 'current',
           code = NULL, message = NULL, parser = coalesce(:parser, parser)`,
        {
          uri: draft.uri,
          source: draft.source,
          documentId,
          contentHash: draft.contentHash,
          sizeBytes: draft.sizeBytes,
          modifiedAt: draft.modifiedAt,
          parser: draft.parser ?? null,
        },
      );
      this.#connection.run(`UPDATE intents SET state = 'flipped' WHERE document_id = :documentId`, { documentId });
      this.#bumpVersion();
    });
  }

  /** Ending what was never flipped would leave chunks that nobody deletes. */
  end(intent: RevisionIntent): void {
    this.#forgetIntent(intent, 'flipped');
  }

  abandon(intent: RevisionIntent): void {
    this.#forgetIntent(intent, 'intended');
  }

  open(): readonly RevisionIntent[] {
    return this.#connection
      .all<IntentRow>('SELECT document_id, revision, state FROM intents ORDER BY document_id')
      .map((row) => ({ documentId: row.document_id, revision: row.revision, state: row.state }));
  }

  relabel(documentId: string, label: AccessLabel, options: { readonly isOverride: boolean }): void {
    this.#connection.transaction(() => {
      const current = this.#current(documentId);
      // Rules do not change what an operator decided; the caller's rewrite of the store is put right by the journal.
      if (options.isOverride || current.is_label_overridden === 0) {
        this.#connection.run(
          `UPDATE documents SET label_id = :labelId, is_label_overridden = :isOverridden, updated_at = :now
           WHERE document_id = :documentId`,
          {
            documentId,
            labelId: this.#keepLabel(label),
            isOverridden: options.isOverride ? 1 : 0,
            now: this.#clock.now(),
          },
        );
        this.#bumpVersion();
      }
      this.#noteStoreChange(documentId, 'relabel');
    });
  }

  resetLabelOverride(documentId: string): void {
    this.#update(documentId, 'is_label_overridden = 0');
  }

  move(documentId: string, uri: string, source: string): void {
    this.#connection.transaction(() => {
      this.#current(documentId);
      const holder = this.#connection.get<CurrentRow>(`${selectCurrent} WHERE uri = :uri`, { uri });
      if (holder !== undefined && holder.document_id !== documentId) {
        throw new PerseaError('store-failed', `A document cannot move to ${uri}: another document is there.`, {
          isRetryable: false,
        });
      }
      // Of another document that was there.
      this.#overrides.forget(uri);
      this.#connection.run(
        'UPDATE documents SET uri = :uri, source = :source, updated_at = :now WHERE document_id = :documentId',
        { documentId, uri, source, now: this.#clock.now() },
      );
      this.#bumpVersion();
    });
  }

  /** Removing what is not there is no error: a removal may be repeated after a crash. */
  remove(documentId: string): void {
    this.#connection.transaction(() => {
      this.#past.keepOf(documentId);
      this.#duplicates.forget(documentId);
      this.#overrides.keepOf(documentId);
      const removed = this.#connection.run('DELETE FROM documents WHERE document_id = :documentId', { documentId });
      // A write under way must not bring the document back.
      this.#connection.run('DELETE FROM intents WHERE document_id = :documentId', { documentId });
      this.#connection.run(`DELETE FROM files WHERE document_id = :documentId AND state = 'current'`, { documentId });
      this.#connection.run('UPDATE files SET document_id = NULL WHERE document_id = :documentId', { documentId });
      if (removed > 0) {
        this.#noteStoreChange(documentId, 'remove');
        this.#bumpVersion();
      }
    });
  }

  markEmbedded(documentIds: readonly string[], isEmbedded: boolean): void {
    this.#connection.transaction(() => {
      this.#connection.run(
        `UPDATE documents SET is_embedded = :isEmbedded, updated_at = :now
         WHERE document_id IN (SELECT value FROM json_each(:documentIds))`,
        { documentIds: JSON.stringify(documentIds), isEmbedded: isEmbedded ? 1 : 0, now: this.#clock.now() },
      );
      this.#bumpVersion();
    });
  }

  openStoreChanges(): readonly StoreChange[] {
    return this.#connection
      .all<{ id: number; document_id: string; change: 'remove' | 'relabel'; label: string | null }>(
        `SELECT c.id, c.document_id, c.change, l.label FROM store_changes c
         LEFT JOIN documents d ON d.document_id = c.document_id LEFT JOIN labels l ON l.label_id = d.label_id
         ORDER BY c.id`,
      )
      .map((row) => ({
        id: row.id,
        documentId: row.document_id,
        // A document that is gone has no label to follow any more.
        label: row.change === 'remove' || row.label === null ? null : (JSON.parse(row.label) as AccessLabel),
      }));
  }

  endStoreChanges(changes: readonly StoreChange[]): void {
    this.#connection.run('DELETE FROM store_changes WHERE id IN (SELECT value FROM json_each(:ids))', {
      ids: JSON.stringify(changes.map((change) => change.id)),
    });
    if (changes.some((change) => change.label === null)) this.#connection.truncateLog();
  }

  version(): number {
    return this.#connection.catalogVersion();
  }

  #forgetIntent(intent: RevisionIntent, state: RevisionIntent['state']): void {
    this.#connection.run(
      'DELETE FROM intents WHERE document_id = :documentId AND revision = :revision AND state = :state',
      { documentId: intent.documentId, revision: intent.revision, state },
    );
  }

  #update(documentId: string, assignment: string): void {
    this.#connection.transaction(() => {
      this.#current(documentId);
      this.#connection.run(`UPDATE documents SET ${assignment}, updated_at = :now WHERE document_id = :documentId`, {
        documentId,
        now: this.#clock.now(),
      });
      this.#bumpVersion();
    });
  }

  #current(documentId: string): CurrentRow {
    const row = this.#connection.get<CurrentRow>(`${selectCurrent} WHERE document_id = :documentId`, { documentId });
    if (row === undefined) throw absent(documentId);
    return row;
  }

  #keepLabel(label: AccessLabel): string {
    const id = labelId(label);
    this.#connection.run('INSERT OR IGNORE INTO labels (label_id, label) VALUES (:id, :label)', {
      id,
      label: JSON.stringify({ clauses: label.clauses, classification: label.classification }),
    });
    return id;
  }

  /** A new id each time, so that ending an older change of the same document leaves this one open. */
  #noteStoreChange(documentId: string, change: 'remove' | 'relabel'): void {
    this.#connection.run('INSERT OR REPLACE INTO store_changes (document_id, change) VALUES (:documentId, :change)', {
      documentId,
      change,
    });
  }

  #bumpVersion(): void {
    this.#connection.bumpCatalogVersion();
  }
}

const writerSetting = 'writer';

const selectCurrent = 'SELECT document_id, last_revision, label_id, is_label_overridden FROM documents';

const upsertDocument = `
INSERT INTO documents (document_id, uri, source, title, media_type, content_hash, revision, last_revision, label_id,
  is_label_overridden, own_label, chunk_count, token_count, is_embedded, page_count, properties, warnings, modified_at,
  created_at, updated_at)
VALUES (:documentId, :uri, :source, :title, :mediaType, :contentHash, :revision, :revision, :labelId,
  :isOverridden, :ownLabel, :chunkCount, :tokenCount, :isEmbedded, :pageCount, :properties, :warnings, :modifiedAt, :now, :now)
ON CONFLICT (document_id) DO UPDATE SET uri = excluded.uri, source = excluded.source, title = excluded.title,
  media_type = excluded.media_type, content_hash = excluded.content_hash, revision = excluded.revision,
  label_id = excluded.label_id, is_label_overridden = excluded.is_label_overridden, own_label = excluded.own_label, chunk_count = excluded.chunk_count,
  token_count = excluded.token_count, is_embedded = excluded.is_embedded, page_count = excluded.page_count,
  properties = excluded.properties, warnings = excluded.warnings, modified_at = excluded.modified_at,
  updated_at = excluded.updated_at`;

function absent(documentId: string): PerseaError {
  return new PerseaError('document-absent', `There is no document ${documentId} to change.`);
}
