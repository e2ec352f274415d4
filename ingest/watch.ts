/**
 * Keeps the store in line with the sources: a full run, then a small one for what was seen to change, and a full one now and
 * then for what was not seen. The writer's lock is held by the runs only, so that other commands can write in between.
 */
import { type Clock, systemClock } from '../src/core/async.ts';
import { PerseaError, toPerseaError } from '../src/core/errors.ts';
import type { IngestEvent, IngestOptions, IngestReport, WatchOptions } from '../src/core/ingestor.ts';
import { SettlingChanges, type SettlingOptions } from './settling.ts';
import { FolderWatcher } from './sources/folder-watcher.ts';
import type { Source } from './sources/source.ts';

export interface WatchDependencies {
  /** As the configuration in force names them; others when it changed. */
  readonly sources: () => readonly Source[];
  readonly ingest: (options: IngestOptions) => Promise<IngestReport>;
  /** Between two full scans. */
  readonly rescanMs: () => number;
  readonly settling?: SettlingOptions;
  readonly clock?: Clock;
}

const defaultSettling: SettlingOptions = { quietMs: 300, longestMs: 2_000 };
/** How often the configuration is looked at. */
const tickMs = 500;
/** How often the folders are looked at: one that was unmounted and mounted again is another one. */
const rootCheckMs = 5_000;
const jobsRetryMs = 30_000;
const firstRetryMs = 5_000;
const longestRetryMs = 300_000;

/** Resolves when the signal aborts and nothing is under way any more. */
export function watchSources(dependencies: WatchDependencies, options: WatchOptions): Promise<void> {
  return new Watch(dependencies, options).run();
}

class Watch {
  readonly #dependencies: WatchDependencies;
  readonly #options: WatchOptions;
  readonly #clock: Clock;
  readonly #changes: SettlingChanges;
  #sources: readonly Source[] = [];
  #watchers: readonly FolderWatcher[] = [];
  #configured: readonly Source[] | undefined;
  #rescanAt = 0;
  #rootCheckAt = 0;
  #jobsAt = Number.POSITIVE_INFINITY;
  #failures = 0;
  #isReady = false;
  /** By source, since the last full run: a folder that is emptied bit by bit is as suspicious as one emptied at once. */
  #removed: Record<string, number> = {};
  #wake: (() => void) | undefined;

  constructor(dependencies: WatchDependencies, options: WatchOptions) {
    this.#dependencies = dependencies;
    this.#options = options;
    this.#clock = dependencies.clock ?? systemClock;
    this.#changes = new SettlingChanges(dependencies.settling ?? defaultSettling);
  }

