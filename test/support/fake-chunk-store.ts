/** The chunk store as a plain map: for tests of what stands on it, and to hold the contract against a second implementation. */
import { type AccessLabel, labelId } from '../../src/access/label.ts';
import { type AccessScope, assertGenuineScope, assertSystemScope } from '../../src/access/scope.ts';
import type { StoredChunk } from '../../src/core/chunk.ts';
import { PerseaError } from '../../src/core/errors.ts';
import { chunkId } from '../../src/core/ids.ts';
import { contentWords } from '../../src/core/words.ts';
import type {
  ChunkBatch,
  ChunkStore,
  DocumentRows,
  DocumentSelection,
  KeywordSearchOptions,
  ScoredChunk,
  SearchOptions,
  StoreDescription,
  StoreRows,
} from '../../src/store/chunk-store.ts';

type Row = StoredChunk & { readonly vector: Float32Array | null };

export class FakeChunkStore implements ChunkStore {
  readonly #dimensions: number | null;
  readonly #rows = new Map<string, Row>();

  constructor(options: { readonly dimensions: number | null }) {
    this.#dimensions = options.dimensions;
  }

  async vectorSearch(
    scope: AccessScope,
    vector: Float32Array,
    options: SearchOptions,
  ): Promise<readonly ScoredChunk[]> {
    const rows = this.#visible(scope, options.documents);
    if (this.#dimensions === null) return [];
    if (!isUsable(vector, this.#dimensions)) throw new PerseaError('internal', 'The vector cannot be compared.');
    return best(
      rows.flatMap((row) =>
        row.vector === null ? [] : [{ chunk: withoutVector(row), score: cosine(vector, row.vector) }],
      ),
      options,
    );
  }

  async keywordSearch(
    scope: AccessScope,
    query: string,
    options: KeywordSearchOptions,
  ): Promise<readonly ScoredChunk[]> {
    const wanted = [...new Set(contentWords(query))];
    const matching = options.matching ?? 'any';
    const isHit = (word: string, other: string) =>
      matching === 'similar' ? word.length >= 4 && isSimilar(word, other) : word === other;
    const scored = this.#visible(scope, options.documents).map((row) => {
      const words = contentWords(row.indexText);
      const hits = words.filter((word) => wanted.some((other) => isHit(other, word))).length;
      const isWhole = matching !== 'all' || wanted.every((word) => words.includes(word));
      return { chunk: withoutVector(row), score: isWhole ? hits / (words.length + 1) : 0 };
    });
    return best(
      scored.filter(({ score }) => score > 0),
      options,
    );
  }

  async chunksById(scope: AccessScope, chunkIds: readonly string[]): Promise<readonly Row[]> {
    const wanted = new Set(chunkIds);
    return this.#visible(scope).filter((row) => wanted.has(row.chunkId));
  }

  async countChunks(scope: AccessScope, documentId?: string): Promise<number> {
    return this.#visible(scope).filter((row) => documentId === undefined || row.documentId === documentId).length;
  }

  async writeChunks(batches: readonly ChunkBatch[]): Promise<void> {
    for (const { chunks, vectors } of batches) {
      const isRefused =
        vectors !== null &&
        (this.#dimensions === null ||
          vectors.length !== chunks.length ||
          !vectors.every((vector) => isUsable(vector, this.#dimensions ?? 0)));
      const hasRepeatedOrdinal = new Set(chunks.map((chunk) => chunk.ordinal)).size !== chunks.length;
      if (isRefused || hasRepeatedOrdinal) throw new PerseaError('internal', 'The batch cannot be written.');
    }
    for (const { documentId, revision, label, chunks, vectors } of batches) {
      this.#deleteWhere((row) => row.documentId === documentId && row.revision === revision);
      for (const [index, chunk] of chunks.entries()) {
        const id = chunkId(documentId, revision, chunk.ordinal);
        const vector = vectors?.[index] ?? null;
        this.#rows.set(id, { ...chunk, chunkId: id, documentId, revision, labelId: labelId(label), vector });
      }
    }
  }

  async deleteRevisionsBefore(
    revisions: readonly { readonly documentId: string; readonly revision: number }[],
  ): Promise<void> {
    for (const { documentId, revision } of revisions) {
      this.#deleteWhere((row) => row.documentId === documentId && row.revision < revision);
    }
  }

  async deleteRevision(documentId: string, revision: number): Promise<void> {
    this.#deleteWhere((row) => row.documentId === documentId && row.revision === revision);
  }

  async deleteDocuments(documentIds: readonly string[]): Promise<void> {
    this.#deleteWhere((row) => documentIds.includes(row.documentId));
  }

  async relabelDocuments(documentIds: readonly string[], label: AccessLabel): Promise<void> {
    for (const [id, row] of this.#rows) {
      if (documentIds.includes(row.documentId)) this.#rows.set(id, { ...row, labelId: labelId(label) });
    }
  }

  async optimize(): Promise<void> {}

  async clear(): Promise<void> {
    this.#rows.clear();
  }

  async prune(): Promise<void> {}

  async readAhead(scope: AccessScope, prepare: (chunk: StoredChunk) => void = () => undefined): Promise<void> {
    assertSystemScope(scope);
    for (const chunk of this.#rows.values()) prepare(chunk);
  }

  async *indexTexts(scope: AccessScope): AsyncIterable<readonly string[]> {
    assertSystemScope(scope);
    yield [...this.#rows.values()].map((row) => row.indexText);
  }

  async describe(scope: AccessScope): Promise<StoreDescription> {
    assertSystemScope(scope);
    const bytes = { bytes: 0, neededBytes: 0, versions: 1, otherTables: 0 };
    return { table: 'fake', rows: this.#rows.size, indexes: [], missingIndexes: [], ...bytes };
  }

  async inspectRows(scope: AccessScope): Promise<StoreRows> {
    assertSystemScope(scope);
    const documents = new Map<string, DocumentRows>();
    for (const { documentId, revision, labelId: label, vector } of this.#rows.values()) {
      const key = `${documentId}#${revision}#${label}`;
      const { rows, embeddedRows } = documents.get(key) ?? { rows: 0, embeddedRows: 0 };
      documents.set(key, {
        documentId,
        revision,
        labelId: label,
        rows: rows + 1,
        embeddedRows: embeddedRows + (vector === null ? 0 : 1),
      });
    }
    return { documents: [...documents.values()], misindexedRows: 0 };
  }

  async close(): Promise<void> {}

  #visible(scope: AccessScope, documents?: DocumentSelection): readonly Row[] {
    assertGenuineScope(scope);
    const { labelIds } = scope;
    return [...this.#rows.values()]
      .filter((row) => labelIds === 'all' || labelIds.has(row.labelId))
      .filter((row) => documents?.only?.includes(row.documentId) !== false)
      .filter((row) => documents?.without?.includes(row.documentId) !== true);
  }

  #deleteWhere(isDeleted: (row: Row) => boolean): void {
    for (const [id, row] of this.#rows) if (isDeleted(row)) this.#rows.delete(id);
  }
}

function best(scored: readonly ScoredChunk[], options: SearchOptions): readonly ScoredChunk[] {
  const byScore = (a: ScoredChunk, b: ScoredChunk) => b.score - a.score || (a.chunk.chunkId < b.chunk.chunkId ? -1 : 1);
  return scored.toSorted(byScore).slice(0, Math.max(0, Math.floor(options.limit)));
}

function withoutVector({ vector: _, ...chunk }: Row): StoredChunk {
  return chunk;
}

function isUsable(vector: Float32Array, dimensions: number): boolean {
  return vector.length === dimensions && vector.every(Number.isFinite) && vector.some((value) => value !== 0);
}

function cosine(a: Float32Array, b: Float32Array): number {
  const product = (x: Float32Array, y: Float32Array) =>
    x.reduce((sum, value, index) => sum + value * (y[index] ?? 0), 0);
  return product(a, b) / Math.sqrt(product(a, a) * product(b, b));
}

/** The same first letter, and one edit apart, or two from six letters on. */
function isSimilar(word: string, other: string): boolean {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [index, letter] of [...word].entries()) {
    const next = [index + 1];
    for (let at = 0; at < other.length; at++) {
      const replaced = (row[at] ?? 0) + (letter === other[at] ? 0 : 1);
      next.push(Math.min(replaced, (row[at + 1] ?? 0) + 1, (next[at] ?? 0) + 1));
    }
    row = next;
  }
  return word[0] === other[0] && (row[other.length] ?? 0) <= (word.length >= 6 ? 2 : 1);
}
