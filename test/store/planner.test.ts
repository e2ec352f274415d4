import { expect, it } from 'vitest';
import {
  defaultSearchPolicy,
  planVectorSearch,
  type VectorIndexKind,
  type VectorPlan,
} from '../../src/store/planner.ts';

const exact: VectorPlan = { kind: 'exact' };
const index = (nprobes: number, refineFactor: number | null = 5): VectorPlan => ({
  kind: 'index',
  nprobes,
  refineFactor,
});

it.each<[string, VectorIndexKind | null, number, number, readonly VectorPlan[]]>([
  ['no index', null, 1_000_000, 1_000_000, [exact]],
  ['vectors as they are in an index', 'flat', 100, 100_000, [index(100_000, null), exact]],
  ['few visible rows', 'quantized', 50_000, 1_000_000, [exact]],
  ['one row more', 'quantized', 50_001, 1_000_000, [index(300), exact]],
  ['a small visible share', 'quantized', 299_999, 1_000_000, [index(300), exact]],
  ['a large visible share', 'quantized', 300_000, 1_000_000, [index(20), index(300), exact]],
])('plans for %s', (_, kind, visibleRows, totalRows, expected) => {
  expect(planVectorSearch({ index: kind, visibleRows, totalRows }, defaultSearchPolicy)).toEqual(expected);
});