  async run(): Promise<void> {
    const { signal } = this.#options;
    try {
      while (!signal.aborted) {
        this.#followConfiguration();
        const now = this.#clock.now();
        if (now >= this.#rescanAt) await this.#rescan();
        else if (now >= (this.#changes.dueAt() ?? Number.POSITIVE_INFINITY)) await this.#ingestChanges(now);
        else if (now >= this.#jobsAt) await this.#retryJobs();
        else if (now >= this.#rootCheckAt) await this.#checkRoots(now);
        else await this.#pause(now);
      }
    } finally {
      for (const watcher of this.#watchers) watcher.close();
    }
  }

  /** Other sources, labels or rules: everything is looked at anew. */
  #followConfiguration(): void {
    const configured = this.#dependencies.sources();
    if (configured === this.#configured) return;
    this.#configured = configured;
    const names = this.#options.sources ?? [];
    this.#sources = names.length === 0 ? configured : configured.filter((source) => names.includes(source.name));
    for (const watcher of this.#watchers) watcher.close();
    this.#watchers = this.#sources.flatMap((source) =>
      source.watchedPaths.map((root) => this.#watcherOf(source, root)),
    );
    this.#rescanAt = 0;
  }

  #watcherOf(source: Source, root: string): FolderWatcher {
    return new FolderWatcher({
      root,
      onChange: (path) => {
        const place = source.changedBy(path);
        if (place === undefined) return;
        const isFirst = this.#changes.isEmpty;
        this.#changes.add(source.name, place, this.#clock.now());
        if (isFirst) this.#wake?.();
      },
      onProblem: (warning) => this.#emit({ type: 'warning', ...warning }),
    });
  }

  async #rescan(): Promise<void> {
    // Watched before it is listed: what changes meanwhile is seen by one of the two.
    for (const watcher of this.#watchers) await watcher.refresh();
    this.#changes.clear();
    const isFirst = !this.#isReady;
    const { sources = [], acceptDeletions = false, onReady } = this.#options;
    const isDone = await this.#ingest({ sources, acceptDeletions: isFirst && acceptDeletions });
    if (!isDone) return;
    this.#removed = {};
    this.#rescanAt = this.#clock.now() + this.#dependencies.rescanMs();
    this.#isReady = true;
    if (isFirst) onReady?.();
  }

  async #ingestChanges(now: number): Promise<void> {
    const changes = this.#changes.take(now);
    if (changes.size === 0) return;
    await this.#ingest({
      sources: [...changes.keys()],
      only: Object.fromEntries(changes),
      removedBefore: { ...this.#removed },
    });
  }

  /** Documents that could not be read for reasons that may have passed: nothing is listed, only their jobs are due. */
  async #retryJobs(): Promise<void> {
    const sources = this.#sources.map((source) => source.name);
    await this.#ingest({ sources, only: Object.fromEntries(sources.map((name) => [name, []])) });
  }

  async #checkRoots(now: number): Promise<void> {
    this.#rootCheckAt = now + rootCheckMs;
    for (const watcher of this.#watchers) {
      if (await watcher.hasNewRoot()) this.#rescanAt = now;
    }
  }

  /** A failed run ends nothing: whatever it was to do is part of the full one that is tried again later. */
  async #ingest(options: IngestOptions): Promise<boolean> {
    const { signal, onReport, onProblem } = this.#options;
    this.#jobsAt = Number.POSITIVE_INFINITY;
    try {
      const report = await this.#dependencies.ingest({
        ...options,
        signal,
        // Whoever else is writing will have ended some time.
        waitMs: Number.POSITIVE_INFINITY,
        onEvent: (event) => this.#emit(event),
      });
      this.#failures = 0;
      if (report.warnings.some(({ code }) => code === 'jobs-waiting')) this.#jobsAt = this.#clock.now() + jobsRetryMs;
      onReport?.(report);
      return true;
    } catch (thrown) {
      if (signal.aborted) return false;
      const error = toPerseaError(thrown, 'internal', 'The sources could not be brought in line.');
      // What cannot even begin is told at once, as without watching.
      if (!this.#isReady) throw error;
      this.#rescanAt = this.#clock.now() + Math.min(longestRetryMs, firstRetryMs * 2 ** this.#failures);
      this.#failures += 1;
      onProblem?.(error);
      return false;
    }
  }

  async #pause(now: number): Promise<void> {
    const due = Math.min(
      this.#rescanAt,
      this.#changes.dueAt() ?? Number.POSITIVE_INFINITY,
      this.#jobsAt,
      this.#rootCheckAt,
    );
    const woken = new AbortController();
    this.#wake = () => woken.abort(new PerseaError('aborted', 'Something changed.'));
    const either = AbortSignal.any([this.#options.signal, woken.signal]);
    await this.#clock.sleep(Math.max(1, Math.min(due - now, tickMs)), either).catch(() => undefined);
    this.#wake = undefined;
  }

  #emit(event: IngestEvent): void {
    if (event.type === 'document-end' && event.outcome === 'removed') {
      const source = event.uri.slice(0, event.uri.indexOf('/'));
      this.#removed[source] = (this.#removed[source] ?? 0) + 1;
    }
    this.#options.onEvent?.(event);
  }
}
