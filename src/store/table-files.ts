/** The files of a table's folder: the engine tells what its present version needs, the folder what lies there. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

export interface TableFiles {
  /** Of all versions, and of what crashes left behind. */
  readonly bytes: number;
  readonly versions: number;
  /** When the oldest version was made, in milliseconds since the epoch. */
  readonly oldestVersionAt: number;
}

const statsAtOnce = 64;

/** Files that go while it looks are not counted. */
export async function tableFiles(folder: string): Promise<TableFiles> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile());
  let bytes = 0;
  let versions = 0;
  let oldestVersionAt = Number.POSITIVE_INFINITY;
  for (let start = 0; start < files.length; start += statsAtOnce) {
    const group = files.slice(start, start + statsAtOnce);
    const found = await Promise.all(
      group.map(({ parentPath, name }) => stat(join(parentPath, name)).catch(() => undefined)),
    );
    for (const [index, facts] of found.entries()) {
      bytes += facts?.size ?? 0;
      if (facts === undefined || group[index]?.name.endsWith('.manifest') !== true) continue;
      versions += 1;
      oldestVersionAt = Math.min(oldestVersionAt, facts.mtimeMs);
    }
  }
  return { bytes, versions, oldestVersionAt };
}
