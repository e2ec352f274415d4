/**
 * Vectors in a SQLite file by fingerprint and text hash. Only a cache: whatever goes wrong with the file is a warning, and
 * then texts are embedded again.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';

export interface VectorCacheOptions {
  readonly path: string;
  readonly fingerprint: string;
  readonly dimensions: number;
  readonly maxBytes: number;
  readonly onWarning: (message: string) => void;
  readonly now?: () => number;
}

export interface KeyedVector {
  /** SHA-256 of the text in hex. */
  readonly key: string;
  readonly vector: Float32Array;
}

export const schemaVersion = 1;
const schema = `
  CREATE TABLE models (id INTEGER PRIMARY KEY, fingerprint TEXT NOT NULL UNIQUE);
  CREATE TABLE vectors (
    id INTEGER PRIMARY KEY,
    model INTEGER NOT NULL REFERENCES models (id),
    text_hash BLOB NOT NULL,
    vector BLOB NOT NULL,
    used_day INTEGER NOT NULL
  );
  CREATE UNIQUE INDEX vectors_by_text ON vectors (model, text_hash);
  CREATE INDEX vectors_by_use ON vectors (used_day, id);
  PRAGMA user_version = ${schemaVersion};
`;
/** The wait blocks this thread, and what is not written is merely embedded again. */
const busyTimeoutMs = 1_000;
const dayMs = 24 * 60 * 60_000;
/** Beside the vector: hash, both indexes, row headers. */
const rowOverheadBytes = 160;
/** How full the file stays after eviction: not every write evicts. */
const keptShare = 0.9;
/** SQLite's codes for a file that is no database or a broken one. */
const corrupt = 11;
const notADatabase = 26;

interface OpenCache {
  readonly database: DatabaseSync;
  readonly model: number;
  readonly select: StatementSync;
  readonly touch: StatementSync;
  readonly insert: StatementSync;
}

export class VectorCache {
  readonly #options: VectorCacheOptions;
  #open: OpenCache | null = null;
  #isDisabled = false;
  #hasWarnedOfWrite = false;

  constructor(options: VectorCacheOptions) {
    this.#options = options;
  }

