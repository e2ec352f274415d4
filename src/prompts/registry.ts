/**
 * Prompt templates by id and version: the built-in ones, and a company's own beside them. A released file never changes;
 * a change of wording is a new version, and every answer carries the hash of the file it was made with.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PerseaError } from '../core/errors.ts';
import { fillVariables, type PromptTemplate, parseTemplate } from './template.ts';

const builtInPromptsDirectory: string = fileURLToPath(new URL('./templates/', import.meta.url));

/** What a language model gets of a template: a `RenderedPrompt`, not yet sealed by the egress rules. */
export type FilledPrompt = Pick<PromptTemplate, 'id' | 'version' | 'hash' | 'system' | 'user'>;

export interface PromptRegistry {
  /** The newest version unless one is named. Throws `unknown-prompt`. */
  template(id: string, version?: string): PromptTemplate;
  templates(): readonly PromptTemplate[];
}

/** Reads the files at the first use, so that commands which need no prompt do not pay for it. */
export function createPromptRegistry(options: { readonly ownDirectory?: string } = {}): PromptRegistry {
  let loaded: readonly PromptTemplate[] | undefined;
  const templates = () => {
    loaded ??= loadTemplates(options.ownDirectory);
    return loaded;
  };
  return {
    templates,
    template(id, version) {
      const candidates = templates().filter(
        (template) => template.id === id && (version === undefined || template.version === version),
      );
      const newest = candidates.toSorted((a, b) => Number(b.version) - Number(a.version))[0];
      if (newest !== undefined) return newest;
      const names = templates().map((template) => `${template.id} ${template.version}`);
      const wanted = version === undefined ? id : `${id} ${version}`;
      throw new PerseaError(
        'unknown-prompt',
        `The prompt ${JSON.stringify(wanted)} does not exist; there are: ${names.join(', ')}.`,
        {
          details: { prompt: wanted, prompts: names },
        },
      );
    },
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

function loadTemplates(ownDirectory: string | undefined): readonly PromptTemplate[] {
  const templates = new Map<string, PromptTemplate>();
  const directories = ownDirectory === undefined ? [builtInPromptsDirectory] : [builtInPromptsDirectory, ownDirectory];
  for (const directory of directories) {
    for (const fileName of templateFiles(directory)) {
      const template = parseTemplate(
        readFileSync(join(directory, fileName), 'utf8').replaceAll('\r\n', '\n'),
        fileName,
      );
      const key = `${template.id} ${template.version}`;
      if (templates.has(key)) {
        throw new PerseaError(
          'prompt-invalid',
          `The prompt template ${fileName} in ${directory} has the id and version of a built-in one; give it another id or a higher version.`,
          { details: { file: fileName } },
        );
      }
      templates.set(key, template);
    }
  }
  return [...templates.values()];
}

/** A company without templates of its own needs no folder for them. */
function templateFiles(directory: string): readonly string[] {
  try {
    return readdirSync(directory)
      .filter((name) => name.endsWith('.md'))
      .sort();
  } catch (thrown) {
    if (
      thrown instanceof Error &&
      'code' in thrown &&
      thrown.code === 'ENOENT' &&
      directory !== builtInPromptsDirectory
    )
      return [];
    throw new PerseaError('prompt-invalid', `The folder of prompt templates ${directory} could not be read.`, {
      cause: thrown,
    });
  }
}
