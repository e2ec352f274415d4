import { execFileSync } from 'node:child_process';
import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type ScanOptions, scanFolder } from '../../ingest/scan.ts';
import { sha256Hex } from '../../src/core/ids.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

function options(root: string, changes: Partial<ScanOptions> = {}): ScanOptions {
  return { name: 'docs', root, include: ['**/*'], exclude: [], maxFileBytes: 1_000, ...changes };
}

describe('scanFolder', () => {
  it('names files by source and path, with the hash of their bytes', async () => {
    const root = await temporaryFolder({ 'b.md': 'B', 'hr/leave.md': 'Leave' });
    const { files, problems } = await scanFolder(options(root));
    expect(files.map(({ uri, contentHash, sizeBytes }) => ({ uri, contentHash, sizeBytes }))).toEqual([
      { uri: 'docs/b.md', contentHash: sha256Hex('B'), sizeBytes: 1 },
      { uri: 'docs/hr/leave.md', contentHash: sha256Hex('Leave'), sizeBytes: 5 },
    ]);
    expect(problems).toEqual([]);
  });

  it('keeps to include and exclude, and skips hidden files', async () => {
    const root = await temporaryFolder({
      'a.md': 'A',
      'a.txt': 'A',
      'drafts/c.md': 'C',
      '.git/config': 'x',
      '.hidden.md': 'x',
    });
    const { files } = await scanFolder(options(root, { include: ['**/*.md'], exclude: ['drafts/**'] }));
    expect(files.map((file) => file.uri)).toEqual(['docs/a.md']);
  });

  it('follows links inside the root to files only, and refuses those that leave it', async () => {
    const outside = await temporaryFolder({ 'secret.md': 'secret' });
    const root = await temporaryFolder({ 'hr/leave.md': 'Leave' });
    await symlink(join(root, 'hr/leave.md'), join(root, 'inside.md'));
    await symlink(join(root, 'hr'), join(root, 'again'));
    await symlink(join(outside, 'secret.md'), join(root, 'outside.md'));
    await symlink(outside, join(root, 'outside-folder'));
    await symlink(join(root, 'nothing'), join(root, 'dangling.md'));
    const { files, problems } = await scanFolder(options(root));
    expect(files.map(({ uri, linkTarget }) => [uri, linkTarget])).toEqual([
      ['docs/hr/leave.md', undefined],
      ['docs/inside.md', 'hr/leave.md'],
    ]);
    expect(problems.map(({ uri, code }) => [uri, code]).sort()).toEqual([
      ['docs/dangling.md', 'not-a-regular-file'],
      ['docs/outside-folder', 'not-a-regular-file'],
      ['docs/outside.md', 'not-a-regular-file'],
    ]);
  });

  it('knows the label files above the target of a link, in part of a listing and in a hidden folder too', async () => {
    const root = await temporaryFolder({
      '.kept/hr/.access.yaml': 'anyOf: [hr]',
      '.kept/hr/pay.md': 'Pay',
      'a/b.md': 'B',
    });
    await symlink(join(root, '.kept/hr/pay.md'), join(root, 'a/pay.md'));
    for (const only of [[''], ['a/pay.md']]) {
      const { folderLabels } = await scanFolder(options(root, { only }));
      expect(folderLabels).toMatchObject([{ directory: '.kept/hr', label: { anyOf: ['hr'] } }]);
    }
  });

  it('never opens a FIFO', async () => {
    const root = await temporaryFolder();
    execFileSync('mkfifo', [join(root, 'pipe.md')]);
    const { problems } = await scanFolder(options(root));
    expect(problems).toMatchObject([{ uri: 'docs/pipe.md', code: 'not-a-regular-file' }]);
  });

  it('reports a file over the limit with both numbers', async () => {
    const root = await temporaryFolder({ 'big.md': 'x'.repeat(1_001) });
    const { files, problems } = await scanFolder(options(root));
    expect(files).toEqual([]);
    expect(problems).toMatchObject([{ code: 'file-too-large', message: expect.stringMatching(/1001.*1000/) }]);
  });

  it('throws for a missing root instead of reporting an empty source', async () => {
    const root = await temporaryFolder();
    await expect(scanFolder(options(join(root, 'gone')))).rejects.toMatchObject({ code: 'source-unreadable' });
    await writeFile(join(root, 'file'), '');
    await expect(scanFolder(options(join(root, 'file')))).rejects.toMatchObject({ code: 'source-unreadable' });
  });

  it('reads label files of folders, and keeps an unreadable one as an error', async () => {
    const root = await temporaryFolder({
      '.access.yaml': 'anyOf: [staff]',
      'hr/.access.yaml': 'anyof: [hr]',
      'hr/a.md': 'A',
    });
    const { folderLabels, files } = await scanFolder(options(root));
    expect(files.map((file) => file.uri)).toEqual(['docs/hr/a.md']);
    const byDirectory = new Map(folderLabels.map(({ directory, label }) => [directory, label]));
    expect(byDirectory.get('')).toMatchObject({ anyOf: ['staff'] });
    expect(byDirectory.get('hr')).toMatchObject({ code: 'label-invalid' });
  });
});
