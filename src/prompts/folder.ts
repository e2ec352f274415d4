/** A folder of prompt templates. A file that cannot be used is a problem of its own, never one of the others. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { PerseaError, toPerseaError } from '../core/errors.ts';
import { readTextFile } from '../core/text-file.ts';
import { type PromptTemplate, parseTemplate } from './template.ts';

export interface PromptProblem {
  readonly file: string;
  /** By the file's name; null where it does not say. */
  readonly id: string | null;
  readonly version: string | null;
  readonly error: PerseaError;
}

export interface PromptFolder {
  readonly templates: readonly PromptTemplate[];
  readonly problems: readonly PromptProblem[];
}

const maxFiles = 200;
const maxBytes = 64 * 1024;
/** What a company tells about its prompts; no prompt can be named so. */
const aboutFolder = /^readme\.md$/i;
const namePattern = /^([a-z][a-z0-9-]*)\.v([1-9][0-9]*)\.md$/;

/** Throws `prompt-invalid` where the folder itself cannot be read. */
export function readPromptFolder(directory: string, fileNames: readonly string[]): PromptFolder {
  const templates: PromptTemplate[] = [];
  const problems: PromptProblem[] = [];
  for (const file of fileNames) {
    try {
      templates.push(readTemplate(directory, file));
    } catch (thrown) {
      problems.push({ ...namedBy(file), error: toPerseaError(thrown) });
    }
  }
  return { templates, problems };
}

/** What the name of a file says of the prompt in it. */
export function namedBy(file: string): Pick<PromptProblem, 'file' | 'id' | 'version'> {
  const [, id = null, version = null] = namePattern.exec(file) ?? [];
  return { file, id, version };
}

function readTemplate(directory: string, file: string): PromptTemplate {
  const content = readTextFile(join(directory, file), {
    maxBytes,
    refuse: (problem, cause) =>
      new PerseaError('prompt-invalid', `The prompt template ${file} in ${directory} ${problem}.`, {
        details: { file },
        cause,
      }),
  });
  return parseTemplate(content.replaceAll('\r\n', '\n'), file);
}

/** Names of the templates, sorted; null where there is no folder. */
export function promptFiles(directory: string): readonly string[] | null {
  let names: readonly string[];
  try {
    names = readdirSync(directory);
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return null;
    throw new PerseaError('prompt-invalid', `The folder of prompt templates ${directory} could not be read.`, {
      cause: thrown,
    });
  }
  const files = names.filter((name) => name.endsWith('.md') && !aboutFolder.test(name)).sort();
  if (files.length > maxFiles) {
    throw new PerseaError(
      'prompt-invalid',
      `The folder ${directory} has ${files.length} prompt templates; at most ${maxFiles} are read.`,
    );
  }
  return files;
}

/** Changes whenever one of the files does, also where a copy keeps the time of another file. */
export function folderState(directory: string, fileNames: readonly string[]): string {
  return fileNames
    .map((name) => {
      const stats = statSync(join(directory, name), { throwIfNoEntry: false });
      return `${name} ${stats?.mtimeMs ?? ''} ${stats?.ctimeMs ?? ''} ${stats?.size ?? ''}`;
    })
    .join('\n');
}
