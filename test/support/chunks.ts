/** Small chunks, vectors and scopes for tests of the store and what stands on it. */
import type { AccessLabel } from '../../src/access/label.ts';
import { type AccessScope, scopeOf } from '../../src/access/scope.ts';
import type { Chunk } from '../../src/core/chunk.ts';
import type { ChunkBatch } from '../../src/store/chunk-store.ts';

export function chunkOf(ordinal: number, text: string, fields: Partial<Chunk> = {}): Chunk {
  return {
    ordinal,
    start: ordinal * 1_000,
    end: ordinal * 1_000 + text.length,
    text,
    indexText: text,
    headingPath: [],
    page: null,
    tokens: 10,
    ...fields,
  };
}

/** The fourth chunk of a document, on a page, under headings with all that JSON and SQL could stumble over. */
export function headedChunk(text: string): Chunk {
  return chunkOf(3, text, {
    start: 7,
    end: 7 + text.length,
    indexText: `Pay > "Grades"\n${text}`,
    headingPath: ['Pay', '"Grades", A\\B', '\u2028'],
    page: 12,
    tokens: 9,
  });
}

/** A unit vector in the plane of the first two dimensions, so that cosines are those of the angles' differences. */
export function vectorAt(degrees: number, dimensions = 8): Float32Array {
  const vector = new Float32Array(dimensions);
  vector[0] = Math.cos((degrees * Math.PI) / 180);
  vector[1] = Math.sin((degrees * Math.PI) / 180);
  return vector;
}

/** One revision whose chunks have these texts; the first chunk's vector is at `degrees`, each next one a degree further. */
export function batchOf(
  documentId: string,
  revision: number,
  label: AccessLabel,
  texts: readonly string[],
  degrees: number | null = 0,
): ChunkBatch {
  return {
    documentId,
    revision,
    label,
    chunks: texts.map((text, ordinal) => chunkOf(ordinal, text)),
    vectors: degrees === null ? null : texts.map((_, ordinal) => vectorAt(degrees + ordinal)),
  };
}

export function scopeHolding(tags: readonly string[], labels: Iterable<AccessLabel>): AccessScope {
  return scopeOf({ id: 'someone', groups: [], roles: ['employee'], heldTags: new Set(tags) }, labels);
}
