/** Size and SHA-256 of a file against the manifest. Read in pieces, so that the event loop stays free. */
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { PerseaError } from '../core/errors.ts';
import type { ModelFile } from './manifest.ts';

/** What a file must be. */
export interface ExpectedFile extends Pick<ModelFile, 'path' | 'sha256'> {
  /** Any number when absent. */
  readonly bytes?: number;
}

/** One piece is hashed in under a millisecond. */
const pieceBytes = 1024 * 1024;

export type FileState =
  | { readonly state: 'verified' }
  | { readonly state: 'absent' }
  | { readonly state: 'mismatch'; readonly bytes: number; readonly sha256: string };

/** Hashes the whole file; a file of another size is hashed too, so that the message can name both hashes. */
export async function checkFile(path: string, expected: ExpectedFile, signal?: AbortSignal): Promise<FileState> {
  const opened = await open(path, 'r').catch((thrown: unknown) => {
    if (thrown instanceof Error && 'code' in thrown && (thrown.code === 'ENOENT' || thrown.code === 'ENOTDIR'))
      return null;
    throw thrown;
  });
  if (opened === null) return { state: 'absent' };
  await using handle = opened;
  const hash = createHash('sha256');
  const piece = new Uint8Array(pieceBytes);
  let bytes = 0;
  for (;;) {
    signal?.throwIfAborted();
    const { bytesRead } = await handle.read(piece, 0, pieceBytes);
    if (bytesRead === 0) break;
    hash.update(piece.subarray(0, bytesRead));
    bytes += bytesRead;
  }
  const sha256 = hash.digest('hex');
  const isAsLong = expected.bytes === undefined || bytes === expected.bytes;
  if (isAsLong && sha256 === expected.sha256) return { state: 'verified' };
  return { state: 'mismatch', bytes, sha256 };
}

/** Names both sizes and both hashes. */
export function mismatchError(
  place: string,
  expected: ExpectedFile,
  found: { readonly bytes: number; readonly sha256: string },
): PerseaError {
  const message =
    `The model file ${expected.path} from ${place} is refused: ` +
    `expected ${expected.bytes === undefined ? '' : `${expected.bytes} bytes with `}SHA-256 ${expected.sha256}, ` +
    `found ${found.bytes} bytes with SHA-256 ${found.sha256}.`;
  const details = {
    file: expected.path,
    ...(expected.bytes === undefined ? {} : { expectedBytes: expected.bytes }),
    expectedSha256: expected.sha256,
    foundBytes: found.bytes,
    foundSha256: found.sha256,
  };
  return new PerseaError('model-hash-mismatch', message, { details });
}

/** Throws `model-hash-mismatch` or `model-unavailable`. */
export async function requireVerified(path: string, expected: ExpectedFile, signal?: AbortSignal): Promise<void> {
  const found = await checkFile(path, expected, signal);
  if (found.state === 'verified') return;
  if (found.state === 'mismatch') throw mismatchError(path, expected, found);
  throw new PerseaError('model-unavailable', `The model file ${path} does not exist; run \`persea models pull\`.`);
}
