/** What happens while another process holds the catalogue's write lock: waiting, then a failure that can pass; never a loss. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import { JobQueue } from '../../ingest/job-queue.ts';
import { RevisionWriter } from '../../ingest/revision-writer.ts';
import { systemScope } from '../../src/access/scope.ts';
import type { UsageRecord } from '../../src/catalog/catalog.ts';
import { openSqliteCatalog } from '../../src/catalog/sqlite.ts';
import { draftOf } from '../contract/catalog-contract.ts';
import { chunkOf } from '../support/chunks.ts';
import { FakeChunkStore } from '../support/fake-chunk-store.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const scope = systemScope('test');
const usage: UsageRecord = {
  traceId: 'trace_1',
  principalId: 'alice',
  at: 10,
  status: 'answered',
  reason: null,
  modelId: 'main',
  zone: 'local',
  inputTokens: 100,
  outputTokens: 10,
  costUsd: 0,
  totalMs: 5,
};

async function openLockable(busyTimeoutMs: number) {
  const path = join(await temporaryFolder(), 'catalog.db');
  const catalog = await openSqliteCatalog({ path, busyTimeoutMs });
  const other = new DatabaseSync(path);
  onTestFinished(async () => {
    other.close();
    await catalog.close();
  });
  return { path, catalog, lock: () => other.exec('BEGIN IMMEDIATE'), unlock: () => other.exec('ROLLBACK') };
}

describe('a catalogue that another process has locked', () => {
  it('is waited for', async () => {
    const { path, catalog } = await openLockable(30_000);
    const folder = await temporaryFolder({
      'holder.ts': `
        import { DatabaseSync } from 'node:sqlite';
        const database = new DatabaseSync(process.argv[2]);
        database.exec('BEGIN IMMEDIATE');
        process.send('locked');
        process.once('message', () => setTimeout(() => {
          database.exec('ROLLBACK');
          process.disconnect();
        }, 300));
      `,
    });
    const holder = fork(join(folder, 'holder.ts'), [path], { execArgv: [] });
    onTestFinished(() => void holder.kill('SIGKILL'));
    await once(holder, 'message');
    // From here on this process waits within SQLite, so that the holder must let go by itself.
    await new Promise((resolve) => holder.send('let go', resolve));
    const startedAt = performance.now();
    const [id] = await catalog.enqueueJobs([{ source: 'docs', uri: 'docs/a.md' }]);
    expect(performance.now() - startedAt).toBeGreaterThan(50);
    expect(await catalog.jobs(scope)).toMatchObject([{ id, state: 'queued' }]);
  });

  it('fails with what can pass, changes nothing, and serves readers meanwhile', async () => {
    const { catalog, lock, unlock } = await openLockable(20);
    const lease = await catalog.beginWriting();
    const [id = ''] = await catalog.enqueueJobs([{ source: 'docs', uri: 'docs/a.md' }]);
    await catalog.leaseJobs({ lease, sources: ['docs'], limit: 1, forMs: 1_000 });
    lock();
    for (const write of [
      () => catalog.enqueueJobs([{ source: 'docs', uri: 'docs/b.md' }]),
      () => catalog.leaseJobs({ lease, sources: ['docs'], limit: 1, forMs: 1_000 }),
      () => catalog.endJobs(lease, [{ id, state: 'done' }]),
      () => catalog.renewJobs(lease, 1_000),
      () => catalog.beginRevisions([{ uri: 'docs/a.md' }]),
      () => catalog.beginWriting(),
      () => catalog.assertWritable(),
      () => catalog.recordUsage(usage),
    ]) {
      await expect(write()).rejects.toMatchObject({ code: 'store-busy', isRetryable: true });
    }
    expect(await catalog.jobs(scope)).toMatchObject([{ id, state: 'leased', attempts: 1 }]);
    unlock();
    await catalog.endJobs(lease, [{ id, state: 'done' }]);
    expect(await catalog.jobs(scope)).toMatchObject([{ id, state: 'done' }]);
  });

  it('fails a whole commit at once, and takes it when it is free', async () => {
    const { catalog, lock, unlock } = await openLockable(20);
    const store = new FakeChunkStore({ dimensions: null });
    const writer = new RevisionWriter(catalog, store);
    const write = () =>
      Promise.allSettled(
        ['a', 'b', 'c'].map((name) =>
          writer.write({
            documentId: null,
            draft: draftOf(`docs/${name}.md`),
            chunks: [chunkOf(0, `Text of docs/${name}.md.`)],
            vectors: null,
          }),
        ),
      );
    lock();
    const failed = await write();
    expect(failed).toMatchObject(Array.from({ length: 3 }, () => ({ reason: { code: 'store-busy' } })));
    unlock();
    const written = await write();
    expect(written.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled']);
    expect(await catalog.openIntents()).toEqual([]);
    expect(await store.countChunks(scope)).toBe(3);
  });

  it('does not cost the queue of a run its jobs', async () => {
    const { catalog, lock, unlock } = await openLockable(20);
    class UnlockingClock extends ManualClock {
      override async sleep(milliseconds: number): Promise<void> {
        await super.sleep(milliseconds);
        if (this.sleeps.length === 2) unlock();
      }
    }
    const clock = new UnlockingClock();
    const queue = new JobQueue(catalog, await catalog.beginWriting(), clock);
    onTestFinished(() => queue.close());
    await queue.enqueue([{ source: 'docs', uri: 'docs/a.md' }]);
    lock();
    const [job] = await queue.lease(['docs']);
    expect(job).toMatchObject({ uri: 'docs/a.md', attempts: 1 });
    expect(clock.sleeps).toEqual([500, 1_000]);
  });
});
