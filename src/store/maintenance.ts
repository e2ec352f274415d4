/** Indexes and compaction. The caller makes sure that nothing else writes meanwhile. */
import type { IndexConfig, Table } from '@lancedb/lancedb';
import { type Clock, retry } from '../core/async.ts';
import { isCommitConflict } from './engine-error.ts';
import { type RowLayout, vectorColumn } from './rows.ts';
import { englishStopWords } from './stop-words.ts';
import type { TableFiles } from './table-files.ts';

export interface MaintenancePolicy {
  /** An index that lacks more rows than this, and more than this share, is brought up to date when asked. */
  readonly unindexedRows: number;
  readonly unindexedShare: number;
  readonly fragments: number;
  /** After so many rows, and this share of all, the indexes take them in without being asked, in the middle of a long ingest. */
  readonly tailRows: number;
  readonly tailShare: number;
  /** So many times as long as that took, writing goes on before it is done again: rows that come fast must not be slowed down by it. */
  readonly writingPerTakeIn: number;
  /** From so many rows with a vector on, their index is built: fewer are compared as fast as it is searched. */
  readonly vectorIndexRows: number;
  /** It is trained anew when the rows have grown by this factor. */
  readonly retrainGrowth: number;
  /** Old versions are kept so long, for readers that are still using them. */
  readonly keepVersionsMs: number;
  /** Where old versions take more than this many times the bytes of the present one and a fixed amount, or are so many … */
  readonly crowdedShare: number;
  readonly crowdedBytes: number;
  readonly crowdedVersions: number;
  /** … they are kept only so long, and leftovers of crashes go too: no question takes longer. */
  readonly keepCrowdedVersionsMs: number;
}

/**
 * Measured at 20,000 rows of 150 words: each row that the keyword index does not know adds 0.05 ms to a question, and taking
 * rows in costs about 1 s, at a million rows about 8 s. So a load of 30 rows a second, which is what two cores embed, spends a twentieth of its time
 * on it, and a question beside it waits for at most 50 ms of such rows, at a million 250 ms.
 * Each time indexes take rows in they are written anew: 40,000 chunks loaded at once left 790 MB where 160 MB were needed, so
 * versions do not only go by age.
 */
export const defaultMaintenancePolicy: MaintenancePolicy = {
  unindexedRows: 200,
  unindexedShare: 0.001,
  fragments: 50,
  tailRows: 1_000,
  tailShare: 0.005,
  writingPerTakeIn: 5,
  vectorIndexRows: 5_000,
  retrainGrowth: 2,
  keepVersionsMs: 3_600_000,
  crowdedShare: 1,
  crowdedBytes: 64 * 1024 * 1024,
  crowdedVersions: 200,
  keepCrowdedVersionsMs: 120_000,
};

const scalarIndexes = [
  { column: 'id', kind: 'btree' },
  { column: 'docId', kind: 'btree' },
  { column: 'acl', kind: 'bitmap' },
  { column: 'embedModel', kind: 'bitmap' },
] as const;

export const keywordColumn = 'indexText';
/** The rows it was trained on stand in the index's name, because the engine does not tell them. */
const vectorIndexPrefix = 'vector_trained_on_';
/**
 * Of each dimension. With 1, the engine's default, 10 candidates a result compared by their full vectors recalled .95 to .98 of the
 * nearest visible ones, and .69 where labels are correlated against the question; with 4 all of them (50,000 rows in 2,000 clusters).
 * Searches take as long; the build takes three times as long and a twelfth of the vectors' bytes becomes an eighth.
 */
const quantizedBits = 4;
const overdueFragmentsFactor = 4;

export function hasIndexOn(indexes: readonly IndexConfig[], column: string): boolean {
  return indexes.some((index) => index.columns.includes(column));
}

