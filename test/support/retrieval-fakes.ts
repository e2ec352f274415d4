/** A store and a catalogue for tests of the retrieval, which say exactly what they are told to say, right or wrong. */
import { type AccessLabel, canonicalLabel, labelId } from '../../src/access/label.ts';
import type { CatalogReader, DocumentRecord } from '../../src/catalog/catalog.ts';
import type { Passage, StoredChunk } from '../../src/core/chunk.ts';
import { chunkId } from '../../src/core/ids.ts';
import type { ChunkStore, ScoredChunk } from '../../src/store/chunk-store.ts';

export const staffLabel = canonicalLabel({ anyOf: ['staff'] });
export const hrLabel = canonicalLabel({ anyOf: ['hr'] });

export function storedChunk(
  documentId: string,
  ordinal: number,
  text: string,
  facts: { readonly revision?: number; readonly label?: AccessLabel; readonly start?: number } = {},
): StoredChunk {
  const revision = facts.revision ?? 1;
  const start = facts.start ?? ordinal * 1000;
  return {
    ordinal,
    start,
    end: start + text.length,
    text,
    indexText: text,
    headingPath: [],
    page: null,
    tokens: 1,
    chunkId: chunkId(documentId, revision, ordinal),
    documentId,
    revision,
    labelId: labelId(facts.label ?? staffLabel),
  };
}

export function documentRecord(documentId: string, facts: Partial<DocumentRecord> = {}): DocumentRecord {
  const label = facts.label ?? staffLabel;
  return {
    documentId,
    uri: `handbook/${documentId}.md`,
    source: 'handbook',
    title: documentId,
    mediaType: 'text/markdown',
    contentHash: '',
    revision: 1,
    label,
    labelId: labelId(label),
    isLabelOverridden: false,
    ownLabel: null,
    chunkCount: 1,
    tokenCount: 1,
    isEmbedded: true,
    pageCount: null,
    properties: {},
    warnings: [],
    modifiedAt: null,
    createdAt: 0,
    updatedAt: 0,
    ...facts,
  };
}

export function passage(chunk: StoredChunk, facts: Partial<Passage> = {}): Passage {
  return {
    chunk,
    uri: `handbook/${chunk.documentId}.md`,
    title: chunk.documentId,
    classification: 'internal',
    date: null,
    score: 1,
    parts: [],
    ...facts,
  };
}

export interface FakeSearchStore extends Pick<ChunkStore, 'vectorSearch' | 'keywordSearch' | 'chunksById'> {
  readonly limits: readonly number[];
}

/** Returns the given rows whatever the scope is: what a store that is behind the catalogue, or broken, would do. */
export function fakeSearchStore(rows: {
  readonly vector?: readonly ScoredChunk[];
  readonly keyword?: readonly ScoredChunk[];
  readonly byId?: readonly (StoredChunk & { readonly vector: Float32Array | null })[];
}): FakeSearchStore {
  const limits: number[] = [];
  const best = (found: readonly ScoredChunk[] | undefined, limit: number) => {
    limits.push(limit);
    return [...(found ?? [])].sort((a, b) => b.score - a.score).slice(0, limit);
  };
  return {
    limits,
    vectorSearch: async (_scope, _vector, { limit }) => best(rows.vector, limit),
    keywordSearch: async (_scope, _query, { limit }) => best(rows.keyword, limit),
    chunksById: async (_scope, ids) => (rows.byId ?? []).filter((chunk) => ids.includes(chunk.chunkId)),
  };
}

/** Returns the given records whatever the scope is, so that the tests see the retrieval's own check. */
export function fakeCatalog(
  records: readonly DocumentRecord[],
): Pick<CatalogReader, 'documentsById' | 'documentIds' | 'version'> {
  return {
    version: async () => 1,
    documentIds: async () => records.map((record) => record.documentId),
    documentsById: async (_scope, ids) =>
      new Map(records.filter((record) => ids.includes(record.documentId)).map((record) => [record.documentId, record])),
  };
}
