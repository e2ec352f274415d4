/**
 * The jobs of one run: leased a few at a time, so that what becomes more urgent meanwhile comes next, renewed while they are
 * worked on, and ended together with whatever else ends at about the same time.
 */
import type { Catalog } from '../src/catalog/catalog.ts';
import type { JobLease, JobOutcome, JobRequest } from '../src/catalog/jobs.ts';
import { type Clock, retry } from '../src/core/async.ts';
import type { PerseaError } from '../src/core/errors.ts';

const leaseMs = 60_000;
/** Few enough to be overtaken by what is asked for later; within those leased, the urgent come first all the same. */
const leasedAtOnce = 256;
const enqueuedAtOnce = 500;
/** What can pass is tried so often in all; the pauses between double. */
const maxAttempts = 4;
const firstPauseMs = 500;
/** The catalogue may be locked by another process for longer than it waits by itself; a run is worth waiting for it. */
const catalogPatience = { attempts: 4, firstDelayMs: 500 };

export class JobQueue {
  readonly #catalog: Catalog;
  readonly #clock: Clock;
  readonly #lease: number;
  readonly #heartbeat: NodeJS.Timeout;
  #ended: JobOutcome[] = [];
  #nextEnding: Promise<void> | undefined;
  /** What is being ended; one transaction follows the other. */
  #lastEnding: Promise<void> = Promise.resolve();

  /** `lease` is the writer's number. */
  constructor(catalog: Catalog, lease: number, clock: Clock) {
    this.#catalog = catalog;
    this.#lease = lease;
    this.#clock = clock;
    // Only tells others that this process is well, so one that fails does no harm: the writer's lock is what protects its jobs.
    const renew = () => catalog.renewJobs(lease, leaseMs).catch(() => undefined);
    this.#heartbeat = setInterval(renew, leaseMs / 4);
    this.#heartbeat.unref();
  }

  async enqueue(requests: readonly JobRequest[]): Promise<void> {
    for (let start = 0; start < requests.length; start += enqueuedAtOnce) {
      await this.#patiently(() => this.#catalog.enqueueJobs(requests.slice(start, start + enqueuedAtOnce)));
    }
  }

  lease(sources: readonly string[]): Promise<readonly JobLease[]> {
    const request = { lease: this.#lease, sources, limit: leasedAtOnce, forMs: leaseMs };
    return this.#patiently(() => this.#catalog.leaseJobs(request));
  }

  /** How long until a job of these sources is due; undefined where none waits. */
  async pauseMs(sources: readonly string[]): Promise<number | undefined> {
    const due = await this.#catalog.nextJobDue(sources);
    return due === undefined ? undefined : Math.max(0, due - this.#clock.now());
  }

  done(job: JobLease): Promise<void> {
    return this.#end({ id: job.id, state: 'done' });
  }

  /** Hands the job back as if it had not been tried. */
  handBack(job: JobLease): Promise<void> {
    return this.#end({ id: job.id, state: 'queued' });
  }

  willRetry(job: JobLease, error: PerseaError): boolean {
    return error.isRetryable && job.attempts < maxAttempts;
  }

  /** To be tried again after a pause, if the failure can pass and was not tried too often; else given up. */
  async fail(job: JobLease, error: PerseaError): Promise<void> {
    const { code, message } = error;
    if (!this.willRetry(job, error)) return this.#end({ id: job.id, state: 'dead', code, message });
    // Spread, so that what failed together does not come back together.
    const pauseMs = firstPauseMs * 2 ** (job.attempts - 1) * (0.75 + Math.random() / 2);
    return this.#end({ id: job.id, state: 'failed', code, message, runAfter: this.#clock.now() + pauseMs });
  }

  /** Waits for endings under way; whoever asked for them learns how they went. */
  async close(): Promise<void> {
    clearInterval(this.#heartbeat);
    await this.#nextEnding?.catch(() => undefined);
    await this.#lastEnding;
  }

  #end(outcome: JobOutcome): Promise<void> {
    this.#ended.push(outcome);
    // Documents of one commit end in the same moment: their jobs share a transaction.
    this.#nextEnding ??= new Promise((resolve, reject) => {
      setImmediate(() => {
        const outcomes = this.#ended;
        this.#ended = [];
        this.#nextEnding = undefined;
        const ending = this.#lastEnding.then(() => this.#patiently(() => this.#catalog.endJobs(this.#lease, outcomes)));
        this.#lastEnding = ending.catch(() => undefined);
        ending.then(resolve, reject);
      });
    });
    return this.#nextEnding;
  }

  #patiently<T>(operation: () => Promise<T>): Promise<T> {
    return retry(operation, { ...catalogPatience, clock: this.#clock });
  }
}
