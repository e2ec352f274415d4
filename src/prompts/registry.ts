/**
 * Prompt templates by id and version: the built-in ones, and a company's own beside them, which are read anew when a file
 * changes. A released file never changes; a change of wording is a new version, and every answer carries the hash of the
 * file it was made with.
 */
import { fileURLToPath } from 'node:url';
import { PerseaError } from '../core/errors.ts';
import {
  folderState,
  namedBy,
  type PromptFolder,
  type PromptProblem,
  promptFiles,
  readPromptFolder,
} from './folder.ts';
import type { PromptPurpose } from '../core/prompt-purposes.ts';
import { fillVariables, type PromptTemplate } from './template.ts';

const builtInPromptsDirectory: string = fileURLToPath(new URL('./templates/', import.meta.url));

/** What a language model gets of a template: a `RenderedPrompt`, not yet sealed by the egress rules. */
export type FilledPrompt = Pick<PromptTemplate, 'id' | 'version' | 'hash' | 'system' | 'user'>;

/** An id, whose newest version is meant, or `id@version`. */
export type PromptReferences = Readonly<Partial<Record<PromptPurpose, string | undefined>>>;

/** Which prompts the configuration wants. */
export interface PromptChoices {
  readonly all: PromptReferences;
  /** By the model's id; its own choice counts before the one for all. */
  readonly models: ReadonlyMap<string, { readonly family: string | null; readonly prompts: PromptReferences }>;
}

export interface PromptRegistry {
  /**
   * The prompt of this purpose for this model: the one that the configuration names, else the one whose id is the purpose.
   * Of its versions those for the model's family come before those for any, then the newest counts. Throws `unknown-prompt`,
   * and `prompt-invalid` where the file that would be used is broken.
   */
  choose(purpose: PromptPurpose, modelId?: string): PromptTemplate;
  /** The newest version unless one is named. Throws `unknown-prompt`, `prompt-invalid`. */
  template(id: string, version?: string): PromptTemplate;
  templates(): readonly PromptTemplate[];
  isBuiltIn(template: PromptTemplate): boolean;
  /** Files of the company's folder that cannot be used. */
  problems(): readonly PromptProblem[];
}

export interface PromptRegistryOptions {
  readonly ownDirectory?: string;
  readonly choices?: PromptChoices;
}

const noChoices: PromptChoices = { all: {}, models: new Map() };

/** Reads the files at the first use, so that commands which need no prompt do not pay for it. */
export function createPromptRegistry(options: PromptRegistryOptions = {}): PromptRegistry {
  const { choices = noChoices } = options;
  const files = new PromptFiles(options.ownDirectory);
  const find = (id: string, version: string | undefined, family?: string | null) =>
    bestOf(files.all(), { id, version, family });
  return {
    templates: () => files.all().templates,
    problems: () => files.all().problems,
    isBuiltIn: ({ hash }) => files.builtIn().templates.some((template) => template.hash === hash),
    template: (id, version) => find(id, version),
    choose(purpose, modelId) {
      const model = modelId === undefined ? undefined : choices.models.get(modelId);
      const reference = model?.prompts[purpose] ?? choices.all[purpose] ?? purpose;
      const [id = reference, version] = reference.split('@');
      const template = find(id, version, model?.family ?? null);
      if (template.purpose === purpose) return template;
      throw new PerseaError(
        'prompt-invalid',
        `The configuration names the prompt ${reference} for the purpose ${purpose}, but its file says ${template.purpose}.`,
        { details: { prompt: reference, purpose } },
      );
    },
  };
}

interface Wanted {
  readonly id: string;
  readonly version: string | undefined;
  /** Whichever where absent; null for a model of which it is not known. */
  readonly family?: string | null | undefined;
}

