import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type App, openApp } from '../../src/app.ts';
import { createFolderSource } from '../../ingest/sources/folder.ts';
import { systemScope } from '../../src/access/scope.ts';
import { temporaryFolder, writeFiles } from '../support/temporary-folder.ts';

const policy = `
groups: { staff: { tags: [staff] }, hr: { tags: [hr], includes: [staff] } }
principals: { alice: { groups: [hr] }, bob: { groups: [staff] } }
`;
const documents = {
  'docs/holiday.md': '# Holiday\n\nHoliday is thirty days.\n',
  'docs/hr/pay.md': '# Pay\n\nThe pay band is 4711 crowns.\n',
};
const staffDocs = '{ name: docs, path: ./docs, label: { anyOf: [staff] } }';
const hrDocs = '{ name: hr, path: ./docs/hr, label: { anyOf: [hr] } }';

describe('sources that overlap', () => {
  it.each([
    ['a folder and one in it', [staffDocs, hrDocs]],
    ['the inner one first', [hrDocs, staffDocs]],
    ['the inner one wider', [hrDocs.replace('[hr]', '[staff]'), staffDocs.replace('[staff]', '[hr]')]],
    ['the same folder twice', [staffDocs, '{ name: again, path: ./docs/../docs, label: { anyOf: [hr] } }']],
    ['through a link', [staffDocs, '{ name: linked, path: ./link, label: { anyOf: [hr] } }']],
    ['the inner one without a label', [staffDocs, '{ name: hr, path: ./docs/hr }']],
  ])('show a document only to those whom each of them lets in: %s', async (_case, sources) => {
    const { app } = await openSources(sources);
    const { warnings } = await app.ingestor.ingest();
    expect(await seenBy(app, 'bob', 'pay band crowns')).toEqual([]);
    expect(warnings.map(({ code }) => code)).toEqual(['sources-overlap']);
    expect(await app.checks({ names: ['sources'] })).toEqual([
      { name: 'sources', ok: false, detail: expect.stringContaining('overlap') },
    ]);
  });

  it('are told of by a dry run, with a file that belongs to both', async () => {
    const { app } = await openSources([staffDocs, hrDocs]);
    const { warnings } = await app.ingestor.ingest({ isDryRun: true });
    expect(warnings).toEqual([
      { code: 'sources-overlap', message: expect.stringContaining('docs/hr/pay.md, which is also hr/pay.md') },
    ]);
  });

  it('have nothing in common where one leaves out what the other has', async () => {
    const { app } = await openSources([staffDocs.replace(' }', ' }, exclude: ["hr/**"]'), hrDocs]);
    const { warnings } = await app.ingestor.ingest();
    expect(warnings).toEqual([]);
    expect(await seenBy(app, 'alice', 'pay band crowns')).toEqual(['hr/pay.md']);
    expect(await app.checks({ names: ['sources'] })).toMatchObject([{ ok: true }]);
  });

  it('share the label files that lie above the inner one', async () => {
    const inner = '{ name: deep, path: ./docs/hr/deep, label: { anyOf: [staff] } }';
    const { app, folder } = await openSources([staffDocs, inner], {
      'docs/hr/.access.yaml': 'anyOf: [hr]',
      'docs/hr/deep/bonus.md': '# Bonus\n\nThe bonus is 5 percent.\n',
    });
    await app.ingestor.ingest();
    expect(await seenBy(app, 'bob', 'bonus percent')).toEqual([]);
    expect(await seenBy(app, 'alice', 'bonus percent')).not.toEqual([]);

    const outer = { name: 'docs', path: join(folder, 'docs'), include: ['**/*'], exclude: [] };
    const common = { rules: [], frontMatter: 'narrow', maxFileBytes: 1_000 } as const;
    const path = join(folder, 'docs/hr/deep');
    const source = createFolderSource({ ...outer, ...common, name: 'deep', path, folders: [{ ...outer, ...common }] });
    expect(source.watchedPaths).toContain(outer.path);
    expect(source.changedBy(join(folder, 'docs/hr/.access.yaml'))).toBe('');
    expect(source.changedBy(join(folder, 'docs/holiday.md'))).toBeUndefined();
  });
});

