/** Traces in an SQLite file of their own: they may be deleted at any time, and ingest never waits for them. */
import { join } from 'node:path';
import { type AccessScope, assertGenuineScope, assertSystemScope } from '../access/scope.ts';
import { SqliteConnection, toCatalogError } from '../catalog/sqlite-connection.ts';
import type { Clock } from '../core/async.ts';
import {
  type Feedback,
  type FeedbackRating,
  type FeedbackRequest,
  type TraceFacts,
  type TraceRecord,
  tracedDocumentIds,
} from '../core/trace.ts';
import { dayMs } from '../core/dates.ts';
import { type ContentHasher, createContentHasher, keptContent } from './content.ts';
import { traceMigrations } from './schema.ts';
import type { ContentPolicy, KeptContent, StoredTrace, TraceFilter, TraceRemoval, TraceStore } from './trace-store.ts';

export interface SqliteTracesOptions {
  /** Folder of `traces.db` and of the key of its hashes. */
  readonly directory: string;
  readonly retentionDays: () => number;
  readonly clock: Clock;
}

/** What stands still with feedback and the tidying of an ingest for somebody else who writes. */
const busyTimeoutMs = 250;
/** How often a process that answers looks for what is past its time. */
const expireEveryMs = 3_600_000;
const defaultListLimit = 100;

/** Throws `catalog-too-new` for a file of a newer program and `store-failed` for one that cannot be opened. */
export function openSqliteTraces(options: SqliteTracesOptions): TraceStore {
  const path = join(options.directory, 'traces.db');
  try {
    return new SqliteTraces(path, new SqliteConnection(path, busyTimeoutMs, traceMigrations), options);
  } catch (thrown) {
    throw toCatalogError(thrown, path);
  }
}

interface TraceRow {
  readonly trace_id: string;
  readonly principal_id: string;
  readonly at: number;
  readonly facts: string;
  readonly content: string | null;
  readonly rating: FeedbackRating | null;
  readonly comment: string | null;
  readonly feedback_at: number | null;
}

const selectTraces = `
  SELECT t.trace_id, t.principal_id, t.at, t.facts, t.content, f.rating, f.comment, f.at AS feedback_at
  FROM traces t LEFT JOIN feedback f ON f.trace_id = t.trace_id
  WHERE t.at >= :since AND (:owner IS NULL OR t.principal_id = :owner)`;

class SqliteTraces implements TraceStore {
  readonly #path: string;
  readonly #connection: SqliteConnection;
  readonly #hash: ContentHasher;
  readonly #options: SqliteTracesOptions;
  #nextExpiryAt = 0;

  constructor(path: string, connection: SqliteConnection, options: SqliteTracesOptions) {
    this.#path = path;
    this.#connection = connection;
    this.#hash = createContentHasher(join(options.directory, 'traces.key'));
    this.#options = options;
  }

