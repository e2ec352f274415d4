/**
 * What operators decided of documents that are gone, by uri. A file that was away for a run, or was withdrawn, comes back as they
 * left it and not as wide as its rules.
 */
import type { AccessLabel } from '../access/label.ts';
import type { SqliteConnection } from './sqlite-connection.ts';

export class SqliteLabelOverrides {
  readonly #connection: SqliteConnection;

  constructor(connection: SqliteConnection) {
    this.#connection = connection;
  }

  of(uri: string): AccessLabel | undefined {
    const row = this.#connection.get<{ label: string }>(
      'SELECT l.label FROM label_overrides o JOIN labels l ON l.label_id = o.label_id WHERE o.uri = :uri',
      { uri },
    );
    return row === undefined ? undefined : (JSON.parse(row.label) as AccessLabel);
  }

  /** Before the document goes. What an operator removed, or what came with it, is restored under the label of its rules. */
  keepOf(documentId: string): void {
    this.#connection.run(
      `INSERT OR REPLACE INTO label_overrides (uri, label_id)
       SELECT d.uri, d.label_id FROM documents d WHERE d.document_id = :documentId AND d.is_label_overridden = 1
         AND NOT EXISTS (
           SELECT 1 FROM files f WHERE f.state = 'excluded' AND (f.uri = d.uri OR ${isBelow('d.uri', 'f.uri')})
         )`,
      { documentId },
    );
  }

  /** The id of the label, which belongs to a document again. */
  take(uri: string): string | undefined {
    return this.#connection.get<{ label_id: string }>(
      'DELETE FROM label_overrides WHERE uri = :uri RETURNING label_id',
      { uri },
    )?.label_id;
  }

  /** Also of what came attached. */
  forget(uri: string): void {
    this.#connection.run(`DELETE FROM label_overrides WHERE uri = :uri OR ${isBelow('uri', ':uri')}`, { uri });
  }
}

/** LIKE would treat `_` and `%` as wildcards. */
function isBelow(uri: string, place: string): string {
  return `substr(${uri}, 1, length(${place}) + 1) = ${place} || '/'`;
}
