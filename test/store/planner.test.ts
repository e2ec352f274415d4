import { expect, it } from 'vitest';
import { defaultSearchPolicy, planVectorSearch, type VectorIndexKind } from '../../src/store/planner.ts';

const plan = (index: VectorIndexKind | null, visibleRows: number, totalRows: number) =>
  planVectorSearch({ index, visibleRows, totalRows }, defaultSearchPolicy).map((step) =>
    step.kind === 'exact' ? 'exact' : step.nprobes,
  );

it.each([
  ['no index', null, 1_000_000, 1_000_000, ['exact']],
  ['vectors as they are in an index', 'flat', 100, 100_000, [100_000, 'exact']],
  ['few visible rows', 'quantized', 50_000, 1_000_000, ['exact']],
  ['a small visible share', 'quantized', 100_000, 1_000_000, [300, 'exact']],
  ['a large visible share', 'quantized', 900_000, 1_000_000, [20, 300, 'exact']],
] as const)('plans for %s', (_, hasIndex, visibleRows, totalRows, expected) => {
  expect(plan(hasIndex, visibleRows, totalRows)).toEqual(expected);
});
