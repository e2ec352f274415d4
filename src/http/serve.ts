/** The life of a listening server: looks for canaries, listens, and stops without cutting anybody off who can be waited for. */
import type { AddressInfo } from 'node:net';
import type { DestinationStream } from 'pino';
import { PerseaError, toPerseaError } from '../core/errors.ts';
import type { ServedApp } from './routes/context.ts';
import { createServer } from './server.ts';

export interface ServeOptions {
  /** Instead of `server.host` and `server.port`; port 0 takes a free one. */
  readonly host?: string;
  readonly port?: number;
  readonly logTo?: DestinationStream;
  /** How long a client may take nothing of what is ready for it before its connection is closed. */
  readonly stalledMs?: number;
  /** How long running questions may go on after the stop was asked for. */
  readonly graceMs?: number;
}

export interface RunningServer {
  /** Such as `http://127.0.0.1:4310`. */
  readonly url: string;
  /** Takes nothing new, lets running questions end within the grace, then ends them. */
  stop(): Promise<void>;
}

/** With what follows it, less than the ten seconds after which `docker stop` kills, and with that what was not booked yet. */
const defaultGraceMs = 7_000;
/** What an aborted question may take to say so to its client. */
const partingMs = 1000;

/** Throws `internal` where a canary is found, `port-in-use` and `config-invalid` where it cannot listen. */
export async function startServer(app: ServedApp, options: ServeOptions = {}): Promise<RunningServer> {
  await refuseWithCanaries(app);
  const stopping = new AbortController();
  const server = await createServer(app, {
    stopping: stopping.signal,
    ...(options.logTo === undefined ? {} : { logTo: options.logTo }),
    ...(options.stalledMs === undefined ? {} : { stalledMs: options.stalledMs }),
  });
  const configured = app.config().server;
  const [host, port] = [options.host ?? configured.host, options.port ?? configured.port];
  try {
    await server.listen({ host, port });
  } catch (thrown) {
    await server.close();
    throw listenError(thrown, host, port);
  }

  let stopped: Promise<void> | undefined;
  const stop = async () => {
    const abort = setTimeout(
      () => stopping.abort(new PerseaError('aborted', 'The server is stopping. Send the question again in a moment.')),
      options.graceMs ?? defaultGraceMs,
    );
    const cut = setTimeout(() => server.server.closeAllConnections(), (options.graceMs ?? defaultGraceMs) + partingMs);
    try {
      await server.close();
    } finally {
      clearTimeout(abort);
      clearTimeout(cut);
    }
  };
  return {
    url: urlOf(server.server.address()),
    stop: () => {
      stopped ??= stop();
      return stopped;
    },
  };
}

/** A person who can find a canary could find anything. */
async function refuseWithCanaries(app: ServedApp): Promise<void> {
  const check = (await app.checks({ names: ['canaries'] })).find(({ name }) => name === 'canaries');
  if (check?.ok === true) return;
  throw new PerseaError(
    'internal',
    `Tried to start the server; the check of the canaries did not pass, so nothing is served. ${check?.detail ?? 'It was not made.'}`,
  );
}

function listenError(thrown: unknown, host: string, port: number): PerseaError {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
  const address = `${host}:${port}`;
  if (code === 'EADDRINUSE') {
    return new PerseaError(
      'port-in-use',
      `Tried to listen on ${address}; another program does. Stop it, or change server.port or --port.`,
      { details: { host, port }, cause: thrown },
    );
  }
  if (code === 'EACCES' || code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return new PerseaError(
      'config-invalid',
      `Tried to listen on ${address}; the system does not allow it (${code}). Change server.host or server.port.`,
      { details: { host, port }, cause: thrown },
    );
  }
  return toPerseaError(thrown);
}

function urlOf(address: AddressInfo | string | null): string {
  if (address === null || typeof address === 'string') return String(address);
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return `http://${host}:${address.port}`;
}
