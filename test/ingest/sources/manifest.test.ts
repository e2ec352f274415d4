import { createHash } from 'node:crypto';
import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createManifestSource, type ManifestSourceOptions } from '../../../ingest/sources/manifest.ts';
import { temporaryFolder, writeFiles } from '../../support/temporary-folder.ts';

const item = (id: string, facts: Readonly<Record<string, unknown>> = {}) =>
  JSON.stringify({ id, path: 'content/a.md', ...facts });

async function sourceOf(lines: readonly string[], changes: Partial<ManifestSourceOptions> = {}) {
  const folder = await temporaryFolder({ 'content/a.md': 'A', 'content/b.md': 'B', 'items.jsonl': lines.join('\n') });
  const path = join(folder, 'items.jsonl');
  const options = { name: 'wiki', path, rules: [], frontMatter: 'narrow', maxFileBytes: 10_000 } as const;
  return { folder, path, source: createManifestSource({ ...options, ...changes }) };
}

describe('a manifest source', () => {
  it('lists items with what the manifest says of them, and reads their content', async () => {
    const facts = { title: 'Leave', url: 'https://wiki.example/1', owner: 'HR', author: 'Ann', modified: '2026-02-03' };
    const { source } = await sourceOf([
      item('hr/leave', { ...facts, label: { anyOf: ['hr'], classification: 'confidential' } }),
    ]);
    const { files, problems, covers } = await source.list();
    expect(problems).toEqual([]);
    expect(covers).toBeUndefined();
    expect(files).toMatchObject([
      {
        uri: 'wiki/hr/leave',
        relativePath: 'hr/leave',
        fileName: 'a.md',
        title: 'Leave',
        label: { anyOf: ['hr'], classification: 'confidential' },
        modifiedAt: Date.parse('2026-02-03'),
        properties: { url: 'https://wiki.example/1', owner: 'HR', author: 'Ann', date: '2026-02-03' },
      },
    ]);
    const [file] = files;
    const read = file === undefined ? undefined : await source.read(file);
    expect(new TextDecoder().decode(read?.bytes)).toBe('A');
    expect(read?.contentHash).toBe(file?.contentHash);
    expect(await source.find('wiki/hr/leave')).toEqual(file);
    expect(await source.find('wiki/hr/other')).toBeUndefined();
  });

  it('passes on whether an item is still in force, and leaves the hash of one that says nothing of it', async () => {
    const inForce = {
      supersedes: 'hr/leave-2023',
      supersededBy: 'hr/leave-2027',
      status: 'Withdrawn',
      validUntil: '2026-12-31',
    };
    const { source } = await sourceOf([item('hr/a', inForce), item('hr/b'), item('hr/c', { status: 'draft' })]);
    const { files } = await source.list();
    expect(files.map(({ properties }) => properties)).toEqual([{ ...inForce, status: 'superseded' }, {}, {}]);
    expect(new Set(files.map(({ contentHash }) => contentHash)).size).toBe(3);
    // Of an item as it was before these keys existed: a change would have everything ingested anew.
    const facts = JSON.stringify([undefined, undefined, undefined, undefined, undefined]);
    const content = createHash('sha256').update('A').digest('hex');
    expect(files[1]?.contentHash).toBe(createHash('sha256').update(content).update(facts).digest('hex'));
  });

  const badLines: readonly (readonly [string, string, RegExp, string])[] = [
    ['a misspelt key', item('x', { lable: { anyOf: ['hr'] } }), /Line 2.*lable/, 'manifest-invalid'],
    ['a label that is no label', item('x', { label: { anyOf: 'hr' } }), /line 2.*not a list/, 'label-invalid'],
    ['a label that says nothing', item('x', { label: null }), /line 2.*not a mapping/, 'label-invalid'],
    ['an address of another kind', item('x', { url: 'javascript:alert(1)' }), /Line 2.*http/, 'manifest-invalid'],
    ['a date that is none', item('x', { modified: 'yesterday' }), /Line 2.*modified/, 'manifest-invalid'],
    ['a last day that is no date', item('x', { validUntil: 'soon' }), /Line 2.*validUntil/, 'manifest-invalid'],
    ['no content', JSON.stringify({ id: 'x' }), /neither a `path`/, 'manifest-invalid'],
    ['content outside', item('x', { path: '../outside.md' }), /outside|not there/, 'file-unreadable'],
    ['content that is not there', item('x', { path: 'content/none.md' }), /not there/, 'file-unreadable'],
    ['an id below another item', item('a/x'), /below another item, wiki\/a/, 'manifest-invalid'],
  ];
  it.each(badLines)('quarantines the item of a line with %s, and goes on', async (_, line, message, code) => {
    const { source } = await sourceOf([item('a'), line, item('b')]);
    const { files, problems, covers } = await source.list();
    expect(files.map(({ uri }) => uri)).toEqual(['wiki/a', 'wiki/b']);
    expect(problems).toMatchObject([{ uri: expect.stringMatching(/^wiki\/(a\/)?x$/), code }]);
    expect(problems[0]?.message).toMatch(message);
    expect(covers).toBeUndefined();
  });

  it.each([
    ['no JSON', '{"id": "x", "path": '],
    ['no id', JSON.stringify({ path: 'content/a.md' })],
    ['an id that leaves the source', item('../x')],
    ['an id with a control character', item('x\u0007')],
    ['a list', '[1]'],
    ['null', 'null'],
  ])('takes nothing for deleted but what is said to be while a line is %s', async (_, line) => {
    const { source } = await sourceOf([item('a'), line, JSON.stringify({ id: 'gone', deleted: true })]);
    const { files, problems, covers } = await source.list();
    expect(files.map(({ uri }) => uri)).toEqual(['wiki/a']);
    expect(problems[0]).toMatchObject({ uri: 'wiki, line 2 of the manifest', code: 'manifest-invalid' });
    expect(covers).toEqual(['wiki/gone']);
  });

  it('withdraws an item of whose last line only the id can be read', async () => {
    const { source } = await sourceOf([item('x', { label: { anyOf: ['staff'] } }), '{"id": "x", "label": {']);
    const { files, problems } = await source.list();
    expect(files).toEqual([]);
    expect(problems.map(({ uri }) => uri)).toEqual(['wiki, line 2 of the manifest', 'wiki/x']);
  });

  it('lets the last line about an item count', async () => {
    const { source } = await sourceOf([
      item('x', { label: { anyOf: ['hr'] } }),
      JSON.stringify({ id: 'y', deleted: true }),
      item('x', { label: { anyOf: ['staff'] }, path: 'content/b.md' }),
      item('y'),
    ]);
    const { files } = await source.list();
    expect(files.map(({ uri, label }) => [uri, label?.anyOf])).toEqual([
      ['wiki/x', ['staff']],
      ['wiki/y', undefined],
    ]);
  });

  it('reads nothing outside its folder, by whatever name', async () => {
    const outside = await temporaryFolder({ 'secret.md': 'secret' });
    const { folder, source } = await sourceOf([
      item('link', { path: 'content/link.md' }),
      item('through', { path: 'content/folder/secret.md' }),
      item('absolute', { path: join(outside, 'secret.md') }),
      item('up', { path: `../${outside.split('/').at(-1)}/secret.md` }),
    ]);
    await symlink(join(outside, 'secret.md'), join(folder, 'content/link.md'));
    await symlink(outside, join(folder, 'content/folder'));
    const { files, problems } = await source.list();
    expect(files).toEqual([]);
    expect(problems.map(({ uri, code }) => [uri, code])).toEqual([
      ['wiki/link', 'not-a-regular-file'],
      ['wiki/through', 'not-a-regular-file'],
      ['wiki/absolute', 'file-unreadable'],
      ['wiki/up', 'not-a-regular-file'],
    ]);
  });

  it('sees a change of what the manifest says, and of the content', async () => {
    const { folder, path, source } = await sourceOf([item('x')]);
    const hash = async () => (await source.list()).files[0]?.contentHash;
    const first = await hash();
    await writeFiles(folder, { 'content/a.md': 'A2' });
    const second = await hash();
    await writeFile(path, item('x', { owner: 'HR' }));
    const third = await hash();
    expect(new Set([first, second, third]).size).toBe(3);
  });

  it('throws where there is no manifest instead of reporting an empty source', async () => {
    const folder = await temporaryFolder();
    const { source } = await sourceOf([], { path: join(folder, 'none.jsonl') });
    await expect(source.list()).rejects.toMatchObject({ code: 'source-unreadable' });
  });
});
