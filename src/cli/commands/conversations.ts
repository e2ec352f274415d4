/** `persea conversations`: what a person asked in conversations. */
import { counted } from '../../core/counts.ts';
import { type CommandContext, parseCount, scopeAs, withApp } from '../context.ts';
import { alignedTable, oneLine, printable } from '../text.ts';

const defaultLimit = 20;

export async function listConversations(
  context: CommandContext,
  options: { readonly as: string; readonly limit?: string },
): Promise<undefined> {
  const limit = parseCount(options.limit, '--limit') ?? defaultLimit;
  const conversations = await withApp(context, async (app) =>
    app.conversations.list(await scopeAs(app, options.as), { limit }),
  );
  context.output.result({ conversations }, () =>
    conversations.length === 0
      ? 'There are no conversations. `persea ask --conversation NAME` begins one.'
      : alignedTable(
          conversations.map(({ id, title, questions, lastAt }) => [
            printable(id),
            lastAt.slice(0, 16).replace('T', ' '),
            counted(questions, 'question'),
            oneLine(title),
          ]),
        ),
  );
  return undefined;
}

export async function removeConversation(
  context: CommandContext,
  options: { readonly as: string },
  id: string,
): Promise<undefined> {
  await withApp(context, async (app) => app.conversations.remove(await scopeAs(app, options.as), id));
  context.output.result({ removed: id }, () => `Nothing of the conversation ${printable(id)} is kept any more.`);
  return undefined;
}
