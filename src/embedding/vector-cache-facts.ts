/** Looks at the embedding cache without changing it, for `doctor`. */
import { existsSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { vectorCacheFiles } from './vector-cache.ts';

export interface VectorCacheFacts {
  readonly vectors: number;
  readonly bytes: number;
}

/** Null where there is no cache yet. Throws what SQLite says of a file that is damaged or cannot be read. */
export function vectorCacheFacts(path: string): VectorCacheFacts | null {
  if (!existsSync(path)) return null;
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    const found = database.prepare('PRAGMA quick_check(1)').get();
    if (found?.quick_check !== 'ok') throw new Error('its pages contradict each other');
    const vectors = Number(database.prepare('SELECT count(*) AS count FROM vectors').get()?.count);
    const files = vectorCacheFiles(path).filter((file) => existsSync(file));
    return { vectors, bytes: files.reduce((sum, file) => sum + statSync(file).size, 0) };
  } finally {
    database.close();
  }
}
