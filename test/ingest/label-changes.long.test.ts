/** Changed rights reach everything that was made of a document, at once and without embedding anything. */
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { canonicalLabel } from '../../src/access/label.ts';
import { systemScope } from '../../src/access/scope.ts';
import type { App } from '../../src/app.ts';
import { createFakeEmbedder } from '../support/fake-embedder.ts';
import { makeMailWithRules } from '../support/loader-files.ts';
import { openTestApp } from '../support/test-app.ts';

const scope = systemScope('test');
const leave = '# Leave\n\nParental leave is 26 weeks for all employees of the company.\n';
const mail = (attachment: string) =>
  makeMailWithRules({
    subject: 'Travel',
    text: 'The rules for travel are attached to this message.',
    rules: attachment,
  });
const rules = '# Rules\n\nTrains are booked in second class by everybody who travels.\n';

async function visible(app: App, person: string): Promise<string[]> {
  const documents = await app.catalog.documents(await app.scopeFor(app.principal(person)));
  return documents.map(({ uri }) => uri);
}

async function found(app: App, person: string, query: string): Promise<string[]> {
  const { hits } = await app.search(await app.scopeFor(app.principal(person)), { query });
  return [...new Set(hits.map(({ uri }) => uri))].sort();
}

describe('changed rights', () => {
  it.each([
    ['a label file', async (folder: string) => writeFile(join(folder, 'docs/it/.access.yaml'), 'anyOf: [hr]\n')],
    [
      'a rule',
      async (folder: string) =>
        writeFile(
          join(folder, 'persea.yaml'),
          'sources: [{ name: docs, path: ./docs, label: { anyOf: [staff] }, rules: [{ match: "it/**", label: { anyOf: [hr] } }] }]\n',
        ),
    ],
    [
      'a move to a folder of others',
      async (folder: string) => {
        await mkdir(join(folder, 'docs/hr'), { recursive: true });
        await rename(join(folder, 'docs/it/travel.eml'), join(folder, 'docs/hr/renamed.eml'));
      },
    ],
  ])('reach the attachments of a mail, by %s', async (_, change) => {
    const { app, folder, ingest, reopen } = await openTestApp({ documents: { 'it/travel.eml': mail(rules) } });
    expect(await ingest()).toMatchObject({ added: 1, attachments: 1 });
    expect(await found(app, 'bob', 'trains second class')).toContain('docs/it/travel.eml/rules.md');
    const ids = (await app.catalog.documents(scope, { source: 'docs' })).map(({ documentId }) => documentId).sort();
    await change(folder);
    // A command that starts now has the configuration as it is now; the app that is open is a reader in another process.
    const writer = await reopen();
    expect(await writer.ingestor.ingest()).toMatchObject({ added: 0, removed: 0, unchanged: 0, chunks: 0, tokens: 0 });
    expect(await visible(app, 'bob')).toEqual([]);
    expect(await found(app, 'bob', 'trains second class')).toEqual([]);
    expect(await visible(app, 'alice')).toHaveLength(2);
    expect(await found(app, 'alice', 'trains second class')).toHaveLength(2);
    const after = (await app.catalog.documents(scope, { source: 'docs' })).map(({ documentId }) => documentId).sort();
    expect(after).toEqual(ids);
  });

  it('of a mail that an operator relabels reach its attachments at once, and go back with it', async () => {
    const { app, ingest } = await openTestApp({ documents: { 'it/travel.eml': mail(rules) } });
    await ingest();
    const document = await app.catalog.documentByUri(scope, 'docs/it/travel.eml');
    if (document === undefined) throw new Error('The mail was not ingested.');
    await app.ingestor.relabel(document, canonicalLabel({ anyOf: ['hr'] }));
    expect(await visible(app, 'bob')).toEqual([]);
    expect(await found(app, 'bob', 'trains second class')).toEqual([]);
    expect(await ingest()).toMatchObject({ unchanged: 1, relabelled: 0 });
    expect(await visible(app, 'bob')).toEqual([]);
    expect(await found(app, 'alice', 'trains second class')).toHaveLength(2);
    await app.catalog.resetLabelOverride(document.documentId);
    expect(await ingest()).toMatchObject({ relabelled: 1 });
    expect(await visible(app, 'bob')).toHaveLength(2);
  });

  it('are those of its mail for an attachment that an operator gave back to the rules', async () => {
    const { app, ingest } = await openTestApp({ documents: { 'it/travel.eml': mail(rules) } });
    await ingest();
    const attachment = await app.catalog.documentByUri(scope, 'docs/it/travel.eml/rules.md');
    if (attachment === undefined) throw new Error('The attachment was not ingested.');
    await app.ingestor.relabel(attachment, canonicalLabel({ anyOf: ['everyone'] }));
    expect(await visible(app, 'eve')).toEqual(['docs/it/travel.eml/rules.md']);
    await ingest();
    expect(await visible(app, 'eve')).toEqual(['docs/it/travel.eml/rules.md']);
    await app.catalog.resetLabelOverride(attachment.documentId);
    await ingest();
    expect(await visible(app, 'eve')).toEqual([]);
    expect(await visible(app, 'bob')).toHaveLength(2);
  });

  it('withdraw a mail with its attachments when it moves to where nothing gives it a label', async () => {
    const { app, folder, ingest } = await openTestApp({
      documents: { 'it/travel.eml': mail(rules), 'closed/.access.yaml': 'anyof: [hr]\n' },
    });
    await ingest();
    await rename(join(folder, 'docs/it/travel.eml'), join(folder, 'docs/closed/travel.eml'));
    expect((await ingest()).quarantined.map(({ uri, code }) => [uri, code])).toEqual([
      ['docs/closed/travel.eml', 'label-invalid'],
    ]);
    expect(await app.catalog.documents(scope, { source: 'docs' })).toEqual([]);
    await rm(join(folder, 'docs/closed/.access.yaml'));
    expect(await ingest()).toMatchObject({ added: 1, attachments: 1, quarantined: [] });
  });

  it('follow a document back and forth between folders, with its id and without embedding', async () => {
    const { app, folder, ingest } = await openTestApp({
      documents: { 'leave.md': leave, 'it/.access.yaml': 'allOf: [hr]' },
    });
    await ingest();
    const before = await app.catalog.documentByUri(scope, 'docs/leave.md');
    let place = 'leave.md';
    for (const [next, sees] of [
      ['hr/leave.md', []],
      ['it/time-off.md', []],
      ['time-off.md', ['docs/time-off.md']],
    ] as const) {
      const to = join(folder, 'docs', next);
      await mkdir(dirname(to), { recursive: true });
      await rename(join(folder, 'docs', place), to);
      expect(await ingest()).toMatchObject({ moved: 1, added: 0, removed: 0, chunks: 0, tokens: 0 });
      expect(await visible(app, 'bob')).toEqual(sees);
      expect(await found(app, 'bob', 'parental leave')).toEqual(sees);
      expect(await found(app, 'alice', 'parental leave')).toEqual([`docs/${next}`]);
      place = next;
    }
    const after = await app.catalog.documentByUri(scope, 'docs/time-off.md');
    expect(after?.documentId).toBe(before?.documentId);
    expect(after?.revision).toBe(before?.revision);
  });

  it.each([
    ['YAML', 'access: { allOf: [hr]'],
    ['free of unknown keys', 'access: { allof: [hr] }'],
  ])('withdraw a document whose own label is no longer %s, in a file and in an attachment', async (_, front) => {
    const { app, folder, ingest } = await openTestApp({ documents: { 'leave.md': leave, 'travel.eml': mail(rules) } });
    await ingest();
    expect(await visible(app, 'bob')).toHaveLength(3);
    const closed = (text: string) => `---\n${front}\n---\n${text}`;
    await writeFile(join(folder, 'docs/leave.md'), closed(leave));
    await writeFile(join(folder, 'docs/travel.eml'), mail(closed(rules)));
    expect((await ingest()).quarantined.map(({ uri }) => uri)).toEqual(['docs/leave.md']);
    expect(await visible(app, 'bob')).toEqual(['docs/travel.eml']);
    await writeFile(join(folder, 'docs/leave.md'), leave);
    await writeFile(join(folder, 'docs/travel.eml'), mail(rules));
    await ingest();
    expect(await visible(app, 'bob')).toHaveLength(3);
  });

  it('are unknown below a label file of the wrong ending, so nobody sees what lies there', async () => {
    const { app, folder, ingest } = await openTestApp({ documents: { 'it/deep/leave.md': leave } });
    await ingest();
    await writeFile(join(folder, 'docs/it/.access.yml'), 'anyOf: [hr]\n');
    const only = { docs: ['it/deep/leave.md'] };
    expect((await app.ingestor.ingest({ only })).quarantined).toMatchObject([{ code: 'label-invalid' }]);
    expect(await visible(app, 'bob')).toEqual([]);
    await rename(join(folder, 'docs/it/.access.yml'), join(folder, 'docs/it/.access.yaml'));
    expect(await ingest()).toMatchObject({ added: 1, quarantined: [] });
    expect([await visible(app, 'bob'), await visible(app, 'alice')]).toEqual([[], ['docs/it/deep/leave.md']]);
  });

  it.each(['.Access.yaml', '.access.yaml.txt', '.access', '.access.json', 'access.yaml', 'access.yml', '_access.yaml'])(
    'are unknown below a label file called %s',
    async (name) => {
      const documents = { 'it/deep/leave.md': leave, [`it/${name}`]: '{"anyOf": ["hr"]}\n' };
      const { app, ingest, folder } = await openTestApp({ documents, embedder: null });
      const quarantined = (await ingest()).quarantined.filter(({ uri }) => uri === 'docs/it/deep/leave.md');
      expect(quarantined).toMatchObject([
        { code: 'label-invalid', message: expect.stringContaining('is called .access.yaml') },
      ]);
      expect(await visible(app, 'alice')).toEqual([]);
      await rename(join(folder, 'docs/it', name), join(folder, 'docs/it/.access.yaml'));
      await ingest();
      expect([await visible(app, 'bob'), await visible(app, 'alice')]).toEqual([[], ['docs/it/deep/leave.md']]);
    },
  );

  it.each(['anyof: [hr]', 'any_of: hr', 'access: { anyOf: [hr] }', 'AllOf: [hr]\nclassification: secret'])(
    'are unknown below an access.yaml that says %j',
    async (text) => {
      const documents = { 'it/leave.md': leave, 'it/access.yaml': `${text}\n` };
      const { app, ingest } = await openTestApp({ documents, embedder: null });
      expect((await ingest()).quarantined).toContainEqual(
        expect.objectContaining({ uri: 'docs/it/leave.md', code: 'label-invalid' }),
      );
      expect(await visible(app, 'bob')).toEqual([]);
    },
  );

  it('are not taken from a document that is about access', async () => {
    const policy = 'groups:\n  staff: { tags: [staff] }\n';
    const documents = {
      'it/leave.md': leave,
      'it/access.yaml': policy,
      'it/access.txt': 'Access to the car park is free.\n',
    };
    const { app, ingest } = await openTestApp({ documents, embedder: null });
    expect(await ingest()).toMatchObject({ added: 3, quarantined: [] });
    expect(await visible(app, 'bob')).toContain('docs/it/access.yaml');
  });

  it('reach a document whose text has changed, too, before the new text is read', async () => {
    const seen: string[][] = [];
    const embedder = createFakeEmbedder();
    const { app, folder, ingest } = await openTestApp({
      documents: { 'it/leave.md': leave, 'it/travel.eml': mail(rules) },
      embedder: {
        ...embedder,
        async embedDocuments(texts, options) {
          if (texts.some((text) => text.includes('30 weeks'))) seen.push(await visible(app, 'bob'));
          return embedder.embedDocuments(texts, options);
        },
      },
    });
    await ingest();
    expect(await visible(app, 'bob')).toHaveLength(3);
    const before = await app.catalog.documentByUri(scope, 'docs/it/leave.md');
    await writeFile(join(folder, 'docs/it/.access.yaml'), 'anyOf: [hr]\n');
    await writeFile(join(folder, 'docs/it/leave.md'), leave.replace('26', '30'));
    await writeFile(
      join(folder, 'docs/it/travel.eml'),
      mail(rules.replace('second class', 'second class for 30 weeks')),
    );
    expect(await ingest()).toMatchObject({ updated: 2, relabelled: 0, quarantined: [] });
    expect(seen.length).toBeGreaterThan(0);
    expect(seen.flat()).toEqual([]);
    const after = await app.catalog.documentByUri(scope, 'docs/it/leave.md');
    expect(after).toMatchObject({ documentId: before?.documentId, revision: 2 });
  });

  it('withdraw at once what no label can be found for any more, and bring it back', async () => {
    const { app, folder, ingest } = await openTestApp({
      documents: { 'it/a.md': leave, 'it/b.md': rules, 'it/travel.eml': mail(rules) },
    });
    await ingest();
    await writeFile(join(folder, 'docs/it/.access.yaml'), 'anyof: [hr]\n');
    await writeFile(join(folder, 'docs/it/b.md'), rules.replace('second', 'first'));
    expect((await ingest()).quarantined.map(({ uri, code }) => [uri, code]).sort()).toEqual([
      ['docs/it/a.md', 'label-invalid'],
      ['docs/it/b.md', 'label-invalid'],
      ['docs/it/travel.eml', 'label-invalid'],
    ]);
    expect(await visible(app, 'alice')).toEqual([]);
    await rm(join(folder, 'docs/it/.access.yaml'));
    expect(await ingest()).toMatchObject({ added: 3, quarantined: [] });
    expect(await visible(app, 'bob')).toHaveLength(4);
  });

  it.each([
    ['a document', 'leave.md', leave, '', 'parental leave'],
    ['an attachment', 'travel.eml', mail(rules), '/rules.md', 'trains second class'],
  ])('of an operator stay those of %s whose file was gone for a run', async (_, name, content, below, query) => {
    const { app, folder, ingest } = await openTestApp({ documents: { [name]: content, 'other.md': leave } });
    await ingest();
    const uri = `docs/${name}${below}`;
    const hr = canonicalLabel({ anyOf: ['hr'] });
    const document = await app.catalog.documentByUri(scope, uri);
    if (document === undefined) throw new Error(`${uri} was not ingested`);
    await app.ingestor.relabel(document, hr);
    expect(await found(app, 'bob', query)).not.toContain(uri);

    await rm(join(folder, 'docs', name));
    await ingest();
    expect(await app.catalog.documentByUri(scope, uri)).toBeUndefined();
    await writeFile(join(folder, 'docs', name), content);
    await ingest();
    expect(await app.catalog.documentByUri(scope, uri)).toMatchObject({ label: hr, isLabelOverridden: true });
    expect(await found(app, 'bob', query)).not.toContain(uri);
  });
});