describe('a folder that holds the content of a manifest', () => {
  const line = (label: string) => `{"id":"pages/pay","path":"pages/pay.md"${label}}\n`;
  const page = { 'docs/wiki/pages/pay.md': documents['docs/hr/pay.md'] };
  const wiki = '{ name: wiki, type: manifest, path: ./docs/wiki/items.jsonl, label: { anyOf: [staff] } }';
  const manifest = (text: string) => ({ ...page, 'docs/wiki/items.jsonl': text });

  it.each([
    ['the item is narrower', [staffDocs, wiki], manifest(line(',"label":{"anyOf":["hr"]}'))],
    ['the folder is narrower', [staffDocs.replace('[staff]', '[hr]'), wiki], manifest(line(''))],
    [
      'a rule of the folder is narrower',
      [staffDocs.replace(' }', ' }, rules: [{ match: "wiki/**", label: { anyOf: [hr] } }]'), wiki],
      manifest(line('')),
    ],
    [
      'a label file is narrower',
      [staffDocs, wiki],
      { ...manifest(line('')), 'docs/wiki/pages/.access.yaml': 'anyOf: [hr]' },
    ],
    [
      'the folder lies in that of the manifest',
      [staffDocs.replace('./docs', './docs/wiki/pages'), wiki],
      manifest(line(',"label":{"anyOf":["hr"]}')),
    ],
    ['the label of the item is misspelt', [staffDocs, wiki], manifest(line(',"lable":{"anyOf":["hr"]}'))],
    ['the line of the item is broken', [staffDocs, wiki], manifest(line(',"label":{"anyOf":["hr"]'))],
  ])('shows it only to those whom both let in: %s', async (_case, sources, files) => {
    const { app } = await openSources(sources, files);
    await app.ingestor.ingest();
    expect(await pagesOf(app, 'bob')).toEqual([]);
  });

  it('is told of, and follows the manifest', async () => {
    const { app, folder } = await openSources([staffDocs, wiki], manifest(line(',"label":{"anyOf":["staff"]}')));
    const { warnings } = await app.ingestor.ingest();
    expect(warnings).toEqual([
      {
        code: 'sources-overlap',
        message: expect.stringContaining('docs/wiki/pages/pay.md, which is also wiki/pages/pay'),
      },
    ]);
    expect(await app.checks({ names: ['sources'] })).toMatchObject([{ ok: false }]);
    expect(await app.catalog.documentByUri(systemScope('test'), 'docs/wiki/items.jsonl')).toBeUndefined();
    expect(await pagesOf(app, 'bob')).toEqual(['docs/wiki/pages/pay.md', 'wiki/pages/pay']);
    await writeFiles(folder, { 'docs/wiki/items.jsonl': line(',"label":{"anyOf":["hr"]}') });
    await app.ingestor.ingest();
    expect(await pagesOf(app, 'bob')).toEqual([]);
    expect(await pagesOf(app, 'alice')).toHaveLength(2);
  });
});

