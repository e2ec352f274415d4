/** Every byte of a folder, for tests of what must not be left in it. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';

/** Files whose bytes hold the word, whatever its case, in UTF-8 or UTF-16 of either order; by path below the folder. */
export function filesHolding(folder: string, word: string): readonly string[] {
  return filesWithBytes(folder, (bytes) => {
    const text = bytes.toString('latin1').toLowerCase();
    return wordForms(word).some((form) => text.includes(form));
  });
}

export function filesWithBytes(folder: string, holds: (bytes: Buffer) => boolean): readonly string[] {
  return readdirSync(folder, { recursive: true })
    .map((name) => join(folder, String(name)))
    .filter((path) => statSync(path).isFile() && holds(readFileSync(path)))
    .map((path) => relative(folder, path))
    .sort();
}

function wordForms(word: string): readonly string[] {
  const lower = word.toLowerCase();
  const little = Buffer.from(lower, 'utf16le');
  const big = Buffer.from(little).swap16();
  return [Buffer.from(lower), little, big].map((bytes) => bytes.toString('latin1'));
}
