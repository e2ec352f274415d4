/** `persea people`: what is kept of a person. */
import { systemScope } from '../../access/scope.ts';
import type { App } from '../../app.ts';
import { counted } from '../../core/counts.ts';
import { PerseaError } from '../../core/errors.ts';
import { type CommandContext, withApp } from '../context.ts';
import { printable } from '../text.ts';

const scope = systemScope('persea people forget');

/** May be repeated: what an interrupted run left is found by the next. */
export async function forgetPerson(context: CommandContext, id: string): Promise<undefined> {
  const forgotten = await withApp(context, async (app) => {
    if (isKnown(app, id)) {
      throw new PerseaError(
        'usage-invalid',
        `${id} is still in access.yaml and could ask again meanwhile. Take that person out first; a running server follows within two seconds.`,
      );
    }
    const { keys, questions } = await app.catalog.forgetPerson(id);
    const conversations = await app.conversations.removeAllOf(scope, id);
    const traces = app.traces.remove(scope, { principalId: id });
    return { person: id, keys, conversations, traces, usage: questions };
  });
  const { keys, conversations, traces, usage } = forgotten;
  context.output.result(
    forgotten,
    () =>
      `Forgot ${printable(id)}: ${counted(keys, 'key')}, ${counted(conversations, 'conversation')}, ${counted(traces, 'trace')} with the feedback to them. ` +
      `What ${counted(usage, 'question')} came to stays in the sums, without a name.`,
  );
  return undefined;
}

function isKnown(app: App, id: string): boolean {
  return app.policy().principalIds().includes(id);
}
