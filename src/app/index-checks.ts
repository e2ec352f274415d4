/** Whether the index says what the catalogue says: every row of the one held against every document of the other. */
import { systemScope } from '../access/scope.ts';
import type { Catalog, DocumentRecord } from '../catalog/catalog.ts';
import { counted } from '../core/counts.ts';
import { canaries } from '../core/canary.ts';
import { chunkId } from '../core/ids.ts';
import type { ChunkStore, DocumentRows } from '../store/chunk-store.ts';
import { CheckFailure } from './check.ts';

const scope = systemScope('doctor');
/** Rows that no index knows are searched one by one: beyond so many, and this share, each question waits for them. */
const maxUnindexedRows = 10_000;
const maxUnindexedShare = 0.05;

export interface IndexComparison {
  readonly documents: number;
  readonly rows: number;
  /** What is wrong, in words, with how many documents and one of them. */
  readonly rowFindings: readonly string[];
  readonly labelFindings: readonly string[];
}

export async function compareIndex(catalog: Catalog, store: ChunkStore): Promise<IndexComparison> {
  const documents = await catalog.documents(scope);
  const { documents: stored, misindexedRows } = await store.inspectRows(scope);
  const rowsOf = Map.groupBy(stored, ({ documentId }) => documentId);
  const rowFindings = new Findings();
  const labelFindings = new Findings();
  for (const document of documents) {
    compareDocument(document, rowsOf.get(document.documentId) ?? [], rowFindings, labelFindings);
    rowsOf.delete(document.documentId);
  }
  for (const documentId of rowsOf.keys()) rowFindings.add('in the index but not in the catalogue', documentId);
  const found = labelFindings.texts();
  if (misindexedRows > 0) found.push(`the index of labels is wrong about ${misindexedRows} rows`);
  return {
    documents: documents.length,
    rows: stored.reduce((sum, { rows }) => sum + rows, 0),
    rowFindings: rowFindings.texts(),
    labelFindings: found,
  };
}

function compareDocument(
  document: DocumentRecord,
  stored: readonly DocumentRows[],
  rowFindings: Findings,
  labelFindings: Findings,
): void {
  const { uri } = document;
  const current = stored.filter(({ revision }) => revision === document.revision);
  const rows = current.reduce((sum, found) => sum + found.rows, 0);
  const embedded = current.reduce((sum, found) => sum + found.embeddedRows, 0);
  if (current.length < stored.length) rowFindings.add('with chunks of another revision', uri);
  if (rows < document.chunkCount) rowFindings.add('with chunks missing', uri);
  if (rows > document.chunkCount) rowFindings.add('with chunks too many', uri);
  if (rows === document.chunkCount && embedded !== (document.isEmbedded ? rows : 0)) {
    rowFindings.add('with another number of vectors than the catalogue says', uri);
  }
  if (current.some(({ labelId }) => labelId !== document.labelId)) {
    labelFindings.add('under another label than in the catalogue', uri);
  }
}

class Findings {
  readonly #examples = new Map<string, { count: number; readonly example: string }>();

  add(what: string, example: string): void {
    const known = this.#examples.get(what);
    if (known === undefined) this.#examples.set(what, { count: 1, example });
    else known.count += 1;
  }

  texts(): string[] {
    return [...this.#examples].map(
      ([what, { count, example }]) => `${counted(count, 'document')} ${what} (${example})`,
    );
  }
}

/** At the price of one look, for a folder that is gone or not mounted reads as an index in which nothing is found. */
export async function checkIndexPresence(catalog: Catalog, store: ChunkStore): Promise<string> {
  const known = await Promise.all(canaries.map(({ uri }) => catalog.documentByUri(scope, uri)));
  const wanted = known.flatMap((document) =>
    document === undefined ? [] : [chunkId(document.documentId, document.revision, 0)],
  );
  if (wanted.length === 0) return 'no documents yet';
  const found = await store.chunksById(scope, wanted);
  // Another process may just have written another revision of them; then there are other rows.
  if (found.length > 0 || (await store.describe(scope)).rows > 0) return 'it is there';
  throw new CheckFailure(
    'The catalogue has documents, and the index has none. Check that the whole data folder is there; else run `persea repair`.',
  );
}

/** Each index is there, knows most rows, and finds what it must find. */
export async function checkIndexCover(catalog: Catalog, store: ChunkStore): Promise<string> {
  const { rows, indexes, missingIndexes } = await store.describe(scope);
  if (rows === 0) return 'no chunks yet';
  if (missingIndexes.length > 0) {
    throw new CheckFailure(`No index on ${missingIndexes.join(', ')}. Run \`persea ingest\`, which makes it.`);
  }
  const worst = indexes.toSorted((a, b) => b.unindexedRows - a.unindexedRows)[0];
  if (worst !== undefined && worst.unindexedRows > Math.max(maxUnindexedRows, maxUnindexedShare * rows)) {
    throw new CheckFailure(
      `The index ${worst.name} lacks ${worst.unindexedRows} of ${rows} rows, so questions are slow. Run \`persea ingest\`.`,
    );
  }
  await findCanaries(catalog, store);
  return `${indexes.length} indexes, at most ${worst?.unindexedRows ?? 0} of ${rows} rows not yet in one; both searches find the canaries`;
}

/** Nobody may find them, but the system must: that shows that words and vectors are searched at all. */
async function findCanaries(catalog: Catalog, store: ChunkStore): Promise<void> {
  for (const canary of canaries) {
    const document = await catalog.documentByUri(scope, canary.uri);
    if (document === undefined) continue;
    const wanted = chunkId(document.documentId, document.revision, 0);
    const byWords = await store.keywordSearch(scope, canary.question, { limit: 10 });
    if (!byWords.some(({ chunk }) => chunk.chunkId === wanted)) throw lost('by keywords');
    const [stored] = await store.chunksById(scope, [wanted]);
    if (stored?.vector == null) continue;
    const byVector = await store.vectorSearch(scope, stored.vector, { limit: 10 });
    if (!byVector.some(({ chunk }) => chunk.chunkId === wanted)) throw lost('by its own vector');
  }
}

function lost(how: string): CheckFailure {
  return new CheckFailure(`A canary, which is in the index, is not found ${how}. Run \`persea repair\`.`);
}
