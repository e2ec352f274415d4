/** `persea serve`: the HTTP API until it is interrupted. */
import { systemScope } from '../../access/scope.ts';
import type { App } from '../../app.ts';
import { documentCount } from '../../query/document-count.ts';
import { type CommandContext, parseWhole, withApp, withInterrupt } from '../context.ts';

const largestPort = 65_535;

export async function serve(
  context: CommandContext,
  options: { readonly port?: string; readonly host?: string },
): Promise<undefined> {
  const port = parseWhole(options.port, '--port', 0, largestPort);
  const { output } = context;
  // A line of the log like all others, for whatever reads it.
  const warn = (msg: string) => output.message(JSON.stringify({ level: 'warn', time: new Date().toISOString(), msg }));
  const run = (signal: AbortSignal) =>
    withApp(
      context,
      async (app) => {
        const { startServer } = await import('../../http/serve.ts');
        const server = await startServer(app, {
          ...(port === undefined ? {} : { port }),
          ...(options.host === undefined ? {} : { host: options.host }),
          // The address is the result; the log is for whoever watches.
          logTo: { write: (line) => output.message(line.trimEnd()) },
        });
        app.watchFiles();
        // What goes wrong here goes wrong again at the first question, which says so.
        app.readAhead().catch(() => undefined);
        for (const message of await missingFor(app)) warn(message);
        output.result({ url: server.url }, () => `Listening on ${server.url}`);
        await aborted(signal);
        await server.stop();
      },
      {
        isWarm: true,
        onWarning: warn,
      },
    );
  await withInterrupt(context, run);
  return undefined;
}

/** What a server can do nothing without, though both may come while it runs. */
async function missingFor(app: App): Promise<readonly string[]> {
  const missing: string[] = [];
  if ((await documentCount(app.catalog, systemScope('serve'))) === 0) {
    missing.push('There are no documents yet, so nothing can be found. Run `persea ingest`.');
  }
  if (app.policy().principalIds().length === 0) {
    missing.push(
      `Nobody is known, so every request is refused: ${app.config().access.path} names no principals. Add some, and make them keys with \`persea keys create\`.`,
    );
  }
  return missing;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
