/** Indexes and compaction. The caller makes sure that nothing else writes meanwhile. */
import type { IndexConfig, Table } from '@lancedb/lancedb';
import { type Clock, retry } from '../core/async.ts';
import { isCommitConflict } from './engine-error.ts';
import type { RowLayout } from './rows.ts';

export interface MaintenancePolicy {
  /** An index that lacks more rows than this, and more than this share, is brought up to date when asked. */
  readonly unindexedRows: number;
  readonly unindexedShare: number;
  readonly fragments: number;
  /** After so many rows, and this share of all, the indexes take them in without being asked, in the middle of a long ingest. */
  readonly tailRows: number;
  readonly tailShare: number;
  /** From so many rows with a vector on, an approximate index is built. */
  readonly vectorIndexRows: number;
  /** It is trained anew when the rows have grown by this factor. */
  readonly retrainGrowth: number;
  /** Old versions are kept so long, for readers that are still using them. */
  readonly keepVersionsMs: number;
}

/**
 * Measured at 20,000 rows of 150 words: each row that the keyword index does not know adds 0.05 ms to a question, and taking
 * rows in costs about 1 s, at a million rows about 8 s. The share keeps the latter from being paid for every few documents.
 */
export const defaultMaintenancePolicy: MaintenancePolicy = {
  unindexedRows: 200,
  unindexedShare: 0.001,
  fragments: 50,
  tailRows: 5_000,
  tailShare: 0.02,
  vectorIndexRows: 200_000,
  retrainGrowth: 2,
  keepVersionsMs: 3_600_000,
};

const scalarIndexes = [
  { column: 'id', kind: 'btree' },
  { column: 'docId', kind: 'btree' },
  { column: 'acl', kind: 'bitmap' },
  { column: 'embedModel', kind: 'bitmap' },
] as const;

export const keywordColumn = 'indexText';
const vectorColumn = 'vector';
/** The rows it was trained on stand in the index's name, because the engine does not tell them. */
const vectorIndexPrefix = 'vector_trained_on_';

export function hasIndexOn(indexes: readonly IndexConfig[], column: string): boolean {
  return indexes.some((index) => index.columns.includes(column));
}

/** Makes the indexes that filters and keywords need. Without rows it makes none: an index made empty stays empty until it is rebuilt. */
export async function createMissingIndexes(table: Table, clock: Clock): Promise<void> {
  if ((await table.countRows()) === 0) return;
  const { Index } = await import('@lancedb/lancedb');
  const indexes = await table.listIndices();
  for (const { column, kind } of scalarIndexes) {
    if (hasIndexOn(indexes, column)) continue;
    await retrying(clock, () =>
      table.createIndex(column, { config: kind === 'btree' ? Index.btree() : Index.bitmap() }),
    );
  }
  if (!hasIndexOn(indexes, keywordColumn)) await createKeywordIndex(table, clock);
}

/** Without positions: no query asks for phrases, and they make every update of the index half as slow again. */
async function createKeywordIndex(table: Table, clock: Clock): Promise<void> {
  const { Index } = await import('@lancedb/lancedb');
  await retrying(clock, () =>
    table.createIndex(keywordColumn, {
      config: Index.fts({
        baseTokenizer: 'simple',
        language: 'English',
        lowercase: true,
        stem: true,
        removeStopWords: true,
        asciiFolding: true,
        withPosition: false,
      }),
    }),
  );
}

/** Builds the vector index where the table has grown large enough for it, or trains it anew. */
async function createVectorIndex(table: Table, layout: RowLayout, policy: MaintenancePolicy, clock: Clock) {
  if (layout.dimensions === null) return;
  const rows = await table.countRows(`embedModel != ''`);
  if (rows < policy.vectorIndexRows) return;
  const indexes = (await table.listIndices()).filter((index) => index.columns.includes(vectorColumn));
  const trainedRows = Math.max(0, ...indexes.map((index) => Number(index.name.slice(vectorIndexPrefix.length))));
  if (trainedRows > 0 && rows < trainedRows * policy.retrainGrowth) return;
  const { Index } = await import('@lancedb/lancedb');
  await retrying(clock, () =>
    table.createIndex(vectorColumn, {
      config: Index.ivfRq({ distanceType: 'cosine' }),
      name: `${vectorIndexPrefix}${rows}`,
    }),
  );
  for (const index of indexes) await retrying(clock, () => table.dropIndex(index.name));
}

export async function optimizeTable(
  table: Table,
  layout: RowLayout,
  policy: MaintenancePolicy,
  clock: Clock,
): Promise<void> {
  await createMissingIndexes(table, clock);
  await createVectorIndex(table, layout, policy, clock);
  if (await needsOptimize(table, policy)) await compact(table, policy.keepVersionsMs, clock);
}

async function needsOptimize(table: Table, policy: MaintenancePolicy): Promise<boolean> {
  const stats = await table.stats();
  if (stats.fragmentStats.numFragments > policy.fragments) return true;
  const limit = Math.max(policy.unindexedRows, policy.unindexedShare * stats.numRows);
  return (await unindexedRows(table)).some(({ rows }) => rows > limit);
}

export async function unindexedRows(
  table: Table,
): Promise<readonly { readonly name: string; readonly kind: string; readonly rows: number }[]> {
  const counts: { name: string; kind: string; rows: number }[] = [];
  for (const index of await table.listIndices()) {
    const stats = await table.indexStats(index.name);
    counts.push({ name: index.name, kind: index.indexType, rows: stats?.numUnindexedRows ?? 0 });
  }
  return counts;
}

async function compact(table: Table, keepVersionsMs: number, clock: Clock): Promise<void> {
  const cleanupOlderThan = new Date(clock.now() - keepVersionsMs);
  await retrying(clock, () => table.optimize({ cleanupOlderThan }));
}

/**
 * Frees the bytes of deleted rows. Compaction keeps a fragment in which little was deleted, so all rows are written anew; and
 * nothing says that merging the keyword index forgets the words of deleted rows, so it is rebuilt before old files go.
 */
export async function pruneTable(table: Table, clock: Clock): Promise<void> {
  await retrying(clock, () => table.update({ where: 'true', valuesSql: { docRev: 'docRev' } }));
  // Replaced, not dropped: questions go on being answered meanwhile.
  if ((await table.countRows()) > 0) await createKeywordIndex(table, clock);
  // Nothing else writes to the table, so files that no version names are leftovers of a crash, however young they are.
  await retrying(clock, () => table.optimize({ cleanupOlderThan: new Date(clock.now()), deleteUnverified: true }));
}

async function retrying<T>(clock: Clock, operation: () => Promise<T>): Promise<T> {
  return retry(operation, { attempts: 6, firstDelayMs: 50, clock, isRetryable: isCommitConflict });
}
