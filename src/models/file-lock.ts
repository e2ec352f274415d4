/**
 * A lock between processes: whoever creates the file holds it, and touches it now and then. It saves work (two processes
 * need not pull the same model); it guards no data, because what is pulled is verified and renamed into place whole.
 */
import { mkdir, open, readFile, rm, stat, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import type { Clock } from '../core/async.ts';
import { PerseaError } from '../core/errors.ts';
import { isRunning } from '../core/processes.ts';

const heartbeatMs = 5_000;
/** Older than this, its holder cannot be alive: it would have touched the file many times. */
const staleAfterMs = 60_000;
const pollMs = 200;

export interface FileLockOptions {
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Called once, when another process holds the lock. */
  readonly onWait?: () => void;
}

/** Runs the work while holding the lock. Throws `model-unavailable` when it is not free in time. */
export async function withFileLock<T>(path: string, options: FileLockOptions, work: () => Promise<T>): Promise<T> {
  await mkdir(dirname(path), { recursive: true });
  await acquire(path, options);
  const heartbeat = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => undefined);
  }, heartbeatMs);
  heartbeat.unref();
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    await rm(path, { force: true });
  }
}

async function acquire(path: string, { clock, timeoutMs, signal, onWait }: FileLockOptions): Promise<void> {
  const deadline = clock.now() + timeoutMs;
  for (let attempt = 1; ; attempt++) {
    signal?.throwIfAborted();
    if (await create(path)) return;
    if (await isStale(path, clock)) {
      await rm(path, { force: true });
      continue;
    }
    if (clock.now() >= deadline)
      throw new PerseaError(
        'model-unavailable',
        `Another process has held ${path} for more than ${timeoutMs} ms; if none is running, remove that file.`,
      );
    if (attempt === 1) onWait?.();
    await clock.sleep(pollMs, signal);
  }
}

async function create(path: string): Promise<boolean> {
  try {
    await using handle = await open(path, 'wx');
    await handle.writeFile(JSON.stringify({ pid: process.pid, host: hostname() }));
    return true;
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'EEXIST') return false;
    throw thrown;
  }
}

async function isStale(path: string, clock: Clock): Promise<boolean> {
  const found = await stat(path).catch(() => null);
  if (found === null) return false;
  if (clock.now() - found.mtimeMs > staleAfterMs) return true;
  const holder = parseHolder(await readFile(path, 'utf8').catch(() => ''));
  return holder !== null && holder.host === hostname() && !isRunning(holder.pid);
}

/** Null while the holder has not written yet, or for a file of another make: then only its age counts. */
function parseHolder(text: string): { readonly pid: number; readonly host: string } | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || !('pid' in value) || !('host' in value)) return null;
    const { pid, host } = value;
    return Number.isSafeInteger(pid) && typeof pid === 'number' && typeof host === 'string' ? { pid, host } : null;
  } catch {
    return null;
  }
}
