/**
 * What a document costs beside embedding: many small Markdown files, keywords only, added and then scanned again unchanged:
 * `npm run bench:small-files` (needs `npm run build`; `--documents N`, `--runs N`, `--command PATH` to measure another build).
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { builtCommand, machine, median, print, runCommand, withTemporaryFolder } from './support.ts';

const { values } = parseArgs({
  options: {
    documents: { type: 'string', default: '2000' },
    runs: { type: 'string', default: '3' },
    command: { type: 'string', default: builtCommand },
  },
});
const documents = Number(values.documents);
const perFolder = 500;

await withTemporaryFolder(async (folder) => {
  for (let start = 0; start < documents; start += perFolder) {
    const directory = join(folder, 'docs', `part-${start / perFolder}`);
    await mkdir(directory, { recursive: true });
    for (let index = start; index < Math.min(documents, start + perFolder); index++) {
      await writeFile(
        join(directory, `note-${index}.md`),
        `# Note ${index}\n\nValve ${index} of line ${index % 17} is inspected every ${(index % 11) + 2} weeks by the team on duty.\n`,
      );
    }
  }
  const config = join(folder, 'persea.yaml');
  await writeFile(
    config,
    'sources: [{ name: docs, path: ./docs, label: { anyOf: [everyone] } }]\nembedding: { provider: none }\n',
  );
  print(`${documents} small Markdown files, keywords only, built bin. ${machine()}`);
  print('| run | added s | documents/s | peak MB | rescan s |');
  print('| --- | --- | --- | --- | --- |');
  const seconds: number[] = [];
  for (let run = 1; run <= Number(values.runs); run++) {
    await rm(join(folder, '.persea'), { recursive: true, force: true });
    const cold = await ingest(config, 'added');
    const again = await ingest(config, 'unchanged');
    seconds.push(cold.seconds);
    print(
      `| ${run} | ${cold.seconds.toFixed(2)} | ${(documents / cold.seconds).toFixed(0)} | ${cold.peakMegabytes.toFixed(0)} | ${again.seconds.toFixed(2)} |`,
    );
  }
  print(`Median ${median(seconds).toFixed(2)} s.`);
});

async function ingest(config: string, outcome: 'added' | 'unchanged') {
  const result = await runCommand(values.command, ['ingest', '--config', config, '--json']);
  const report = result.status === 0 ? (JSON.parse(result.stdout) as Record<string, unknown>) : {};
  if (report[outcome] !== documents) throw new Error(`The ingest ended with ${result.status}: ${result.stdout}`);
  return result;
}
