/** Queries and conditions in the engine's terms. */
import type { Table, VectorQuery } from '@lancedb/lancedb';
import { sha256Hex } from '../core/ids.ts';
import { hasIndexOn, keywordColumn } from './maintenance.ts';
import type { VectorPlan } from './planner.ts';
import { groupsOf, listOf, literal, type ScopeFilter } from './predicate.ts';
import { type Columns, columnsOf, filtered, type RankedRow, rankedRows } from './ranked-rows.ts';
import { type RowLayout, vectorColumn } from './rows.ts';

const maxCachedCounts = 1_000;

/** What holds for one version of the table. */
export interface TableFacts {
  readonly totalRows: number;
  readonly hasVectorIndex: boolean;
  readonly hasKeywordIndex: boolean;
  readonly columns: Columns;
  /** Visible rows by the predicate's hash: one that lists thousands of labels or documents is as long as a book. */
  readonly counts: Map<string, number>;
}

export async function loadFacts(table: Table, layout: RowLayout): Promise<TableFacts> {
  const [totalRows, indexes, columns] = await Promise.all([
    table.countRows(),
    table.listIndices(),
    columnsOf(table, layout),
  ]);
  return {
    columns,
    totalRows,
    hasVectorIndex: hasIndexOn(indexes, vectorColumn),
    hasKeywordIndex: hasIndexOn(indexes, keywordColumn),
    counts: new Map(),
  };
}

/** At most `limit` rows, and those that the plan has to spare. */
export function runVectorPlan(
  table: Table,
  vector: Float32Array,
  plan: VectorPlan,
  where: string | undefined,
  limit: number,
  columns: Columns | null,
): Promise<readonly RankedRow[]> {
  const nearest: VectorQuery = table.query().nearestTo(vector).column(vectorColumn).distanceType('cosine');
  if (plan.kind === 'exact') nearest.bypassVectorIndex();
  else {
    // No maximum: the default one, 20, refuses a larger minimum.
    nearest.maximumNprobes(0).minimumNprobes(plan.nprobes);
    if (plan.refineFactor !== null) nearest.refineFactor(plan.refineFactor);
  }
  const rows = limit + (plan.kind === 'exact' ? 0 : plan.spareRows);
  return rankedRows(filtered(nearest, where), rows, '_distance', columns);
}

export function scopeSql(filter: Exclude<ScopeFilter, { kind: 'nothing' }>): string | undefined {
  return filter.kind === 'everything' ? undefined : filter.sql;
}

export async function countVisible(table: Table, facts: TableFacts, where: string | undefined): Promise<number> {
  if (where === undefined) return facts.totalRows;
  const key = sha256Hex(where);
  const known = facts.counts.get(key);
  if (known !== undefined) return known;
  const count = await table.countRows(where);
  if (facts.counts.size >= maxCachedCounts) facts.counts.clear();
  facts.counts.set(key, count);
  return count;
}

export async function deleteWhere(table: Table, conditions: readonly string[]): Promise<void> {
  for (const condition of conditions) {
    // A delete of nothing would still be a new version of the table.
    if ((await table.countRows(condition)) > 0) await table.delete(condition);
  }
}

export function documentConditions(documentIds: readonly string[]): readonly string[] {
  return groupsOf(documentIds).flatMap((group) => {
    const list = listOf(group);
    return list === undefined ? [] : [`docId IN ${list}`];
  });
}

/** Documents at the same revision number, most often 1, share a condition. */
export function revisionConditions(
  revisions: readonly { readonly documentId: string; readonly revision: number }[],
  comparison: '=' | '<',
): readonly string[] {
  const documentIds = new Map<number, string[]>();
  for (const { documentId, revision } of revisions) {
    const sharing = documentIds.get(revision);
    if (sharing === undefined) documentIds.set(revision, [documentId]);
    else sharing.push(documentId);
  }
  return [...documentIds].flatMap(([revision, sharing]) =>
    documentConditions(sharing).map((condition) => `${condition} AND docRev ${comparison} ${Math.floor(revision)}`),
  );
}

export function tagListSql(tags: readonly string[]): string {
  return `arrow_cast(make_array(${tags.map(literal).join(',')}), 'List(Utf8)')`;
}
