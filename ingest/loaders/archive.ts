/**
 * Zip files that documents are: the directory is read before anything is unpacked, and what is unpacked is counted.
 * Nothing of an archive ever becomes a file, so a name in it is only a name.
 */
import { inflateRawSync } from 'node:zlib';
import { type Entry, fromBufferPromise, type ZipFile } from 'yauzl';
import { PerseaError } from '../../src/core/errors.ts';
import type { LoaderLimits } from './loader.ts';

export interface ArchiveEntry {
  readonly name: string;
  readonly packedBytes: number;
  readonly unpackedBytes: number;
  readonly isEncrypted: boolean;
}

/** Below this an archive is harmless whatever its ratio: small documents of repeated markup pack well. */
const freeBytes = 16 * 1024 * 1024;
/** All that is read of one archive; more would not fit beside its tree into the memory of a parser. */
const maxReadBytes = 512 * 1024 * 1024;
const localHeaderBytes = 30;
const stored = 0;
const deflated = 8;

export function isZip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && bytes[1] === 0x4b && (bytes[2] === 0x03 || bytes[2] === 0x05);
}

/**
 * Entries of a zip-based document. Throws `document-damaged`, or `archive-unsafe` where there are too many, where they would
 * unpack to too much, lie in each other, or have names that lead out of the archive.
 */
export async function readArchive(
  bytes: Uint8Array,
  fileName: string,
  limits: LoaderLimits,
): Promise<readonly ArchiveEntry[]> {
  const { entries } = await listEntries(bytes, fileName, limits);
  return entries.map((entry) => ({
    name: entry.fileName,
    packedBytes: entry.compressedSize,
    unpackedBytes: entry.uncompressedSize,
    isEncrypted: entry.isEncrypted(),
  }));
}

/** The entries of an archive, unpacked one by one. */
export interface OpenArchive {
  readonly names: ReadonlySet<string>;
  /** Null where there is no such entry. Throws `archive-unsafe` where an entry or all read so far unpack to too much. */
  read(name: string): Promise<Uint8Array | null>;
  readText(name: string): Promise<string | null>;
}

/** Throws what `readArchive` throws. */
export async function openArchive(bytes: Uint8Array, fileName: string, limits: LoaderLimits): Promise<OpenArchive> {
  const { zip, buffer, entries } = await listEntries(bytes, fileName, limits);
  const byName = new Map<string, Entry>();
  for (const entry of entries) if (!byName.has(entry.fileName)) byName.set(entry.fileName, entry);
  const budget = Math.min(maxReadBytes, Math.max(freeBytes, bytes.length * limits.archiveRatio));
  let unpacked = 0;
  function unpack(entry: Entry, start: number): Uint8Array {
    // The directory may lie about sizes, so no more is let out than it says, and never more than is left.
    const most = Math.min(entry.uncompressedSize, budget - unpacked);
    if (most < entry.uncompressedSize) throw unsafe(fileName, `it unpacks to more than ${budget} bytes`);
    unpacked += most;
    const packed = buffer.subarray(start, start + entry.compressedSize);
    if (entry.compressionMethod === stored) return packed.subarray(0, most);
    if (entry.compressionMethod !== deflated)
      throw damaged(fileName, `its entry ${entry.fileName} is packed unusually`);
    // A bound of 0 would mean none.
    const content = inflateRawSync(packed, { maxOutputLength: Math.max(1, most) });
    if (content.length !== most) throw damaged(fileName, `its entry ${entry.fileName} has another size than is said`);
    return content;
  }
  const read = async (name: string): Promise<Uint8Array | null> => {
    const entry = byName.get(name);
    if (entry === undefined) return null;
    try {
      const { fileDataStart } = await zip.readLocalFileHeaderPromise(entry, { minimal: true });
      return unpack(entry, fileDataStart);
    } catch (thrown) {
      if (thrown instanceof PerseaError) throw thrown;
      throw damaged(fileName, `its entry ${name} cannot be unpacked`, thrown);
    }
  };
  return {
    names: new Set(byName.keys()),
    read,
    async readText(name) {
      const content = await read(name);
      return content === null ? null : decodeXml(content);
    },
  };
}

interface Listing {
  readonly zip: ZipFile;
  readonly buffer: Buffer;
  readonly entries: readonly Entry[];
}

async function listEntries(bytes: Uint8Array, fileName: string, limits: LoaderLimits): Promise<Listing> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries: Entry[] = [];
  try {
    const zip = await fromBufferPromise(buffer, { lazyEntries: true, strictFileNames: false });
    if (zip.entryCount > limits.archiveEntries) {
      throw unsafe(fileName, `it has ${zip.entryCount} entries, over the limit of ${limits.archiveEntries}`);
    }
    for await (const entry of zip.eachEntry()) entries.push(entry);
    const total = entries.reduce((sum, entry) => sum + entry.uncompressedSize, 0);
    if (total > freeBytes && total > bytes.length * limits.archiveRatio) {
      throw unsafe(fileName, `it would unpack to ${total} bytes, over ${limits.archiveRatio} times its size`);
    }
    if (overlap(entries)) throw unsafe(fileName, 'entries lie in each other');
    return { zip, buffer, entries };
  } catch (thrown) {
    if (thrown instanceof PerseaError) throw thrown;
    // No program writes such names, so nothing readable is lost.
    const leaves = thrown instanceof Error && /relative path|absolute path|characters in fileName/.test(thrown.message);
    throw leaves
      ? unsafe(fileName, 'a name in it leads out of the archive')
      : damaged(fileName, 'its zip directory is missing or broken', thrown);
  }
}

/** One piece of packed bytes that many entries name is how a small file unpacks to a huge one. */
function overlap(entries: readonly Entry[]): boolean {
  const ranges = entries
    .map(({ relativeOffsetOfLocalHeader: start, compressedSize }) => ({
      start,
      end: start + localHeaderBytes + compressedSize,
    }))
    .sort((a, b) => a.start - b.start);
  return ranges.some(({ start }, index) => start < (ranges[index - 1]?.end ?? 0));
}

/** Parts are UTF-8, or UTF-16 with a byte order mark. */
function decodeXml(bytes: Uint8Array): string {
  const isLittle = bytes[0] === 0xff && bytes[1] === 0xfe;
  const isBig = bytes[0] === 0xfe && bytes[1] === 0xff;
  return new TextDecoder(isLittle ? 'utf-16le' : isBig ? 'utf-16be' : 'utf-8').decode(bytes);
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
