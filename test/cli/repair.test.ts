import { readdir, rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { canonicalLabel } from '../../src/access/label.ts';
import { systemScope } from '../../src/access/scope.ts';
import { runForJson } from '../support/command-line.ts';
import { openTestApp } from '../support/test-app.ts';

const scope = systemScope('test');
const documents = {
  'leave.md': '# Leave\n\nParental leave is 26 weeks for all employees of the company.\n',
  'hr/pay.md': '# Pay\n\nSalaries are paid on the 25th of each month by bank transfer.\n',
};

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

describe('persea repair', () => {
  it.each([
    ['data files are gone', (path: string) => path.endsWith('.lance'), rm],
    ['data files are cut short', (path: string) => path.endsWith('.lance'), (path: string) => truncate(path, 20)],
    ['the table lost its versions', (path: string) => path.includes('_versions'), rm],
  ])('derives the index anew where %s', async (_, isHit, damage) => {
    const { app, folder, ingest, reopen } = await openTestApp({ documents });
    await ingest();
    const before = await app.catalog.documents(scope, { source: 'docs' });
    await app.close();
    const hit = (await filesBelow(join(folder, '.persea/lance'))).filter(isHit);
    expect(hit.length).toBeGreaterThan(0);
    for (const path of hit) await damage(path);

    const damaged = await reopen();
    expect((await damaged.checks()).find((check) => check.name === 'index')).toMatchObject({ ok: false });
    const { documents: count, tokens } = await damaged.ingestor.repair();
    // Both canaries, too; their texts and those of the documents were embedded before.
    expect([count, tokens]).toEqual([4, 0]);
    expect((await damaged.checks()).filter((check) => !check.ok)).toEqual([]);
    expect(await damaged.catalog.documents(scope, { source: 'docs' })).toEqual(before);
    const bob = await damaged.scopeFor(damaged.principal('bob'));
    expect((await damaged.search(bob, { query: 'parental leave' })).hits.map((found) => found.uri)).toEqual([
      'docs/leave.md',
    ]);
    expect(await damaged.ingestor.ingest()).toMatchObject({ unchanged: 2, tokens: 0 });
  });

  it('keeps later decisions, and is a command', async () => {
    const { app, folder, ingest } = await openTestApp({ documents, embedder: null });
    await ingest();
    const leave = await app.catalog.documentByUri(scope, 'docs/leave.md');
    await app.catalog.relabelDocument(leave?.documentId ?? '', canonicalLabel({ anyOf: ['hr'] }), { isOverride: true });
    const { status, value } = await runForJson(['repair', '--config', join(folder, 'persea.yaml')]);
    expect({ status, value }).toMatchObject({ status: 0, value: { documents: 4, tokens: 0 } });
    expect((await app.checks()).filter((check) => !check.ok)).toEqual([]);
    const bob = await app.scopeFor(app.principal('bob'));
    expect((await app.search(bob, { query: 'parental leave' })).hits).toEqual([]);
  });
});
