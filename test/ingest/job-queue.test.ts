import { describe, expect, it } from 'vitest';
import { JobQueue } from '../../ingest/job-queue.ts';
import { workJobs } from '../../ingest/work-jobs.ts';
import { systemScope } from '../../src/access/scope.ts';
import type { JobLease } from '../../src/catalog/catalog.ts';
import { PerseaError } from '../../src/core/errors.ts';
import { FakeCatalog } from '../support/fake-catalog.ts';
import { ManualClock } from '../support/manual-clock.ts';

const scope = systemScope('test');

async function setUp(uris: readonly string[]) {
  const clock = new ManualClock(1_000);
  const catalog = new FakeCatalog(() => clock.now());
  const queue = new JobQueue(catalog, await catalog.beginWriting(), clock);
  await queue.enqueue(uris.map((uri) => ({ source: 'a', uri })));
  const worked: string[] = [];
  const run = (work: (job: JobLease) => Promise<void>, signal?: AbortSignal) =>
    workJobs({
      queue,
      sources: ['a'],
      clock,
      work: (job) => {
        worked.push(job.uri);
        return work(job);
      },
      ...(signal === undefined ? {} : { signal }),
    });
  const states = async () => new Map((await catalog.jobs(scope)).map((job) => [job.uri, job.state]));
  return { catalog, clock, queue, worked, run, states };
}

const locked = new PerseaError('file-unreadable', 'It is locked.');
const broken = new PerseaError('document-damaged', 'It is broken.');

describe('workJobs', () => {
  it('works on everything and leaves nothing leased', async () => {
    const uris = Array.from({ length: 100 }, (_, index) => `a/${index}.md`);
    const { queue, worked, run, states } = await setUp(uris);
    expect(await run((job) => queue.done(job))).toBe(false);
    expect(worked.toSorted()).toEqual(uris.toSorted());
    expect(new Set((await states()).values())).toEqual(new Set(['done']));
    await queue.close();
  });

  it('tries again what can pass, with growing pauses, and gives up in the end', async () => {
    const { clock, queue, worked, run, states } = await setUp(['a/locked.md', 'a/broken.md', 'a/good.md']);
    const outcome = (job: JobLease) => {
      if (job.uri === 'a/good.md') return queue.done(job);
      return queue.fail(job, job.uri === 'a/locked.md' ? locked : broken);
    };
    expect(await run(outcome)).toBe(false);
    expect(worked.filter((uri) => uri === 'a/locked.md')).toHaveLength(4);
    expect(worked.filter((uri) => uri === 'a/broken.md')).toHaveLength(1);
    expect(await states()).toEqual(
      new Map([
        ['a/locked.md', 'dead'],
        ['a/broken.md', 'dead'],
        ['a/good.md', 'done'],
      ]),
    );
    const [first = 0, second = 0, third = 0] = clock.sleeps;
    expect(clock.sleeps).toHaveLength(3);
    expect(first).toBeLessThan(second);
    expect(second).toBeLessThan(third);
    await queue.close();
  });

  it('goes on to what became more urgent meanwhile', async () => {
    const { catalog, queue, worked, run } = await setUp(Array.from({ length: 600 }, (_, index) => `a/${index}.md`));
    let isAsked = false;
    await run(async (job) => {
      if (!isAsked) await catalog.enqueueJobs([{ source: 'a', uri: 'a/urgent.md', priority: 10 }]);
      isAsked = true;
      await queue.done(job);
    });
    expect(worked).toHaveLength(601);
    // Behind what was leased already, ahead of the hundreds that were not.
    expect(worked.indexOf('a/urgent.md')).toBeLessThan(300);
    await queue.close();
  });

  it('hands back what it holds when it is ended', async () => {
    const { queue, run, states, catalog } = await setUp(['a/1.md', 'a/2.md']);
    const controller = new AbortController();
    await run(async (job) => {
      controller.abort();
      await queue.handBack(job);
    }, controller.signal);
    expect(new Set((await states()).values())).toEqual(new Set(['queued']));
    expect((await catalog.jobs(scope)).map((job) => job.attempts)).toEqual([0, 0]);
    await queue.close();
  });

  it('leaves to the next run what needs longer', async () => {
    const { catalog, clock, queue, run } = await setUp(['a/1.md']);
    const later = clock.now() + 60_000;
    const isWaiting = await run(async (job) => {
      const lease = 1;
      await catalog.endJobs(lease, [{ id: job.id, state: 'failed', runAfter: later }]);
    });
    expect(isWaiting).toBe(true);
    expect(clock.sleeps).toEqual([]);
    await queue.close();
  });
});
