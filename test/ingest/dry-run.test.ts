import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { systemScope } from '../../src/access/scope.ts';
import { acquireWriterLock } from '../../src/store/writer-lock.ts';
import { openTestApp } from '../support/test-app.ts';

const text = (name: string) => `# ${name}\n\nWords about ${name} that are long enough to be a chunk of their own.\n`;

describe('a dry run', () => {
  it('tells what would be done, and does none of it', async () => {
    const { app, ingest, write, folder } = await openTestApp({
      documents: {
        'changed.md': text('change'),
        'gone.md': text('gone'),
        'old-place.md': text('move'),
        'it/relabelled.md': text('label'),
        'same.md': text('same'),
      },
    });
    await ingest();
    const before = await app.catalog.documents(systemScope('test'));
    await write({
      'changed.md': text('another'),
      'new.md': text('new'),
      'it/.access.yaml': 'anyOf: [hr]',
      'bad/.access.yaml': '[',
      'bad/a.md': text('a'),
    });
    await rm(join(folder, 'docs/gone.md'));
    await rename(join(folder, 'docs/old-place.md'), join(folder, 'docs/new-place.md'));

    const report = await app.ingestor.ingest({ isDryRun: true });
    expect(report.plan).toEqual({
      added: ['docs/new.md'],
      changed: ['docs/changed.md'],
      moved: ['docs/new-place.md'],
      relabelled: ['docs/it/relabelled.md'],
      removed: ['docs/gone.md'],
      refused: [{ uri: 'docs/bad/a.md', code: 'label-invalid' }],
    });
    expect(report).toMatchObject({
      added: 1,
      updated: 1,
      moved: 1,
      relabelled: 1,
      removed: 1,
      unchanged: 1,
      chunks: 0,
    });
    expect(await app.catalog.documents(systemScope('test'))).toEqual(before);
    expect(await ingest()).toMatchObject({ added: 1, updated: 1, moved: 1, relabelled: 1, removed: 1, unchanged: 1 });
  });

  it('names a rule that matches no file, before it has left anything open', async () => {
    const { app } = await openTestApp({
      documents: { 'hr/pay.md': text('pay'), 'it/vpn.md': text('vpn') },
      rules: '[{ match: "hr", label: { anyOf: [hr] } }, { match: "it/**", label: { anyOf: [staff] } }]',
    });
    const { warnings } = await app.ingestor.ingest({ isDryRun: true });
    expect(warnings).toEqual([
      { code: 'rule-unused', message: expect.stringContaining('The rule "hr" of the source "docs"') },
    ]);
  });

  it('needs not wait for another writer', async () => {
    const { app, folder } = await openTestApp({ documents: { 'new.md': text('new') } });
    const lock = await acquireWriterLock({ dataDir: join(folder, '.persea'), purpose: 'ingest' });
    try {
      const report = await app.ingestor.ingest({ isDryRun: true, waitMs: 0 });
      expect(report.plan?.added).toEqual(['docs/new.md']);
      await expect(app.ingestor.ingest({ waitMs: 0 })).rejects.toMatchObject({ code: 'store-busy' });
    } finally {
      lock.release();
    }
  });
});
