/**
 * The jobs of one run: leased a few at a time, so that what becomes more urgent meanwhile comes next, renewed while they are
 * worked on, and ended together with whatever else ends at about the same time.
 */
import type { Catalog, JobLease, JobOutcome, JobRequest } from '../src/catalog/catalog.ts';
import type { Clock } from '../src/core/async.ts';
import type { PerseaError } from '../src/core/errors.ts';

const leaseMs = 60_000;
/** Enough to keep everybody busy until the next look into the queue, few enough to be overtaken. */
const leasedAtOnce = 32;
const enqueuedAtOnce = 500;
/** What can pass is tried so often in all; the pauses between double. */
const maxAttempts = 4;
const firstPauseMs = 500;

export class JobQueue {
  readonly #catalog: Catalog;
  readonly #clock: Clock;
  readonly #lease: number;
  readonly #heartbeat: NodeJS.Timeout;
  #ended: JobOutcome[] = [];
  #flush: Promise<void> | undefined;

  /** `lease` is the writer's number. */
  constructor(catalog: Catalog, lease: number, clock: Clock) {
    this.#catalog = catalog;
    this.#lease = lease;
    this.#clock = clock;
    // A renewal that fails is tried again before the lease is over; leases that are lost show when their jobs end.
    const renew = () => catalog.renewJobs(lease, leaseMs).catch(() => undefined);
    this.#heartbeat = setInterval(renew, leaseMs / 4);
    this.#heartbeat.unref();
  }

  async enqueue(requests: readonly JobRequest[]): Promise<void> {
    for (let start = 0; start < requests.length; start += enqueuedAtOnce) {
      await this.#catalog.enqueueJobs(requests.slice(start, start + enqueuedAtOnce));
    }
  }

  lease(sources: readonly string[]): Promise<readonly JobLease[]> {
    return this.#catalog.leaseJobs({ lease: this.#lease, sources, limit: leasedAtOnce, forMs: leaseMs });
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

  async close(): Promise<void> {
    clearInterval(this.#heartbeat);
    await this.#flush;
  }

  #end(outcome: JobOutcome): Promise<void> {
    this.#ended.push(outcome);
    // Documents of one commit end in the same moment: their jobs share a transaction.
    this.#flush ??= new Promise((resolve, reject) => {
      setImmediate(() => {
        const outcomes = this.#ended;
        this.#ended = [];
        this.#flush = undefined;
        this.#catalog.endJobs(this.#lease, outcomes).then(resolve, reject);
      });
    });
    return this.#flush;
  }
}
