/** Text files that people write beside the configuration. */
import { isUtf8 } from 'node:buffer';
import { readFileSync, statSync } from 'node:fs';
import { PerseaError } from './errors.ts';

export interface TextFileOptions {
  readonly maxBytes: number;
  /** What is thrown; `problem` goes on with a sentence whose subject is the file, such as `could not be read`. */
  readonly refuse: (problem: string, cause?: unknown) => PerseaError;
}

/** The whole text, without a byte order mark. What is not text in UTF-8 is refused: a letter that was read as another one is noticed by nobody. */
export function readTextFile(path: string, { maxBytes, refuse }: TextFileOptions): string {
  let bytes: Buffer;
  try {
    const place = statSync(path);
    // Nothing may come out of a pipe for ever, and a device never ends.
    if (!place.isFile()) throw refuse('is not a regular file');
    if (place.size > maxBytes) throw refuse(`has ${place.size} bytes; at most ${maxBytes} are read`);
    bytes = readFileSync(path);
  } catch (thrown) {
    throw thrown instanceof PerseaError ? thrown : refuse('could not be read', thrown);
  }
  if (!isUtf8(bytes) || bytes.includes(0)) throw refuse('is not text in UTF-8; save it so');
  return bytes.toString('utf8').replace(/^\uFEFF/, '');
}
