import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { FolderWatcher } from '../../../ingest/sources/folder-watcher.ts';
import { temporaryFolder, writeFiles } from '../../support/temporary-folder.ts';

async function watched(files: Readonly<Record<string, string>> = {}) {
  const root = await temporaryFolder(files);
  const seen = new Set<string>();
  const watcher = new FolderWatcher({
    root,
    onChange: (path) => seen.add(relative(root, path)),
    onProblem: ({ message }) => expect.unreachable(message),
  });
  onTestFinished(() => watcher.close());
  await watcher.refresh();
  async function told(step: () => Promise<unknown>, ...paths: readonly string[]) {
    seen.clear();
    await step();
    await vi.waitFor(() => expect([...seen]).toEqual(expect.arrayContaining([...paths])), 1_000);
  }
  /** Right after a folder came, only the folder is told; soon each file in it is. */
  async function soonTold(step: () => Promise<unknown>, path: string) {
    await vi.waitFor(() => told(step, path), 10_000);
  }
  return { root, seen, watcher, told, soonTold };
}

describe('FolderWatcher', () => {
  it('sees files written, made, replaced by renaming again and again, and removed', async () => {
    const { root, told } = await watched({ 'hr/a.md': 'A' });
    const a = join(root, 'hr/a.md');
    const replace = async () => {
      await writeFile(`${a}~`, 'new');
      await rename(`${a}~`, a);
    };
    await told(() => writeFile(a, 'B'), 'hr/a.md');
    await told(replace, 'hr/a.md');
    await told(replace, 'hr/a.md');
    await told(() => writeFile(a, 'C'), 'hr/a.md');
    await told(() => writeFile(join(root, 'hr/.access.yaml'), 'anyOf: [hr]'), 'hr/.access.yaml');
    await told(() => rm(a), 'hr/a.md');
  });

  it('follows folders that are made at once, moved and removed', async () => {
    const { root, told, soonTold } = await watched();
    await told(() => writeFiles(root, { 'one/two/three/a.md': 'A' }), 'one');
    await soonTold(() => writeFile(join(root, 'one/two/three/b.md'), 'B'), 'one/two/three/b.md');
    await told(() => rename(join(root, 'one'), join(root, 'moved')), 'one', 'moved');
    await soonTold(() => writeFile(join(root, 'moved/two/three/b.md'), 'C'), 'moved/two/three/b.md');
    await told(() => rm(join(root, 'moved'), { recursive: true }), 'moved');
  });

  it('notices a root that was replaced, and watches the new one', async () => {
    const { root, watcher, told } = await watched({ 'a.md': 'A' });
    expect(await watcher.hasNewRoot()).toBe(false);
    await rename(root, `${root}-old`);
    onTestFinished(() => rm(`${root}-old`, { recursive: true }));
    expect(await watcher.hasNewRoot()).toBe(false);
    await mkdir(root);
    expect(await watcher.hasNewRoot()).toBe(true);
    await watcher.refresh();
    expect(await watcher.hasNewRoot()).toBe(false);
    await told(() => writeFile(join(root, 'b.md'), 'B'), 'b.md');
  });

  it('leaves hidden folders alone', async () => {
    const { root, seen, told } = await watched({ '.git/config': 'x' });
    await told(async () => {
      await writeFile(join(root, '.git/config'), 'y');
      await writeFile(join(root, 'a.md'), 'A');
    }, 'a.md');
    expect(seen).not.toContain('.git/config');
  });
});
