import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { canonicalLabel } from '../../src/access/label.ts';
import { systemScope } from '../../src/access/scope.ts';
import { openApp } from '../../src/app.ts';
import { isCurrentParser, parserOf } from '../../ingest/loaders/parser-versions.ts';
import { createFakeEmbedder } from '../support/fake-embedder.ts';
import { openTestApp } from '../support/test-app.ts';

const scope = systemScope('test');
const leave = '# Leave\n\nParental leave is 26 weeks for all employees of the company.\n';
const pay = '# Pay\n\nSalaries are paid on the 25th of each month by bank transfer.\n';
const mail = `From: Ada <ada@example.com>\nSubject: Rota\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nHere is the rota.\n--b\nContent-Type: text/plain\nContent-Disposition: attachment; filename="rota.txt"\n\n${'Kim works on Monday and Lee on Tuesday. '.repeat(60)}\n--b--\n`;

/** As if another version of the loaders had read these. */
function readByAnother(folder: string, uris: readonly string[], parser: string | null = null) {
  const database = new DatabaseSync(join(folder, '.persea/catalog.db'));
  const update = database.prepare('UPDATE files SET parser = ? WHERE uri = ?');
  for (const uri of uris) expect(update.run(parser, uri).changes).toBe(1);
  database.close();
}

it('a version of the loaders is current only if it is this one', () => {
  expect(isCurrentParser(parserOf('text/markdown'))).toBe(true);
  expect(isCurrentParser('text/markdown 0.1')).toBe(false);
  expect(isCurrentParser('')).toBe(false);
  expect(isCurrentParser(null)).toBe(false);
});

describe('files that another version of the loaders read', () => {
  it('are read again once, and stay searchable until then', async () => {
    const { app, folder, ingest } = await openTestApp({
      documents: { 'leave.md': leave, 'pay.md': pay, 'rota.eml': mail },
    });
    expect(await ingest()).toMatchObject({ added: 3, attachments: 1 });
    readByAnother(folder, ['docs/leave.md'], 'text/markdown 0.9');
    readByAnother(folder, ['docs/rota.eml/rota.txt']);
    expect((await app.ingestor.ingest({ isDryRun: true })).plan?.changed).toEqual(['docs/leave.md', 'docs/rota.eml']);
    const { hits } = await app.search(scope, { query: 'parental leave' });
    expect(hits.map(({ uri }) => uri)).toContain('docs/leave.md');
    // Nothing of the text is new, so nothing is embedded.
    expect(await ingest()).toMatchObject({ added: 0, updated: 2, unchanged: 1, tokens: 0, quarantined: [] });
    expect(await app.catalog.documentByUri(scope, 'docs/leave.md')).toMatchObject({ revision: 2 });
    expect(await app.catalog.documentByUri(scope, 'docs/rota.eml/rota.txt')).toMatchObject({ revision: 2 });
    expect(await ingest()).toMatchObject({ updated: 0, unchanged: 3 });
  });

  it('keep their ids and what an operator decided when they are moved meanwhile', async () => {
    const { app, folder, ingest } = await openTestApp({ documents: { 'leave.md': leave } });
    await ingest();
    const before = await app.catalog.documentByUri(scope, 'docs/leave.md');
    const label = canonicalLabel({ anyOf: ['hr'] });
    await app.catalog.relabelDocument(before?.documentId ?? '', label, { isOverride: true });
    readByAnother(folder, ['docs/leave.md']);
    await rename(join(folder, 'docs/leave.md'), join(folder, 'docs/time-off.md'));
    expect(await ingest()).toMatchObject({ moved: 1, added: 0, removed: 0 });
    expect(await ingest()).toMatchObject({ updated: 1 });
    const after = await app.catalog.documentByUri(scope, 'docs/time-off.md');
    expect(after).toMatchObject({ documentId: before?.documentId, label, isLabelOverridden: true, revision: 2 });
    expect(await ingest()).toMatchObject({ unchanged: 1 });
  });

  it('are not read again and again because of an attachment that cannot be read any more', async () => {
    const { app, folder, ingest } = await openTestApp({ documents: { 'rota.eml': mail } });
    await ingest();
    await app.close();
    readByAnother(folder, ['docs/rota.eml/rota.txt']);
    const path = join(folder, 'persea.yaml');
    await writeFile(path, `${await readFile(path, 'utf8')}\nlimits: { parsedTextBytes: 1000 }\n`);
    const again = await openApp({ configPath: path, embedder: createFakeEmbedder() });
    try {
      const report = await again.ingestor.ingest();
      expect(report).toMatchObject({ updated: 1, byProblem: [{ code: 'text-too-large' }] });
      expect(await again.catalog.documentByUri(scope, 'docs/rota.eml/rota.txt')).toMatchObject({ revision: 1 });
      expect(await again.ingestor.ingest()).toMatchObject({ updated: 0, unchanged: 1 });
    } finally {
      await again.close();
    }
  });
});
