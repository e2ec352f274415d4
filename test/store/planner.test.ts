import { expect, it } from 'vitest';
import { defaultSearchPolicy, planVectorSearch } from '../../src/store/planner.ts';

const plan = (hasIndex: boolean, visibleRows: number, totalRows: number) =>
  planVectorSearch({ hasIndex, visibleRows, totalRows }, defaultSearchPolicy).map((step) =>
    step.kind === 'exact' ? 'exact' : step.nprobes,
  );

it.each([
  ['no index', false, 1_000_000, 1_000_000, ['exact']],
  ['few visible rows', true, 50_000, 1_000_000, ['exact']],
  ['a small visible share', true, 100_000, 1_000_000, [300, 'exact']],
  ['a large visible share', true, 900_000, 1_000_000, [20, 300, 'exact']],
] as const)('plans for %s', (_, hasIndex, visibleRows, totalRows, expected) => {
  expect(plan(hasIndex, visibleRows, totalRows)).toEqual(expected);
});
