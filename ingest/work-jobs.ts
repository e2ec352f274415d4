/** Leases jobs and works on them, many at a time, until none is due or about to be. */
import type { JobLease } from '../src/catalog/catalog.ts';
import type { Clock } from '../src/core/async.ts';
import type { JobQueue } from './job-queue.ts';
import { documentsUnderWay } from './turns.ts';

export interface WorkJobsOptions {
  readonly queue: JobQueue;
  readonly sources: readonly string[];
  /** Must not reject, and must end its job. */
  readonly work: (job: JobLease) => Promise<void>;
  readonly clock: Clock;
  readonly signal?: AbortSignal;
}

/** A run waits so long for what can pass; what needs longer is left to the next one. */
const longestPauseMs = 5_000;

/** Returns whether jobs are left that wait for their next attempt. An abort ends it when what is under way has ended. */
export async function workJobs({ queue, sources, work, clock, signal }: WorkJobsOptions): Promise<boolean> {
  const underWay = new Set<Promise<void>>();
  let failure: unknown;
  while (signal?.aborted !== true && failure === undefined) {
    const jobs = underWay.size < documentsUnderWay ? await queue.lease(sources) : [];
    for (const job of jobs) {
      const running: Promise<void> = work(job)
        .catch((thrown: unknown) => {
          failure ??= thrown;
        })
        .finally(() => underWay.delete(running));
      underWay.add(running);
    }
    if (jobs.length > 0) continue;
    if (underWay.size > 0) {
      await Promise.race(underWay);
      continue;
    }
    const pauseMs = await queue.pauseMs(sources);
    if (pauseMs === undefined) return false;
    if (pauseMs > longestPauseMs) return true;
    await clock.sleep(pauseMs, signal).catch(() => undefined);
  }
  await Promise.all(underWay);
  if (failure !== undefined) throw failure;
  return false;
}