/** How words are taken from texts stands in the index's name: one made otherwise is made anew. */
const keywordIndexName = 'words_icu_english_own';

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
  const former = indexes.filter(({ columns, name }) => columns.includes(keywordColumn) && name !== keywordIndexName);
  if (former.length > 0 || !hasIndexOn(indexes, keywordColumn)) await createKeywordIndex(table, clock);
  for (const { name } of former) await retrying(clock, () => table.dropIndex(name));
}

/**
 * Words are found as ICU does, with its dictionaries for scripts that leave no spaces: the engine's simple tokenizer takes a
 * Japanese sentence for one word. English is found no worse by it (nDCG@10 of keywords alone .417 against .410, .392 against .391 and
 * .683 against .681 on cisi, cranfield and scifact). Its stop words are ours, which leave out of a text no word that is looked for: with ICU
 * the engine leaves out those of all languages, and so every digit, `sales`, `doors`, `minutes`, `care` and `men`. Without positions: no query asks
 * for phrases, and they make every update of the index half as slow again.
 */
async function createKeywordIndex(table: Table, clock: Clock): Promise<void> {
  const { Index } = await import('@lancedb/lancedb');
  await retrying(clock, () =>
    table.createIndex(keywordColumn, {
      name: keywordIndexName,
      config: Index.fts({
        baseTokenizer: 'icu',
        language: 'English',
        lowercase: true,
        stem: true,
        removeStopWords: true,
        customStopWords: [...englishStopWords],
        asciiFolding: true,
        withPosition: false,
      }),
    }),
  );
}

/** The engine quantizes eight dimensions at a time; other vectors it holds as they are. */
function vectorIndexType(dimensions: number): 'IvfRq' | 'IvfFlat' {
  return dimensions % 8 === 0 ? 'IvfRq' : 'IvfFlat';
}

/**
 * Brings the table to the index of its vectors, trained on at least a share of them; or to none, where there are few. Rows may be
 * written and deleted meanwhile, but the table must not be compacted or pruned: the two preempt each other, and the files of an
 * index in the making look like the leftovers of a crash.
 */
export async function createVectorIndex(
  table: Table,
  layout: RowLayout,
  policy: MaintenancePolicy,
  clock: Clock,
  options: { readonly isAnew?: boolean } = {},
): Promise<void> {
  if (layout.dimensions === null) return;
  const rows = await table.countRows(`embedModel != ''`);
  const isWanted = rows >= policy.vectorIndexRows;
  const type = vectorIndexType(layout.dimensions);
  const present = (await table.listIndices()).filter((index) => index.columns.includes(vectorColumn));
  const isGood = (index: IndexConfig) => {
    const trainedRows = Number(index.name.slice(vectorIndexPrefix.length));
    return isWanted && index.indexType === type && rows < trainedRows * policy.retrainGrowth;
  };
  if (options.isAnew !== true && present.length === 1 && present.every(isGood)) return;
  const name = `${vectorIndexPrefix}${rows}`;
  if (isWanted) {
    const { Index } = await import('@lancedb/lancedb');
    // Made for each attempt: the engine takes a description of an index once.
    const configOf = () =>
      type === 'IvfRq'
        ? Index.ivfRq({ distanceType: 'cosine', numBits: quantizedBits })
        : Index.ivfFlat({ distanceType: 'cosine' });
    await retrying(clock, () => table.createIndex(vectorColumn, { config: configOf(), name }));
  }
  for (const index of present) {
    if (!isWanted || index.name !== name) await retrying(clock, () => table.dropIndex(index.name));
  }
}

export interface OptimizeOptions {
  /** Leaves alone what merely makes searches a little slower. */
  readonly onlyOverdue: boolean;
  /** Bytes and versions have grown beyond what the policy allows. */
  readonly isCrowded: boolean;
}

/** All but the index of the vectors. Returns whether that is to be looked at now. */
export async function optimizeTable(
  table: Table,
  policy: MaintenancePolicy,
  clock: Clock,
  { onlyOverdue, isCrowded }: OptimizeOptions,
): Promise<boolean> {
  await createMissingIndexes(table, clock);
  const isDue = isCrowded || (await needsOptimize(table, policy, onlyOverdue));
  if (isDue) {
    await dropFlatIndex(table, clock);
    await compact(table, policy, isCrowded, clock);
  }
  return isDue || !onlyOverdue;
}

