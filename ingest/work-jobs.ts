/** Leases jobs and works on them, many at a time, until none is due or about to be. */
import type { JobLease } from '../src/catalog/jobs.ts';
import type { Clock } from '../src/core/async.ts';
import type { JobQueue } from './job-queue.ts';
import { documentsUnderWay } from './turns.ts';

export interface WorkJobsOptions {
  readonly queue: Pick<JobQueue, 'lease' | 'pauseMs'>;
  readonly sources: readonly string[];
  /** Must end its job; a rejection ends the run, when what is under way has ended. */
  readonly work: (job: JobLease) => Promise<void>;
  readonly clock: Clock;
  readonly signal?: AbortSignal;
}

/** Other processes may ask for something urgent while the last long documents are under way. */
const lookAgainMs = 1_000;
/** A run waits so long for what can pass; what needs longer is left to the next one. */
const longestPauseMs = 5_000;

/** Returns whether jobs are left that wait for their next attempt. An abort ends it when what is under way has ended. */
export async function workJobs(options: WorkJobsOptions): Promise<boolean> {
  const { queue, sources, work, clock, signal } = options;
  let underWay = 0;
  let failure: { readonly reason: unknown } | undefined;
  // One promise for whatever ends next: a race over all that is under way would grow with each round.
  let ended = Promise.withResolvers<void>();
  const start = async (job: JobLease) => {
    underWay += 1;
    try {
      await work(job);
    } catch (reason) {
      failure ??= { reason };
    }
    underWay -= 1;
    ended.resolve();
    ended = Promise.withResolvers();
  };
  /** False where nothing is due. */
  const startDue = async (): Promise<boolean> => {
    try {
      const jobs = await queue.lease(sources);
      for (const job of jobs) void start(job);
      return jobs.length > 0;
    } catch (reason) {
      failure ??= { reason };
      return false;
    }
  };
  for (;;) {
    const nextEnd = ended.promise;
    const isEnding = failure !== undefined || signal?.aborted === true;
    if (!isEnding && underWay < documentsUnderWay && (await startDue())) continue;
    if (underWay > 0) {
      const looking = new AbortController();
      await Promise.race([nextEnd, clock.sleep(lookAgainMs, looking.signal).catch(() => undefined)]);
      looking.abort();
      continue;
    }
    if (failure !== undefined) throw failure.reason;
    if (isEnding) return false;
    const pauseMs = await queue.pauseMs(sources);
    if (pauseMs === undefined) return false;
    if (pauseMs > longestPauseMs) return true;
    await clock.sleep(pauseMs, signal).catch(() => undefined);
  }
}