describe('content that two manifests name', () => {
  const item = (id: string, label: string) => `{"id":"${id}","path":"files/pay.md","label":{"anyOf":["${label}"]}}\n`;
  const source = (name: string) =>
    `{ name: ${name}, type: manifest, path: ./export/${name}.jsonl, label: { anyOf: [staff] } }`;
  const exported = (forA: string, forB: string) => ({
    'export/files/pay.md': documents['docs/hr/pay.md'],
    'export/a.jsonl': item('pay', forA),
    'export/b.jsonl': item('pay', forB),
  });

  it.each([
    ['the first is narrower', exported('hr', 'staff')],
    ['the second is narrower', exported('staff', 'hr')],
    [
      'one cannot be understood',
      { ...exported('staff', 'staff'), 'export/b.jsonl': item('pay', 'hr').replace('label', 'lable') },
    ],
    ['through a link', { ...exported('hr', 'staff'), 'export/b.jsonl': item('pay', 'staff').replace('files', 'link') }],
  ])('is shown only to those whom both let in: %s', async (_case, files) => {
    const { app, folder } = await openSources(['a', 'b'].map(source), files);
    await symlink('files', join(folder, 'export/link'));
    const { warnings } = await app.ingestor.ingest();
    expect(warnings.map(({ code }) => code)).toContain('sources-overlap');
    expect(await pagesOf(app, 'bob')).toEqual([]);
  });

  it('follows either manifest', async () => {
    const { app, folder } = await openSources(['a', 'b'].map(source), exported('staff', 'staff'));
    await app.ingestor.ingest();
    expect(await pagesOf(app, 'bob')).toEqual(['a/pay', 'b/pay']);
    await writeFiles(folder, { 'export/b.jsonl': item('pay', 'hr') });
    await app.ingestor.ingest();
    expect(await pagesOf(app, 'bob')).toEqual([]);
    expect(await pagesOf(app, 'alice')).toEqual(['a/pay', 'b/pay']);
  });
});

describe('what Persea itself works with', () => {
  it('is no document, though it lies in a source', async () => {
    const { app, folder } = await openSources(
      ['{ name: all, path: ., label: { anyOf: [staff] } }'],
      { 'names.txt': 'Ada Example' },
      'dataDir: ./data\nredact: { namesFile: ./names.txt }',
    );
    await symlink('persea.yaml', join(folder, 'link.yaml'));
    await app.ingestor.ingest();
    const report = await app.ingestor.ingest();
    expect(report.quarantined).toEqual([]);
    const uris = (await app.catalog.documents(systemScope('test'))).map(({ uri }) => uri);
    expect(uris.filter((uri) => uri.startsWith('all/'))).toEqual(['all/docs/holiday.md', 'all/docs/hr/pay.md']);
  });

  it('leaves a source in the data folder as it is, and refuses the data folder as a source', async () => {
    const label = 'label: { anyOf: [staff] }';
    const { app } = await openSources(
      [`{ name: uploads, path: ./data/uploads, ${label} }`, `{ name: data, path: ./data, ${label} }`],
      { 'data/uploads/holiday.md': documents['docs/holiday.md'] },
      'dataDir: ./data',
    );
    const { quarantined, added } = await app.ingestor.ingest();
    expect(added).toBe(1);
    expect(quarantined).toMatchObject([{ uri: 'data', code: 'source-unreadable' }]);
  });
});

async function openSources(sources: readonly string[], files: Readonly<Record<string, string>> = {}, config = '') {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'docs'));
  await symlink('docs', join(folder, 'link'));
  await writeFiles(folder, {
    ...documents,
    ...files,
    'access.yaml': policy,
    'persea.yaml': `embedding: { provider: none }\nsources: [${sources.join(', ')}]\n${config}\n`,
  });
  const app = await openApp({ configPath: join(folder, 'persea.yaml') });
  onTestFinished(() => app.close());
  return { app, folder };
}

async function seenBy(app: App, person: string, query: string): Promise<readonly string[]> {
  const { hits } = await app.search(await app.scopeFor(app.principal(person)), { query });
  return hits.filter(({ text }) => /crowns|percent/.test(text)).map(({ uri }) => uri);
}

async function pagesOf(app: App, person: string): Promise<readonly string[]> {
  const documents = await app.catalog.documents(await app.scopeFor(app.principal(person)));
  return documents
    .map(({ uri }) => uri)
    .filter((uri) => /^(?:wiki|docs\/wiki\/pages|docs|a|b)\/(?:pages\/)?pay/.test(uri));
}
