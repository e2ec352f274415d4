/** A disk that fills up in the middle of things: a small file system of its own, where this account may mount one. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { systemScope } from '../../src/access/scope.ts';
import type { App } from '../../src/app.ts';
import { filesHolding } from '../support/bytes-of.ts';
import { FakeLanguageModel } from '../support/fake-language-model.ts';
import { openTestApp } from '../support/test-app.ts';

const scope = systemScope('test');
const disk = mkdtempSync(join(tmpdir(), 'persea-disk-'));

function mount(): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', disk], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const isMounted = mount();
if (!isMounted) process.stderr.write('Tests of a full disk are skipped: this account may not mount a file system.\n');
afterAll(() => {
  if (isMounted) execFileSync('umount', ['--lazy', disk]);
  rmSync(disk, { recursive: true, force: true });
});

const words = (seed: number, count: number) =>
  Array.from({ length: count }, (_, index) => `w${((seed * 7_919 + index * 104_729) % 1_000_003).toString(36)}`).join(
    ' ',
  );
const leave = '# Leave\n\nParental leave is 26 weeks for all employees of the company.\n';

const filler = join(disk, 'filler');

/** Leaves so many bytes. */
async function fill(bytesLeft: number): Promise<void> {
  const { bavail, bsize } = statfsSync(disk);
  await writeFile(filler, Buffer.alloc(Math.max(0, bavail * bsize - bytesLeft), 1));
}

async function finds(app: App, query: string): Promise<readonly string[]> {
  const { hits } = await app.search(scope, { query, mode: 'keyword' });
  return [...new Set(hits.map((hit) => hit.uri))];
}

describe.skipIf(!isMounted)('a full disk', () => {
  it('ends an ingest with a code, keeps what is searchable, and the next ingest goes on', async () => {
    const dataDir = join(disk, 'ingest');
    const { app, ingest, write } = await openTestApp({
      documents: { 'leave.md': leave },
      config: `dataDir: ${dataDir}`,
    });
    await ingest();
    const more = Array.from({ length: 12 }, (_, index) => [
      `more/${index}.md`,
      `# More ${index}\n\n${words(index, 1_500)}\n`,
    ]);
    await write({ 'leave.md': leave.replace('26', '30'), ...Object.fromEntries(more) });
    await fill(150_000);
    await expect(ingest()).rejects.toMatchObject({ code: 'disk-full', isRetryable: true });
    expect(await finds(app, 'parental leave')).toEqual(['docs/leave.md']);
    await rm(filler);
    expect(await ingest()).toMatchObject({ quarantined: [], removed: 0 });
    expect(await app.catalog.countDocuments(scope, { source: 'docs' })).toBe(13);
    expect((await app.checks()).filter(({ ok, name }) => !ok && name !== 'disk space')).toEqual([]);
    await app.close();
    await rm(dataDir, { recursive: true });
  });

  it('cuts a purge short, which the next ingest finishes', async () => {
    const dataDir = join(disk, 'purge');
    const { app, ingest } = await openTestApp({
      documents: {
        'leave.md': leave,
        'secret.md': '# Secret\n\nThe zqcanaryxv stands here.\n',
        'long.md': `# Long\n\n${words(1, 3_000)}\n`,
      },
      config: `dataDir: ${dataDir}`,
    });
    await ingest();
    await fill(20_000);
    await expect(app.ingestor.remove({ uri: 'docs/secret.md' }, { purge: true })).rejects.toMatchObject({
      code: 'disk-full',
    });
    await rm(filler);
    expect((await app.checks({ names: ['journal'] }))[0]).toMatchObject({ ok: false });
    await ingest();
    expect(await finds(app, 'zqcanaryxv')).toEqual([]);
    expect(filesHolding(dataDir, 'zqcanaryxv')).toEqual([]);
    expect(await finds(app, 'parental leave')).toEqual(['docs/leave.md']);
  });

  it('lets nobody spend a budget over and over by starting anew', async () => {
    const dataDir = join(disk, 'budget');
    const model = new FakeLanguageModel({ reply: 'Parental leave is 26 weeks for all employees of the company. [1]' });
    const { app, ingest, reopen } = await openTestApp({
      documents: { 'leave.md': leave },
      config: `dataDir: ${dataDir}\nbudgets: { person: { costUsdPerDay: 5 } }\nanswer: { cache: { entries: 0 } }`,
      models: [{ model, maxOutputTokens: 50 }],
    });
    const ask = async (asked: App) => {
      const bob = await asked.scopeFor(asked.principal('bob'));
      return asked.ask(bob, { question: 'How many weeks is parental leave?' });
    };
    await ingest();
    await fill(0);
    for (let start = 0; start < 3; start++) {
      const started = await reopen();
      expect(await ask(started)).toMatchObject({ status: 'refused', reason: 'budget' });
      await started.close();
    }
    expect(model.calls).toHaveLength(0);
    await rm(filler);
    expect(await ask(app)).toMatchObject({ status: 'answered' });
    await app.close();
    await rm(dataDir, { recursive: true });
  });
});
