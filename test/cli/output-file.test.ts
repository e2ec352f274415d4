import { chmod, link, readFile, readdir, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { writeOutput } from '../../src/cli/output-file.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

it('replaces a file in one step, so that a reader of the former one keeps it whole', async () => {
  const folder = await temporaryFolder({ 'result.json': 'former' });
  const path = join(folder, 'result.json');
  await chmod(path, 0o600);
  await link(path, join(folder, 'held.json'));
  await writeOutput('The result', path, 'new');
  expect(await readFile(path, 'utf8')).toBe('new');
  expect(await readFile(join(folder, 'held.json'), 'utf8')).toBe('former');
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect((await readdir(folder)).sort()).toEqual(['held.json', 'result.json']);
});

it('writes where a link leads and into what is no file', async () => {
  const folder = await temporaryFolder();
  const target = join(folder, 'target.json');
  await writeFile(target, 'former');
  await symlink(target, join(folder, 'linked.json'));
  await writeOutput('The result', join(folder, 'linked.json'), 'new');
  expect(await readFile(target, 'utf8')).toBe('new');
  await writeOutput('The result', '/dev/null', 'new');
  expect((await stat('/dev/null')).isCharacterDevice()).toBe(true);
});
