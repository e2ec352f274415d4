import { createHash, randomBytes } from 'node:crypto';

/** SHA-256 as lower-case hex, without a prefix. */
export function sha256Hex(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

/** A new opaque id such as `doc_5f0c…`: 128 random bits, so that ids can neither be guessed nor counted. */
export function randomId(prefix: string): string {
  return `${prefix}_${randomBytes(16).toString('hex')}`;
}

/** Deterministic, so that writing the chunks of one revision again replaces them instead of adding copies. */
export function chunkId(documentId: string, revision: number, ordinal: number): string {
  return `${documentId}#${revision}#${ordinal}`;
}

/** What `chunkId` was made of. */
export function partsOfChunkId(id: string): {
  readonly documentId: string;
  readonly revision: number;
  readonly ordinal: number;
} {
  const ordinalAt = id.lastIndexOf('#');
  const revisionAt = id.lastIndexOf('#', ordinalAt - 1);
  return {
    documentId: id.slice(0, revisionAt),
    revision: Number(id.slice(revisionAt + 1, ordinalAt)),
    ordinal: Number(id.slice(ordinalAt + 1)),
  };
}
