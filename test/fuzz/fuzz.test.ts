/** A small part of `npm run test:fuzz`. */
import { expect, it } from 'vitest';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { runHistory } from './history.ts';

const defaultSeed = 1;

it.each([0, 1])('the store answers as plain code does after any history (%i)', async (offset) => {
  const seed = Number(process.env.PERSEA_SEED ?? defaultSeed) + offset;
  const report = await runHistory(seed, 30, await temporaryFolder());
  expect(report.leaks).toEqual([]);
  expect(report.differences).toEqual([]);
  expect(report.comparisons).toBeGreaterThanOrEqual(60);
});
