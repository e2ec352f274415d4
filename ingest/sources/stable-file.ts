/**
 * Reads files that others may be writing, replacing or laying as traps meanwhile: only regular files within the size limit
 * are read, never more of them than their size when they were opened, and a result taken while the file changed is refused. Paths
 * are absolute, with all links resolved.
 */
import { createHash } from 'node:crypto';
import { type BigIntStats, constants } from 'node:fs';
import { type FileHandle, open, readlink, stat } from 'node:fs/promises';
import { PerseaError } from '../../src/core/errors.ts';
import type { KnownHashes } from './known-hashes.ts';

export interface FileFacts {
  /** SHA-256 of its bytes. */
  readonly contentHash: string;
  readonly sizeBytes: number;
  /** Milliseconds since the epoch. */
  readonly modifiedAt: number;
}

/**
 * Without waiting for the writer of a FIFO, and without following a link: paths are resolved before, and what has become a
 * link since then leads somewhere that nobody has checked. Windows has neither flag.
 */
const openFlags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0);
const pieceBytes = 256 * 1024;

/** Throws `not-a-regular-file`, `file-too-large`, `file-unreadable`. */
export async function fingerprintFile(
  path: string,
  uri: string,
  maxFileBytes: number,
  known?: KnownHashes,
): Promise<FileFacts> {
  const place = await stat(path, { bigint: true });
  const knownHash = place.isFile() ? known?.find(path, place) : undefined;
  if (knownHash !== undefined) return factsOf(place, knownHash);
  const startedAt = Date.now();
  return withStableFile(path, uri, maxFileBytes, async (handle, stats) => {
    const hash = createHash('sha256');
    const size = Number(stats.size);
    const buffer = Buffer.allocUnsafe(Math.min(size, pieceBytes));
    for (let position = 0; position < size; ) {
      const { bytesRead } = await handle.read(buffer, 0, Math.min(buffer.length, size - position), position);
      if (bytesRead === 0) break;
      hash.update(buffer.subarray(0, bytesRead));
      position += bytesRead;
    }
    const contentHash = hash.digest('hex');
    known?.remember(path, stats, contentHash, startedAt);
    return factsOf(stats, contentHash);
  });
}

/** Bytes and hash of one file, taken together, so that what is parsed is what was hashed. Throws as above. */
export async function readSourceBytes(
  path: string,
  uri: string,
  maxFileBytes: number,
): Promise<{ readonly bytes: Uint8Array; readonly contentHash: string }> {
  return withStableFile(path, uri, maxFileBytes, async (handle, stats) => {
    const bytes = Buffer.allocUnsafe(Number(stats.size));
    let length = 0;
    while (length < bytes.length) {
      const { bytesRead } = await handle.read(bytes, length, bytes.length - length, length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    const read = bytes.subarray(0, length);
    return { bytes: read, contentHash: createHash('sha256').update(read).digest('hex') };
  });
}

async function withStableFile<T>(
  path: string,
  uri: string,
  maxFileBytes: number,
  read: (handle: FileHandle, stats: BigIntStats) => Promise<T>,
): Promise<T> {
  // Looked at before it is opened: opening a device may already do something.
  if (!(await stat(path)).isFile()) throw notRegular(uri);
  const handle = await open(path, openFlags);
  try {
    const before = await handle.stat({ bigint: true });
    if (!before.isFile()) throw notRegular(uri);
    if (await isElsewhere(handle, path)) {
      throw new PerseaError('file-unreadable', `${uri} has come to lead elsewhere; run the ingest again.`);
    }
    if (before.size > maxFileBytes) {
      throw new PerseaError(
        'file-too-large',
        `${uri} has ${before.size} bytes; the limit is ${maxFileBytes}. Split it or raise limits.fileBytes.`,
        { details: { bytes: Number(before.size), limit: maxFileBytes } },
      );
    }
    const result = await read(handle, before);
    const after = await handle.stat({ bigint: true });
    if (after.size !== before.size || after.mtimeNs !== before.mtimeNs) {
      throw new PerseaError('file-unreadable', `${uri} changed while it was read; run the ingest again.`);
    }
    return result;
  } finally {
    await handle.close();
  }
}

/**
 * A folder above the file may have become a link after the path was resolved, to files of other rights: what counts is what was opened.
 * Only Linux tells.
 */
async function isElsewhere(handle: FileHandle, path: string): Promise<boolean> {
  const opened = await readlink(`/proc/self/fd/${handle.fd}`).catch(() => path);
  return opened !== path && opened !== `${path} (deleted)`;
}

function factsOf(stats: BigIntStats, contentHash: string): FileFacts {
  return { contentHash, sizeBytes: Number(stats.size), modifiedAt: Number(stats.mtimeMs) };
}

function notRegular(uri: string): PerseaError {
  return new PerseaError('not-a-regular-file', `${uri} is a FIFO, socket or device and was not opened.`);
}
