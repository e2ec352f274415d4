/** What a chunk store must answer, in plain code over a list of rows. It shares no decision with the product. */
import type { AccessLabel } from '../../src/access/label.ts';
import type { ChunkBatch } from '../../src/store/chunk-store.ts';

export interface ModelRow {
  readonly chunkId: string;
  readonly documentId: string;
  readonly revision: number;
  readonly label: AccessLabel;
  readonly text: string;
  readonly vector: Float32Array | null;
}

/** Who asks: the tags held, and the labels that existed when the scope was made; 'all' is the system. */
export interface Person {
  readonly heldTags: ReadonlySet<string> | 'all';
  readonly knownLabels: readonly AccessLabel[];
}

export class StoreModel {
  readonly rows: Map<string, ModelRow>;

  constructor(rows: ReadonlyMap<string, ModelRow> = new Map()) {
    this.rows = new Map(rows);
  }

  write(batches: readonly ChunkBatch[]): void {
    for (const { documentId, revision, label, chunks, vectors } of batches) {
      this.deleteWhere((row) => row.documentId === documentId && row.revision === revision);
      for (const [index, { ordinal, text }] of chunks.entries()) {
        const chunkId = `${documentId}#${revision}#${ordinal}`;
        this.rows.set(chunkId, { chunkId, documentId, revision, label, text, vector: vectors?.[index] ?? null });
      }
    }
  }

  deleteWhere(isDeleted: (row: ModelRow) => boolean): void {
    for (const [chunkId, row] of this.rows) if (isDeleted(row)) this.rows.delete(chunkId);
  }

  relabel(documentIds: readonly string[], label: AccessLabel): void {
    for (const [chunkId, row] of this.rows) {
      if (documentIds.includes(row.documentId)) this.rows.set(chunkId, { ...row, label });
    }
  }

  visible(person: Person): readonly ModelRow[] {
    return [...this.rows.values()].filter((row) => isVisible(person, row.label));
  }

  /** Rows with a vector, nearest first. */
  nearest(person: Person, query: Float32Array): readonly { readonly row: ModelRow; readonly cosine: number }[] {
    return this.visible(person)
      .flatMap((row) => (row.vector === null ? [] : [{ row, cosine: cosineOf(query, row.vector) }]))
      .toSorted((a, b) => b.cosine - a.cosine);
  }

  /** Rows that hold at least one of the words. */
  matching(person: Person, words: readonly string[]): readonly ModelRow[] {
    return this.visible(person).filter(({ text }) => text.split(' ').some((word) => words.includes(word)));
  }
}

export function isVisible({ heldTags, knownLabels }: Person, label: AccessLabel): boolean {
  if (heldTags === 'all') return true;
  return (
    label.clauses.length > 0 &&
    knownLabels.some((known) => known === label || JSON.stringify(known) === JSON.stringify(label)) &&
    label.clauses.every((clause) => clause.some((tag) => heldTags.has(tag)))
  );
}

export function cosineOf(a: Float32Array, b: Float32Array): number {
  let product = 0;
  let squaresA = 0;
  let squaresB = 0;
  for (const [index, value] of a.entries()) {
    const other = b[index] ?? 0;
    product += value * other;
    squaresA += value * value;
    squaresB += other * other;
  }
  return product / Math.sqrt(squaresA * squaresB);
}
