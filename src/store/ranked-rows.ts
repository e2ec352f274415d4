/** From a search to its chunks in two steps: which rows, by their addresses; then what lies in them, where that is not remembered. */
import type { Query, Table, VectorQuery } from '@lancedb/lancedb';
import type { Table as ArrowTable } from 'apache-arrow';
import type { StoredChunk } from '../core/chunk.ts';
import { ownRound } from '../core/event-loop.ts';
import type { ChunkBodies, ChunkBody } from './chunk-bodies.ts';
import type { ScoredChunk } from './chunk-store.ts';
import { chunkColumns, placeColumn, placeSql, type RowLayout, toChunkBodies, vectorColumn } from './rows.ts';

export interface RankedRow {
  /** Where the row lies in the table as it was when it was found. */
  readonly address: bigint;
  readonly score: number;
  /** Null where the search read nothing of the rows. */
  readonly body: ChunkBody | null;
}

/** Expressions by the name of the column that they become. */
export type Columns = Readonly<Record<string, string>>;

/** Read ahead at a time … */
const rowsAhead = 128;
/** … and prepared before a question may come in between: some 4 ms. */
const rowsPrepared = 16;

/** Filters are applied before the search; `postfilter` must never be called with an access predicate. */
export function filtered<Q extends Query | VectorQuery>(query: Q, where: string | undefined): Q {
  if (where !== undefined) query.where(where);
  return query;
}

/** What a chunk is made from, of a table of this layout: the vector too, where there are any. */
export async function columnsOf(table: Table, { dimensions }: Pick<RowLayout, 'dimensions'>): Promise<Columns> {
  const names = dimensions === null ? chunkColumns : [...chunkColumns, vectorColumn];
  const columns: Record<string, string> = Object.fromEntries(names.map((name) => [name, name]));
  return (await hasPlaces(table)) ? columns : { ...columns, [placeColumn]: placeSql };
}

/** Tables that were made before there was the column get it with their next write. */
export async function hasPlaces(table: Table): Promise<boolean> {
  return (await table.schema()).fields.some(({ name }) => name === placeColumn);
}

/** Runs a search, best first. Without columns nothing of the rows is read: even one column of them takes a fifth of a search. */
export async function rankedRows(
  search: Query | VectorQuery,
  limit: number,
  scoreColumn: '_distance' | '_score',
  columns: Columns | null,
): Promise<readonly RankedRow[]> {
  const selected = { ...columns, [scoreColumn]: scoreColumn };
  const found = await search.select(selected).withRowId().limit(limit).toArrow();
  const scores = found.getChild(scoreColumn);
  const bodies = columns === null ? null : toChunkBodies(found);
  const rows = addressesOf(found).map((address, row): RankedRow => {
    const score = Number(scores?.get(row));
    return {
      address,
      score: scoreColumn === '_distance' ? 1 - score : score,
      body: bodies?.[row] ?? null,
    };
  });
  return rows.sort((a, b) => b.score - a.score);
}

export interface RowSource {
  readonly bodies: ChunkBodies;
  /** Of the table in which the rows were looked for. */
  readonly isSameTable: () => boolean;
  readonly columns: Columns;
  /** Of what lies in a row, in the place of the engine's score, which may be made of approximations; null keeps that one. */
  readonly scoreOf?: ((body: ChunkBody) => number | null) | undefined;
}

/** Null: a row has been moved, deleted or replaced since it was found. */
export async function chunksOf(
  table: Table,
  rows: readonly RankedRow[],
  { bodies, isSameTable, columns, scoreOf }: RowSource,
): Promise<readonly ScoredChunk[] | null> {
  const known = new Map<bigint, ChunkBody>();
  const unknown: bigint[] = [];
  for (const { address, body } of rows) {
    const present = body ?? bodies.get(address);
    if (present === undefined) unknown.push(address);
    else known.set(address, present);
  }
  const read = await bodiesAt(table, unknown, columns);
  if (rows.some(({ body }) => body === null) && !isSameTable()) return null;
  for (const [address, body] of read) {
    bodies.remember(address, body);
    known.set(address, body);
  }
  const chunks: ScoredChunk[] = [];
  for (const { address, score } of rows) {
    const body = known.get(address);
    if (body === undefined) return null;
    chunks.push({ ...body, score: scoreOf?.(body) ?? score });
  }
  // Equal scores come in the order of ids, so that the same question gets the same answer.
  return chunks.sort((a, b) => b.score - a.score || (a.chunk.chunkId < b.chunk.chunkId ? -1 : 1));
}

/** Reads what lies in all rows and remembers it, some at a time: so questions come in between, and little memory is used besides. */
export async function rememberRows(
  table: Table,
  { bodies, isSameTable, columns }: RowSource,
  prepare: (chunk: StoredChunk) => void = () => undefined,
): Promise<void> {
  const addresses = addressesOf(await table.query().select({ acl: 'acl' }).withRowId().toArrow());
  for (let start = 0; start < addresses.length; start += rowsAhead) {
    const read = [...(await bodiesAt(table, addresses.slice(start, start + rowsAhead), columns))];
    for (let prepared = 0; prepared < read.length; prepared += rowsPrepared) {
      await ownRound();
      if (!isSameTable()) return;
      for (const [address, body] of read.slice(prepared, prepared + rowsPrepared)) {
        // Of one that is remembered already another object will be found.
        if (bodies.get(address) === undefined) prepare(body.chunk);
        bodies.remember(address, body);
      }
    }
  }
}

/** Rows that are gone from where they were are left out; that there is none any more the engine takes for an error. */
async function bodiesAt(
  table: Table,
  addresses: readonly bigint[],
  columns: Columns,
): Promise<ReadonlyMap<bigint, ChunkBody>> {
  if (addresses.length === 0) return new Map();
  const found = await table
    .takeRowIds([...addresses])
    .select(columns)
    .withRowId()
    .toArrow()
    .catch(() => null);
  if (found === null) return new Map();
  const bodies = toChunkBodies(found);
  return new Map(
    addressesOf(found).flatMap((address, row) => {
      const body = bodies[row];
      return body === undefined ? [] : [[address, body] as const];
    }),
  );
}

function addressesOf(found: ArrowTable): readonly bigint[] {
  const addresses = found.getChild('_rowid');
  return Array.from({ length: found.numRows }, (_, row) => BigInt(addresses?.get(row)));
}
