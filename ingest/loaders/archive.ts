/**
 * Zip files that documents are: the central directory is read before anything is unpacked, and what is unpacked is counted.
 * Nothing of an archive ever becomes a file, so a name in it is only a name.
 */
import { fromBufferPromise, type ZipFile } from 'yauzl';
import { PerseaError } from '../../src/core/errors.ts';
import type { LoaderLimits } from './loader.ts';

export interface ArchiveEntry {
  readonly name: string;
  readonly packedBytes: number;
  readonly unpackedBytes: number;
  readonly isEncrypted: boolean;
}

const endSignature = 0x06054b50;
const entrySignature = 0x02014b50;
const endBytes = 22;
const maxCommentBytes = 65_535;
const entryBytes = 46;
/** Below this an archive is harmless whatever its ratio: small documents of repeated markup pack well. */
const freeBytes = 16 * 1024 * 1024;

export function isZip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && bytes[1] === 0x4b && (bytes[2] === 0x03 || bytes[2] === 0x05);
}

/** Entries of a zip-based document; refuses one that is damaged, has too many entries or would unpack to too much. */
export function readArchive(bytes: Uint8Array, fileName: string, limits: LoaderLimits): readonly ArchiveEntry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = findEnd(view);
  if (end === null) throw damaged(fileName, 'its zip directory is missing');
  const count = view.getUint16(end + 10, true);
  const size = view.getUint32(end + 12, true);
  const offset = view.getUint32(end + 16, true);
  // The 64-bit form is for archives far over any limit of ours.
  if (count === 0xffff || size === 0xffffffff || offset === 0xffffffff)
    throw unsafe(fileName, 'it is a 64-bit zip archive');
  if (count > limits.archiveEntries)
    throw unsafe(fileName, `it has ${count} entries, over the limit of ${limits.archiveEntries}`);
  const entries: ArchiveEntry[] = [];
  let position = offset;
  let unpacked = 0;
  for (let index = 0; index < count; index++) {
    if (position + entryBytes > end || view.getUint32(position, true) !== entrySignature) {
      throw damaged(fileName, 'its zip directory is broken');
    }
    const nameBytes = view.getUint16(position + 28, true);
    const entry: ArchiveEntry = {
      name: new TextDecoder().decode(bytes.subarray(position + entryBytes, position + entryBytes + nameBytes)),
      packedBytes: view.getUint32(position + 20, true),
      unpackedBytes: view.getUint32(position + 24, true),
      isEncrypted: (view.getUint16(position + 8, true) & 1) === 1,
    };
    unpacked += entry.unpackedBytes;
    entries.push(entry);
    position += entryBytes + nameBytes + view.getUint16(position + 30, true) + view.getUint16(position + 32, true);
  }
  if (unpacked > freeBytes && unpacked > bytes.length * limits.archiveRatio) {
    throw unsafe(fileName, `it would unpack to ${unpacked} bytes, over ${limits.archiveRatio} times its size`);
  }
  return entries;
}

/** The entries of an archive that was looked over by `readArchive`, unpacked one by one. */
export interface OpenArchive {
  readonly names: ReadonlySet<string>;
  /** Null where there is no such entry. Throws `archive-unsafe` where an entry or all read so far unpack to too much. */
  read(name: string): Promise<Uint8Array | null>;
  readText(name: string): Promise<string | null>;
}

export async function openArchive(bytes: Uint8Array, fileName: string, limits: LoaderLimits): Promise<OpenArchive> {
  readArchive(bytes, fileName, limits);
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { zip, entries } = await listEntries(buffer, fileName);
  // The directory may lie about sizes, so what really comes out is counted against the same bound.
  const budget = Math.max(freeBytes, bytes.length * limits.archiveRatio);
  let unpacked = 0;
  const read = async (name: string): Promise<Uint8Array | null> => {
    const entry = entries.get(name);
    if (entry === undefined) return null;
    const pieces: Buffer[] = [];
    try {
      for await (const piece of await zip.openReadStreamPromise(entry)) {
        unpacked += (piece as Buffer).length;
        if (unpacked > budget) throw unsafe(fileName, `it unpacks to more than ${budget} bytes`);
        pieces.push(piece as Buffer);
      }
    } catch (thrown) {
      if (thrown instanceof PerseaError) throw thrown;
      throw damaged(fileName, `its entry ${name} cannot be unpacked`, thrown);
    }
    return Buffer.concat(pieces);
  };
  return {
    names: new Set(entries.keys()),
    read,
    async readText(name) {
      const content = await read(name);
      return content === null ? null : decodeXml(content);
    },
  };
}

type ZipEntry = Parameters<ZipFile['openReadStreamPromise']>[0];

async function listEntries(buffer: Buffer, fileName: string) {
  try {
    const zip = await fromBufferPromise(buffer, {
      lazyEntries: true,
      validateEntrySizes: true,
      strictFileNames: false,
    });
    const entries = new Map<string, ZipEntry>();
    for await (const entry of zip.eachEntry()) if (!entries.has(entry.fileName)) entries.set(entry.fileName, entry);
    return { zip, entries };
  } catch (thrown) {
    // No program writes such names, so nothing readable is lost.
    const leaves = thrown instanceof Error && /relative path|absolute path|characters in fileName/.test(thrown.message);
    throw leaves
      ? unsafe(fileName, 'a name in it leads out of the archive')
      : damaged(fileName, 'its zip directory is broken', thrown);
  }
}

/** Parts are UTF-8, or UTF-16 with a byte order mark. */
function decodeXml(bytes: Uint8Array): string {
  const isLittle = bytes[0] === 0xff && bytes[1] === 0xfe;
  const isBig = bytes[0] === 0xfe && bytes[1] === 0xff;
  return new TextDecoder(isLittle ? 'utf-16le' : isBig ? 'utf-16be' : 'utf-8').decode(bytes);
}

function findEnd(view: DataView): number | null {
  const first = Math.max(0, view.byteLength - endBytes - maxCommentBytes);
  for (let position = view.byteLength - endBytes; position >= first; position--) {
    if (view.getUint32(position, true) === endSignature) return position;
  }
  return null;
}

function damaged(fileName: string, found: string, cause?: unknown): PerseaError {
  return new PerseaError('document-damaged', `Opened ${fileName} as a zip-based document: ${found}. Save it anew.`, {
    cause,
  });
}

function unsafe(fileName: string, found: string): PerseaError {
  return new PerseaError(
    'archive-unsafe',
    `Opened ${fileName} as a zip-based document: ${found}. It was not unpacked.`,
  );
}
