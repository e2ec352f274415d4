import { stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { PerseaError } from '../core/errors.ts';
import { printable } from './text.ts';

/** Before a long run, whose result would be lost at its end: throws as `writeOutput` would where there is no such folder. */
export async function checkOutput(what: string, path: string | undefined): Promise<void> {
  if (path === undefined) return;
  const isFolder = async (at: string) => (await stat(at).catch(() => null))?.isDirectory() === true;
  if (!(await isFolder(dirname(path))) || (await isFolder(path))) throw unwritable(what, path);
}

/** Writes what `--out` names; `what` begins the error's sentence. */
export async function writeOutput(what: string, path: string, content: string): Promise<void> {
  try {
    await writeFile(path, content);
  } catch (thrown) {
    throw unwritable(what, path, thrown);
  }
}

function unwritable(what: string, path: string, cause?: unknown): PerseaError {
  return new PerseaError(
    'usage-invalid',
    `${what} could not be written to ${printable(path)}. Name a file in a folder that exists.`,
    { cause },
  );
}
