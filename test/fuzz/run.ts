/**
 * Random histories of the chunk store against a model in plain code: `npm run test:fuzz [-- --seeds N --steps N --first N]`. Fails
 * on a leak, on a difference, on a recall below .98 of the index, and where a way of searching was never taken.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runHistory } from './history.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '50' },
    steps: { type: 'string', default: '100' },
    first: { type: 'string', default: '1' },
  },
});
const seeds = Number(values.seeds);
const steps = Number(values.steps);
const first = Number(values.first);
const ways = ['all rows', 'whole index', 'parts of the index'] as const;

const totals = new Map<string, number>();
const findings: string[] = [];
let [leaks, differences, comparisons, duringMaintenance, found, wanted] = [0, 0, 0, 0, 0, 0];
const startedAt = performance.now();
const folder = await mkdtemp(join(tmpdir(), 'persea-fuzz-'));
const add = (what: string, count: number) => totals.set(what, (totals.get(what) ?? 0) + count);

try {
  for (let seed = first; seed < first + seeds; seed++) {
    const report = await runHistory(seed, steps, folder).catch((thrown: unknown) => {
      throw new Error(`Seed ${seed} ended in an error.`, { cause: thrown });
    });
    await rm(join(folder, `seed-${seed}`), { recursive: true, force: true });
    leaks += report.leaks.length;
    differences += report.differences.length;
    comparisons += report.comparisons;
    duringMaintenance += report.duringMaintenance;
    found += report.indexed.found;
    wanted += report.indexed.wanted;
    for (const [kind, count] of report.operations) add(`operation: ${kind}`, count);
    for (const [way, count] of report.searches) add(`search: ${way}`, count);
    findings.push(...report.leaks, ...report.differences);
    if ((seed - first) % 5 === 4) process.stderr.write(`seed ${seed}: ${leaks} leaks, ${differences} differences\n`);
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}

const seconds = ((performance.now() - startedAt) / 1_000).toFixed(0);
const recall = wanted === 0 ? Number.NaN : found / wanted;
const lines = [...totals].sort(([a], [b]) => (a < b ? -1 : 1)).map(([what, count]) => `| ${what} | ${count} |`);
for (const finding of findings.slice(0, 40)) process.stdout.write(`- ${finding}\n`);
process.stdout.write(
  [
    `${seeds} seeds from ${first}, ${steps} steps each, ${seconds} s`,
    '',
    '| what | times |',
    '| --- | --- |',
    ...lines,
    `| compared | ${comparisons} |`,
    `| of these while optimizing or pruning | ${duringMaintenance} |`,
    '',
    `recall of the index: ${recall.toFixed(4)} of ${wanted} rows`,
    `${leaks} leaks, ${differences} differences`,
    '',
  ].join('\n'),
);
const isWhole = ways.every((way) => totals.has(`search: ${way}`)) && recall >= 0.98;
if (!isWhole) process.stdout.write('Recall is below .98, or one way of searching was never taken.\n');
process.exitCode = leaks === 0 && differences === 0 && isWhole ? 0 : 1;
