import { rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createFolderSource } from '../../../ingest/sources/folder.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

it('lists a link again with what it leads to, and with the label files above that', async () => {
  const path = await temporaryFolder({ 'it/deep/leave.md': 'Leave', 'it/vpn.md': 'VPN', 'other.md': 'Other' });
  await symlink('it/deep/leave.md', join(path, 'link.md'));
  const source = createFolderSource({
    name: 'docs',
    path,
    include: ['**/*'],
    exclude: [],
    maxFileBytes: 1_000,
    rules: [],
    frontMatter: 'narrow',
  });
  const listed = async (changed: string) => {
    const only = [source.changedBy(join(path, changed)) ?? 'nothing'];
    return (await source.list({ only })).files.map(({ uri }) => uri);
  };
  await source.list();
  await writeFile(join(path, 'it/.access.yaml'), 'anyOf: [hr]');
  expect(await listed('it/.access.yaml')).toEqual(['docs/it/deep/leave.md', 'docs/it/vpn.md', 'docs/link.md']);
  expect(await listed('it/deep/leave.md')).toEqual(['docs/it/deep/leave.md', 'docs/link.md']);
  expect(await listed('it/vpn.md')).toEqual(['docs/it/vpn.md']);
  await rm(join(path, 'link.md'));
  await writeFile(join(path, 'link.md'), 'No link any more');
  expect(await listed('link.md')).toEqual(['docs/link.md']);
  expect(await listed('it/deep/leave.md')).toEqual(['docs/it/deep/leave.md']);
});
