/**
 * Chunks with their vectors and words. Every read demands a scope, which becomes part of the query itself; every row that
 * comes back is re-checked against it. Readers still have to drop rows whose revision or label is not the catalogue's
 * current one: the store may be behind it.
 */
import type { AccessLabel } from '../access/label.ts';
import type { AccessScope } from '../access/scope.ts';
import type { Chunk, StoredChunk } from '../core/chunk.ts';

export interface ScoredChunk {
  readonly chunk: StoredChunk;
  /** Cosine similarity for vector search, BM25 for keyword search; higher is better. */
  readonly score: number;
}

export interface SearchOptions {
  readonly limit: number;
}

/** One revision of a document, ready to be written. Each chunk has a vector, or none has (keyword-only). */
export interface ChunkBatch {
  readonly documentId: string;
  readonly revision: number;
  readonly label: AccessLabel;
  readonly chunks: readonly Chunk[];
  readonly vectors: readonly Float32Array[] | null;
}

export interface ChunkStore {
  /** Best first. Returns min(limit, visible rows with a vector) rows, always. */
  vectorSearch(scope: AccessScope, vector: Float32Array, options: SearchOptions): Promise<readonly ScoredChunk[]>;
  /** Best first. Any text is a valid query; operators of the engine's query language are plain words. */
  keywordSearch(scope: AccessScope, query: string, options: SearchOptions): Promise<readonly ScoredChunk[]>;
  /** Visible ones among these ids, with vectors where there are any, in no particular order. */
  chunksById(
    scope: AccessScope,
    chunkIds: readonly string[],
  ): Promise<readonly (StoredChunk & { readonly vector: Float32Array | null })[]>;
  countChunks(scope: AccessScope, documentId?: string): Promise<number>;

  /** Replay-safe: the ids are deterministic, so a second write of the same revision replaces the first. Several documents make one commit. */
  writeChunks(batches: readonly ChunkBatch[]): Promise<void>;
  /** Deletes the chunks of all revisions before this one, of each document. */
  deleteRevisionsBefore(
    revisions: readonly { readonly documentId: string; readonly revision: number }[],
  ): Promise<void>;
  deleteRevision(documentId: string, revision: number): Promise<void>;
  deleteDocuments(documentIds: readonly string[]): Promise<void>;
  relabelDocuments(documentIds: readonly string[], label: AccessLabel): Promise<void>;

  /** All chunks go, of whichever document: what is derived next starts from nothing. */
  clear(): Promise<void>;

  /** Compacts, brings indexes up to date and makes missing ones. Called by maintenance, never during a write. */
  optimize(): Promise<void>;
  /** Frees the bytes of deleted rows, and drops the tables of former embedding models. */
  prune(): Promise<void>;
  /** What was embedded of each row, a batch at a time; only for the system. */
  indexTexts(scope: AccessScope): AsyncIterable<readonly string[]>;
  /** Facts for `doctor`; only for the system. */
  describe(scope: AccessScope): Promise<StoreDescription>;
  close(): Promise<void>;
}

export interface StoreDescription {
  readonly table: string;
  readonly rows: number;
  readonly indexes: readonly { readonly name: string; readonly kind: string; readonly unindexedRows: number }[];
}
