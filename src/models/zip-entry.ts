/** Takes one entry out of a zip file to a file of its own, without unpacking the rest. */
import { createWriteStream } from 'node:fs';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Entry, openPromise, type ZipFile } from 'yauzl';
import { PerseaError } from '../core/errors.ts';

export interface ExtractRequest {
  readonly archive: string;
  readonly entry: string;
  readonly target: string;
  /** Size that the entry must have: a bound on what is unpacked. */
  readonly bytes: number;
  readonly signal: AbortSignal | undefined;
  readonly onBytes: (unpacked: number) => void;
}

/** False when the archive has no such entry. */
export async function extractEntry(request: ExtractRequest): Promise<boolean> {
  const { archive, entry: name, target, bytes, signal, onBytes } = request;
  const zip = await openPromise(archive, { lazyEntries: true, autoClose: false });
  try {
    const entry = await findEntry(zip, name);
    if (entry === null) return false;
    if (entry.uncompressedSize !== bytes)
      throw new PerseaError(
        'model-hash-mismatch',
        `The entry ${name} of ${archive} is refused: it has ${entry.uncompressedSize} bytes, expected are ${bytes}.`,
      );
    // The library itself fails when an entry yields more or fewer bytes than its directory states.
    const content = await zip.openReadStreamPromise(entry);
    let unpacked = 0;
    const counter = new Transform({
      transform(chunk: Uint8Array, _encoding, done) {
        unpacked += chunk.byteLength;
        onBytes(unpacked);
        done(null, chunk);
      },
    });
    await pipeline(content, counter, createWriteStream(target, { flags: 'wx' }), { ...(signal && { signal }) });
    return true;
  } finally {
    zip.close();
  }
}

async function findEntry(zip: ZipFile, name: string): Promise<Entry | null> {
  for await (const entry of zip.eachEntry()) if (entry.fileName === name) return entry;
  return null;
}
