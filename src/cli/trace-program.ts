/** `persea trace` and `persea feedback`: how answers came about, and what people think of them. */
import type { Command } from 'commander';
import type { AddCommand } from './add-command.ts';

const asUsage = "show what this person may see; the operator's own view when absent";

export function addTraceCommands(program: Command, add: AddCommand): void {
  const trace = program.command('trace').description('how answers came about');
  add<{ as?: string }>(
    trace,
    'show <id>',
    'stages, passages, window, models and checks of one question; the id is the traceId of its answer',
    async (context, options, id) => (await import('./commands/trace.ts')).showTrace(context, options, id as string),
    (command) => command.option('--as <id>', asUsage),
  );
  add<{ as?: string; limit?: string }>(
    trace,
    'list',
    'the last questions, newest first',
    async (context, options) => (await import('./commands/trace.ts')).listTraces(context, options),
    (command) => command.option('--as <id>', asUsage).option('--limit <n>', 'at most this many; 20 when absent'),
  );

  add<{ of?: string }>(
    trace,
    'remove [id]',
    'delete a trace, or all of one person, with the feedback to them',
    async (context, options, id) =>
      (await import('./commands/trace.ts')).removeTraces(context, options, id as string | undefined),
    (command) => command.option('--of <id>', 'all questions of this person, also one who is no longer in access.yaml'),
  );

  const feedback = program.command('feedback').description('what people think of answers');
  add<{ out?: string }>(
    feedback,
    'export',
    'rated questions as cases for `persea eval run`',
    async (context, options) => (await import('./commands/feedback.ts')).exportFeedback(context, options),
    (command) => command.option('--out <file>', 'write the cases to a file of JSON Lines, such as cases.jsonl'),
  );
}
