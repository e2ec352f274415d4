/**
 * Every file of a folder, whatever it is, through one ingest of the built command: `npm run bench:all-files [-- FOLDER]`
 * (needs `npm run build`). Each must end in text or in a code. Then each is parsed alone, for its time. Prints counts by
 * format and code, never contents; `--out FILE` also writes them.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { createParserPool } from '../ingest/loaders/parse.ts';
import { configFrom } from '../src/config.ts';
import type { IngestReport } from '../src/core/ingestor.ts';
import { PerseaError } from '../src/core/errors.ts';
import { builtCommand, machine, print, quantile, runCommand, sharedData, withTemporaryFolder } from './support.ts';

const { values, positionals } = parseArgs({ allowPositionals: true, options: { out: { type: 'string' } } });
const folder = positionals[0] ?? sharedData;
if (!existsSync(folder)) {
  print(`Skipped: ${folder} is not here.`);
  process.exit(0);
}

interface Outcome {
  readonly path: string;
  readonly format: string;
  /** Null where the file became text. */
  readonly code: string | null;
  readonly ms: number;
}

const lines: string[] = [];
const say = (line: string) => {
  lines.push(line);
  print(line);
};

await withTemporaryFolder(async (temporary) => {
  const config = join(temporary, 'persea.yaml');
  await writeFile(
    config,
    `sources: [{ name: all, path: ${JSON.stringify(folder)}, label: { anyOf: [everyone] } }]\nembedding: { provider: none }\n`,
  );
  const run = await runCommand(builtCommand, ['ingest', '--config', config, '--json']);
  if (run.status !== 0 && run.status !== 3) throw new Error(`The ingest ended with ${run.status}.`);
  const report = JSON.parse(run.stdout) as IngestReport;
  const codes = new Map(report.quarantined.map(({ uri, code }) => [uri, code]));
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((path) => join(folder, path))
    .filter((path) => statSync(path).isFile() && !/(?:^|\/)\./.test(relative(folder, path)));
  const times = await parseTimes(paths);
  const outcomes = paths.map((path): Outcome => {
    const name = relative(folder, path);
    return { path: name, format: formatOf(name), code: codes.get(`all/${name}`) ?? null, ms: times.get(path) ?? 0 };
  });
  const asText = outcomes.filter((outcome) => outcome.code === null).length;
  say(`${machine()}`);
  say('');
  say(
    `${paths.length} files: ${asText} became text (${report.attachments} attachments, ${report.chunks} chunks), ${outcomes.length - asText} were refused with a code, ` +
      `${paths.length - report.added - report.quarantined.length} unaccounted for. ` +
      `${run.seconds.toFixed(0)} s in all, keywords only; ${run.peakMegabytes.toFixed(0)} MB at most over all processes.`,
  );
  const ms = outcomes.map((outcome) => outcome.ms);
  const slowest = outcomes.reduce((worst, outcome) => (outcome.ms > worst.ms ? outcome : worst));
  say(
    `Parsed alone: median ${quantile(ms, 0.5).toFixed(0)} ms, 99 % within ${quantile(ms, 0.99).toFixed(0)} ms, slowest ${slowest.ms.toFixed(0)} ms (${slowest.path}).`,
  );
  say('');
  say('| format | files | text | refused |');
  say('| --- | --- | --- | --- |');
  for (const [format, members] of [...Map.groupBy(outcomes, (outcome) => outcome.format)].sort(
    ([a, x], [b, y]) => y.length - x.length || (a < b ? -1 : 1),
  )) {
    const refused = Map.groupBy(
      members.filter((member) => member.code !== null),
      (member) => member.code ?? '',
    );
    const list = [...refused].map(([code, some]) => `${some.length} ${code}`).join(', ');
    say(`| ${format} | ${members.length} | ${members.filter((member) => member.code === null).length} | ${list} |`);
  }
});
if (values.out !== undefined) await writeFile(values.out, `${lines.join('\n')}\n`);

/** One at a time, as the product parses: bounded by the limits that a default configuration has. */
async function parseTimes(paths: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const { limits } = configFrom('', null, '.');
  const pool = createParserPool({ size: 1, limits, timeoutMs: limits.parseMs, memoryBytes: limits.parseMemoryBytes });
  const times = new Map<string, number>();
  for (const path of paths) {
    const bytes = new Uint8Array(readFileSync(path));
    const startedAt = performance.now();
    await pool.parse({ bytes, fileName: basename(path) }).catch((thrown: unknown) => {
      if (!(thrown instanceof PerseaError)) throw thrown;
    });
    times.set(path, performance.now() - startedAt);
  }
  await pool.close();
  return times;
}

function formatOf(path: string): string {
  return /\.([A-Za-z0-9]{1,8})$/.exec(basename(path))?.[1]?.toLowerCase() ?? '(none)';
}
