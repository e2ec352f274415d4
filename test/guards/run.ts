/**
 * Does each access guard have a test that would miss it? Takes one guard at a time out of a copy of the sources and runs the
 * tests that are meant to notice; a guard whose absence no test notices fails this script. `npm run test:guards`
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Guard, guards } from './guards.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const copy = mkdtempSync(join(tmpdir(), 'persea-guards-'));

try {
  for (const part of ['src', 'ingest', 'test', 'package.json', 'tsconfig.json'])
    cpSync(join(root, part), join(copy, part), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  const missed = guards.filter((guard) => !isNoticed(guard));
  report(`${guards.length - missed.length} passed, ${missed.length} failed`);
  if (missed.length > 0) process.exitCode = 1;
} finally {
  rmSync(copy, { recursive: true, force: true });
}

function isNoticed(guard: Guard): boolean {
  const path = join(copy, guard.file);
  const source = readFileSync(path, 'utf8');
  if (source.split(guard.code).length !== 2) {
    report(`BROKEN   ${guard.name}: the code of this guard does not stand exactly once in ${guard.file}`);
    return false;
  }
  writeFileSync(
    path,
    source.replace(guard.code, () => guard.without),
  );
  const { status } = spawnSync(
    process.execPath,
    ['node_modules/vitest/vitest.mjs', 'run', '--config', 'test/vitest.config.ts', '--bail', '1', ...guard.tests],
    { cwd: copy, stdio: 'ignore' },
  );
  writeFileSync(path, source);
  report(`${status === 0 ? 'MISSED  ' : 'noticed '} ${guard.name}`);
  return status !== 0;
}

function report(line: string): void {
  process.stdout.write(`${line}\n`);
}
