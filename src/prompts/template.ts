/** One prompt template: a Markdown file with front matter, a `system` part and a `user` part. */
import { parse } from 'yaml';
import { z } from 'zod';
import { PerseaError } from '../core/errors.ts';
import { sha256Hex } from '../core/ids.ts';
import { isPromptPurpose, type PromptPurpose, promptPurposes, purposeVariables } from '../core/prompt-purposes.ts';

export interface PromptTemplate {
  readonly id: string;
  readonly version: string;
  readonly purpose: PromptPurpose;
  /** One sentence for whoever chooses. */
  readonly description: string;
  /** The only models it is for; null where it suits any. */
  readonly family: string | null;
  readonly variables: readonly string[];
  /** `sha256:` and the hash of the file's bytes. */
  readonly hash: string;
  readonly system: string;
  readonly user: string;
}

const frontMatterSchema = z.strictObject({
  id: z.string().regex(/^[a-z][a-z0-9-]*$/),
  version: z.string().regex(/^[1-9][0-9]*$/, 'must be a whole number in quotes'),
  purpose: z.string().min(1),
  description: z.string().min(1).optional(),
  family: z
    .string()
    .regex(/^[a-z][a-z0-9]*$/, 'must be lower-case letters and digits')
    .optional(),
  variables: z.array(z.string().regex(/^[a-z][a-zA-Z0-9]*$/)),
});

const filePattern = /^---\n([\s\S]*?)\n---\n=== system ===\n([\s\S]*?)\n=== user ===\n([\s\S]*)$/;
const variablePattern = /\{\{([^{}]*)\}\}/g;

/**
 * @param content the file, LF line ends
 * @throws PerseaError `prompt-invalid`
 */
export function parseTemplate(content: string, fileName: string): PromptTemplate {
  const match = filePattern.exec(content);
  const [, matter, system, user] = match ?? [];
  if (matter === undefined || system === undefined || user === undefined) {
    throw invalid(fileName, 'has no front matter between `---` lines followed by `=== system ===` and `=== user ===`');
  }
  const facts = frontMatterSchema.safeParse(parseFrontMatter(matter, fileName));
  if (!facts.success) throw invalid(fileName, `has invalid front matter: ${z.prettifyError(facts.error)}`);
  const { id, version, variables } = facts.data;
  if (fileName !== `${id}.v${version}.md`)
    throw invalid(fileName, `must be named ${id}.v${version}.md after its id and version`);
  const purpose = purposeOf(facts.data);
  if (purpose === null) throw invalid(fileName, `must have one of these as its purpose: ${promptPurposes.join(', ')}`);
  const wanted = purposeVariables[purpose];
  if (wanted.length !== variables.length || !wanted.every((name) => variables.includes(name))) {
    throw invalid(fileName, `must have exactly the variables of its purpose ${purpose}: ${wanted.join(', ')}`);
  }
  // What comes from a question or a document must never gain the rank of an instruction.
  if (namesIn(system).length > 0) throw invalid(fileName, 'has a variable in its system part');
  const used = new Set(namesIn(user));
  for (const name of used)
    if (!variables.includes(name)) throw invalid(fileName, `uses the undeclared variable {{${name}}}`);
  for (const name of variables) if (!used.has(name)) throw invalid(fileName, `declares but never uses {{${name}}}`);
  return {
    id,
    version,
    purpose,
    description: facts.data.description ?? facts.data.purpose,
    family: facts.data.family ?? null,
    variables,
    hash: `sha256:${sha256Hex(content)}`,
    system: system.trim(),
    user: user.trim(),
  };
}

/** The first files name their purpose by their id and describe it in its place; a released file never changes. */
function purposeOf({ id, purpose }: { readonly id: string; readonly purpose: string }): PromptPurpose | null {
  return [purpose, id].find(isPromptPurpose) ?? null;
}

function parseFrontMatter(matter: string, fileName: string): unknown {
  try {
    return parse(matter);
  } catch (thrown) {
    throw new PerseaError('prompt-invalid', `The prompt template ${fileName} has front matter that is not YAML.`, {
      details: { file: fileName },
      cause: thrown,
    });
  }
}

function namesIn(text: string): string[] {
  return [...text.matchAll(variablePattern)].map((match) => match[1] ?? '');
}

/** Replaces each variable once; braces inside a value are text. */
export function fillVariables(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(variablePattern, (whole, name: string) => values[name] ?? whole);
}

function invalid(fileName: string, problem: string): PerseaError {
  return new PerseaError('prompt-invalid', `The prompt template ${fileName} ${problem}.`, {
    details: { file: fileName },
  });
}
