/** What all runs of a watch did together; of problems only those that are there still. */
import type { IngestEvent, IngestProblem, IngestReport } from '../src/core/ingestor.ts';

const summed = [
  'added',
  'updated',
  'moved',
  'relabelled',
  'removed',
  'attachments',
  'chunks',
  'tokens',
  'seconds',
] as const;

export class WatchTally {
  readonly #sums = Object.fromEntries(summed.map((key) => [key, 0])) as Record<(typeof summed)[number], number>;
  readonly #problems = new Map<string, IngestProblem>();
  #removed: Record<string, number> = {};
  #latest: IngestReport | undefined;

  get hasRuns(): boolean {
    return this.#latest !== undefined;
  }

  /** By source: a folder that is emptied bit by bit is as suspicious as one that is emptied at once. */
  get removedSinceRescan(): Readonly<Record<string, number>> {
    return this.#removed;
  }

  forgetRemovals(): void {
    this.#removed = {};
  }

  see(event: IngestEvent): void {
    if (event.type !== 'document-end') return;
    this.#problems.delete(event.uri);
    if (event.outcome !== 'removed') return;
    const source = event.uri.slice(0, event.uri.indexOf('/'));
    this.#removed[source] = (this.#removed[source] ?? 0) + 1;
  }

  add(report: IngestReport, isOfAll: boolean): void {
    if (isOfAll) this.#problems.clear();
    for (const key of summed) this.#sums[key] += report[key];
    for (const problem of report.quarantined) this.#problems.set(problem.uri, problem);
    this.#latest = report;
  }

  /** `unchanged` and the warnings are those of the last run. */
  report(): IngestReport {
    const { unchanged = 0, warnings = [] } = this.#latest ?? {};
    return { ...this.#sums, unchanged, quarantined: [...this.#problems.values()], warnings };
  }
}
