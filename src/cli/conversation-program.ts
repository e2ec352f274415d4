/** `persea conversations` and `persea people`: what people asked in conversations, and what is kept of them. */
import { type Command, Option } from 'commander';
import type { AddCommand } from './add-command.ts';

const asOption = () => new Option('--as <id>', 'the person whose conversations they are').makeOptionMandatory();

export function addConversationCommands(program: Command, add: AddCommand): void {
  const conversations = program.command('conversations').description('what a person asked in conversations');
  add<{ as: string; limit?: string }>(
    conversations,
    'list',
    'conversations by their titles, the latest first',
    async (context, options) => (await import('./commands/conversations.ts')).listConversations(context, options),
    (command) => command.addOption(asOption()).option('--limit <n>', 'at most this many; 20 when absent'),
  );
  add<{ as: string }>(
    conversations,
    'remove <id>',
    'forget what was asked in a conversation',
    async (context, options, id) =>
      (await import('./commands/conversations.ts')).removeConversation(context, options, id as string),
    (command) => command.addOption(asOption()),
  );

  const people = program.command('people').description('what is kept of people');
  add<Record<string, never>>(
    people,
    'forget <id>',
    'delete keys, conversations, traces and feedback of somebody who left access.yaml; what they used stays in sums without a name',
    async (context, _options, id) => (await import('./commands/people.ts')).forgetPerson(context, id as string),
  );
}
