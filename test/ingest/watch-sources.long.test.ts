import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { App } from '../../src/app.ts';
import type { IngestEvent, IngestReport } from '../../src/core/ingestor.ts';
import { acquireWriterLock } from '../../src/store/writer-lock.ts';
import { writeFiles } from '../support/temporary-folder.ts';
import { openTestApp, type TestAppOptions } from '../support/test-app.ts';

const leave = '# Leave\n\nParental leave is 26 weeks for all employees of the company.\n';
const pay = '# Pay\n\nSalaries are paid on the 25th of each month by bank transfer.\n';
const patience = { timeout: 20_000, interval: 50 };

async function watchedApp(options: TestAppOptions) {
  const test = await openTestApp(options);
  const events: IngestEvent[] = [];
  const reports: IngestReport[] = [];
  const ready = Promise.withResolvers<void>();
  const controller = new AbortController();
  test.app.watchFiles();
  const ended = test.app.ingestor.watch({
    signal: controller.signal,
    onReady: ready.resolve,
    onReport: (report) => reports.push(report),
    onEvent: (event) => events.push(event),
  });
  onTestFinished(async () => {
    controller.abort();
    await ended;
  });
  await Promise.race([ended, ready.promise]);
  reports.splice(0);
  const until = (check: () => unknown) => vi.waitFor(check, patience);
  return { ...test, events, reports, until };
}

async function visible(app: App, person: string): Promise<string[]> {
  const documents = await app.catalog.documents(await app.scopeFor(app.principal(person)));
  return documents.map((document) => document.uri);
}

function sum(reports: readonly IngestReport[], key: 'added' | 'updated' | 'moved' | 'relabelled' | 'removed') {
  return reports.reduce((total, report) => total + report[key], 0);
}

describe('watching', () => {
  it('follows files that are added, replaced by renaming, moved and removed, touching nothing else', async () => {
    const { app, folder, write, reports, until } = await watchedApp({
      documents: { 'pay.md': pay, 'other.md': '# Other\n\nNothing of interest stands in this document.\n' },
    });
    await write({ 'leave.md': leave });
    await until(async () => expect(await visible(app, 'bob')).toContain('docs/leave.md'));
    const path = join(folder, 'docs/leave.md');
    for (const weeks of ['30 weeks', '32 weeks']) {
      await writeFile(`${path}.tmp`, leave.replace('26 weeks', weeks));
      await rename(`${path}.tmp`, path);
      await until(async () => {
        const { hits } = await app.search(await app.scopeFor(app.principal('bob')), { query: 'parental leave' });
        expect(hits.filter(({ uri }) => uri === 'docs/leave.md').map(({ text }) => text)).toEqual([
          expect.stringContaining(weeks),
        ]);
      });
    }
    await rename(path, join(folder, 'docs/time-off.md'));
    await until(async () => expect(await visible(app, 'bob')).toContain('docs/time-off.md'));
    await rm(join(folder, 'docs/time-off.md'));
    await until(async () => expect(await visible(app, 'bob')).toEqual(['docs/other.md', 'docs/pay.md']));
    await until(() => expect(sum(reports, 'removed')).toBe(1));
    expect([sum(reports, 'added'), sum(reports, 'updated'), sum(reports, 'moved')]).toEqual([1, 2, 1]);
    expect(reports.every((report) => report.unchanged === 0)).toBe(true);
  });

  it('binds readers to label files, front matter and changed rules', async () => {
    const { app, folder, write, reports, until } = await watchedApp({
      documents: { 'it/vpn.md': leave, 'pay.md': pay },
    });
    await write({ 'it/.access.yaml': 'anyOf: [hr]' });
    await until(async () => expect(await visible(app, 'bob')).toEqual(['docs/pay.md']));
    await rm(join(folder, 'docs/it/.access.yaml'));
    await until(async () => expect(await visible(app, 'bob')).toEqual(['docs/it/vpn.md', 'docs/pay.md']));
    await write({ 'pay.md': `---\naccess: { anyOf: [hr] }\n---\n${pay}` });
    await until(async () => expect(await visible(app, 'bob')).toEqual(['docs/it/vpn.md']));
    await writeFiles(folder, {
      'persea.yaml': 'sources: [{ name: docs, path: ./docs, label: { anyOf: [hr] } }]\n',
    });
    await until(async () => expect(await visible(app, 'bob')).toEqual([]));
    await until(() => expect(sum(reports, 'relabelled')).toBe(4));
    expect(reports.reduce((total, report) => total + report.chunks, 0)).toBe(1);
  });

  it('goes on after a run that failed, and lets other commands write in between', async () => {
    const { app, folder, write, events, reports, until } = await watchedApp({ documents: { 'pay.md': pay } });
    const lock = await acquireWriterLock({ dataDir: join(folder, '.persea'), purpose: 'test' });
    await write({ 'leave.md': leave });
    await until(() => expect(events).toContainEqual({ type: 'writer-wait', holder: expect.any(String) }));
    lock.release();
    await until(async () => expect(await visible(app, 'bob')).toContain('docs/leave.md'));
    await rename(join(folder, 'docs'), join(folder, 'away'));
    await writeFiles(folder, { 'persea.yaml': 'sources: [{ name: docs, path: ./docs, label: { anyOf: [hr] } }]\n' });
    await until(() => expect(reports.at(-1)?.quarantined).toMatchObject([{ code: 'source-unreadable' }]));
    expect(await visible(app, 'alice')).toEqual(['docs/leave.md', 'docs/pay.md']);
    await rename(join(folder, 'away'), join(folder, 'docs'));
    await until(async () => expect(await visible(app, 'bob')).toEqual([]));
  });

  it('asks before a folder is emptied, even bit by bit', async () => {
    const documents = Object.fromEntries(
      Array.from({ length: 20 }, (_, index) => [`${index}.md`, `# ${index}\n\nDocument ${index} of many.\n`]),
    );
    const { app, folder, events, reports, until } = await watchedApp({
      documents,
      config: 'ingest: { maxVanishedShare: 0.5 }',
    });
    const remove = async (from: number, to: number) => {
      for (let index = from; index < to; index++) await rm(join(folder, `docs/${index}.md`));
    };
    await remove(0, 8);
    await until(() => expect(sum(reports, 'removed')).toBe(8));
    await remove(8, 16);
    await until(() =>
      expect(events).toContainEqual(
        expect.objectContaining({ code: 'many-files-vanished', message: expect.stringMatching(/^\d+ of 20 files/) }),
      ),
    );
    expect((await visible(app, 'bob')).length).toBeGreaterThanOrEqual(10);
  });

  it('tells at once what cannot begin', async () => {
    const { app } = await openTestApp();
    const { signal } = new AbortController();
    await expect(app.ingestor.watch({ sources: ['none'], signal })).rejects.toMatchObject({ code: 'unknown-source' });
  });
});
