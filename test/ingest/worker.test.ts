import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { systemScope } from '../../src/access/scope.ts';
import type { App } from '../../src/app.ts';
import { canarySource } from '../../src/core/canary.ts';
import { createFakeEmbedder } from '../support/fake-embedder.ts';
import { writeFiles } from '../support/temporary-folder.ts';
import { openTestApp } from '../support/test-app.ts';

const scope = systemScope('test');
const leave = '# Leave\n\nParental leave is 26 weeks for all employees of the company.\n';
const pay = '# Pay\n\nSalaries are paid on the 25th of each month by bank transfer.\n';

async function visibleUris(app: App, person: string): Promise<string[]> {
  const documents = await app.catalog.documents(await app.scopeFor(app.principal(person)));
  return documents.map((document) => document.uri);
}

async function foundUris(app: App, person: string, query: string): Promise<string[]> {
  const { hits } = await app.search(await app.scopeFor(app.principal(person)), { query });
  return [...new Set(hits.map((hit) => hit.uri))];
}

describe('ingest', () => {
  it('adds documents, embeds them, and does nothing the second time', async () => {
    const { app, ingest } = await openTestApp({ documents: { 'leave.md': leave, 'hr/pay.md': pay } });
    expect(await ingest()).toMatchObject({ added: 2, updated: 0, unchanged: 0, chunks: 2, quarantined: [] });
    expect(await foundUris(app, 'alice', 'parental leave')).toContain('docs/leave.md');
    expect(await ingest()).toMatchObject({ added: 0, updated: 0, unchanged: 2, chunks: 0, tokens: 0 });
  });

  it('replaces a changed document and forgets a removed one', async () => {
    const { app, ingest, write, folder } = await openTestApp({ documents: { 'leave.md': leave, 'other.md': pay } });
    await ingest();
    await write({ 'leave.md': leave.replace('26 weeks', '30 weeks') });
    await rm(join(folder, 'docs/other.md'));
    expect(await ingest()).toMatchObject({ added: 0, updated: 1, removed: 1, unchanged: 0 });
    const { hits } = await app.search(scope, { query: 'parental leave weeks' });
    const texts = hits.filter((hit) => !hit.uri.startsWith(canarySource)).map((hit) => hit.text);
    expect(texts).toHaveLength(1);
    expect(texts[0]).toContain('30 weeks');
  });

  it('moves a document with its id, without embedding it', async () => {
    const { app, ingest, folder } = await openTestApp({ documents: { 'leave.md': leave } });
    await ingest();
    const before = await app.catalog.documentByUri(scope, 'docs/leave.md');
    await rename(join(folder, 'docs/leave.md'), join(folder, 'docs/time-off.md'));
    expect(await ingest()).toMatchObject({ moved: 1, added: 0, removed: 0, chunks: 0 });
    const after = await app.catalog.documentByUri(scope, 'docs/time-off.md');
    expect(after?.documentId).toBe(before?.documentId);
    expect(await foundUris(app, 'bob', 'parental leave')).toEqual(['docs/time-off.md']);
  });

  it('binds a moved document to the label of its new place', async () => {
    const { app, ingest, folder } = await openTestApp({ documents: { 'leave.md': leave } });
    await ingest();
    await writeFiles(join(folder, 'docs/hr'), { '.keep': '' });
    await rename(join(folder, 'docs/leave.md'), join(folder, 'docs/hr/leave.md'));
    expect(await ingest()).toMatchObject({ moved: 1 });
    expect(await foundUris(app, 'bob', 'parental leave')).toEqual([]);
    expect(await foundUris(app, 'alice', 'parental leave')).toEqual(['docs/hr/leave.md']);
  });

  it('relabels by changed folder files without embedding, in both directions', async () => {
    const { app, ingest, write, folder } = await openTestApp({ documents: { 'it/vpn.md': leave } });
    await ingest();
    expect(await visibleUris(app, 'bob')).toEqual(['docs/it/vpn.md']);
    await write({ 'it/.access.yaml': 'anyOf: [hr]' });
    expect(await ingest()).toMatchObject({ relabelled: 1, unchanged: 0, chunks: 0 });
    expect(await visibleUris(app, 'bob')).toEqual([]);
    expect(await foundUris(app, 'bob', 'parental leave')).toEqual([]);
    expect(await foundUris(app, 'alice', 'parental leave')).toEqual(['docs/it/vpn.md']);
    await rm(join(folder, 'docs/it/.access.yaml'));
    expect(await ingest()).toMatchObject({ relabelled: 1 });
    expect(await foundUris(app, 'bob', 'parental leave')).toEqual(['docs/it/vpn.md']);
  });

  it('narrows by front matter and never opens by it', async () => {
    const { app, ingest } = await openTestApp({
      documents: {
        'closed.md': `---\naccess: { anyOf: [hr] }\n---\n${leave}`,
        'hr/open.md': `---\naccess: { anyOf: [everyone] }\n---\n${pay}`,
      },
    });
    await ingest();
    expect(await visibleUris(app, 'bob')).toEqual([]);
    expect(await visibleUris(app, 'alice')).toEqual(['docs/closed.md', 'docs/hr/open.md']);
  });

  it('lets documents of a source that says so state their own label, and only those', async () => {
    const { app, ingest } = await openTestApp({
      label: '{ anyOf: [hr] }\n    frontMatter: replace',
      rules: '[]',
      documents: { 'own.md': `---\naccess: { anyOf: [staff] }\n---\n${leave}`, 'other.md': pay },
    });
    await ingest();
    expect(await visibleUris(app, 'bob')).toEqual(['docs/own.md']);
    expect(await visibleUris(app, 'alice')).toEqual(['docs/other.md', 'docs/own.md']);
  });

  it('quarantines what has no label or cannot be read, and goes on with the rest', async () => {
    const { app, ingest } = await openTestApp({
      label: '{ anyOf: [staff] }',
      documents: {
        'good.md': leave,
        'empty.md': '',
        'bad-label.md': `---\naccess: { anyof: [hr] }\n---\n${pay}`,
        'picture.png': new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13]),
      },
    });
    const report = await ingest();
    expect(report).toMatchObject({ added: 1 });
    expect(report.quarantined.map(({ uri, code }) => [uri, code]).sort()).toEqual([
      ['docs/bad-label.md', 'label-invalid'],
      ['docs/empty.md', 'file-empty'],
      ['docs/picture.png', 'type-unsupported'],
    ]);
    expect(await visibleUris(app, 'alice')).toEqual(['docs/good.md']);
    const again = await ingest();
    expect(again).toMatchObject({ unchanged: 1, added: 0 });
    expect(again.quarantined).toHaveLength(3);
  });

  it('keeps the old revision of a document that no longer parses, and withdraws one whose label is lost', async () => {
    const { app, ingest, write } = await openTestApp({ documents: { 'leave.md': leave, 'pay.md': pay } });
    await ingest();
    await write({
      'leave.md': new Uint8Array([0, 1, 2, 3, 0, 0, 255, 254, 7, 8]),
      'pay.md': `---\naccess: { nonsense: true }\n---\n${pay}`,
    });
    const report = await ingest();
    expect(report.quarantined).toHaveLength(2);
    expect(await foundUris(app, 'bob', 'parental leave')).toEqual(['docs/leave.md']);
    expect(await visibleUris(app, 'bob')).toEqual(['docs/leave.md']);
  });

  it('never takes a missing source for an empty one', async () => {
    const { app, ingest, folder } = await openTestApp({ documents: { 'leave.md': leave } });
    await ingest();
    await rename(join(folder, 'docs'), join(folder, 'elsewhere'));
    const report = await ingest();
    expect(report).toMatchObject({ removed: 0, quarantined: [{ uri: 'docs', code: 'source-unreadable' }] });
    expect(await visibleUris(app, 'bob')).toEqual(['docs/leave.md']);
  });

  it('asks before it removes a large share of a source', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 12 }, (_, index) => [`old/${index}.md`, `# ${index}\n\n${leave} ${index}`]),
    );
    const { app, ingest, folder } = await openTestApp({ documents: { ...many, 'leave.md': leave } });
    await ingest();
    await rm(join(folder, 'docs/old'), { recursive: true });
    const report = await ingest();
    expect(report.removed).toBe(0);
    expect(report.warnings).toMatchObject([{ code: 'many-files-vanished' }]);
    expect(await app.ingestor.ingest({ acceptDeletions: true })).toMatchObject({ removed: 12 });
  });

  it('plans without writing', async () => {
    const { app, write } = await openTestApp({ documents: { 'leave.md': leave } });
    expect(await app.ingestor.ingest({ isDryRun: true })).toMatchObject({ added: 1, chunks: 0 });
    expect(await visibleUris(app, 'bob')).toEqual([]);
    await app.ingestor.ingest();
    await write({ 'leave.md': `${leave}More.`, 'hr/pay.md': pay });
    expect(await app.ingestor.ingest({ isDryRun: true })).toMatchObject({ added: 1, updated: 1 });
    expect(await visibleUris(app, 'alice')).toEqual(['docs/leave.md']);
  });

  it('makes documents of attachments, under the label of their mail, and removes them with it', async () => {
    const mail = (name: string, text: string) =>
      [
        'From: a@corvane.example',
        'To: b@corvane.example',
        'Subject: Canteen',
        'MIME-Version: 1.0',
        'Content-Type: multipart/mixed; boundary=x',
        '',
        '--x',
        'Content-Type: text/plain',
        '',
        'The canteen closes early on Friday. The menu is attached.',
        '--x',
        `Content-Type: text/markdown; name="${name}"`,
        `Content-Disposition: attachment; filename="${name}"`,
        '',
        text,
        '--x--',
        '',
      ].join('\r\n');
    const { app, ingest, write, folder } = await openTestApp({
      documents: { 'hr/canteen.eml': mail('menu.md', '# Menu\n\nOn Friday there is asparagus soup with bread.') },
    });
    expect(await ingest()).toMatchObject({ added: 1, attachments: 1 });
    expect(await visibleUris(app, 'alice')).toEqual(['docs/hr/canteen.eml', 'docs/hr/canteen.eml/menu.md']);
    expect(await foundUris(app, 'bob', 'asparagus soup')).toEqual([]);
    expect(await ingest()).toMatchObject({ unchanged: 1, attachments: 0, chunks: 0 });
    await write({ 'hr/canteen.eml': mail('list.md', '# List\n\nOn Friday there is tomato soup with bread.') });
    expect(await ingest()).toMatchObject({ updated: 1, attachments: 1 });
    expect(await visibleUris(app, 'alice')).toEqual(['docs/hr/canteen.eml', 'docs/hr/canteen.eml/list.md']);
    await rm(join(folder, 'docs/hr/canteen.eml'));
    expect(await ingest()).toMatchObject({ removed: 1 });
    expect(await visibleUris(app, 'alice')).toEqual([]);
  });

  it('ends early when aborted, keeps what was acknowledged, and takes up the rest the next time', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 30 }, (_, index) => [`${index}.md`, `# Note ${index}\n\n${leave}`]),
    );
    const { app, ingest } = await openTestApp({ documents: many });
    const controller = new AbortController();
    let ended = 0;
    const aborted = app.ingestor.ingest({
      signal: controller.signal,
      onEvent: (event) => {
        if (event.type === 'document-end' && ++ended === 5) controller.abort();
      },
    });
    await expect(aborted).rejects.toMatchObject({ name: 'AbortError' });
    const kept = (await visibleUris(app, 'bob')).length;
    expect(kept).toBeGreaterThanOrEqual(5);
    const report = await ingest();
    expect(report.added + report.unchanged).toBe(30);
    expect(report.unchanged).toBe(kept);
    expect(await app.catalog.openIntents()).toEqual([]);
  });
});

