/** `persea prompts`: what language models are told, and which of them get it. */
import { loadConfig } from '../../config.ts';
import { assignPrompts } from '../../prompts/assignments.ts';
import { compareLines } from '../../prompts/compare.ts';
import { configuredPrompts } from '../../prompts/configured.ts';
import type { PromptRegistry } from '../../prompts/registry.ts';
import type { PromptTemplate } from '../../prompts/template.ts';
import type { CommandContext } from '../context.ts';
import { type ExitStatus, exitStatus } from '../exit-status.ts';
import { alignedTable, oneLine, printable, wrap } from '../text.ts';

const signs = { same: ' ', removed: '-', added: '+' } as const;
const shownHash = 'sha256:'.length + 12;

/** Ends with status 1 where a file cannot be used or a choice of the configuration cannot be kept. */
export async function listPrompts(context: CommandContext): Promise<ExitStatus> {
  const { output } = context;
  const config = configOf(context);
  const registry = configuredPrompts(config);
  const models = config.models.filter(({ provider, status }) => provider !== 'extractive' && status !== 'retired');
  const assigned = assignPrompts(
    registry,
    models.map(({ id }) => id),
  );
  const prompts = registry.templates().map((template) => ({
    ...factsOf(registry, template),
    usedBy: assigned.models.get(template.hash) ?? [],
  }));
  const problems = assigned.problems.map(({ code, message, details }) => ({ code, message, details }));
  const result = { folder: config.prompts.dir, prompts, problems };
  output.result(result, () => {
    const rows = prompts.map(({ id, version, purpose, family, origin, hash, usedBy }) => [
      `${id}@${version}`,
      purpose,
      family === null ? 'any model' : `family ${family}`,
      origin,
      hash.slice(0, shownHash),
      usedBy.length === 0 ? '' : `for ${oneLine(usedBy.join(', '))}`,
    ]);
    return [
      output.paint('bold', `Prompts; your own lie in ${printable(config.prompts.dir)}`),
      alignedTable(rows),
      ...(problems.length === 0 ? [] : ['', output.paint('bold', 'Problems')]),
      ...problems.map(({ message }) => wrap(oneLine(message), output.columns, '  ')),
    ].join('\n');
  });
  return problems.length === 0 ? exitStatus.done : exitStatus.failed;
}

export async function showPrompt(context: CommandContext, reference: string): Promise<undefined> {
  const registry = configuredPrompts(configOf(context));
  const template = templateNamed(registry, reference);
  const result = { ...factsOf(registry, template), system: template.system, user: template.user };
  context.output.result(result, () => printable(textOf(result)));
  return undefined;
}

export async function diffPrompts(context: CommandContext, a: string, b: string): Promise<undefined> {
  const registry = configuredPrompts(configOf(context));
  const [before, after] = [templateNamed(registry, a), templateNamed(registry, b)];
  const changes = compareLines(partsOf(before), partsOf(after));
  const result = { a: factsOf(registry, before), b: factsOf(registry, after), changes };
  context.output.result(result, () =>
    [
      `--- ${before.id}@${before.version}  ${before.hash.slice(0, shownHash)}`,
      `+++ ${after.id}@${after.version}  ${after.hash.slice(0, shownHash)}`,
      ...changes.map(({ kind, line }) => printable(`${signs[kind]}${line}`)),
    ].join('\n'),
  );
  return undefined;
}

function configOf({ configPath }: CommandContext) {
  return loadConfig(configPath === undefined ? {} : { path: configPath });
}

function templateNamed(registry: PromptRegistry, reference: string): PromptTemplate {
  const [id = reference, version] = reference.split('@');
  return registry.template(id, version);
}

function factsOf(registry: PromptRegistry, template: PromptTemplate) {
  const { id, version, purpose, description, family, variables, hash } = template;
  const origin = registry.isBuiltIn(template) ? 'built-in' : 'own';
  return { id, version, purpose, description, family, variables, hash, origin };
}

function partsOf({ system, user }: Pick<PromptTemplate, 'system' | 'user'>): string {
  return `=== system ===\n${system}\n=== user ===\n${user}`;
}

function textOf(prompt: ReturnType<typeof factsOf> & Pick<PromptTemplate, 'system' | 'user'>): string {
  const { id, version, purpose, description, family, variables, hash, origin } = prompt;
  return [
    `${id}@${version} (${origin}), ${purpose}${family === null ? '' : `, for models of the family ${family}`}`,
    description,
    `variables ${variables.join(', ')}; ${hash}`,
    '',
    partsOf(prompt),
  ].join('\n');
}
