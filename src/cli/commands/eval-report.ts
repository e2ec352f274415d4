/** `persea eval report`: results as one page that opens anywhere. */
import { basename } from 'node:path';
import { counted } from '../../core/counts.ts';
import { PerseaError } from '../../core/errors.ts';
import { reportPage } from '../../eval/report/page.ts';
import { readResultFile } from '../../eval/result-file.ts';
import { type CommandContext, parseWhole } from '../context.ts';
import { writeOutput } from '../output-file.ts';
import { defaultSeed, largestSeed } from '../seed.ts';

export interface ReportCommandOptions {
  readonly out: string;
  readonly seed?: string;
}

/** More would be a page that nobody reads, and results are kept in memory together. */
const maxResults = 20;

export async function reportEvaluations(
  { output }: CommandContext,
  options: ReportCommandOptions,
  files: readonly string[],
): Promise<undefined> {
  if (files.length > maxResults) {
    throw new PerseaError('usage-invalid', `A report takes at most ${maxResults} results, not ${files.length}.`);
  }
  const seed = parseWhole(options.seed, '--seed', 0, largestSeed) ?? defaultSeed;
  const results = await Promise.all(files.map((file) => readResultFile(file)));
  const names = distinctNames(files);
  const page = reportPage(
    results.map((result, index) => ({ name: names[index] ?? '', result })),
    { seed, date: new Date() },
  );
  await writeOutput('The report', options.out, page);
  const value = { out: options.out, results: files.length, bytes: Buffer.byteLength(page) };
  output.result(value, () => `${counted(files.length, 'result')} in ${options.out}`);
  return undefined;
}

/** File names without their folders, unless two of them would then be the same. */
function distinctNames(files: readonly string[]): readonly string[] {
  const names = files.map((file) => basename(file, '.json'));
  return new Set(names).size === names.length ? names : files;
}