  async record(trace: TraceRecord, policy: ContentPolicy): Promise<void> {
    await this.#writeWhenFree(() => {
      const content = keptContent(trace.content, policy, this.#hash);
      const { traceId, principalId, at } = trace;
      this.#connection.run(
        `INSERT OR REPLACE INTO traces (trace_id, principal_id, at, facts, content)
         VALUES (:traceId, :principalId, :at, :facts, :content)`,
        {
          traceId,
          principalId,
          at,
          facts: JSON.stringify(trace.facts),
          content: content === null ? null : JSON.stringify(content),
        },
      );
      if (content?.kind !== 'full') return;
      for (const documentId of tracedDocumentIds(trace.facts)) {
        this.#connection.run('INSERT INTO trace_documents (document_id, trace_id) VALUES (:documentId, :traceId)', {
          documentId,
          traceId,
        });
      }
    });
    const now = this.#options.clock.now();
    if (now < this.#nextExpiryAt) return;
    this.#nextExpiryAt = now + expireEveryMs;
    await this.#writeWhenFree(() => this.#deleteExpired());
  }

  find(scope: AccessScope, traceId: string): StoredTrace | undefined {
    return this.#guard(() => {
      const row = this.#connection.get<TraceRow>(`${selectTraces} AND t.trace_id = :traceId`, {
        ...this.#ownedBy(scope),
        traceId,
      });
      return row === undefined ? undefined : storedTrace(row);
    });
  }

  list(
    scope: AccessScope,
    { limit = defaultListLimit, hasFeedback = false }: TraceFilter = {},
  ): readonly StoredTrace[] {
    return this.#guard(() =>
      this.#connection
        .all<TraceRow>(
          `${selectTraces} AND (:hasFeedback = 0 OR f.trace_id IS NOT NULL) ORDER BY t.at DESC, t.trace_id LIMIT :limit`,
          { ...this.#ownedBy(scope), hasFeedback: hasFeedback ? 1 : 0, limit },
        )
        .map(storedTrace),
    );
  }

  recordFeedback(scope: AccessScope, { traceId, rating, comment }: FeedbackRequest): boolean {
    assertGenuineScope(scope);
    const { subject } = scope;
    if (subject.kind !== 'principal') return false;
    return this.#write(() => {
      const changes = this.#connection.run(
        `INSERT INTO feedback (trace_id, rating, comment, at)
         SELECT trace_id, :rating, :comment, :at FROM traces
         WHERE trace_id = :traceId AND principal_id = :asker AND at >= :since
         ON CONFLICT (trace_id) DO UPDATE SET rating = excluded.rating, comment = excluded.comment, at = excluded.at`,
        {
          traceId,
          rating,
          comment: comment ?? null,
          asker: subject.id,
          at: this.#options.clock.now(),
          since: this.#since(),
        },
      );
      return changes > 0;
    });
  }

  remove(scope: AccessScope, which: TraceRemoval): number {
    assertSystemScope(scope);
    return this.#write(() =>
      'traceId' in which
        ? this.#connection.run('DELETE FROM traces WHERE trace_id = :traceId', { traceId: which.traceId })
        : this.#connection.run('DELETE FROM traces WHERE principal_id = :principalId', {
            principalId: which.principalId,
          }),
    );
  }

  expire(): number {
    return this.#write(() => this.#deleteExpired());
  }

  documentIds(scope: AccessScope): readonly string[] {
    assertSystemScope(scope);
    return this.#guard(() =>
      this.#connection
        .all<{ document_id: string }>('SELECT DISTINCT document_id FROM trace_documents ORDER BY document_id')
        .map((row) => row.document_id),
    );
  }

  forgetDocuments(documentIds: readonly string[]): void {
    for (const documentId of documentIds) {
      this.#write(() => {
        const rows = this.#connection.all<{ trace_id: string; facts: string; content: string }>(
          `SELECT t.trace_id, t.facts, t.content FROM trace_documents d JOIN traces t ON t.trace_id = d.trace_id
           WHERE d.document_id = :documentId AND t.content IS NOT NULL`,
          { documentId },
        );
        for (const row of rows) {
          const content = withoutDocument(JSON.parse(row.content), JSON.parse(row.facts), documentId);
          this.#connection.run('UPDATE traces SET content = :content WHERE trace_id = :traceId', {
            content: JSON.stringify(content),
            traceId: row.trace_id,
          });
          // A comment may quote the answer.
          this.#connection.run('UPDATE feedback SET comment = NULL WHERE trace_id = :traceId', {
            traceId: row.trace_id,
          });
        }
        this.#connection.run('DELETE FROM trace_documents WHERE document_id = :documentId', { documentId });
      });
    }
  }

  compact(): void {
    this.#guard(() => this.#connection.compact());
  }

  close(): void {
    this.#connection.close();
  }

  /** Null for everybody's. */
  #ownedBy(scope: AccessScope): { readonly owner: string | null; readonly since: number } {
    assertGenuineScope(scope);
    const { subject } = scope;
    const isEverybody = subject.kind === 'system' || subject.roles.includes('admin');
    return { owner: isEverybody ? null : subject.id, since: this.#since() };
  }

  /** What is older is past its time, whether it was deleted yet or not. */
  #since(): number {
    return this.#options.clock.now() - this.#options.retentionDays() * dayMs;
  }

  #deleteExpired(): number {
    return this.#connection.run('DELETE FROM traces WHERE at < :since', { since: this.#since() });
  }

  #write<T>(work: () => T): T {
    return this.#guard(() => this.#connection.repeatableTransaction(work));
  }

  async #writeWhenFree(work: () => unknown): Promise<void> {
    const connection = this.#connection;
    try {
      await connection.whenFree(() => connection.repeatableTransaction(work), this.#options.clock);
    } catch (thrown) {
      throw toCatalogError(thrown, this.#path);
    }
  }

  #guard<T>(work: () => T): T {
    try {
      return work();
    } catch (thrown) {
      throw toCatalogError(thrown, this.#path);
    }
  }
}

/** An answer, its claims and its warnings may be made of any document of the trace, so they go with each. */
function withoutDocument(content: KeptContent, facts: TraceFacts, documentId: string): KeptContent {
  const items = facts.window?.items ?? [];
  return {
    ...content,
    answer: '',
    items: content.items.map((text, index) => (items[index]?.documentId === documentId ? null : text)),
    claims: [],
    droppedClaims: [],
    warnings: [],
  };
}

function storedTrace(row: TraceRow): StoredTrace {
  const feedback: Feedback | null =
    row.rating === null || row.feedback_at === null
      ? null
      : { rating: row.rating, comment: row.comment, at: row.feedback_at };
  return {
    traceId: row.trace_id,
    principalId: row.principal_id,
    at: row.at,
    facts: JSON.parse(row.facts) as TraceFacts,
    content: row.content === null ? null : (JSON.parse(row.content) as KeptContent),
    feedback,
  };
}
