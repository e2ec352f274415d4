/** A whole source goes in one transaction, however many documents it has. */
import type { SqliteConnection } from './sqlite-connection.ts';
import type { SqliteDuplicates } from './sqlite-duplicates.ts';

export function removeSource(
  connection: SqliteConnection,
  duplicates: Pick<SqliteDuplicates, 'forget'>,
  source: string,
  { keepExclusions }: { readonly keepExclusions: boolean },
): number {
  return connection.transaction(() => {
    connection.run(
      `INSERT OR REPLACE INTO store_changes (document_id, change)
       SELECT document_id, 'remove' FROM documents WHERE source = :source`,
      { source },
    );
    // Writes under way must not bring documents back; chunks of new documents may lie in the store already.
    connection.run(
      `INSERT OR REPLACE INTO store_changes (document_id, change)
       SELECT document_id, 'remove' FROM intents WHERE ${isOfSource('uri')}`,
      { source },
    );
    connection.run(
      `DELETE FROM intents WHERE ${isOfSource('uri')}
       OR document_id IN (SELECT document_id FROM documents WHERE source = :source)`,
      { source },
    );
    connection.run(
      `DELETE FROM signature_bands WHERE signature_id IN
         (SELECT s.id FROM signatures s JOIN documents d ON d.document_id = s.document_id WHERE d.source = :source)`,
      { source },
    );
    const documents = connection.all<{ document_id: string }>(
      'SELECT document_id FROM documents WHERE source = :source',
      { source },
    );
    for (const { document_id } of documents) duplicates.forget(document_id);
    const removed = connection.run('DELETE FROM documents WHERE source = :source', { source });
    connection.run(`DELETE FROM files WHERE source = :source AND NOT (:keepExclusions = 1 AND state = 'excluded')`, {
      source,
      keepExclusions: keepExclusions ? 1 : 0,
    });
    connection.run(`DELETE FROM label_overrides WHERE ${isOfSource('uri')}`, { source });
    // What is leased is ended by whoever holds it.
    connection.run(`DELETE FROM jobs WHERE source = :source AND state <> 'leased'`, { source });
    connection.bumpCatalogVersion();
    return removed;
  });
}

/** A uri begins with the name of its source; LIKE would treat `_` and `%` as wildcards. */
function isOfSource(column: string): string {
  return `substr(${column}, 1, length(:source) + 1) = :source || '/'`;
}
