import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { systemScope } from '../../src/access/scope.ts';
import { openApp } from '../../src/app.ts';
import { createFakeEmbedder } from '../support/fake-embedder.ts';
import { openTestApp } from '../support/test-app.ts';

/** Put together here, so that no file holds what looks like a key. */
const secret = ['gh', 'p_', 'kQ7fWm2Zt9RbXc4Lh8VnYp3Js6Gd5kQ7fWm2'].join('');
const documents = {
  'setup.md': `---\nauthor: ${secret}\n---\n# Set-up with ${secret}\n\nThe robot signs in with ${secret} and reports each evening.\n`,
  'mail.eml': `From: Ada <ada@example.com>\nSubject: Key ${secret}\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nHere it is.\n--b\nContent-Type: text/plain\nContent-Disposition: attachment; filename="key ${secret}.txt"\n\nThe key of the robot is ${secret} as ever.\n--b--\n`,
};

async function filesWith(folder: string, value: string): Promise<readonly string[]> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true });
  const found: string[] = [];
  for (const entry of names.filter((each) => each.isFile())) {
    const bytes = await readFile(join(entry.parentPath, entry.name));
    if (bytes.includes(value) || bytes.includes(Buffer.from(value, 'utf16le'))) found.push(entry.name);
  }
  return found;
}

describe('secrets in documents', () => {
  it('leave no trace in the data folder when they are masked', async () => {
    const { app, folder, ingest } = await openTestApp({ documents, config: 'ingest: { secrets: mask }' });
    const report = await ingest();
    expect(report).toMatchObject({ added: 2, attachments: 1, quarantined: [] });
    expect(report.byProblem).toMatchObject([{ code: 'secret-found', documents: 3 }]);
    expect(JSON.stringify(report)).not.toContain(secret.slice(0, 12));
    const { hits } = await app.search(systemScope('test'), { query: 'key of the robot' });
    expect(hits.some((hit) => hit.text.includes(`is ${'*'.repeat(secret.length)} as ever`))).toBe(true);
    await app.close();
    expect(await filesWith(join(folder, '.persea'), secret)).toEqual([]);
    expect(await filesWith(join(folder, '.persea'), secret.slice(4, 24))).toEqual([]);
  });

  it('keep their documents out when that is wanted, with a code that says so', async () => {
    const { folder, app, ingest } = await openTestApp({ documents, config: 'ingest: { secrets: quarantine }' });
    const report = await ingest();
    expect(report.quarantined).toMatchObject([{ code: 'secret-found' }, { code: 'secret-found' }]);
    expect(JSON.stringify(report)).not.toContain(secret.slice(0, 12));
    await app.close();
    expect(await filesWith(join(folder, '.persea'), secret)).toEqual([]);
  });

  it('are told, and stay, by default', async () => {
    const { folder, ingest, app } = await openTestApp({ documents });
    const report = await ingest();
    expect(report.byProblem).toMatchObject([{ code: 'secret-found', kind: 'warning', documents: 3 }]);
    expect(JSON.stringify(report.byProblem)).not.toContain('Set-up');
    const { hits } = await app.search(systemScope('test'), { query: 'robot signs in' });
    expect(hits.some((hit) => hit.text.includes(secret))).toBe(true);
    await app.close();
    // What the tests above look for would be seen where it is.
    expect(await filesWith(join(folder, '.persea'), secret)).not.toEqual([]);
  });

  it.each([
    ['mask', { updated: 2, quarantined: [] }],
    ['quarantine', { updated: 0, quarantined: [{ code: 'secret-found' }, { code: 'secret-found' }] }],
  ])('go from documents that are the same when the setting becomes %s', async (setting, expected) => {
    const { folder, ingest, app } = await openTestApp({ documents: { ...documents, 'plain.md': 'Nothing to see.\n' } });
    await ingest();
    await app.close();
    const path = join(folder, 'persea.yaml');
    await writeFile(path, `${await readFile(path, 'utf8')}\ningest: { secrets: ${setting} }\n`);
    const changed = await openApp({ configPath: path, embedder: createFakeEmbedder() });
    try {
      expect((await changed.ingestor.ingest({ isDryRun: true })).plan?.changed).toHaveLength(2);
      expect(await changed.ingestor.ingest()).toMatchObject({ ...expected, unchanged: 1 });
      const { hits } = await changed.search(systemScope('test'), { query: 'key of the robot' });
      expect(hits.filter((hit) => hit.text.includes(secret))).toEqual([]);
      expect(await changed.ingestor.ingest()).toMatchObject({ updated: 0, unchanged: setting === 'mask' ? 3 : 1 });
    } finally {
      await changed.close();
    }
    expect(await filesWith(join(folder, '.persea'), secret)).toEqual([]);
  });
});
