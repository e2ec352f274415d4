/**
 * persea.yaml becomes a frozen `Config`: checked strictly, defaults filled in, every path absolute. Keys of vendors are
 * never in it, only the names of the environment variables that hold them.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { configSchema } from './config/schema.ts';
import { PerseaError } from './core/errors.ts';
import { readTextFile } from './core/text-file.ts';
import { parseYaml } from './core/yaml-file.ts';

type DeepReadonly<T> = T extends readonly (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> }
    : T;

type FileConfig = DeepReadonly<z.output<typeof configSchema>>;

export interface Config extends Omit<FileConfig, 'access' | 'route'> {
  /** Absolute path of the file; null where defaults are used. */
  readonly path: string | null;
  /** Where relative paths start. */
  readonly directory: string;
  readonly access: {
    readonly path: string;
    /** The config names the file: then it must exist. Otherwise a missing file means that nobody is known. */
    readonly isRequired: boolean;
  };
  /** Ids of models in the order in which they are asked. */
  readonly route: readonly string[];
}

export type ModelConfig = Config['models'][number];
export type LimitsConfig = Config['limits'];

const defaultConfigFile = 'persea.yaml';
/** Of the list of names: more of them would make every redaction slow. */
const maxNamesBytes = 2_000_000;

export interface LoadConfigOptions {
  /** As given with --config, relative to `directory`. */
  readonly path?: string;
  /** The working directory when absent. */
  readonly directory?: string;
}

/**
 * Throws `config-not-found` for a named file that is not there and `config-invalid` for one that breaks the schema, or names a list
 * of names that cannot be read.
 */
export function loadConfig(options: LoadConfigOptions = {}): Config {
  const directory = resolve(options.directory ?? process.cwd());
  const path = resolve(directory, options.path ?? defaultConfigFile);
  if (options.path === undefined && !existsSync(path)) return configFrom('', null, directory);
  return configFrom(readConfigFile(path), path, dirname(path));
}

/** The configuration that this text stands for; `path` is for messages. Throws `config-invalid`. */
export function configFrom(text: string, path: string | null, directory: string): Config {
  const file = parseYaml({ text, path: path ?? defaultConfigFile, code: 'config-invalid' }, topLevelNullsAllowed);
  const at = (relative: string) => resolve(directory, relative);
  return deepFreeze<Config>({
    ...file,
    path,
    directory,
    dataDir: at(file.dataDir),
    access: { path: at(file.access ?? 'access.yaml'), isRequired: file.access !== undefined },
    sources: file.sources.map((source) => ({ ...source, path: at(source.path) })),
    embedding: embeddingAt(file.embedding, at),
    modelFiles: { mirrors: file.modelFiles.mirrors.map((mirror) => (isWebAddress(mirror) ? mirror : at(mirror))) },
    retrieval: { ...file.retrieval, reranker: rerankerAt(file.retrieval.reranker, at) },
    context: { ...file.context, formatsDir: at(file.context.formatsDir) },
    prompts: { ...file.prompts, dir: at(file.prompts.dir) },
    models: file.models.map((model) => modelAt(model, at)),
    redact: namesAt(file.redact, at),
    route: file.route ?? file.models.filter((model) => model.status !== 'retired').map((model) => model.id),
  });
}

/** With the names of the list among them: without it they would leave, so nothing works until it is there. */
function namesAt(redact: FileConfig['redact'], at: (relative: string) => string): FileConfig['redact'] {
  if (redact.namesFile === undefined) return redact;
  const namesFile = at(redact.namesFile);
  return { ...redact, namesFile, names: [...redact.names, ...namesIn(namesFile)] };
}

function namesIn(path: string): readonly string[] {
  const text = readTextFile(path, {
    maxBytes: maxNamesBytes,
    refuse: (problem, cause) =>
      new PerseaError(
        'config-invalid',
        `Tried to read the list of names ${path} (redact.namesFile); it ${problem}. Correct the path or the file, or leave the setting out.`,
        { details: { path }, cause },
      ),
  });
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  return lines.filter((line) => line !== '' && !line.startsWith('#'));
}

function rerankerAt(reranker: Config['retrieval']['reranker'], at: (relative: string) => string) {
  const { crossEncoder } = reranker;
  if (crossEncoder === undefined) return reranker;
  return { ...reranker, crossEncoder: { ...crossEncoder, folder: at(crossEncoder.folder) } };
}

type FileModel = FileConfig['models'][number];

/** Its files, from wherever they are named. */
function modelAt(model: FileModel, at: (relative: string) => string): FileModel {
  if (model.provider === 'extractive') return model;
  return {
    ...model,
    ...(model.tokenizer.endsWith('.json') ? { tokenizer: at(model.tokenizer) } : {}),
    ...connectionAt(model, at),
  };
}

function embeddingAt(embedding: FileConfig['embedding'], at: (relative: string) => string): FileConfig['embedding'] {
  return embedding.provider === 'openai-compatible' ? { ...embedding, ...connectionAt(embedding, at) } : embedding;
}

function connectionAt(
  {
    apiKeyFile,
    headers,
    query,
  }: Pick<Exclude<FileModel, { readonly provider: 'extractive' }>, 'apiKeyFile' | 'headers' | 'query'>,
  at: (relative: string) => string,
) {
  const settingsAt = (settings: typeof headers) =>
    Object.fromEntries(
      Object.entries(settings).map(([name, value]) => [
        name,
        typeof value === 'object' && 'file' in value ? { file: at(value.file) } : value,
      ]),
    );
  return {
    ...(apiKeyFile === undefined ? {} : { apiKeyFile: at(apiKeyFile) }),
    headers: settingsAt(headers),
    query: settingsAt(query),
  };
}

/** For editors that check and complete persea.yaml. */
export function configJsonSchema(): Readonly<Record<string, unknown>> {
  return {
    ...z.toJSONSchema(configSchema, { io: 'input' }),
    title: 'persea.yaml',
    description: 'Configuration of Persea. Every section is optional; unknown keys are errors.',
  };
}

/** A section whose lines are all commented out is a section left out. */
const topLevelNullsAllowed = z.preprocess(
  (value) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== null))
      : value,
  configSchema,
);

function readConfigFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new PerseaError(
      'config-not-found',
      `Tried to read the configuration ${path}; there is no readable file. Check the path, or run \`persea init\`.`,
      { details: { path }, cause },
    );
  }
}

function isWebAddress(text: string): boolean {
  return /^https?:\/\//.test(text);
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const entry of Object.values(value)) deepFreeze(entry);
  }
  return value;
}