  /** Those of the keys that are there. */
  read(keys: readonly string[]): Map<string, Float32Array> {
    const found = new Map<string, Float32Array>();
    const today = this.#today();
    const unused: string[] = [];
    this.#attempt((cache) => {
      for (const key of keys) {
        const row = cache.select.get(cache.model, Buffer.from(key, 'hex'));
        const vector = row === undefined ? null : toVector(row.vector, this.#options.dimensions);
        if (vector === null) continue;
        found.set(key, vector);
        if (row?.used_day !== today) unused.push(key);
      }
    });
    // Once a day is enough to know what is used, and keeps reading from writing.
    if (unused.length > 0)
      this.#write((cache) => {
        for (const key of unused) cache.touch.run(today, cache.model, Buffer.from(key, 'hex'));
      });
    return found;
  }

  write(entries: readonly KeyedVector[]): void {
    const today = this.#today();
    this.#write((cache) => {
      for (const { key, vector } of entries) {
        const bytes = new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength);
        cache.insert.run(cache.model, Buffer.from(key, 'hex'), bytes, today);
      }
      this.#evict(cache.database);
    });
  }

  close(): void {
    this.#open?.database.close();
    this.#open = null;
    this.#isDisabled = true;
  }

  #today(): number {
    return Math.floor((this.#options.now?.() ?? Date.now()) / dayMs);
  }

  /** One transaction; another process that holds the file too long, or a full disk, costs only these entries. */
  #write(work: (cache: OpenCache) => void): void {
    this.#attempt((cache) => {
      try {
        cache.database.exec('BEGIN IMMEDIATE');
        work(cache);
        cache.database.exec('COMMIT');
      } catch (thrown) {
        if (cache.database.isTransaction) cache.database.exec('ROLLBACK');
        if (isDamage(thrown)) throw thrown;
        if (!this.#hasWarnedOfWrite)
          this.#options.onWarning(
            `The embedding cache ${this.#options.path} cannot be written (${messageOf(thrown)}); texts may be embedded again.`,
          );
        this.#hasWarnedOfWrite = true;
      }
    });
  }

  /** Runs the work on the open file. A damaged file is discarded once and made anew; after that, or where no file can be opened, there is no cache. */
  #attempt(work: (cache: OpenCache) => void): void {
    for (let attempt = 1; attempt <= 2 && !this.#isDisabled; attempt++) {
      try {
        this.#open ??= this.#openFile();
        work(this.#open);
        return;
      } catch (thrown) {
        this.#open?.database.close();
        this.#open = null;
        if (attempt === 1 && isDamage(thrown) && this.#discard()) continue;
        this.#isDisabled = true;
        this.#options.onWarning(
          `The embedding cache ${this.#options.path} cannot be used (${messageOf(thrown)}); texts may be embedded again.`,
        );
      }
    }
  }

  #discard(): boolean {
    const { path, onWarning } = this.#options;
    try {
      for (const file of vectorCacheFiles(path)) rmSync(file, { force: true });
    } catch {
      return false;
    }
    onWarning(`The embedding cache ${path} was damaged and has been discarded; texts are embedded again.`);
    return true;
  }

  #openFile(): OpenCache {
    const { path, fingerprint } = this.#options;
    mkdirSync(dirname(path), { recursive: true });
    const database = new DatabaseSync(path, { timeout: busyTimeoutMs });
    try {
      // Losing the last entries in a power cut is no harm; WAL keeps the file whole all the same.
      database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');
      migrate(database);
      database.prepare('INSERT OR IGNORE INTO models (fingerprint) VALUES (?)').run(fingerprint);
      const row = database.prepare('SELECT id FROM models WHERE fingerprint = ?').get(fingerprint);
      return {
        database,
        model: Number(row?.id),
        select: database.prepare('SELECT vector, used_day FROM vectors WHERE model = ? AND text_hash = ?'),
        touch: database.prepare('UPDATE vectors SET used_day = ? WHERE model = ? AND text_hash = ?'),
        insert: database.prepare(
          'INSERT INTO vectors (model, text_hash, vector, used_day) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET vector = excluded.vector',
        ),
      };
    } catch (thrown) {
      database.close();
      throw thrown;
    }
  }

  #evict(database: DatabaseSync): void {
    const pages = pragma(database, 'page_count') - pragma(database, 'freelist_count');
    const usedBytes = pages * pragma(database, 'page_size');
    const { maxBytes, dimensions } = this.#options;
    if (usedBytes <= maxBytes) return;
    const rowBytes = dimensions * Float32Array.BYTES_PER_ELEMENT + rowOverheadBytes;
    const rows = Math.ceil((usedBytes - maxBytes * keptShare) / rowBytes);
    database
      .prepare('DELETE FROM vectors WHERE id IN (SELECT id FROM vectors ORDER BY used_day, id LIMIT ?)')
      .run(rows);
  }
}

/** Two processes may make the file at the same moment: the second sees the version under the lock. */
function migrate(database: DatabaseSync): void {
  if (pragma(database, 'user_version') === schemaVersion) return;
  database.exec('BEGIN IMMEDIATE');
  try {
    const version = pragma(database, 'user_version');
    if (version === 0) database.exec(schema);
    else if (version !== schemaVersion) throw new Error(`it has version ${version}, this is ${schemaVersion}`);
    database.exec('COMMIT');
  } catch (thrown) {
    database.exec('ROLLBACK');
    throw thrown;
  }
}

function pragma(database: DatabaseSync, name: string): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name]);
}

/** Null for a blob of another length or that is no unit vector: SQLite has no checksums of its own. */
function toVector(blob: unknown, dimensions: number): Float32Array | null {
  if (!(blob instanceof Uint8Array) || blob.byteLength !== dimensions * Float32Array.BYTES_PER_ELEMENT) return null;
  // Copied, because a view of floats must be aligned.
  const vector = new Float32Array(blob.slice().buffer);
  let squares = 0;
  for (const value of vector) squares += value * value;
  return Math.abs(squares - 1) < 1e-3 ? vector : null;
}

/** The cache file with its log. */
export function vectorCacheFiles(path: string): readonly string[] {
  return ['', '-wal', '-shm'].map((suffix) => path + suffix);
}

export function isDamage(thrown: unknown): boolean {
  if (!(thrown instanceof Error) || !('errcode' in thrown) || typeof thrown.errcode !== 'number') return false;
  // The low byte is the code, the rest says more about it.
  const code = thrown.errcode & 0xff;
  return code === corrupt || code === notADatabase;
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
