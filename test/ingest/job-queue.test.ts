/** The queue of one run over the fake catalogue, and the loop that works it off. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { JobQueue } from '../../ingest/job-queue.ts';
import { workJobs } from '../../ingest/work-jobs.ts';
import { systemScope } from '../../src/access/scope.ts';
import type { JobLease } from '../../src/catalog/jobs.ts';
import type { Clock } from '../../src/core/async.ts';
import { PerseaError } from '../../src/core/errors.ts';
import { FakeCatalog } from '../support/fake-catalog.ts';
import { ManualClock } from '../support/manual-clock.ts';

const scope = systemScope('test');
const sources = ['docs'];
const busy = () => new PerseaError('store-busy', 'The catalogue is locked.');

async function openQueue(catalog: FakeCatalog, clock: Clock): Promise<JobQueue> {
  const queue = new JobQueue(catalog, await catalog.beginWriting(), clock);
  onTestFinished(() => queue.close());
  return queue;
}

const requestsFor = (count: number, priority = 0) =>
  Array.from({ length: count }, (_, index) => ({ source: 'docs', uri: `docs/${priority}-${index}.md`, priority }));

/** Sleeps until the next turn of the event loop, in which others get on, and counts the time asked for. */
class TurningClock extends ManualClock {
  override async sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    await new Promise(setImmediate);
    await super.sleep(milliseconds, signal);
  }
}

describe('JobQueue', () => {
  it('tries what can pass again after doubled pauses, and gives up in the end', async () => {
    const clock = new ManualClock();
    const catalog = new FakeCatalog(() => clock.now());
    const queue = await openQueue(catalog, clock);
    await queue.enqueue(requestsFor(1));
    const pauses: number[] = [];
    const error = new PerseaError('file-unreadable', 'It is locked.');
    for (;;) {
      const [job] = await queue.lease(sources);
      if (job === undefined) break;
      await queue.fail(job, error);
      const pause = await queue.pauseMs(sources);
      if (pause !== undefined) pauses.push(pause);
      await clock.sleep(pause ?? 0);
    }
    expect(pauses).toHaveLength(3);
    for (const [index, pause] of pauses.entries()) {
      expect(pause).toBeGreaterThanOrEqual(375 * 2 ** index);
      expect(pause).toBeLessThanOrEqual(625 * 2 ** index);
    }
    expect(await catalog.jobs(scope)).toMatchObject([{ state: 'dead', attempts: 4, code: 'file-unreadable' }]);
  });

  it('gives up at once what cannot pass', async () => {
    const clock = new ManualClock();
    const catalog = new FakeCatalog(() => clock.now());
    const queue = await openQueue(catalog, clock);
    await queue.enqueue(requestsFor(1));
    const [job] = await queue.lease(sources);
    await queue.fail(job as JobLease, new PerseaError('document-encrypted', 'It has a password.'));
    expect(await catalog.jobs(scope)).toMatchObject([{ state: 'dead', attempts: 1, code: 'document-encrypted' }]);
    expect(await queue.pauseMs(sources)).toBeUndefined();
  });

  it('ends in one transaction what ends in the same moment', async () => {
    const clock = new ManualClock();
    let transactions = 0;
    class CountingCatalog extends FakeCatalog {
      override async endJobs(...ended: Parameters<FakeCatalog['endJobs']>): Promise<void> {
        transactions += 1;
        await super.endJobs(...ended);
      }
    }
    const catalog = new CountingCatalog(() => clock.now());
    const queue = await openQueue(catalog, clock);
    await queue.enqueue(requestsFor(20));
    const jobs = await queue.lease(sources);
    await Promise.all(jobs.map((job) => queue.done(job)));
    expect(transactions).toBe(1);
    expect(await catalog.jobs(scope, { state: 'done' })).toHaveLength(20);
  });

  it('waits for a catalogue that another process has locked, and says so when that takes too long', async () => {
    const clock = new ManualClock();
    let locked = 3;
    class LockedCatalog extends FakeCatalog {
      override async endJobs(...ended: Parameters<FakeCatalog['endJobs']>): Promise<void> {
        if (locked-- > 0) throw busy();
        await super.endJobs(...ended);
      }
    }
    const catalog = new LockedCatalog(() => clock.now());
    const queue = await openQueue(catalog, clock);
    await queue.enqueue(requestsFor(2));
    const [first, second] = (await queue.lease(sources)) as [JobLease, JobLease];
    await queue.done(first);
    expect(clock.sleeps).toEqual([500, 1_000, 2_000]);
    expect(await catalog.jobs(scope, { state: 'done' })).toHaveLength(1);
    locked = Number.POSITIVE_INFINITY;
    await expect(queue.done(second)).rejects.toMatchObject({ code: 'store-busy' });
    // Still leased, so that the next writer takes it over.
    expect(await catalog.jobs(scope, { state: 'leased' })).toHaveLength(1);
  });
});

