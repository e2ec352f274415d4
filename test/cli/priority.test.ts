import { spawnSync } from 'node:child_process';
import { constants, getPriority } from 'node:os';
import { expect, it } from 'vitest';

const module = new URL('../../src/cli/priority.ts', import.meta.url).href;

/** In a process of its own: what has yielded may not take it back. */
function priorityOf(command: string): number {
  const code = `import { getPriority } from 'node:os';
    import { yieldToQuestions } from ${JSON.stringify(module)};
    yieldToQuestions(${JSON.stringify(command)});
    process.stdout.write(String(getPriority()));`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', code], { encoding: 'utf8' });
  if (stdout === '') throw new Error(stderr);
  return Number(stdout);
}

it('lets questions come before bulk loads, and before nothing else', () => {
  const own = getPriority();
  expect(priorityOf('ingest')).toBe(Math.max(own, constants.priority.PRIORITY_BELOW_NORMAL));
  expect(priorityOf('repair')).toBe(priorityOf('ingest'));
  for (const command of ['serve', 'search', 'ask']) expect(priorityOf(command)).toBe(own);
});
