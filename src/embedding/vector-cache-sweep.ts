/** Forgets the vectors of texts that are not kept any more: from a vector its text can be guessed, so it goes where the text goes. */
import { existsSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { sha256Hex } from '../core/ids.ts';
import { isDamage, schemaVersion, vectorCacheFiles } from './vector-cache.ts';

export interface VectorSweep {
  readonly kept: number;
  readonly forgotten: number;
}

const defaultBusyTimeoutMs = 5_000;
const unreadable = new Error('the file has no vectors, or has them in a form of another version');

/**
 * Keeps the vectors of these texts, whichever model they are of, and leaves no byte of any other one in the file. A file that
 * cannot be read is removed whole: what it held is merely embedded again. Throws SQLite's error while somebody else uses it.
 */
export async function sweepVectorCache(
  path: string,
  texts: AsyncIterable<readonly string[]>,
  { busyTimeoutMs = defaultBusyTimeoutMs }: { readonly busyTimeoutMs?: number } = {},
): Promise<VectorSweep> {
  if (!existsSync(path)) return { kept: 0, forgotten: 0 };
  const database = new DatabaseSync(path, { timeout: busyTimeoutMs });
  try {
    if (!hasVectors(database)) throw unreadable;
    database.exec('CREATE TEMP TABLE kept (text_hash BLOB PRIMARY KEY) WITHOUT ROWID');
    const keep = database.prepare('INSERT OR IGNORE INTO kept VALUES (?)');
    for await (const batch of texts) for (const text of batch) keep.run(Buffer.from(sha256Hex(text), 'hex'));
    const { changes } = database
      .prepare('DELETE FROM vectors WHERE NOT EXISTS (SELECT 1 FROM kept WHERE kept.text_hash = vectors.text_hash)')
      .run();
    const kept = Number(database.prepare('SELECT count(*) AS count FROM vectors').get()?.count);
    // Deleted rows stay readable in free pages, and copies of them where rows moved between pages, until the file is written anew.
    database.exec('VACUUM');
    const checkpoint = database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get();
    if (Number(checkpoint?.busy) !== 0) throw new Error('the log of the embedding cache is in use');
    return { kept, forgotten: Number(changes) };
  } catch (thrown) {
    if (thrown !== unreadable && !isDamage(thrown)) throw thrown;
    database.close();
    for (const file of vectorCacheFiles(path)) rmSync(file, { force: true });
    return { kept: 0, forgotten: 0 };
  } finally {
    if (database.isOpen) database.close();
  }
}

function hasVectors(database: DatabaseSync): boolean {
  return Number(database.prepare('PRAGMA user_version').get()?.user_version) === schemaVersion;
}
