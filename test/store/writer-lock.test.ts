import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { acquireWriterLock } from '../../src/store/writer-lock.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

it('is held by one at a time, and says by whom', async () => {
  const dataDir = await temporaryFolder();
  const first = await acquireWriterLock({ dataDir, purpose: 'ingest' });
  first.assertHeld();
  await expect(acquireWriterLock({ dataDir, purpose: 'relabel' })).rejects.toMatchObject({
    code: 'store-busy',
    message: expect.stringMatching(new RegExp(`Process ${process.pid} on .* \\(ingest, since .*${dataDir}`)),
    details: { pid: process.pid, purpose: 'ingest' },
  });
  first.release();
  first.release();
  expect(() => first.assertHeld()).toThrow('without the writer lock');
  const second = await acquireWriterLock({ dataDir, purpose: 'relabel' });
  await expect(acquireWriterLock({ dataDir, purpose: 'x' })).rejects.toThrow('relabel');
  second.release();
});

it('is waited for as long as asked, or until the signal', async () => {
  const dataDir = await temporaryFolder();
  const holder = await acquireWriterLock({ dataDir, purpose: 'ingest' });
  const clock = new ManualClock();
  await expect(acquireWriterLock({ dataDir, purpose: 'x', waitMs: 1_000, clock })).rejects.toMatchObject({
    code: 'store-busy',
  });
  expect(clock.now()).toBe(1_000);
  const aborted = AbortSignal.abort();
  await expect(acquireWriterLock({ dataDir, purpose: 'x', signal: aborted })).rejects.toThrow('abort');

  class ReleasingClock extends ManualClock {
    override async sleep(milliseconds: number): Promise<void> {
      await super.sleep(milliseconds);
      if (this.now() >= 400) holder.release();
    }
  }
  const lock = await acquireWriterLock({ dataDir, purpose: 'x', waitMs: 1_000, clock: new ReleasingClock() });
  lock.release();
});

it('is free again when its holder was killed, however abruptly', async () => {
  const folder = await temporaryFolder({
    'holder.ts': `
      import { acquireWriterLock } from ${JSON.stringify(join(import.meta.dirname, '../../src/store/writer-lock.ts'))};
      await acquireWriterLock({ dataDir: process.argv[2], purpose: 'ingest' });
      process.send('held');
      setInterval(() => {}, 1_000);
    `,
  });
  const dataDir = join(folder, 'data');
  const holder = fork(join(folder, 'holder.ts'), [dataDir], { execArgv: [] });
  try {
    await once(holder, 'message');
    await expect(acquireWriterLock({ dataDir, purpose: 'x' })).rejects.toThrow(`Process ${holder.pid} `);
  } finally {
    holder.kill('SIGKILL');
    await once(holder, 'exit');
  }
  (await acquireWriterLock({ dataDir, purpose: 'x' })).release();
});
