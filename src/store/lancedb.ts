/**
 * The chunk store on LanceDB: one table per embedding fingerprint, derived from the catalogue and rebuildable from it. One process
 * writes at a time (see writer-lock.ts), and within it one write after another; any number read.
 */
import { mkdirSync } from 'node:fs';
import type { Connection, Table } from '@lancedb/lancedb';
import { type AccessLabel, labelId, tagsOf } from '../access/label.ts';
import { type AccessScope, assertSystemScope } from '../access/scope.ts';
import { type Clock, systemClock } from '../core/async.ts';
import type { StoredChunk } from '../core/chunk.ts';
import { PerseaError } from '../core/errors.ts';
import { cosinesTo } from '../core/vectors.ts';
import { ChunkBodies, type ChunkBody } from './chunk-bodies.ts';
import type {
  ChunkBatch,
  ChunkStore,
  KeywordSearchOptions,
  ScoredChunk,
  SearchOptions,
  StoreDescription,
  StoreRows,
} from './chunk-store.ts';
import { toStoreError } from './engine-error.ts';
import { keywordQuery } from './keyword-query.ts';
import {
  defaultMaintenancePolicy,
  keywordColumn,
  type MaintenancePolicy,
  missingIndexes,
  pruneTable,
  unindexedRows,
} from './maintenance.ts';
import { defaultSearchPolicy, planVectorSearch, type SearchPolicy } from './planner.ts';
import { allOf, groupsOf, isId, listOf, literal, scopeFilter } from './predicate.ts';
import {
  type Columns,
  chunksOf,
  filtered,
  hasPlaces,
  type RankedRow,
  type RowSource,
  rankedRows,
  rememberRows,
} from './ranked-rows.ts';
import {
  isUsableVector,
  placeColumn,
  placeSql,
  type RowLayout,
  toArrowTable,
  toChunkBodies,
  vectorColumn,
} from './rows.ts';
import { maxComparedRows, rankBySimilarWords } from './similar-words.ts';
import { StoreTable } from './store-table.ts';
import { tableFiles } from './table-files.ts';
import {
  countVisible,
  deleteWhere,
  documentConditions,
  revisionConditions,
  runVectorPlan,
  scopeSql,
  type TableFacts,
  tagListSql,
} from './table-queries.ts';
import { columnTexts, inspectRows } from './table-rows.ts';
import { TableUpkeep } from './upkeep.ts';

export type StoreEvent =
  /** Rows came back that the scope does not permit; they were dropped. An index is wrong and must be rebuilt. */
  | { readonly type: 'leak-prevented'; readonly rows: number }
  /** Keywords were asked for before the first write was completed. */
  | { readonly type: 'keyword-index-missing' }
  /** In the middle of writing; what was written is there, searches get slower. */
  | { readonly type: 'maintenance-failed'; readonly error: PerseaError };

export interface LanceChunkStoreOptions {
  /** Folder of the tables, made where missing. */
  readonly directory: string;
  readonly tableName: string;
  /** Null for a store without vectors. */
  readonly dimensions: number | null;
  readonly search?: Partial<SearchPolicy>;
  readonly maintenance?: Partial<MaintenancePolicy>;
  /** Throws where this process must not write now; asked before each write. */
  readonly assertMayWrite?: () => void;
  readonly onEvent?: (event: StoreEvent) => void;
  readonly clock?: Clock;
  /** A seam for tests that let the engine return wrong rows. */
  readonly wrapTable?: (table: Table) => Table;
}

/**
 * Upper bounds, not reservations; the engine's own defaults are 6 GB and 1 GB. At a million rows 256 MB are too few for the indexes: the
 * keyword search takes twice the processor time, and the process more memory, because it reads them again and again.
 */
const indexCacheBytes = 512n * 1024n * 1024n;
const metadataCacheBytes = 64n * 1024n * 1024n;
const maxSearchLimit = 10_000;
/** While rows are moved or deleted between finding and reading them. */
const maxSearches = 4;

export async function openLanceChunkStore(options: LanceChunkStoreOptions): Promise<ChunkStore> {
  try {
    mkdirSync(options.directory, { recursive: true, mode: 0o700 });
    // Loaded here and not with the module, so that commands without a store do not pay for it.
    const { connect, Session } = await import('@lancedb/lancedb');
    const connection = await connect(options.directory, {
      // A stale handle would miss other processes' writes, and a merge from it would even insert copies.
      readConsistencyInterval: 0,
      session: new Session(indexCacheBytes, metadataCacheBytes),
    });
    return new LanceChunkStore(connection, options);
  } catch (thrown) {
    throw toStoreError(thrown, `be opened in ${options.directory}`);
  }
}

