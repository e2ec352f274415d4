/** File systems as nobody wishes them: each oddity is made by the test itself. */
import { execFileSync } from 'node:child_process';
import { appendFile, chmod, mkdir, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type ScanOptions, scanFolder } from '../../ingest/scan.ts';
import { createFolderSource } from '../../ingest/sources/folder.ts';
import { KnownHashes } from '../../ingest/sources/known-hashes.ts';
import { fingerprintFile, readSourceBytes } from '../../ingest/sources/stable-file.ts';
import { runCommand, runForJson } from '../support/command-line.ts';
import { temporaryFolder, writeFiles } from '../support/temporary-folder.ts';
import { openTestApp } from '../support/test-app.ts';

const options = (root: string, changes: Partial<ScanOptions> = {}): ScanOptions => ({
  name: 'docs',
  root,
  include: ['**/*'],
  exclude: [],
  maxFileBytes: 10_000_000,
  ...changes,
});
const sourceAt = (path: string) =>
  createFolderSource({
    name: 'docs',
    path,
    include: ['**/*'],
    exclude: [],
    maxFileBytes: 10_000_000,
    rules: [],
    frontMatter: 'narrow',
  });
const codes = (problems: readonly { readonly uri: string; readonly code: string }[]) =>
  problems.map(({ uri, code }) => [uri, code]).sort();

describe('odd files', () => {
  it('lists names that are not UTF-8, of files and folders, as problems', async () => {
    const root = await temporaryFolder({ 'good.md': 'Good' });
    const bad = (text: string) =>
      Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0xff, 0xfe]), Buffer.from(text)]);
    await writeFile(bad('.md'), 'Bad');
    await mkdir(bad('folder'));
    await writeFile(Buffer.concat([bad('folder'), Buffer.from('/a.md')]), 'Below');
    const { files, problems } = await scanFolder(options(root));
    expect(files.map(({ uri }) => uri)).toEqual(['docs/good.md']);
    expect(codes(problems)).toEqual([
      ['docs/\ufffd\ufffd.md', 'not-a-regular-file'],
      ['docs/\ufffd\ufffdfolder', 'not-a-regular-file'],
    ]);
  });

  it('ingests names with control characters and of 255 bytes, and prints them without harm', async () => {
    const names = ['line\nbreak.md', 'red\u001b[31m.md', `${'ü'.repeat(126)}.md`];
    const text = '# Name\n\nThis document has an odd name, and that is all there is to say.\n';
    const { app, folder, ingest } = await openTestApp({
      documents: Object.fromEntries(names.map((name) => [name, text])),
      // Their text is the same.
      config: 'retrieval: { duplicates: show }',
    });
    expect(await ingest()).toMatchObject({ added: 3, quarantined: [] });
    const { hits } = await app.search(await app.scopeFor(app.principal('bob')), { query: 'odd name' });
    expect(hits.map(({ uri }) => uri).sort()).toEqual(names.map((name) => `docs/${name}`).sort());
    const config = ['--config', join(folder, 'persea.yaml')];
    const list = await runCommand(['docs', 'list', ...config]);
    expect(list.stdout).not.toContain('\u001b[31m');
    expect(list.stdout.split('\n').filter((line) => line.includes('docs/'))).toHaveLength(3);
    const { value } = await runForJson<{ uri: string }>(['docs', 'show', `docs/${names[0]}`, ...config]);
    expect(value.uri).toBe('docs/line\nbreak.md');
  });

  it('opens no FIFO, socket or device, not even by a link or in place of a label file', async () => {
    const root = await temporaryFolder({ 'it/a.md': 'A' });
    execFileSync('mkfifo', [join(root, 'pipe.md'), join(root, 'it/.access.yaml')]);
    await symlink(join(root, 'pipe.md'), join(root, 'linked.md'));
    await symlink('/dev/zero', join(root, 'zero.md'));
    const { problems, folderLabels } = await scanFolder(options(root));
    expect(codes(problems)).toEqual([
      ['docs/linked.md', 'not-a-regular-file'],
      ['docs/pipe.md', 'not-a-regular-file'],
      ['docs/zero.md', 'not-a-regular-file'],
    ]);
    expect(folderLabels).toMatchObject([{ directory: 'it', label: { code: 'label-invalid' } }]);
    await expect(readSourceBytes('/dev/zero', 'docs/zero.md', 1_000)).rejects.toMatchObject({
      code: 'not-a-regular-file',
    });
  });

  it('reads no more of a file than its size says: those of /proc say nothing and never end', async () => {
    const { bytes } = await readSourceBytes(`/proc/${process.pid}/maps`, 'docs/maps', 1_000);
    expect(bytes.byteLength).toBe(0);
  });

  it('reads nothing through a folder that became a link after the path was resolved', async () => {
    const root = await temporaryFolder({ 'hr/a.md': 'secret' });
    await symlink('hr', join(root, 'it'));
    const path = join(root, 'it/a.md');
    await expect(readSourceBytes(path, 'docs/it/a.md', 1_000)).rejects.toMatchObject({ code: 'file-unreadable' });
    await expect(fingerprintFile(path, 'docs/it/a.md', 1_000)).rejects.toMatchObject({ code: 'file-unreadable' });
    expect((await readSourceBytes(join(root, 'hr/a.md'), 'docs/hr/a.md', 1_000)).bytes).toHaveLength(6);
  });

  it('follows no link out of the source, at whatever step it appears', async () => {
    const outside = await temporaryFolder({ 'secret.md': 'secret', 'rights.yaml': 'anyOf: [everyone]' });
    const root = await temporaryFolder({ 'hr/a.md': 'A', 'it/b.md': 'B' });
    await symlink(outside, join(root, 'linked'));
    await symlink(join(outside, 'rights.yaml'), join(root, 'it/.access.yaml'));
    const source = sourceAt(root);
    expect(await source.find('docs/linked/secret.md')).toBeUndefined();
    expect(await source.find('docs/../secret.md')).toBeUndefined();
    expect((await source.list({ only: ['linked/secret.md', 'linked'] })).files).toEqual([]);
    const { folderLabels } = await source.list();
    expect(folderLabels).toMatchObject([{ directory: 'it', label: { code: 'label-invalid' } }]);
    const item = await source.find('docs/hr/a.md');
    if (item === undefined) throw new Error('docs/hr/a.md is there');
    await rm(join(root, 'hr'), { recursive: true });
    await writeFile(join(outside, 'a.md'), 'secret');
    await symlink(outside, join(root, 'hr'));
    await expect(source.read(item)).rejects.toMatchObject({ code: 'not-a-regular-file' });
    await expect(readSourceBytes(join(root, 'linked'), 'docs/linked', 1_000)).rejects.toMatchObject({
      code: 'not-a-regular-file',
    });
  });

  it('does not read what a link has come to lead to since it was listed, which may have other rights', async () => {
    const root = await temporaryFolder({ 'it/a.md': 'A', 'hr/b.md': 'B' });
    await symlink(join(root, 'it/a.md'), join(root, 'link.md'));
    const source = sourceAt(root);
    const item = await source.find('docs/link.md');
    if (item === undefined) throw new Error('docs/link.md is there');
    expect(Buffer.from((await source.read(item)).bytes).toString()).toBe('A');
    await rm(join(root, 'link.md'));
    await symlink(join(root, 'hr/b.md'), join(root, 'link.md'));
    await expect(source.read(item)).rejects.toMatchObject({ code: 'file-unreadable' });
  });

  it('refuses what was read of a file that grew meanwhile, and what vanished', async () => {
    const root = await temporaryFolder({ 'big.bin': new Uint8Array(8_000_000), 'gone.md': 'Gone' });
    const big = join(root, 'big.bin');
    const stop = new AbortController();
    const growing = (async () => {
      while (!stop.signal.aborted) await appendFile(big, 'more');
    })();
    await expect(fingerprintFile(big, 'docs/big.bin', 10_000_000)).rejects.toMatchObject({ code: 'file-unreadable' });
    stop.abort();
    await growing;
    const source = sourceAt(root);
    const item = await source.find('docs/gone.md');
    if (item === undefined) throw new Error('docs/gone.md is there');
    await rm(join(root, 'gone.md'));
    await expect(source.read(item)).rejects.toMatchObject({ code: 'file-unreadable' });
    expect(await source.list({ only: ['gone.md'] })).toMatchObject({ files: [], covers: ['docs/gone.md'] });
  });

  it('keeps what is known of a folder that cannot be read', async ({ skip }) => {
    if (process.getuid?.() === 0) skip('the superuser may read every folder');
    const root = await temporaryFolder({ 'locked/a.md': 'A', 'b.md': 'B' });
    await chmod(join(root, 'locked'), 0);
    onTestFinished(() => chmod(join(root, 'locked'), 0o700));
    const { files, problems, unobserved } = await scanFolder(options(root));
    expect(files.map(({ uri }) => uri)).toEqual(['docs/b.md']);
    expect(codes(problems)).toEqual([['docs/locked', 'file-unreadable']]);
    expect(unobserved).toEqual(['docs/locked']);
  });

  it('refuses a label file of any size but a small one', async () => {
    const root = await temporaryFolder({ '.access.yaml': `anyOf: [staff] # ${'x'.repeat(70_000)}` });
    const { folderLabels } = await scanFolder(options(root));
    expect(folderLabels).toMatchObject([{ directory: '', label: { code: 'label-invalid' } }]);
  });
});

