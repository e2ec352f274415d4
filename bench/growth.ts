/**
 * Whether memory stays flat over many documents: `npm run bench:growth` (needs `npm run build`; `--documents N`,
 * `--model none` for keywords only). Small made documents through one ingest of the built command; memory of all its
 * processes is read as documents end.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { builtCommand, machine, median, memoryBytes, print, runCommand, withTemporaryFolder } from './support.ts';

const { values } = parseArgs({
  options: {
    documents: { type: 'string', default: '20000' },
    model: { type: 'string', default: 'bge-small-en-v1.5' },
  },
});
const documents = Number(values.documents);
const perFolder = 500;
const words = ['valve', 'pump', 'leave', 'travel', 'invoice', 'safety', 'audit', 'storage', 'contract', 'training'];

await withTemporaryFolder(async (folder) => {
  await makeDocuments(join(folder, 'docs'));
  const embedding = values.model === 'none' ? '{ provider: none }' : `{ provider: local, model: ${values.model} }`;
  const config = join(folder, 'persea.yaml');
  await writeFile(
    config,
    `sources: [{ name: docs, path: ./docs, label: { anyOf: [everyone] } }]\nembedding: ${embedding}\n`,
  );
  print(`Memory while ${documents} documents are ingested, model ${values.model}, built bin. ${machine()}`);
  const samples: { readonly document: number; readonly megabytes: number }[] = [];
  let ended = 0;
  const result = await runCommand(builtCommand, ['ingest', '--config', config, '--json'], {
    onMessage: (line, pid) => {
      if (!line.includes('"type":"document-end"')) return;
      ended += 1;
      if (ended % 100 === 0) samples.push({ document: ended, megabytes: memoryBytes(pid) / 1e6 });
    },
  });
  if (result.status !== 0) throw new Error(`The ingest ended with ${result.status}.`);
  // Medians over some hundred documents: garbage comes and goes.
  const around = (from: number, to: number) =>
    median(samples.filter((s) => s.document > from && s.document <= to).map((s) => s.megabytes));
  print('| documents | MB |');
  print('| --- | --- |');
  const step = documents / 10;
  for (let at = step; at <= documents; at += step) print(`| ${at} | ${around(at - step / 2, at).toFixed(0)} |`);
  const first = around(step / 2, step);
  const last = around(documents - step / 2, documents);
  print(
    `At the end ${(last / first).toFixed(2)} times the memory after the first ${step}; ${result.seconds.toFixed(0)} s in all.`,
  );
});

/** No two are alike, and each has a heading, prose and a table. */
async function makeDocuments(root: string): Promise<void> {
  for (let start = 0; start < documents; start += perFolder) {
    const directory = join(root, `part-${start / perFolder}`);
    await mkdir(directory, { recursive: true });
    for (let index = start; index < Math.min(documents, start + perFolder); index++) {
      const pick = (offset: number) => words[(index * (offset + 3) + offset) % words.length] ?? '';
      const text = [
        `# ${pick(1)} ${index}`,
        `The ${pick(2)} of unit ${index * 7} is checked every ${(index % 28) + 1} days by the ${pick(3)} team.`,
        `| item | value |\n| --- | --- |\n| ${pick(4)} | ${index * 13} |\n| ${pick(5)} | ${index * 17} |`,
      ].join('\n\n');
      await writeFile(join(directory, `document-${index}.md`), `${text}\n`);
    }
  }
}