function bestOf({ templates, problems }: PromptFolder, { id, version, family }: Wanted): PromptTemplate {
  const versions = templates.filter(
    (template) => template.id === id && (version === undefined || template.version === version),
  );
  const own = versions.filter((template) => template.family !== null && template.family === family);
  const general = versions.filter((template) => template.family === null);
  const suitable = family === undefined ? versions : own.length > 0 ? own : general;
  const newest = suitable.toSorted((a, b) => Number(b.version) - Number(a.version))[0];
  const broken = problems.find(
    (problem) =>
      problem.id === id &&
      (version === undefined ? Number(problem.version) >= Number(newest?.version ?? 0) : problem.version === version),
  );
  // The wording that somebody wrote last must not give way to an older one unnoticed.
  if (broken !== undefined) throw broken.error;
  if (newest !== undefined) return newest;
  const names = templates.map((template) => `${template.id} ${template.version}`);
  const wanted = version === undefined ? id : `${id} ${version}`;
  const families = [...new Set(versions.map((template) => template.family))].join(', ');
  throw new PerseaError(
    'unknown-prompt',
    families === ''
      ? `The prompt ${JSON.stringify(wanted)} does not exist; there are: ${names.join(', ')}.`
      : `The prompt ${JSON.stringify(wanted)} is only for models of the family ${families}; name another one for this model.`,
    { details: { prompt: wanted, prompts: names } },
  );
}

class PromptFiles {
  readonly #ownDirectory: string | undefined;
  #builtIn: PromptFolder | undefined;
  #all: { readonly state: string; readonly folder: PromptFolder } | undefined;

  constructor(ownDirectory: string | undefined) {
    this.#ownDirectory = ownDirectory;
  }

  builtIn(): PromptFolder {
    if (this.#builtIn === undefined) {
      const names = promptFiles(builtInPromptsDirectory);
      if (names === null)
        throw new PerseaError('internal', `The installation lacks its prompts, ${builtInPromptsDirectory}.`);
      const folder = readPromptFolder(builtInPromptsDirectory, names);
      const [problem] = folder.problems;
      if (problem !== undefined) throw problem.error;
      this.#builtIn = folder;
    }
    return this.#builtIn;
  }

  all(): PromptFolder {
    const directory = this.#ownDirectory;
    // A company without templates of its own needs no folder for them.
    const names = directory === undefined ? null : promptFiles(directory);
    if (directory === undefined || names === null) return this.builtIn();
    const state = folderState(directory, names);
    if (this.#all?.state !== state) {
      this.#all = { state, folder: merged(this.builtIn(), readPromptFolder(directory, names)) };
    }
    return this.#all.folder;
  }
}

/** A company's file may not replace a built-in one: an answer names its prompt by id and version. */
function merged(builtIn: PromptFolder, own: PromptFolder): PromptFolder {
  const hashes = new Map(builtIn.templates.map(({ id, version, hash }) => [`${id} ${version}`, hash]));
  const taken = own.templates.filter(({ id, version }) => hashes.has(`${id} ${version}`));
  // An unchanged copy says nothing else.
  const clashes = taken.filter(({ id, version, hash }) => hashes.get(`${id} ${version}`) !== hash);
  const problems = clashes.map(({ id, version }): PromptProblem => {
    const file = `${id}.v${version}.md`;
    return {
      ...namedBy(file),
      error: new PerseaError(
        'prompt-invalid',
        `The prompt template ${file} has the id and version of a built-in one; give it another id or a higher version.`,
        { details: { file } },
      ),
    };
  });
  return {
    templates: [...builtIn.templates, ...own.templates.filter((template) => !taken.includes(template))],
    problems: [...own.problems, ...problems],
  };
}

/** @throws PerseaError `prompt-invalid` if a variable is missing or not one of the template's */
export function renderPrompt(template: PromptTemplate, values: Readonly<Record<string, string>>): FilledPrompt {
  const given = Object.keys(values);
  const missing = template.variables.filter((name) => !given.includes(name));
  const unknown = given.filter((name) => !template.variables.includes(name));
  if (missing.length > 0 || unknown.length > 0) {
    throw new PerseaError(
      'prompt-invalid',
      `The prompt ${template.id} ${template.version} was given other variables than it declares (missing: ${missing.join(', ') || 'none'}; unknown: ${unknown.join(', ') || 'none'}).`,
      { details: { prompt: template.id, missing, unknown } },
    );
  }
  const { id, version, hash, system, user } = template;
  return { id, version, hash, system, user: fillVariables(user, values) };
}
