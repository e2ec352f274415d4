/** `persea serve`: the HTTP API until it is interrupted. */
import { type CommandContext, parseWhole, withApp, withInterrupt } from '../context.ts';

const largestPort = 65_535;

export async function serve(
  context: CommandContext,
  options: { readonly port?: string; readonly host?: string },
): Promise<undefined> {
  const port = parseWhole(options.port, '--port', 0, largestPort);
  const { output } = context;
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
        output.result({ url: server.url }, () => `Listening on ${server.url}`);
        await aborted(signal);
        await server.stop();
      },
      {
        isWarm: true,
        // A line of the log like all others, for whatever reads it.
        onWarning: (msg) => output.message(JSON.stringify({ level: 'warn', time: new Date().toISOString(), msg })),
      },
    );
  await withInterrupt(context, run);
  return undefined;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
