/**
 * One writing process per data folder. The lock is SQLite's own lock on a small file: the operating system frees it when the
 * holder ends, however it ends, and keeps it while the holder is merely slow or stopped. So there is no heartbeat that a
 * sleeping machine could miss, no stale lock to break, and no second writer that has to be fenced off.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type Clock, systemClock } from '../core/async.ts';
import { PerseaError } from '../core/errors.ts';

export interface WriterLockOptions {
  readonly dataDir: string;
  /** What the holder does, such as `ingest`: it is shown to whoever is refused. */
  readonly purpose: string;
  /** How long to wait for another writer; at once refused when 0. */
  readonly waitMs?: number;
  /** Called once, with words for who is writing, when there is something to wait for. */
  readonly onWait?: (holder: string) => void;
  readonly clock?: Clock;
  readonly signal?: AbortSignal;
}

export interface WriterLock {
  /** Throws where the lock was released: a write must not begin any more. */
  assertHeld(): void;
  release(): void;
}

interface Holder {
  readonly pid: number;
  readonly host: string;
  readonly purpose: string;
  readonly since: number;
}

const pollMs = 200;

/** Throws `store-busy`, naming the holder, where another process or another task of this one is writing. */
export async function acquireWriterLock(options: WriterLockOptions): Promise<WriterLock> {
  const { dataDir, purpose, waitMs = 0, onWait, clock = systemClock, signal } = options;
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const path = join(dataDir, 'writer.lock');
  const deadline = clock.now() + waitMs;
  let isWaiting = false;
  for (;;) {
    signal?.throwIfAborted();
    const attempt = tryLock(path, { pid: process.pid, host: hostname(), purpose, since: clock.now() });
    if ('lock' in attempt) return attempt.lock;
    if (clock.now() >= deadline) throw busy(dataDir, attempt.holder);
    if (!isWaiting) onWait?.(describe(attempt.holder));
    isWaiting = true;
    await clock.sleep(Math.min(pollMs, deadline - clock.now()), signal);
  }
}

/** Words for who is writing to the data folder now; undefined where nobody is. */
export function writerOf(dataDir: string): string | undefined {
  const path = join(dataDir, 'writer.lock');
  if (!existsSync(path)) return undefined;
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    database.exec('BEGIN IMMEDIATE; ROLLBACK');
    return undefined;
  } catch (thrown) {
    return isLocked(thrown) ? describe(readHolder(database)) : undefined;
  } finally {
    database.close();
  }
}

function tryLock(
  path: string,
  holder: Holder,
): { readonly lock: WriterLock } | { readonly holder: Holder | undefined } {
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    // In this mode a transaction that holds the write lock leaves the last committed row, the holder's name, readable.
    database.exec('PRAGMA journal_mode = WAL');
    database.exec('BEGIN IMMEDIATE');
    database.exec('CREATE TABLE IF NOT EXISTS holder (id INTEGER PRIMARY KEY CHECK (id = 1), value TEXT NOT NULL)');
    database.prepare('INSERT OR REPLACE INTO holder VALUES (1, ?)').run(JSON.stringify(holder));
    database.exec('COMMIT; BEGIN IMMEDIATE');
    return { lock: heldLock(database) };
  } catch (thrown) {
    const current = isLocked(thrown) ? readHolder(database) : undefined;
    database.close();
    if (isLocked(thrown)) return { holder: current };
    throw new PerseaError('store-failed', `The writer's lock ${path} could not be taken.`, { cause: thrown });
  }
}

function heldLock(database: DatabaseSync): WriterLock {
  return {
    assertHeld() {
      if (!database.isOpen) {
        throw new PerseaError('internal', 'A write was attempted without the writer lock of the data folder.');
      }
    },
    release() {
      if (database.isOpen) database.close();
    },
  };
}

function readHolder(database: DatabaseSync): Holder | undefined {
  try {
    const row = database.prepare('SELECT value FROM holder').get();
    return typeof row?.value === 'string' ? (JSON.parse(row.value) as Holder) : undefined;
  } catch {
    // The other process is only just making the file: that it is busy is known all the same.
    return undefined;
  }
}

function isLocked(thrown: unknown): boolean {
  return (
    thrown instanceof Error &&
    'errcode' in thrown &&
    typeof thrown.errcode === 'number' &&
    (thrown.errcode & 0xff) === 5
  );
}

function describe(holder: Holder | undefined): string {
  return holder === undefined
    ? 'Another process'
    : `Process ${holder.pid} on ${holder.host} (${holder.purpose}, since ${new Date(holder.since).toISOString()})`;
}

function busy(dataDir: string, holder: Holder | undefined): PerseaError {
  return new PerseaError(
    'store-busy',
    `${describe(holder)} is writing to ${dataDir}; wait for it to finish, or stop it.`,
    {
      details: holder === undefined ? {} : { pid: holder.pid, host: holder.host, purpose: holder.purpose },
    },
  );
}
