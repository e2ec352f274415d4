/** `persea models` and `persea usage`: which models there are, and what asking them came to. */
import { type Command, Option } from 'commander';
import type { AddCommand } from './add-command.ts';
import type { UsageCommandOptions } from './commands/usage.ts';

export function addModelCommands(program: Command, add: AddCommand): void {
  const models = program.command('models').description('model files and language models');
  add<Record<string, never>>(
    models,
    'list',
    'embedding models with their files, language models with their zones, dates and replacements',
    async (context) => (await import('./commands/models.ts')).listModels(context),
  );
  add<Record<string, never>>(models, 'pull [model]', 'fetch and verify model files', async (context, _options, model) =>
    (await import('./commands/models.ts')).pullModel(context, model as string | undefined),
  );
  add<Record<string, never>>(
    models,
    'verify [model]',
    'compare model files with their hashes',
    async (context, _options, model) =>
      (await import('./commands/models.ts')).verifyModel(context, model as string | undefined),
  );
  add<Record<string, never>>(
    models,
    'check [id]',
    'ask language models one word each, and say what is wrong; costs some tokens',
    async (context, _options, id) =>
      (await import('./commands/models-check.ts')).checkModels(context, id as string | undefined),
  );
  add<UsageCommandOptions>(
    program,
    'usage',
    'tokens and cost of questions',
    async (context, options) => (await import('./commands/usage.ts')).usage(context, options),
    (command) =>
      command
        .addOption(
          new Option('--by <what>', 'one row for each; by day when absent').choices([
            'person',
            'model',
            'purpose',
            'day',
          ]),
        )
        .option('--since <day>', 'the first day, such as 2026-02-03; 30 days when absent')
        .option('--until <day>', 'the last day; today when absent')
        .option('--as <id>', 'what this person may see: their own questions, or those of all for an administrator'),
  );
}
