import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { filesHolding } from '../support/bytes-of.ts';
import { runCommand, runForJson } from '../support/command-line.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const config = `
sources:
  - { name: docs, path: ./docs, label: { anyOf: [staff] } }
  - { name: old, path: ./old, label: { anyOf: [staff] } }
embedding: { provider: none }
`;
const policy = 'groups:\n  staff: { tags: [staff] }\nprincipals:\n  bob: { groups: [staff] }\n';

async function ownFolder() {
  const folder = await temporaryFolder({
    'persea.yaml': config,
    'access.yaml': policy,
    'docs/leave.md': '# Leave\n\nThe quetzalword is in the leave document.\n',
    'docs/pay.md': '# Pay\n\nSalaries are paid each month.\n',
    'old/archive.md': '# Archive\n\nThe xylophoneword is in the archive.\n',
  });
  const path = join(folder, 'persea.yaml');
  const own = <T = Record<string, unknown>>(...argv: string[]) => runForJson<T>([...argv, '--config', path]);
  await own('ingest');
  return { path, own, dataDir: join(folder, '.persea') };
}

it('purges a document, which stays out until it is restored', async () => {
  const { own, dataDir } = await ownFolder();
  expect(filesHolding(dataDir, 'quetzalword')).not.toEqual([]);
  const { status, value } = await own('docs', 'remove', 'docs/leave.md', '--purge');
  expect(status).toBe(0);
  expect(value).toEqual({
    uri: 'docs/leave.md',
    documentId: expect.stringMatching(/^doc_/),
    removed: true,
    purged: true,
  });
  expect(filesHolding(dataDir, 'quetzalword')).toEqual([]);
  expect((await own('ingest')).value).toMatchObject({ added: 0 });
  expect((await own('docs', 'remove', 'docs/leave.md', '--purge')).value).toMatchObject({ documentId: null });
  await own('docs', 'remove', 'docs/leave.md', '--restore');
  expect((await own('ingest')).value).toMatchObject({ added: 1 });
});

it('keeps a removed document out while its file is away, and under another name', async () => {
  const { own, path } = await ownFolder();
  const [here, there] = ['docs/leave.md', 'docs/other.md'].map((uri) => join(path, '..', uri));
  const finds = async () => (await own<{ hits: unknown[] }>('search', 'quetzalword', '--as', 'bob')).value.hits.length;
  await own('docs', 'remove', 'docs/leave.md');
  await rename(here ?? '', there ?? '');
  expect((await own('ingest')).value).toMatchObject({ added: 0, removed: 0, unchanged: 3 });
  expect(await finds()).toBe(0);
  await rename(there ?? '', here ?? '');
  expect((await own('ingest')).value).toMatchObject({ added: 0 });
  expect(await finds()).toBe(0);
  await own('docs', 'remove', 'docs/leave.md', '--restore');
  expect((await own('ingest')).value).toMatchObject({ added: 1 });
  expect(await finds()).toBe(1);
});

it('purges a source that is no longer in the configuration', async () => {
  const { own, path, dataDir } = await ownFolder();
  await writeFile(path, (await readFile(path, 'utf8')).replace(/ {2}- \{ name: old.*\n/, ''));
  await own('ingest');
  expect(filesHolding(dataDir, 'xylophoneword')).not.toEqual([]);
  const { value, stderr } = await own('docs', 'remove', '--source', 'old', '--purge');
  expect(value).toEqual({ source: 'old', documents: 1, removed: true, purged: true });
  expect(stderr).not.toContain('warning');
  expect(filesHolding(dataDir, 'xylophoneword')).toEqual([]);
  expect((await own('docs', 'list')).value).toMatchObject({
    documents: [{ uri: 'docs/leave.md' }, { uri: 'docs/pay.md' }],
  });
  expect(await own('docs', 'remove', '--source', 'old')).toMatchObject({
    status: 2,
    value: { error: { code: 'unknown-source' } },
  });
});

it('removes the documents of a source that is still ingested only with a warning', async () => {
  const { own, path } = await ownFolder();
  const { value, stderr } = await own('docs', 'remove', '--source', 'docs');
  expect(value).toEqual({ source: 'docs', documents: 2, removed: true, purged: false });
  expect(stderr).toContain('still in the configuration');
  expect((await own('search', 'quetzalword', '--as', 'bob')).value).toMatchObject({ hits: [] });
  expect((await own('ingest')).value).toMatchObject({ added: 2, unchanged: 1 });
  const { stdout } = await runCommand(['docs', 'remove', '--source', 'docs', '--purge', '--config', path]);
  expect(stdout).toMatch(/Removed 2 documents of the source docs.*\nNo byte of its text is left/);
});

it('refuses what is ambiguous, and what is not there', async () => {
  const { own } = await ownFolder();
  const cases: [argv: string[], code: string][] = [
    [[], 'usage-invalid'],
    [['docs/leave.md', '--source', 'docs'], 'usage-invalid'],
    [['--source', 'docs', '--restore'], 'usage-invalid'],
    [['docs/leave.md', '--restore', '--purge'], 'usage-invalid'],
    [['--source', 'persea.canary', '--purge'], 'unknown-source'],
    [['docs/nonesuch.md', '--purge'], 'document-absent'],
    [['persea.canary/confidential', '--purge'], 'document-absent'],
  ];
  for (const [argv, code] of cases) {
    const { value } = await own('docs', 'remove', ...argv);
    expect(value, argv.join(' ')).toMatchObject({ error: { code } });
  }
  expect((await own('docs', 'list')).value.documents).toHaveLength(3);
});
