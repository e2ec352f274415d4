/**
 * One SQLite connection with the settings that the catalogue relies on. Calls are synchronous and short; transactions
 * therefore never interleave within this process, and other processes wait up to the busy timeout.
 */
import { closeSync, mkdirSync, openSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { type Clock, retry } from '../core/async.ts';
import { PerseaError } from '../core/errors.ts';
import { migrate } from './migrations/migrate.ts';

export type SqlParameters = Readonly<Record<string, SQLInputValue>>;

const defaultBusyTimeoutMs = 5_000;
/** Most writes of another process take less. */
const busyPauseMs = 25;
const memoryPath = ':memory:';

export class SqliteConnection {
  readonly busyTimeoutMs: number;
  readonly #path: string;
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  /**
   * `busyTimeoutMs`: how long to wait for another process that is writing. `migrations`: of another file than the catalogue,
   * which has tables of its own.
   */
  constructor(path: string, busyTimeoutMs: number = defaultBusyTimeoutMs, migrations?: readonly string[]) {
    this.busyTimeoutMs = busyTimeoutMs;
    this.#path = path;
    if (path !== memoryPath) createPrivateFile(path);
    this.#database = new DatabaseSync(path, { timeout: busyTimeoutMs, enableForeignKeyConstraints: true });
    try {
      // FULL, because an acknowledged revocation must survive a power cut; a commit costs about 0.3 ms on a local disk.
      // secure_delete overwrites removed text with zeros, so that a removed document leaves no bytes in free pages.
      this.#database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;');
      migrate(this.#database, path, migrations);
    } catch (thrown) {
      this.#database.close();
      throw thrown;
    }
  }

  /** `Row` has the columns that the query names; STRICT tables vouch for their types. */
  all<Row>(sql: string, parameters: SqlParameters = {}): Row[] {
    return this.#prepare(sql).all(parameters) as Row[];
  }

  get<Row>(sql: string, parameters: SqlParameters = {}): Row | undefined {
    return this.#prepare(sql).get(parameters) as Row | undefined;
  }

  /** Returns the number of changed rows. */
  run(sql: string, parameters: SqlParameters = {}): number {
    return Number(this.#prepare(sql).run(parameters).changes);
  }

  /** Another one after each change of documents or labels. */
  catalogVersion(): number {
    return this.get<{ value: number }>('SELECT value FROM catalog_version')?.value ?? 0;
  }

  bumpCatalogVersion(): void {
    this.run('UPDATE catalog_version SET value = value + 1');
  }

  /** Writes a page, and changes nothing. Where a page still fits on the disk, what comes next may not. */
  assertWritable(): void {
    this.run('UPDATE catalog_version SET value = value');
    if (isDiskFull(this.#path)) throw diskFull(this.#path);
  }

  /** Within another one it is part of that. */
  transaction<T>(work: () => T): T {
    if (this.#database.isTransaction) return work();
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.#database.exec('COMMIT');
      return result;
    } catch (thrown) {
      // A full disk may already have ended the transaction.
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw thrown;
    }
  }

  /**
   * For what may be done again, or be missing, when the machine loses power just afterwards: the disk is not waited for. Nothing is torn, and an
   * end of the process alone loses nothing.
   */
  repeatableTransaction<T>(work: () => T): T {
    if (this.#database.isTransaction) return work();
    this.#database.exec('PRAGMA synchronous = NORMAL');
    try {
      return this.transaction(work);
    } finally {
      this.#database.exec('PRAGMA synchronous = FULL');
    }
  }

  /** While another process is writing it fails at once, instead of holding up all that goes on in this one. */
  withoutWaiting<T>(work: () => T): T {
    this.#database.exec('PRAGMA busy_timeout = 0');
    try {
      return work();
    } finally {
      this.#database.exec(`PRAGMA busy_timeout = ${this.busyTimeoutMs}`);
    }
  }

  /** Begins at once; waits for another process that is writing, while all else of this one goes on. */
  whenFree<T>(work: () => T, clock: Clock): Promise<T> {
    return retry(async () => this.withoutWaiting(work), {
      attempts: 1 + Math.ceil(defaultBusyTimeoutMs / busyPauseMs),
      firstDelayMs: busyPauseMs,
      pauseMs: () => busyPauseMs,
      isRetryable: (thrown) => codeOf(thrown) === busyCode,
      clock,
    });
  }

  /** Pages of removed text also stand in the write-ahead log until it is folded into the file. */
  truncateLog(): void {
    this.#database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  }

  /**
   * Writes the file anew. Overwriting deleted content is not enough for a purge: where rows moved between pages, copies of
   * them stay behind in the free space of the former ones.
   */
  compact(): void {
    this.#database.exec('VACUUM');
    const row = this.#database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get();
    if (Number(row?.busy) !== 0) {
      throw new PerseaError(
        'store-busy',
        'The catalogue is being read by another process, so its log, which may hold removed text, could not be emptied. Try again.',
      );
    }
  }

  close(): void {
    this.#statements.clear();
    if (this.#database.isOpen) this.#database.close();
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}

/** Only the account that runs Persea may read the file; SQLite gives its log the same mode. */
function createPrivateFile(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  closeSync(openSync(path, 'a', 0o600));
}

/** SQLite's own messages name tables and columns, never values. */
export function toCatalogError(thrown: unknown, path: string): PerseaError {
  if (thrown instanceof PerseaError) return thrown;
  if (codeOf(thrown) === fullCode || (codeOf(thrown) === ioErrorCode && isDiskFull(path))) {
    return diskFull(path, thrown);
  }
  if (codeOf(thrown) === busyCode) {
    return new PerseaError(
      'store-busy',
      `The catalogue ${path} stayed locked by another process; nothing was changed. Try again when that process is done.`,
      { cause: thrown },
    );
  }
  const reason = thrown instanceof Error ? thrown.message : 'unknown failure';
  return new PerseaError('store-failed', `The catalogue ${path} could not do what was asked: ${reason}.`, {
    cause: thrown,
  });
}

function diskFull(path: string, cause?: unknown): PerseaError {
  const message = `The catalogue ${path} could not be written: the disk is full. Free space and try again.`;
  return new PerseaError('disk-full', message, { cause });
}

/** SQLite says only that it could not write; a disk with less than its log needs is full. */
function isDiskFull(path: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(dirname(path));
    return bavail * bsize < 1_000_000;
  } catch {
    return false;
  }
}

const busyCode = 5;
const ioErrorCode = 10;
const fullCode = 13;

function codeOf(thrown: unknown): number | null {
  const isSqlite = thrown instanceof Error && 'errcode' in thrown && typeof thrown.errcode === 'number';
  return isSqlite ? (thrown.errcode as number) & 0xff : null;
}
