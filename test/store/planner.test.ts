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
  ['no index', null, 1_000_000, 100, [exact]],
  ['vectors as they are in an index', 'flat', 100, 100, [index(100_000, null), exact]],
  ['few visible rows', 'quantized', 15_000, 100, [exact]],
  ['one row more', 'quantized', 15_001, 100, [index(300), exact]],
  ['many visible rows', 'quantized', 1_000_000, 41, [index(300), exact]],
  ['a short list', 'quantized', 1_000_000, 39, [index(300, 6), exact]],
  ['a single row', 'quantized', 1_000_000, 1, [index(300, 200), exact]],
])('plans for %s', (_, kind, visibleRows, limit, expected) => {
  expect(planVectorSearch({ index: kind, visibleRows, limit }, defaultSearchPolicy)).toEqual(expected);
});
