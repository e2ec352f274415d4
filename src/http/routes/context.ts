/** What every group of routes gets. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { App } from '../../app.ts';
import type { Clock } from '../../core/async.ts';
import type { PerseaError } from '../../core/errors.ts';

/** The part of the app that the server uses. */
export type ServedApp = Pick<
  App,
  | 'config'
  | 'policy'
  | 'catalog'
  | 'scopeFor'
  | 'search'
  | 'ask'
  | 'askStream'
  | 'lab'
  | 'traces'
  | 'conversations'
  | 'checks'
>;

export interface RouteContext {
  readonly app: ServedApp;
  /** Aborts when the server stops waiting for running questions. */
  readonly stopping: AbortSignal;
  readonly clock: Clock;
  /** Counts a question against the caller's minute and the bound of running ones; throws `rate-limited` or `queue-full`. */
  readonly admitQuestion: (request: FastifyRequest, reply: FastifyReply) => Promise<void>;
  /** Turns what was thrown into one of our errors and logs it where it is ours to mend. */
  readonly report: (request: FastifyRequest, thrown: unknown) => PerseaError;
}
