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
  /** Absent or null where the chunk is not embedded, or was not read with its vector. */
  readonly vector?: Float32Array | null;
}

/** Narrows a search beside its scope, never beyond it: to these documents, or to all but these. */
export type DocumentSelection =
  | { readonly only: readonly string[]; readonly without?: never }
  | { readonly without: readonly string[]; readonly only?: never };

/**
 * any: at least one of the words; all: every word; german: as any, read as German, whose compounds are taken apart; similar: words that
 * one or two typing errors part from one of them.
 */
export type KeywordMatching = 'any' | 'all' | 'german' | 'similar';

export interface SearchOptions {
  readonly limit: number;
  /** Part of the query like the scope; all documents when absent. */
  readonly documents?: DocumentSelection;
}

/** One revision of a document, ready to be written. Each chunk has a vector, or none has (keyword-only). */
export interface ChunkBatch {
  readonly documentId: string;
  readonly revision: number;
  readonly label: AccessLabel;
  readonly chunks: readonly Chunk[];
  readonly vectors: readonly Float32Array[] | null;
}

export interface KeywordSearchOptions extends SearchOptions {
  /** `any` when absent. */
  readonly matching?: KeywordMatching;
}

export interface ChunkStore {
  /** Best first. Returns min(limit, visible rows with a vector, of the selected documents) rows, always. */
  vectorSearch(scope: AccessScope, vector: Float32Array, options: SearchOptions): Promise<readonly ScoredChunk[]>;
  /** Best first. Any text is a valid query; operators of the engine's query language are plain words. */
  keywordSearch(scope: AccessScope, query: string, options: KeywordSearchOptions): Promise<readonly ScoredChunk[]>;
  /** Visible ones among these ids, with vectors where there are any, in no particular order. */
  chunksById(
    scope: AccessScope,
    chunkIds: readonly string[],
  ): Promise<readonly (StoredChunk & { readonly vector: Float32Array | null })[]>;
  countChunks(scope: AccessScope, documentId?: string): Promise<number>;

  /**
   * Replay-safe: the ids are deterministic, so a second write of the same revision replaces the first. Several documents make
   * one commit. Whoever knows that no row of these revisions can be there yet says `isFirst`: looking for them costs a scan of
   * all rows that no index knows.
   */
  writeChunks(batches: readonly ChunkBatch[], options?: { readonly isFirst?: boolean }): Promise<void>;
  /** Deletes the chunks of all revisions before this one, of each document. */
  deleteRevisionsBefore(
    revisions: readonly { readonly documentId: string; readonly revision: number }[],
  ): Promise<void>;
  deleteRevision(documentId: string, revision: number): Promise<void>;
  deleteDocuments(documentIds: readonly string[]): Promise<void>;
  relabelDocuments(documentIds: readonly string[], label: AccessLabel): Promise<void>;

  /** All chunks go, of whichever document: what is derived next starts from nothing. */
  clear(): Promise<void>;

  /**
   * Where it is due: compacts, brings indexes up to date, makes missing ones and lets old versions go. `onlyOverdue` leaves to
   * the next ingest what merely makes searches a little slower.
   */
  optimize(options?: { readonly onlyOverdue?: boolean }): Promise<void>;
  /** Frees the bytes of deleted rows, and drops the tables of former embedding models. */
  prune(): Promise<void>;
  /**
   * Reads what searches will read, where all of it can be remembered; only for the system, as is what follows. `prepare` is given each
   * chunk as it will be found, to keep by it what others make of one.
   */
  readAhead(scope: AccessScope, prepare?: (chunk: StoredChunk) => void): Promise<void>;
  /** What was embedded of each row, a batch at a time. */
  indexTexts(scope: AccessScope): AsyncIterable<readonly string[]>;
  /** Facts for `doctor`. */
  describe(scope: AccessScope): Promise<StoreDescription>;
  /** Reads all rows. */
  inspectRows(scope: AccessScope): Promise<StoreRows>;
  close(): Promise<void>;
}

export interface StoreDescription {
  readonly table: string;
  readonly rows: number;
  readonly indexes: readonly IndexDescription[];
  /** On disk, with former versions and leftovers. */
  readonly bytes: number;
  /** Of these, what the present version needs. */
  readonly neededBytes: number;
  readonly versions: number;
  /** Of former embedding models, or left by a repair. */
  readonly otherTables: number;
  /** Indexes that are not there although the rows ask for them, by column. */
  readonly missingIndexes: readonly string[];
}

export interface IndexDescription {
  readonly name: string;
  readonly kind: string;
  readonly unindexedRows: number;
}

export interface StoreRows {
  readonly documents: readonly DocumentRows[];
  /** By how many rows the index of labels differs from the labels in the rows. */
  readonly misindexedRows: number;
}

/** Rows of one document that share revision and label: in a whole index there is one of these a document. */
export interface DocumentRows {
  readonly documentId: string;
  readonly revision: number;
  readonly labelId: string;
  readonly rows: number;
  /** Of these, how many have a vector. */
  readonly embeddedRows: number;
}
