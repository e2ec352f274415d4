/** `persea init`: a commented configuration to begin with. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { PerseaError } from '../../core/errors.ts';
import { isInside, pathWithin } from '../../core/paths.ts';
import type { CommandContext } from '../context.ts';
import {
  accessFile,
  configFile,
  type InitialSource,
  keptFrom,
  sampleDocument,
  unknownModelName,
} from '../init-files.ts';
import { type LlmOption, resolveLlm } from '../llm-option.ts';
import { printable } from '../text.ts';

interface InitOptions {
  readonly directory: string | undefined;
  readonly from?: string;
  readonly llm?: string;
}

export async function init(context: CommandContext, options: InitOptions): Promise<undefined> {
  const { output } = context;
  const directory = resolve(options.directory ?? '.');
  const source = options.from === undefined ? sampleSource : sourceFrom(resolve(options.from), directory);
  const names = ['persea.yaml', 'access.yaml', ...(source.isSample ? [sampleDocument.path] : [])];
  refuseToOverwrite(directory, names);
  const llm = options.llm === undefined ? null : await resolveLlm(options.llm);

  const contents = [configFile(source, llm), accessFile, ...(source.isSample ? [sampleDocument.text] : [])];
  const files = names.map((name) => join(directory, name));
  for (const [index, file] of files.entries()) await writeNew(file, contents[index] ?? '');
  const warnings = [...emptinessOf(options.from), ...(llm === null ? [] : warningsOf(llm))];
  for (const warning of warnings) output.warn(warning);
  output.result({ files, warnings }, () =>
    [...files.map((file) => `wrote ${file}`), '', nextSteps(options, source)].join('\n'),
  );
  return undefined;
}

const sampleSource: InitialSource = {
  name: 'documents',
  path: './documents',
  exclude: ['**/drafts/**'],
  isSample: true,
};

function sourceFrom(folder: string, directory: string): InitialSource {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) {
    throw new PerseaError('usage-invalid', `--from needs a folder; there is none at ${folder}. Nothing was written.`);
  }
  // Where the configuration lies among the documents, it is none of them.
  const holdsConfig = folder === directory || isInside(directory, folder);
  return {
    name: sourceName(folder),
    path: folder === directory || isInside(folder, directory) ? `./${pathWithin(directory, folder)}` : folder,
    exclude: ['**/drafts/**', '**/node_modules/**', ...(holdsConfig ? ['**/persea.yaml', '**/access.yaml'] : [])],
    isSample: false,
  };
}

function sourceName(folder: string): string {
  const name = basename(folder)
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9_.-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+|-+$/g, '')
    .slice(0, 64);
  return name === '' || name === 'persea.canary' ? 'documents' : name;
}

function refuseToOverwrite(directory: string, names: readonly string[]): void {
  const existing = names.filter((name) => existsSync(join(directory, name)));
  if (existing.length === 0) return;
  throw new PerseaError(
    'usage-invalid',
    `There is already ${existing.join(' and ')} in ${directory}, and init never overwrites; nothing was written. Name another folder.`,
    { details: { directory, existing } },
  );
}

async function writeNew(file: string, content: string): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true });
    // Exclusive, in case the file has appeared since it was looked for.
    await writeFile(file, content, { flag: 'wx' });
  } catch (cause) {
    throw new PerseaError(
      'usage-invalid',
      `Tried to write ${file}: ${(cause as Error).message}. Name a folder that can be written to.`,
      { cause },
    );
  }
}

/** Whoever names the wrong folder sees it now, and not at the ingest. */
function emptinessOf(from: string | undefined): readonly string[] {
  const isEmpty = from !== undefined && readdirSync(resolve(from)).every((name) => name.startsWith('.'));
  return isEmpty
    ? [`There are no documents in ${resolve(from)} yet; \`persea ingest\` finds nothing until there are.`]
    : [];
}

function warningsOf({ baseUrl, zone, model, apiKeyEnv }: LlmOption): readonly string[] {
  const warnings: string[] = [];
  const kept = keptFrom(zone);
  if (zone !== 'local' && kept.length > 0) {
    const lines = kept.map((classification) => `egress.${classification}`).join(' and ');
    warnings.push(
      `${baseUrl} is in the zone ${zone}: ${kept.join(' and ')} content stays away from this model, and is answered by ` +
        `quotes, until you add ${zone} to ${lines} in persea.yaml (the lines are there, commented out).`,
    );
  }
  if (model === null) {
    warnings.push(
      `${baseUrl} could not be asked for its models: put the name of one in place of "${unknownModelName}" in persea.yaml.`,
    );
  }
  if (apiKeyEnv !== null && (process.env[apiKeyEnv] ?? '') === '') {
    warnings.push(`Set the environment variable ${apiKeyEnv} to the key of the model before you ask.`);
  }
  return warnings;
}

function nextSteps({ directory }: InitOptions, source: InitialSource): string {
  const command = process.env.npm_lifecycle_event === 'persea' ? 'npm run persea --' : 'persea';
  const config =
    directory === undefined || resolve(directory) === process.cwd()
      ? ''
      : ` --config ${join(directory, 'persea.yaml')}`;
  const question = source.isSample ? sampleDocument.question : 'your question';
  return printable(
    [
      'Next:',
      `  ${command} ingest${config}`,
      `  ${command} ask "${question}" --as me${config}`,
      `  ${command} serve${config}`,
    ].join('\n'),
  );
}
