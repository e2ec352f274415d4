import { expect, it, vi } from 'vitest';
import { defaultSearchPolicy, planVectorSearch, type VectorPlan } from '../../src/store/planner.ts';

const exact: VectorPlan = { kind: 'exact' };
const whole: VectorPlan = { kind: 'index', nprobes: 100_000, refineFactor: null, spareRows: 100 };
const parts = (refineFactor = 5): VectorPlan => ({ kind: 'index', nprobes: 300, refineFactor, spareRows: 0 });

it.each<[string, boolean, number, number, readonly VectorPlan[], number]>([
  ['no index', false, 1_000_000, 100, [exact], 0],
  ['a small table', true, 110_000, 100, [whole, exact], 0],
  ['few visible rows of a large one', true, 15_000, 100, [exact], 1],
  ['one row more', true, 15_001, 100, [parts(), exact], 1],
  ['many visible rows', true, 1_000_000, 41, [parts(), exact], 1],
  ['a short list', true, 1_000_000, 39, [parts(6), exact], 1],
  ['a single row', true, 1_000_000, 1, [parts(200), exact], 1],
])('plans for %s', async (_, hasIndex, rows, limit, expected, counts) => {
  const countVisible = vi.fn(async () => rows);
  const totalRows = counts === 0 ? rows : 1_000_000;
  expect(await planVectorSearch({ hasIndex, totalRows, countVisible, limit }, defaultSearchPolicy)).toEqual(expected);
  expect(countVisible).toHaveBeenCalledTimes(counts);
});

it('asks of a table of one row more as of a large one', async () => {
  const facts = { hasIndex: true, totalRows: 110_001, countVisible: async () => 110_001, limit: 100 };
  expect(await planVectorSearch(facts, defaultSearchPolicy)).toEqual([parts(), exact]);
});