describe('a change of the embedding model', () => {
  it('answers by keywords until ingest has built the new index, then switches', async () => {
    const first = createFakeEmbedder();
    const { app, ingest, folder } = await openTestApp({ documents: { 'leave.md': leave }, embedder: first });
    await ingest();
    await app.close();
    const { openApp } = await import('../../src/app.ts');
    const second = { ...createFakeEmbedder(), fingerprint: 'another-model' };
    const other = await openApp({
      configPath: join(folder, 'persea.yaml'),
      embedder: second,
      onWarning: () => undefined,
    });
    const bob = await other.scopeFor(other.principal('bob'));
    const stale = await other.search(bob, { query: 'parental leave' });
    expect(stale.warnings).toEqual([expect.stringContaining('another embedding model')]);
    expect(stale.hits.map((hit) => hit.uri)).toEqual(['docs/leave.md']);
    await other.ingestor.ingest();
    const fresh = await other.search(bob, { query: 'parental leave', mode: 'vector' });
    expect(fresh.warnings).toEqual([]);
    expect(fresh.hits.map((hit) => hit.uri)).toEqual(['docs/leave.md']);
    await other.close();
  });
});

describe('canaries', () => {
  it('lie in the index, are found by nobody, and are not counted', async () => {
    const { app, ingest } = await openTestApp({ documents: { 'leave.md': leave } });
    const report = await ingest();
    expect(report).toMatchObject({ added: 1, chunks: 1 });
    const [document] = await app.catalog.documents(scope, { source: 'docs' });
    expect(report.tokens).toBe(document?.tokenCount);
    expect(await app.catalog.countDocuments(scope, { source: canarySource })).toBe(2);
    const checks = await app.checks();
    expect(checks.filter((check) => !check.ok)).toEqual([]);
  });
});
