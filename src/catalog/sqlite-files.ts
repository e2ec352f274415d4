/** What the last scan knew about each file, and what operators excluded. */
import type { FileRecord } from './catalog.ts';
import type { SqliteConnection } from './sqlite-connection.ts';

interface FileRow {
  readonly uri: string;
  readonly document_id: string | null;
  readonly content_hash: string | null;
  readonly size_bytes: number;
  readonly modified_at: number | null;
  readonly state: FileRecord['state'];
  readonly code: string | null;
  readonly message: string | null;
  readonly parser: string | null;
}

export class SqliteFiles {
  readonly #connection: SqliteConnection;

  constructor(connection: SqliteConnection) {
    this.#connection = connection;
  }

  ofSource(source: string): readonly FileRecord[] {
    return this.#connection
      .all<FileRow>(
        `SELECT uri, document_id, content_hash, size_bytes, modified_at, state, code, message, parser
         FROM files WHERE source = :source ORDER BY uri`,
        { source },
      )
      .map((row) => ({
        uri: row.uri,
        documentId: row.document_id,
        contentHash: row.content_hash,
        sizeBytes: row.size_bytes,
        modifiedAt: row.modified_at,
        state: row.state,
        code: row.code,
        message: row.message,
        parser: row.parser,
      }));
  }

  record(source: string, file: FileRecord): void {
    this.#connection.run(
      `INSERT OR REPLACE INTO files (uri, source, document_id, content_hash, size_bytes, modified_at, state, code, message, parser)
       VALUES (:uri, :source, :documentId, :contentHash, :sizeBytes, :modifiedAt, :state, :code, :message, :parser)`,
      {
        uri: file.uri,
        source,
        documentId: file.documentId,
        contentHash: file.contentHash,
        sizeBytes: file.sizeBytes,
        modifiedAt: file.modifiedAt,
        state: file.state,
        code: file.code,
        message: file.message,
        parser: file.parser,
      },
    );
  }

  forget(uri: string): void {
    this.#connection.transaction(() => {
      this.#connection.run('DELETE FROM files WHERE uri = :uri', { uri });
      // Nobody can put right any more what was wrong with it.
      this.#connection.run(`DELETE FROM jobs WHERE uri = :uri AND state = 'dead'`, { uri });
    });
  }

  exclude(uri: string): void {
    this.#connection.run(
      `INSERT INTO files (uri, source, size_bytes, state) VALUES (:uri, :source, 0, 'excluded')
       ON CONFLICT (uri) DO UPDATE SET state = 'excluded', code = NULL, message = NULL`,
      // A uri begins with the name of its source.
      { uri, source: uri.split('/', 1)[0] ?? uri },
    );
  }

  /** Forgotten, so that the next scan takes it for a new file. */
  restore(uri: string): void {
    this.#connection.run(`DELETE FROM files WHERE uri = :uri AND state = 'excluded'`, { uri });
  }
}