interface Searched {
  readonly table: Table;
  readonly facts: TableFacts;
  readonly scoreOf?: RowSource['scoreOf'];
}

/** 0 where nothing is wanted. */
function searchLimit({ limit }: SearchOptions): number {
  return limit >= 1 ? Math.min(Math.floor(limit), maxSearchLimit) : 0;
}

class LanceChunkStore implements ChunkStore {
  readonly #options: LanceChunkStoreOptions;
  readonly #layout: RowLayout;
  readonly #searchPolicy: SearchPolicy;
  readonly #maintenancePolicy: MaintenancePolicy;
  readonly #clock: Clock;
  readonly #table: StoreTable;
  readonly #upkeep: TableUpkeep;
  readonly #bodies: ChunkBodies;

  constructor(connection: Connection, options: LanceChunkStoreOptions) {
    this.#options = options;
    this.#layout = { dimensions: options.dimensions, embedModel: options.tableName };
    this.#table = new StoreTable(connection, { ...options, layout: this.#layout });
    this.#searchPolicy = { ...defaultSearchPolicy, ...options.search };
    this.#maintenancePolicy = { ...defaultMaintenancePolicy, ...options.maintenance };
    this.#clock = options.clock ?? systemClock;
    this.#bodies = new ChunkBodies(this.#table.folder);
    this.#upkeep = new TableUpkeep({
      layout: this.#layout,
      policy: this.#maintenancePolicy,
      clock: this.#clock,
      tableFolder: this.#table.folder,
      onFailure: (error) => options.onEvent?.({ type: 'maintenance-failed', error }),
    });
  }

  async vectorSearch(
    scope: AccessScope,
    vector: Float32Array,
    options: SearchOptions,
  ): Promise<readonly ScoredChunk[]> {
    const filter = scopeFilter(scope, options.documents);
    const { dimensions } = this.#layout;
    if (dimensions === null) return [];
    if (!isUsableVector(vector, dimensions)) {
      throw new PerseaError('internal', `A question's vector is not ${dimensions} finite numbers other than all zero.`);
    }
    return this.#table.read('search by vector', async () => {
      const table = await this.#table.open();
      if (table === undefined || filter.kind === 'nothing') return [];
      const facts = await this.#table.facts(table);
      const where = allOf(scopeSql(filter), `embedModel = ${literal(this.#layout.embedModel)}`);
      // Counted once, and only where somebody wants to know: an index of all vectors that fills the list needs no count.
      let counted: Promise<number> | undefined;
      const countOnce = () => (counted ??= countVisible(table, facts, where));
      const { hasVectorIndex: hasIndex, totalRows } = facts;
      const plans = await planVectorSearch(
        { hasIndex, totalRows, countVisible: countOnce, limit: searchLimit(options) },
        this.#searchPolicy,
      );
      const run = async (limit: number, columns: Columns | null) => {
        let rows: readonly RankedRow[] = [];
        for (const plan of plans) {
          rows = await runVectorPlan(table, vector, plan, where, limit, columns);
          if (plan.kind === 'exact' || rows.length >= limit || rows.length >= (await countOnce())) break;
        }
        return rows;
      };
      const cosineOf = cosinesTo(vector);
      const scoreOf = (body: ChunkBody) => (body.vector === null ? null : cosineOf(body.vector));
      return this.#fetch(scope, { table, facts, scoreOf }, options, run);
    });
  }

  async keywordSearch(
    scope: AccessScope,
    query: string,
    options: KeywordSearchOptions,
  ): Promise<readonly ScoredChunk[]> {
    const filter = scopeFilter(scope, options.documents);
    return this.#table.read('search by keywords', async () => {
      const table = await this.#table.open();
      if (table === undefined || filter.kind === 'nothing') return [];
      const facts = await this.#table.facts(table);
      if (!facts.hasKeywordIndex) {
        if (facts.totalRows > 0) this.#options.onEvent?.({ type: 'keyword-index-missing' });
        return [];
      }
      const words = await keywordQuery(query, options.matching ?? 'any');
      if (words === undefined) return [];
      const where = scopeSql(filter);
      if (options.matching === 'similar' && facts.totalRows <= maxComparedRows) {
        const { [vectorColumn]: _unread, ...columns } = facts.columns;
        const rows = await filtered(table.query(), where).select(columns).toArrow();
        const permitted = this.#recheck(scope, toChunkBodies(rows));
        const chunks = permitted.map(({ chunk }) => chunk);
        return rankBySimilarWords(query, chunks).slice(0, searchLimit(options));
      }
      return this.#fetch(scope, { table, facts }, options, (limit, columns) =>
        rankedRows(filtered(table.query().fullTextSearch(words), where), limit, '_score', columns),
      );
    });
  }

  async chunksById(
    scope: AccessScope,
    chunkIds: readonly string[],
  ): Promise<readonly (StoredChunk & { readonly vector: Float32Array | null })[]> {
    const filter = scopeFilter(scope);
    return this.#table.read('read chunks', async () => {
      const table = await this.#table.open();
      if (table === undefined || filter.kind === 'nothing') return [];
      const columns = await this.#table.columns(table);
      const found: ChunkBody[] = [];
      for (const group of groupsOf([...new Set(chunkIds)])) {
        const list = listOf(group);
        if (list === undefined) continue;
        const rows = await filtered(table.query(), allOf(`id IN ${list}`, scopeSql(filter)))
          .select(columns)
          .toArrow();
        found.push(...this.#recheck(scope, toChunkBodies(rows)));
      }
      return found.map(({ chunk, vector }) => ({ ...chunk, vector }));
    });
  }

  async countChunks(scope: AccessScope, documentId?: string): Promise<number> {
    const filter = scopeFilter(scope);
    return this.#table.read('count chunks', async () => {
      const table = await this.#table.open();
      if (table === undefined || filter.kind === 'nothing') return 0;
      if (documentId !== undefined && !isId(documentId)) return 0;
      const where = allOf(documentId === undefined ? undefined : `docId = ${literal(documentId)}`, scopeSql(filter));
      return table.countRows(where);
    });
  }

  async writeChunks(
    batches: readonly ChunkBatch[],
    { isFirst = false }: { readonly isFirst?: boolean } = {},
  ): Promise<void> {
    const rowCount = batches.reduce((sum, batch) => sum + batch.chunks.length, 0);
    await this.#table.write(`write ${rowCount} chunks`, async () => {
      const data = toArrowTable(batches, this.#layout);
      const table = await this.#table.open();
      if (table === undefined) {
        if (rowCount > 0) await this.#upkeep.afterWrite(await this.#table.create(data), rowCount);
      } else {
        await this.#addPlaces(table);
        if (!isFirst) await deleteWhere(table, revisionConditions(batches, '='));
        if (rowCount > 0) await table.add(data);
        await this.#upkeep.afterWrite(table, rowCount);
      }
    });
  }

  async deleteRevisionsBefore(
    revisions: readonly { readonly documentId: string; readonly revision: number }[],
  ): Promise<void> {
    await this.#table.change('delete older revisions', (table) =>
      deleteWhere(table, revisionConditions(revisions, '<')),
    );
  }

  async deleteRevision(documentId: string, revision: number): Promise<void> {
    await this.#table.change('delete a revision', (table) =>
      deleteWhere(table, revisionConditions([{ documentId, revision }], '=')),
    );
  }

  async deleteDocuments(documentIds: readonly string[]): Promise<void> {
    await this.#table.change('delete documents', (table) => deleteWhere(table, documentConditions(documentIds)));
  }

  async relabelDocuments(documentIds: readonly string[], label: AccessLabel): Promise<void> {
    // Whole rows are rewritten: an update of the label columns alone would leave old values matching in some indexes.
    const valuesSql = { acl: literal(labelId(label)), tags: tagListSql(tagsOf(label)) };
    await this.#table.change('relabel documents', async (table) => {
      for (const where of documentConditions(documentIds)) await table.update({ where, valuesSql });
    });
  }

  async clear(): Promise<void> {
    await this.#table.write('be cleared', async () => {
      await this.#untilTrained();
      this.#upkeep.startAnew();
      this.#bodies.clear();
      await this.#table.drop();
    });
  }

  async optimize({ onlyOverdue = false }: { readonly onlyOverdue?: boolean } = {}): Promise<void> {
    await this.#table.change('be optimized', (table) => this.#upkeep.optimize(table, onlyOverdue));
    await this.#upkeep.trained().catch((thrown: unknown) => {
      throw toStoreError(thrown, 'be optimized');
    });
  }

  async prune(): Promise<void> {
    await this.#table.write('be pruned', async () => {
      await this.#untilTrained();
      // Tables of former embedding models are not kept up: they hold texts of documents that may be gone since.
      await this.#table.dropOthers();
      const table = await this.#table.open();
      if (table !== undefined) await pruneTable(table, this.#layout, this.#maintenancePolicy, this.#clock);
    });
  }

  async readAhead(scope: AccessScope, prepare?: (chunk: StoredChunk) => void): Promise<void> {
    assertSystemScope(scope);
    await this.#table.read('be read ahead', async () => {
      const table = await this.#table.open();
      if (table === undefined) return;
      const { columns, totalRows } = await this.#table.facts(table);
      const from = { bodies: this.#bodies, isSameTable: this.#bodies.forgetOtherTables(), columns };
      if (totalRows <= this.#bodies.mostRows(this.#layout.dimensions)) await rememberRows(table, from, prepare);
    });
  }

  async *indexTexts(scope: AccessScope): AsyncIterable<readonly string[]> {
    assertSystemScope(scope);
    const table = await this.#table.read('be opened', () => this.#table.open());
    if (table === undefined) return;
    try {
      yield* columnTexts(table, keywordColumn);
    } catch (thrown) {
      throw toStoreError(thrown, 'read its texts');
    }
  }

  async describe(scope: AccessScope): Promise<StoreDescription> {
    assertSystemScope(scope);
    return this.#table.read('be described', async () => {
      const { tableName } = this.#options;
      const table = await this.#table.open();
      const otherTables = (await this.#table.others()).length;
      const facts = { table: tableName, otherTables };
      if (table === undefined) {
        return { ...facts, rows: 0, indexes: [], bytes: 0, neededBytes: 0, versions: 0, missingIndexes: [] };
      }
      const indexes = await unindexedRows(table);
      const { bytes, versions } = await tableFiles(this.#table.folder);
      return {
        ...facts,
        bytes,
        versions,
        neededBytes: (await table.stats()).totalBytes,
        rows: await table.countRows(),
        indexes: indexes.map(({ name, kind, rows }) => ({ name, kind, unindexedRows: rows })),
        missingIndexes: await missingIndexes(table, this.#layout, this.#maintenancePolicy),
      };
    });
  }

  async inspectRows(scope: AccessScope): Promise<StoreRows> {
    assertSystemScope(scope);
    return this.#table.read('be read whole', async () => {
      const table = await this.#table.open();
      return table === undefined ? { documents: [], misindexedRows: 0 } : inspectRows(table);
    });
  }

  async close(): Promise<void> {
    await this.#table.written();
    await this.#untilTrained();
    await this.#table.close();
  }

  /** Runs a search, reads the chunks, drops what the scope does not permit, and asks for more where something was dropped. */
  async #fetch(
    scope: AccessScope,
    { table, facts: { columns }, scoreOf }: Searched,
    options: SearchOptions,
    run: (limit: number, columns: Columns | null) => Promise<readonly RankedRow[]>,
  ): Promise<readonly ScoredChunk[]> {
    const wanted = searchLimit(options);
    if (wanted < 1) return [];
    let limit = wanted;
    for (let searches = 1; ; searches++) {
      const isSameTable = this.#bodies.forgetOtherTables();
      // In the end rows are found and read at once, whatever it costs.
      const rows = await run(limit, searches < maxSearches ? null : columns);
      const chunks = await chunksOf(table, rows, { bodies: this.#bodies, isSameTable, columns, scoreOf });
      if (chunks === null) continue;
      const permitted = this.#recheck(scope, chunks);
      const isComplete = permitted.length >= wanted || rows.length < limit || limit === maxSearchLimit;
      if (isComplete) return permitted.slice(0, wanted);
      limit = Math.min(limit * 4, maxSearchLimit);
    }
  }

  /** The stored label was right even where an index was wrong, so this is what no row gets past. */
  #recheck<Row extends { readonly chunk: StoredChunk }>(scope: AccessScope, rows: readonly Row[]): readonly Row[] {
    const { labelIds } = scope;
    if (labelIds === 'all') return rows;
    const permitted = rows.filter((row) => labelIds.has(row.chunk.labelId));
    const dropped = rows.length - permitted.length;
    if (dropped > 0) this.#options.onEvent?.({ type: 'leak-prevented', rows: dropped });
    return permitted;
  }

  /** For a table that was made before there was this column; indexes and addresses stay. */
  async #addPlaces(table: Table): Promise<void> {
    if (await hasPlaces(table)) return;
    await table.addColumns([{ name: placeColumn, valueSql: placeSql }]);
  }

  /** For what an index in the making would stand in the way of; a failure was heard of by whoever asked for it. */
  async #untilTrained(): Promise<void> {
    await this.#upkeep.trained().catch(() => undefined);
  }
}