/** Only where an old version may go: those that are too young were made since the last time. */
export function isCrowded(files: TableFiles, neededBytes: number, policy: MaintenancePolicy, now: number): boolean {
  if (files.oldestVersionAt > now - policy.keepCrowdedVersionsMs) return false;
  const spareBytes = files.bytes - neededBytes;
  return (
    spareBytes > policy.crowdedBytes + policy.crowdedShare * neededBytes || files.versions > policy.crowdedVersions
  );
}

/** Built anew rather than merged: the engine's merging of its partitions warns of some that it skips. Meanwhile all rows are compared. */
async function dropFlatIndex(table: Table, clock: Clock): Promise<void> {
  for (const { name, columns, indexType } of await table.listIndices()) {
    if (columns.includes(vectorColumn) && indexType === 'IvfFlat') await retrying(clock, () => table.dropIndex(name));
  }
}

async function needsOptimize(table: Table, policy: MaintenancePolicy, onlyOverdue: boolean): Promise<boolean> {
  const stats = await table.stats();
  const [rows, share, factor] = onlyOverdue
    ? [policy.tailRows, policy.tailShare, overdueFragmentsFactor]
    : [policy.unindexedRows, policy.unindexedShare, 1];
  if (stats.fragmentStats.numFragments > policy.fragments * factor) return true;
  const limit = Math.max(rows, share * stats.numRows);
  return (await unindexedRows(table)).some((index) => index.rows > limit);
}

/** Columns whose index is missing although their rows ask for one. */
export async function missingIndexes(
  table: Table,
  layout: RowLayout,
  policy: MaintenancePolicy,
): Promise<readonly string[]> {
  if ((await table.countRows()) === 0) return [];
  const indexes = await table.listIndices();
  const wanted = [...scalarIndexes.map(({ column }) => column as string), keywordColumn];
  if (layout.dimensions !== null) {
    const rows = await table.countRows(`embedModel != ''`);
    if (rows >= policy.vectorIndexRows) wanted.push(vectorColumn);
  }
  return wanted.filter((column) => !hasIndexOn(indexes, column));
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

async function compact(table: Table, policy: MaintenancePolicy, isTableCrowded: boolean, clock: Clock): Promise<void> {
  const keepMs = isTableCrowded ? policy.keepCrowdedVersionsMs : policy.keepVersionsMs;
  const cleanupOlderThan = new Date(clock.now() - keepMs);
  // Files that no version names are those of a crash, because nothing else writes to the table.
  await retrying(clock, () => table.optimize({ cleanupOlderThan, deleteUnverified: isTableCrowded }));
}

/**
 * Frees the bytes of deleted rows. Compaction keeps a fragment in which little was deleted, so all rows are written anew; and
 * nothing says that merging the keyword index forgets the words of deleted rows, or a vector index their vectors, so both are
 * rebuilt before old files go.
 */
export async function pruneTable(
  table: Table,
  layout: RowLayout,
  policy: MaintenancePolicy,
  clock: Clock,
): Promise<void> {
  await retrying(clock, () => table.update({ where: 'true', valuesSql: { docRev: 'docRev' } }));
  // Replaced, not dropped: questions go on being answered meanwhile.
  if ((await table.countRows()) > 0) await createKeywordIndex(table, clock);
  await createVectorIndex(table, layout, policy, clock, { isAnew: true });
  // Nothing else writes to the table, so files that no version names are leftovers of a crash, however young they are.
  await retrying(clock, () => table.optimize({ cleanupOlderThan: new Date(clock.now()), deleteUnverified: true }));
}

async function retrying<T>(clock: Clock, operation: () => Promise<T>): Promise<T> {
  return retry(operation, { attempts: 6, firstDelayMs: 50, clock, isRetryable: isCommitConflict });
}
