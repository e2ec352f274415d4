/** What the log of the server says: who asked for which route, how it ended and how long it took. Never any content. */
import type { FastifyBaseLogger, FastifyReply, FastifyRequest } from 'fastify';
import { type DestinationStream, pino } from 'pino';
import type { ErrorCode } from '../core/error-codes.ts';
import { PerseaError } from '../core/errors.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Of what it ended with, also where that came within a stream whose status was sent long before. */
    failureCode: ErrorCode | null;
  }
}

const maxCauses = 4;

export function createLog(destination: DestinationStream | undefined): FastifyBaseLogger {
  const options = {
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    // Nothing logs headers; should something ever do so, the key stays out.
    redact: ['authorization', '*.authorization', '*.headers.authorization', 'headers.authorization'],
    // The framework's own lines carry whole requests.
    serializers: { err: serializeThrown, req: () => undefined, res: () => undefined },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}

/** As web servers put it: the connection was closed before the whole answer was sent. */
const closedEarlyStatus = 499;

/** Tells once how a request ended, also that of a client which did not wait for its answer. */
export function onceEnded(reply: FastifyReply, note: (status: number) => void): void {
  let isWhole = false;
  reply.raw.once('finish', () => {
    isWhole = true;
    note(reply.statusCode);
  });
  reply.raw.once('close', () => {
    if (!isWhole) note(closedEarlyStatus);
  });
}

export function logRequest(request: FastifyRequest, reply: FastifyReply, status: number): void {
  request.log.info(
    {
      method: request.method,
      // The pattern, not the address: what a client writes there is its own business.
      route: request.routeOptions.url ?? null,
      status,
      ...(request.failureCode === null ? {} : { code: request.failureCode }),
      ms: Math.round(reply.elapsedTime),
      keyId: request.caller?.keyId ?? null,
      principal: request.caller?.principal.id ?? null,
    },
    'request',
  );
}

interface SerializedCause {
  readonly name: string;
  readonly code?: string;
  readonly message: string;
  readonly stack: string | undefined;
}

/** Only these fields: errors of other libraries carry requests, and with them texts of documents, as properties. */
function serializeThrown(thrown: unknown): readonly SerializedCause[] {
  const chain: SerializedCause[] = [];
  for (let current = thrown; current instanceof Error && chain.length < maxCauses; current = current.cause) {
    chain.push({
      name: current.name,
      ...(current instanceof PerseaError ? { code: current.code } : {}),
      message: current.message,
      stack: current.stack,
    });
  }
  return chain;
}
