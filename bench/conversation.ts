/**
 * What reading follow-ups with what was asked before is worth, on conversations of people: retrieval by the last question
 * alone, against the same question condensed by rules. `npm run eval:conversation`
 */
import { join } from 'node:path';
import { print, repositoryRoot, runCommand, sharedData, withTemporaryFolder } from './support.ts';

const command = join(repositoryRoot, 'src/cli/main.ts');
const dataset = join(sharedData, 'mtrag-un');

async function persea(...args: string[]): Promise<string> {
  const result = await runCommand(process.execPath, [command, ...args], { cwd: repositoryRoot });
  if (result.status !== 0) throw new Error(`persea ${args[0]} ended with status ${result.status}: ${result.stderr}`);
  return result.stdout;
}

await withTemporaryFolder(async (folder) => {
  const results = { off: join(folder, 'off.json'), on: join(folder, 'on.json') };
  for (const how of ['off', 'on'] as const) {
    await persea('eval', 'run', dataset, '--task', 'retrieval', '--condense', how, '--out', results[how], '--json');
  }
  print('A: the last question alone; B: condensed by rules');
  print(await persea('eval', 'compare', results.off, results.on));
});
