import { constants } from 'node:fs';
import { access, chmod, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { PerseaError } from '../core/errors.ts';
import { printable } from './text.ts';

/** Before a long run, whose result would be lost at its end: throws as `writeOutput` would where there is no such folder, or nothing may be written. */
export async function checkOutput(what: string, path: string | undefined): Promise<void> {
  if (path === undefined) return;
  const isFolder = async (at: string) => (await stat(at).catch(() => null))?.isDirectory() === true;
  if (!(await isFolder(dirname(path))) || (await isFolder(path))) throw unwritable(what, path);
  const isThere = (await stat(path).catch(() => null)) !== null;
  try {
    await access(isThere ? path : dirname(path), constants.W_OK);
  } catch (thrown) {
    throw unwritable(what, path, thrown);
  }
}

/** Writes what `--out` names, in one step: an interrupted command leaves the former file. `what` begins the error's sentence. */
export async function writeOutput(what: string, path: string, content: string): Promise<void> {
  try {
    await replaceFile(path, content);
  } catch (thrown) {
    throw unwritable(what, path, thrown);
  }
}

async function replaceFile(path: string, content: string): Promise<void> {
  const former = await stat(path).catch(() => null);
  // A pipe or a device, such as /dev/stdout, is written to and not replaced.
  if (former !== null && !former.isFile()) return writeFile(path, content);
  const target = former === null ? path : await realpath(path);
  const partial = `${target}.${process.pid}.part`;
  try {
    await writeFile(partial, content);
    if (former !== null) await chmod(partial, former.mode & 0o777);
    await rename(partial, target);
  } catch (thrown) {
    await rm(partial, { force: true });
    // The file itself may be writable where its folder is not.
    if (former === null || !isForbidden(thrown)) throw thrown;
    await writeFile(path, content);
  }
}

function isForbidden(thrown: unknown): boolean {
  return thrown instanceof Error && 'code' in thrown && (thrown.code === 'EACCES' || thrown.code === 'EPERM');
}

function unwritable(what: string, path: string, cause?: unknown): PerseaError {
  return new PerseaError(
    'usage-invalid',
    `${what} could not be written to ${printable(path)}. Name a file in a folder that exists.`,
    { cause },
  );
}