describe('workJobs', () => {
  async function run(
    requests: Parameters<JobQueue['enqueue']>[0],
    work: (job: JobLease, queue: JobQueue) => Promise<void>,
    signal?: AbortSignal,
  ) {
    const clock = new TurningClock();
    const catalog = new FakeCatalog(() => clock.now());
    const queue = await openQueue(catalog, clock);
    await queue.enqueue(requests);
    const options = { queue, sources, clock, ...(signal === undefined ? {} : { signal }) };
    return { catalog, clock, ended: workJobs({ ...options, work: (job) => work(job, queue) }) };
  }

  it('works on everything, the urgent first', async () => {
    const order: string[] = [];
    const { catalog, ended } = await run([...requestsFor(40), ...requestsFor(3, 10)], async (job, queue) => {
      order.push(job.uri);
      await queue.done(job);
    });
    expect(await ended).toBe(false);
    expect(order.slice(0, 3)).toEqual(['docs/10-0.md', 'docs/10-1.md', 'docs/10-2.md']);
    expect(await catalog.jobs(scope, { state: 'done' })).toHaveLength(43);
  });

  it('takes up what is asked for while the last document takes long', async () => {
    const finish = Promise.withResolvers<void>();
    const { catalog, ended } = await run(requestsFor(1), async (job, queue) => {
      if (job.priority === 0) {
        await catalog.enqueueJobs(requestsFor(1, 10));
        await finish.promise;
      } else finish.resolve();
      await queue.done(job);
    });
    expect(await ended).toBe(false);
    expect(await catalog.jobs(scope, { state: 'done' })).toHaveLength(2);
  });

  it('waits for what is about to be due, and leaves the rest to the next run', async () => {
    const { catalog, clock, ended } = await run(requestsFor(1), async (job, queue) => {
      if (job.attempts < 3) return queue.fail(job, new PerseaError('model-timeout', 'Busy.'));
      const later = { id: job.id, state: 'failed', runAfter: clock.now() + 60_000 } as const;
      await catalog.endJobs(1, [later]);
    });
    expect(await ended).toBe(true);
    expect(await catalog.jobs(scope)).toMatchObject([{ state: 'failed', attempts: 3 }]);
    expect(clock.now()).toBeLessThan(10_000);
  });

  it('ends after an abort when what is under way has ended, and leases nothing more', async () => {
    const abort = new AbortController();
    let underWay = 0;
    const { catalog, ended } = await run(
      requestsFor(2_000),
      async (job, queue) => {
        underWay += 1;
        if (underWay === 5) abort.abort();
        await new Promise(setImmediate);
        await (abort.signal.aborted ? queue.handBack(job) : queue.done(job));
        underWay -= 1;
      },
      abort.signal,
    );
    expect(await ended).toBe(false);
    expect(underWay).toBe(0);
    expect(await catalog.jobs(scope, { state: 'leased' })).toEqual([]);
    const waiting = await catalog.jobs(scope, { state: 'queued' });
    expect(waiting).toHaveLength(2_000);
    expect(new Set(waiting.map((job) => job.attempts))).toEqual(new Set([0]));
  });

  it.each(['of the work', 'of the queue'])(
    'fails with the first failure %s, after what is under way',
    async (which) => {
      const failure = new PerseaError('disk-full', 'No space.');
      let open = 0;
      const { catalog, ended } = await run(requestsFor(which === 'of the work' ? 10 : 100), async (job, queue) => {
        open += 1;
        await new Promise(setImmediate);
        open -= 1;
        if (which === 'of the work' && job.uri.endsWith('-3.md')) throw failure;
        await queue.done(job);
      });
      if (which === 'of the queue') catalog.leaseJobs = () => Promise.reject(failure);
      await expect(ended).rejects.toBe(failure);
      expect(open).toBe(0);
    },
  );
});
