import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { App } from '../../src/app.ts';
import type { IngestReport } from '../../src/core/ingestor.ts';
import { openTestApp, type TestApp } from '../support/test-app.ts';

const leave = '# Leave\n\nParental leave is 26 weeks for all employees of the company.\n';

async function watched(documents: Readonly<Record<string, string>>): Promise<TestApp & { reports: IngestReport[] }> {
  const opened = await openTestApp({ documents });
  const controller = new AbortController();
  const reports: IngestReport[] = [];
  const ready = Promise.withResolvers<void>();
  const done = opened.app.ingestor.watch({
    signal: controller.signal,
    onReady: ready.resolve,
    onReport: (report) => reports.push(report),
  });
  onTestFinished(async () => {
    controller.abort();
    await done;
  });
  await ready.promise;
  return { ...opened, reports };
}

async function found(app: App, person: string, query: string): Promise<string[]> {
  const { hits } = await app.search(await app.scopeFor(app.principal(person)), { query });
  return [...new Set(hits.filter((hit) => hit.text.includes(query)).map((hit) => hit.uri))].sort();
}

const eventually = { timeout: 15_000, interval: 50 };

describe('watching', () => {
  it('takes in what is saved, changed, replaced by rename, moved and removed', async () => {
    const { app, folder, write } = await watched({ 'leave.md': leave });
    expect(await found(app, 'bob', '26 weeks')).toEqual(['docs/leave.md']);

    await write({ 'new.md': '# New\n\nThe canteen opens at noon each day.\n' });
    await expect.poll(() => found(app, 'bob', 'canteen opens'), eventually).toEqual(['docs/new.md']);

    // As editors save: a temporary file takes the name of the old one.
    const before = await app.catalog.documents(await app.scopeFor(app.principal('bob')));
    await writeFile(join(folder, 'docs/.leave.md.swp'), leave.replace('26 weeks', '30 weeks'));
    await rename(join(folder, 'docs/.leave.md.swp'), join(folder, 'docs/leave.md'));
    await expect.poll(() => found(app, 'bob', '30 weeks'), eventually).toEqual(['docs/leave.md']);
    const idOf = (documents: typeof before) => documents.find(({ uri }) => uri === 'docs/leave.md')?.documentId;
    expect(idOf(await app.catalog.documents(await app.scopeFor(app.principal('bob'))))).toBe(idOf(before));

    await mkdir(join(folder, 'docs/hr'), { recursive: true });
    await rename(join(folder, 'docs/new.md'), join(folder, 'docs/hr/new.md'));
    await expect.poll(() => found(app, 'alice', 'canteen opens'), eventually).toEqual(['docs/hr/new.md']);
    expect(await found(app, 'bob', 'canteen opens')).toEqual([]);

    await rm(join(folder, 'docs/leave.md'));
    await expect.poll(() => found(app, 'bob', '30 weeks'), eventually).toEqual([]);
  });

  it('looks only at what changed', async () => {
    const documents = Object.fromEntries(
      Array.from({ length: 20 }, (_, n) => [`${n}.md`, `# Number ${n}\n\nText ${n}.\n`]),
    );
    const { reports, write } = await watched(documents);
    expect(reports).toMatchObject([{ added: 20 }]);
    await write({ '3.md': '# Number 3\n\nOther text.\n' });
    await expect.poll(() => reports.length, eventually).toBe(2);
    expect(reports[1]).toMatchObject({ updated: 1, unchanged: 0, added: 0, removed: 0 });
  });

  it('binds readers to a folder label as soon as it is there', async () => {
    const { app, folder } = await watched({ 'it/leave.md': leave });
    expect(await found(app, 'bob', '26 weeks')).toEqual(['docs/it/leave.md']);
    await writeFile(join(folder, 'docs/it/.access.yaml'), 'anyOf: [hr]\n');
    await expect.poll(() => found(app, 'bob', '26 weeks'), eventually).toEqual([]);
    // Bound at once by the catalogue; whoever gained the right finds it when the index has followed.
    await expect.poll(() => found(app, 'alice', '26 weeks'), eventually).toEqual(['docs/it/leave.md']);
  });

  it('goes on after a file that cannot be read, and lets others write meanwhile', async () => {
    const { app, reports, write } = await watched({ 'leave.md': leave });
    await write({ 'bad.pdf': 'no PDF \u0000\u0001' });
    await expect
      .poll(() => reports.flatMap((report) => report.quarantined.map(({ uri }) => uri)), eventually)
      .toEqual(['docs/bad.pdf']);
    // The lock is free between runs.
    await expect(app.ingestor.ingest({ waitMs: 10_000 })).resolves.toMatchObject({ unchanged: 1 });
    await write({ 'good.md': '# Good\n\nThe canteen opens at noon each day.\n' });
    await expect.poll(() => found(app, 'bob', 'canteen opens'), eventually).toEqual(['docs/good.md']);
  });
});
