/**
 * Keeps the store in line with its sources: an ingest of everything at the start and every now and then, since events can be
 * missed, and of what changed as soon as it has settled. The writer's lock is held only while a run is under way.
 */
import { basename, relative, sep } from 'node:path';
import { type FSWatcher, watch as watchPaths } from 'chokidar';
import { type Clock, systemClock } from '../src/core/async.ts';
import { toPerseaError } from '../src/core/errors.ts';
import type { IngestOptions, IngestReport, WatchOptions } from '../src/core/ingestor.ts';
import { folderLabelFile } from './scan.ts';

export interface WatchedSource {
  readonly name: string;
  readonly watchedPaths: readonly string[];
  /** Whether a change of one file tells which item changed; otherwise the whole source is listed again. */
  readonly hasItemPaths: boolean;
}

export interface WatchDependencies {
  readonly sources: readonly WatchedSource[];
  readonly ingest: (options: IngestOptions) => Promise<IngestReport>;
  readonly rescanMs: number;
  readonly clock?: Clock;
}

/** A file whose size stood still for so long has been written. */
const settledMs = 300;
const sizePollMs = 100;
/** Files saved together are taken together; whoever keeps saving does not hold up the others for longer than this. */
const quietMs = 150;
const longestBurstMs = 1_000;
const retryMs = 5_000;

/** Resolves when the signal aborts and nothing is under way any more. */
export async function watchSources(dependencies: WatchDependencies, options: WatchOptions): Promise<void> {
  const { sources, ingest, rescanMs, clock = systemClock } = dependencies;
  const { signal, onReport, onProblem, onReady } = options;
  const changes = new PendingChanges();
  const watchers = sources.map((source) => watchSource(source, changes));
  try {
    await Promise.all(watchers.map(isReady));
    let rescanAt = clock.now();
    let isFirst = true;
    while (!signal.aborted) {
      const isRescan = clock.now() >= rescanAt;
      const taken = changes.take();
      if (!isRescan && taken.size === 0) {
        await changes.wait(Math.max(1, rescanAt - clock.now()), signal);
        if (!changes.isEmpty) await settle(changes, clock, signal);
        continue;
      }
      try {
        onReport?.(await ingest({ ...(isRescan ? {} : selectionOf(taken)), waitMs: Number.POSITIVE_INFINITY, signal }));
        if (isRescan) rescanAt = clock.now() + rescanMs;
        if (isFirst) onReady?.();
        isFirst = false;
      } catch (thrown) {
        if (signal.aborted) break;
        // What was seen to change is not forgotten because a run failed.
        changes.putBack(taken);
        onProblem?.(toPerseaError(thrown));
        await clock.sleep(retryMs, signal).catch(() => undefined);
      }
    }
  } finally {
    await Promise.all(watchers.map((watcher) => watcher.close()));
  }
}

/** Paths by source; null where the whole source must be listed again. */
type Changes = ReadonlyMap<string, ReadonlySet<string> | null>;

class PendingChanges {
  #changes = new Map<string, Set<string> | null>();
  #lastAt = 0;
  #wake: (() => void) | undefined;

  get isEmpty(): boolean {
    return this.#changes.size === 0;
  }

  /** When the last one was seen. */
  get lastAt(): number {
    return this.#lastAt;
  }

  add(source: string, path: string | null): void {
    const known = this.#changes.get(source);
    if (path === null) this.#changes.set(source, null);
    else if (known === undefined) this.#changes.set(source, new Set([path]));
    else known?.add(path);
    this.#lastAt = performance.now();
    this.#wake?.();
  }

  take(): Changes {
    const taken = this.#changes;
    this.#changes = new Map();
    return taken;
  }

  putBack(changes: Changes): void {
    for (const [source, paths] of changes) {
      for (const path of paths ?? [null]) this.add(source, path);
    }
  }

  /** Until something changes, or so much time has passed. */
  wait(milliseconds: number, signal: AbortSignal): Promise<void> {
    if (!this.isEmpty || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', end);
        this.#wake = undefined;
        resolve();
      };
      const timer = setTimeout(end, Math.min(milliseconds, 2 ** 31 - 1));
      signal.addEventListener('abort', end, { once: true });
      this.#wake = end;
    });
  }
}

async function settle(changes: PendingChanges, clock: Clock, signal: AbortSignal): Promise<void> {
  const startedAt = performance.now();
  while (!signal.aborted && performance.now() - startedAt < longestBurstMs) {
    const quiet = performance.now() - changes.lastAt;
    if (quiet >= quietMs) return;
    await clock.sleep(quietMs - quiet, signal).catch(() => undefined);
  }
}

function selectionOf(changes: Changes): Pick<IngestOptions, 'sources' | 'only'> {
  const only: Record<string, readonly string[]> = {};
  for (const [source, paths] of changes) if (paths !== null) only[source] = [...paths];
  return { sources: [...changes.keys()], only };
}

function watchSource(source: WatchedSource, changes: PendingChanges): FSWatcher {
  const [root = '.'] = source.watchedPaths;
  const watcher = watchPaths([...source.watchedPaths], {
    ignoreInitial: true,
    // A link that leaves the source is refused by the scan; following it here would watch what is not ours.
    followSymlinks: false,
    awaitWriteFinish: { stabilityThreshold: settledMs, pollInterval: sizePollMs },
    ignored: (path) => path !== root && isHidden(path),
  });
  watcher.on('all', (_event, path) => {
    const inside = relative(root, path).split(sep).join('/');
    const isWhole = !source.hasItemPaths || inside === '' || basename(path) === folderLabelFile;
    changes.add(source.name, isWhole ? null : inside);
  });
  // A folder that cannot be watched is looked at by the next rescan.
  watcher.on('error', () => changes.add(source.name, null));
  return watcher;
}

function isHidden(path: string): boolean {
  const name = basename(path);
  return name.startsWith('.') && name !== folderLabelFile;
}

function isReady(watcher: FSWatcher): Promise<void> {
  return new Promise((resolve) => {
    watcher.once('ready', () => resolve());
  });
}
