/** One question from the command line, in a cold process: `npm run bench:cold` (needs `npm run build`). */
import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  builtCommand,
  machine,
  median,
  print,
  quantile,
  repositoryRoot,
  runCommand,
  withTemporaryFolder,
} from './support.ts';

const runs = 11;
const question = 'How many days of annual leave do employees in Leeds have?';

await withTemporaryFolder(async (folder) => {
  for (const name of ['handbook', 'operations', 'mail', 'persea.yaml', 'access.yaml']) {
    await cp(join(repositoryRoot, 'fixtures', name), join(folder, name), { recursive: true });
  }
  await writeFile(join(folder, 'package.json'), '{}');
  const config = join(folder, 'persea.yaml');
  const ingest = await runCommand(builtCommand, ['ingest', '--config', config, '--json']);
  if (ingest.status !== 0) throw new Error(`The ingest ended with status ${ingest.status}: ${ingest.stderr}`);
  print(`Cold commands over the fixtures, built bin, ${runs} runs each. ${machine()}`);
  print('| command | median s | fastest | slowest | peak MB |');
  print('| --- | --- | --- | --- | --- |');
  for (const command of ['search', 'ask']) {
    const measured = [];
    for (let run = 0; run < runs; run++) {
      const result = await runCommand(builtCommand, [
        command,
        question,
        '--as',
        'ben.foster',
        '--config',
        config,
        '--json',
      ]);
      if (result.status !== 0) throw new Error(`${command} ended with status ${result.status}: ${result.stderr}`);
      measured.push(result);
    }
    const seconds = measured.map((result) => result.seconds);
    const memory = Math.max(...measured.map((result) => result.peakMegabytes));
    print(
      `| ${command} | ${median(seconds).toFixed(2)} | ${quantile(seconds, 0).toFixed(2)} | ${quantile(seconds, 1).toFixed(2)} | ${memory.toFixed(0)} |`,
    );
  }
});
