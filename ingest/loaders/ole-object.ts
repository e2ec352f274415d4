/** What an embedded object holds, where it is a file: the old container of Windows around a document or any other file. */
import { read } from 'cfb';

export interface EmbeddedFile {
  /** As it was called where it was embedded; null where the container does not tell. */
  readonly name: string | null;
  readonly bytes: Uint8Array;
}

const containerMagic = Buffer.from('d0cf11e0a1b11ae1', 'hex');
/** PDF, and zip-based documents. */
const fileMagics = [Buffer.from('%PDF-'), Buffer.from('504b0304', 'hex')];

/** Null for objects that only a program of its own can show, and for what is broken. */
export function embeddedFile(bytes: Uint8Array): EmbeddedFile | null {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!buffer.subarray(0, containerMagic.length).equals(containerMagic)) return null;
  const streams = streamsOf(buffer);
  const packaged = streams.get('\u0001Ole10Native');
  if (packaged !== undefined) return packagedFile(Buffer.from(packaged));
  const document = streams.get('Package') ?? streams.get('CONTENTS');
  return document !== undefined && fileMagics.some((magic) => magic.equals(document.subarray(0, magic.length)))
    ? { name: null, bytes: document }
    : null;
}

function streamsOf(container: Buffer): ReadonlyMap<string, Uint8Array> {
  const streams = new Map<string, Uint8Array>();
  try {
    for (const { name, content } of read(container, { type: 'buffer' }).FileIndex) {
      // Folders have no content.
      if (content?.length > 0) streams.set(name, Uint8Array.from(content));
    }
  } catch {
    // A broken container holds nothing that could be read.
  }
  return streams;
}

/** A file that was dropped into a document: sizes, its label, two paths, and its bytes. */
function packagedFile(stream: Buffer): EmbeddedFile | null {
  const labelAt = 6;
  const labelEnd = stream.indexOf(0, labelAt);
  const pathEnd = labelEnd === -1 ? -1 : stream.indexOf(0, labelEnd + 1);
  // Two numbers and the length of the second path stand between the paths.
  const lengthAt = pathEnd + 1 + 4;
  if (pathEnd === -1 || lengthAt + 4 > stream.length) return null;
  const sizeAt = lengthAt + 4 + stream.readUInt32LE(lengthAt);
  if (sizeAt + 4 > stream.length) return null;
  const bytes = stream.subarray(sizeAt + 4, sizeAt + 4 + stream.readUInt32LE(sizeAt));
  const label = stream.toString('latin1', labelAt, labelEnd).split(/[\\/]/).at(-1) ?? '';
  return bytes.length === 0 ? null : { name: label === '' ? null : label, bytes };
}
