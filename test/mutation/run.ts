/**
 * Is there a change of an access decision that no test notices? Applies one change at a time to a copy of the sources and runs
 * the tests of the changed file. A change that passes them is a survivor and fails this script: `npm run test:mutation`, or
 * `npm run test:mutation -- access/label.ts access/scope.ts:61` for files, or lines of them, whose path has an argument in it.
 */
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { equivalents } from './equivalent.ts';
import { type Mutation, mutationsOf } from './mutations.ts';
import { type Target, targets } from './targets.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const parallel = 2;
/** The tests of one file take a few seconds; a change that makes them hang is noticed too. */
const timeoutMs = 60_000;

interface Mutant {
  readonly target: Target;
  readonly source: string;
  readonly mutation: Mutation;
}

const wanted = process.argv.slice(2).map((argument) => {
  const [part = '', line] = argument.split(':');
  return { part, line: line === undefined ? null : Number(line) };
});
const isWanted = (file: string, line: number | null) =>
  wanted.length === 0 ||
  wanted.some((one) => file.includes(one.part) && (line === null || one.line === null || one.line === line));
const chosen = targets.filter(({ file }) => isWanted(file, null));
const possible = chosen.flatMap((target) => {
  const source = readFileSync(join(root, target.file), 'utf8');
  return mutationsOf(source).map((mutation): Mutant => ({ target, source, mutation }));
});
const all = possible.filter(({ target, mutation }) => isWanted(target.file, mutation.line));
const waiting = all.filter((mutant) => !isEquivalent(mutant));
const copies = Array.from({ length: parallel }, () => mkdtempSync(join(tmpdir(), 'persea-mutation-')));
const stale = equivalents.filter(
  ({ file, ...entry }) =>
    chosen.some((target) => target.file === file) &&
    !possible.some((mutant) => mutant.target.file === file && matches(mutant, entry)),
);

try {
  for (const { file, code, replacement } of stale) {
    report(
      `STALE    ${file}: nothing becomes \`${replacement}\` where the list of equivalent changes says \`${code}\``,
    );
  }
  for (const copy of copies) prepare(copy);
  const broken = await brokenTargets(copies[0] ?? '');
  for (const { file } of broken) report(`BROKEN   ${file}: its tests fail without any change`);
  let survivors = 0;
  if (broken.length === 0) {
    const total = waiting.length;
    await Promise.all(
      copies.map(async (copy) => {
        for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
          const left = waiting.length;
          if (left % 100 === 0) report(`${left} of ${total} left`);
          if (await isNoticed(copy, mutant)) continue;
          survivors += 1;
          report(describe(mutant));
        }
      }),
    );
    report(`${all.length - total} equivalent changes left out`);
    report(`${total - survivors} passed, ${survivors} failed`);
  }
  if (survivors + broken.length + stale.length > 0) process.exitCode = 1;
} finally {
  for (const copy of copies) rmSync(copy, { recursive: true, force: true });
}

function prepare(copy: string): void {
  for (const part of ['src', 'ingest', 'test', 'fixtures', 'package.json', 'tsconfig.json'])
    cpSync(join(root, part), join(copy, part), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
}

/** Tests that fail anyway would notice every change. */
async function brokenTargets(copy: string): Promise<readonly Target[]> {
  const broken: Target[] = [];
  for (const target of chosen) if ((await testsFail(copy, target.tests)) === true) broken.push(target);
  return broken;
}

async function isNoticed(copy: string, { target, source, mutation }: Mutant): Promise<boolean> {
  const path = join(copy, target.file);
  writeFileSync(path, source.slice(0, mutation.start) + mutation.replacement + source.slice(mutation.end));
  const isNoted = await testsFail(copy, target.tests);
  writeFileSync(path, source);
  return isNoted;
}

function testsFail(cwd: string, tests: readonly string[]): Promise<boolean> {
  const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--config', 'test/vitest.config.ts', '--bail', '1'];
  const run = spawn(process.execPath, [...vitest, '--maxWorkers', '1', ...tests], {
    cwd,
    stdio: 'ignore',
    timeout: timeoutMs,
  });
  return new Promise((resolve, reject) => {
    run.on('error', reject);
    run.on('exit', (status) => resolve(status !== 0));
  });
}

function isEquivalent(mutant: Mutant): boolean {
  return equivalents.some(({ file, ...entry }) => file === mutant.target.file && matches(mutant, entry));
}

function matches({ source, mutation }: Mutant, entry: { readonly code: string; readonly replacement: string }) {
  return source.slice(mutation.start, mutation.end) === entry.code && mutation.replacement === entry.replacement;
}

function describe({ target, source, mutation }: Mutant): string {
  const code = source.slice(mutation.start, mutation.end);
  return `SURVIVED ${target.file}:${mutation.line}\n  - ${code}\n  + ${mutation.replacement}`;
}

function report(line: string): void {
  process.stdout.write(`${line}\n`);
}
