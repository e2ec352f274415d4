/** From a search to its chunks in two steps: which rows, by their ids and labels; then, for those that may be seen, what lies in them. */
import type { Query, Table, VectorQuery } from '@lancedb/lancedb';
import type { ChunkBodies, ChunkBody } from './chunk-bodies.ts';
import type { ScoredChunk } from './chunk-store.ts';
import { allOf, groupsOf, listOf } from './predicate.ts';
import { bodyColumns, type RowLayout, toChunkBodies, vectorColumn } from './rows.ts';

export interface RankedRow {
  readonly chunkId: string;
  readonly labelId: string;
  readonly score: number;
  /** Where the row lies in the table as it was when it was found. */
  readonly address: bigint;
}

/** Filters are applied before the search; `postfilter` must never be called with an access predicate. */
export function filtered<Q extends Query | VectorQuery>(query: Q, where: string | undefined): Q {
  if (where !== undefined) query.where(where);
  return query;
}

/** Runs a search. Equal scores come in the order of ids, so that the same question gets the same answer. */
export async function rankedRows(
  search: Query | VectorQuery,
  limit: number,
  scoreColumn: '_distance' | '_score',
): Promise<readonly RankedRow[]> {
  const found = await search.select(['id', 'acl', scoreColumn]).withRowId().limit(limit).toArrow();
  const [ids, labels, scores, addresses] = ['id', 'acl', scoreColumn, '_rowid'].map((name) => found.getChild(name));
  const rows = Array.from({ length: found.numRows }, (_, row): RankedRow => {
    const score = Number(scores?.get(row));
    return {
      chunkId: ids?.get(row) as string,
      labelId: labels?.get(row) as string,
      score: scoreColumn === '_distance' ? 1 - score : score,
      address: BigInt(addresses?.get(row)),
    };
  });
  return rows.sort((a, b) => b.score - a.score || (a.chunkId < b.chunkId ? -1 : 1));
}

/** Of a table with or without vectors. */
export function bodyColumnsOf(layout: Pick<RowLayout, 'dimensions'>): readonly string[] {
  return layout.dimensions === null ? bodyColumns : [...bodyColumns, vectorColumn];
}

export interface ChunksOfRows {
  readonly chunks: readonly ScoredChunk[];
  /** False: a row has been moved or deleted since it was found. */
  readonly isWhole: boolean;
}

export async function chunksOf(
  table: Table,
  rows: readonly RankedRow[],
  bodies: ChunkBodies,
  columns: readonly string[],
): Promise<ChunksOfRows> {
  bodies.forgetOtherTables();
  const known = new Map<string, ChunkBody>();
  const unknown: RankedRow[] = [];
  for (const row of rows) {
    const body = bodies.get(row.address);
    if (body?.chunkId === row.chunkId) known.set(row.chunkId, body);
    else unknown.push(row);
  }
  for (const body of await bodiesAt(table, unknown, columns)) known.set(body.chunkId, body);
  const isWhole = rows.every(({ chunkId }) => known.has(chunkId));
  if (isWhole) for (const row of unknown) remember(bodies, row, known.get(row.chunkId));
  return { chunks: withBodies(rows, known), isWhole };
}

/** For rows that do not stay where they are: found anew by their ids, under the condition they were found with. */
export async function chunksByIdOf(
  table: Table,
  rows: readonly RankedRow[],
  where: string | undefined,
  columns: readonly string[],
): Promise<readonly ScoredChunk[]> {
  const known = new Map<string, ChunkBody>();
  for (const group of groupsOf(rows)) {
    const list = listOf(group.map(({ chunkId }) => chunkId));
    if (list === undefined) continue;
    const found = await filtered(table.query(), allOf(`id IN ${list}`, where))
      .select([...columns])
      .toArrow();
    for (const body of toChunkBodies(found)) known.set(body.chunkId, body);
  }
  return withBodies(rows, known);
}

/** Another row may lie there by now, or none, which the engine takes for an error: the ids tell. */
async function bodiesAt(
  table: Table,
  rows: readonly RankedRow[],
  columns: readonly string[],
): Promise<readonly ChunkBody[]> {
  if (rows.length === 0) return [];
  const wanted = new Set(rows.map(({ chunkId }) => chunkId));
  const found = await table
    .takeRowIds(rows.map(({ address }) => address))
    .select([...columns])
    .toArrow()
    .catch(() => null);
  return found === null ? [] : toChunkBodies(found).filter(({ chunkId }) => wanted.has(chunkId));
}

function remember(bodies: ChunkBodies, { address }: RankedRow, body: ChunkBody | undefined): void {
  if (body !== undefined) bodies.remember(address, body);
}

function withBodies(rows: readonly RankedRow[], bodies: ReadonlyMap<string, ChunkBody>): readonly ScoredChunk[] {
  return rows.flatMap(({ chunkId, labelId, score }) => {
    const body = bodies.get(chunkId);
    if (body === undefined) return [];
    const { vector, ...chunk } = body;
    return [{ chunk: { ...chunk, labelId }, score, vector }];
  });
}