describe('hashes that are remembered', () => {
  const old = new Date(Date.now() - 60_000);
  async function remembered() {
    const root = await temporaryFolder({ 'a.md': 'first' });
    const path = join(root, 'a.md');
    const known = new KnownHashes();
    const hash = async () => (await fingerprintFile(path, 'docs/a.md', 1_000, known)).contentHash;
    return { root, path, known, hash };
  }

  it('notice every change of bytes, though size and modification time are as before', async () => {
    const { root, path, hash } = await remembered();
    await utimes(path, old, old);
    const first = await hash();
    await writeFile(path, 'other');
    await utimes(path, old, old);
    const second = await hash();
    expect(second).not.toBe(first);
    await writeFiles(root, { 'b.md': 'third' });
    await utimes(join(root, 'b.md'), old, old);
    await rename(join(root, 'b.md'), path);
    expect(new Set([first, second, await hash()]).size).toBe(3);
  });

  it('are not trusted for a file that was written just before it was hashed', async () => {
    const { path, hash } = await remembered();
    const seen = new Set<string>();
    // As fast as the clock of the file system lets two writes look like one.
    for (let index = 0; index < 200; index++) {
      await writeFile(path, String(index).padStart(5));
      seen.add(await hash());
    }
    expect(seen.size).toBe(200);
  });

  it('save reading a file that has rested', async () => {
    const { path, known } = await remembered();
    const { stat } = await import('node:fs/promises');
    const stats = await stat(path, { bigint: true });
    known.remember(path, stats, 'hash', Date.now() + 10_000);
    expect(known.find(path, stats)).toBe('hash');
    known.remember(path, stats, 'hash', Date.now());
    expect(known.find(path, stats)).toBeUndefined();
    known.remember(path, stats, 'hash', Date.now() + 10_000);
    known.retain(new Set());
    expect(known.find(path, stats)).toBeUndefined();
  });
});
