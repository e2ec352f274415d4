import { writeFile } from 'node:fs/promises';
import { PerseaError } from '../core/errors.ts';
import { printable } from './text.ts';

/** Writes what `--out` names; `what` begins the error's sentence. */
export async function writeOutput(what: string, path: string, content: string): Promise<void> {
  try {
    await writeFile(path, content);
  } catch (thrown) {
    throw new PerseaError(
      'usage-invalid',
      `${what} could not be written to ${printable(path)}. Name a file in a folder that exists.`,
      { cause: thrown },
    );
  }
}
