/** A client that goes away ends the work that was done for it. */
import type { FastifyReply } from 'fastify';

/** Aborts when the connection closes before the reply was sent, or when the server stops waiting for it. */
export function clientSignal(reply: FastifyReply, stopping: AbortSignal): AbortSignal {
  const controller = new AbortController();
  // The request's own `close` comes as soon as its body is read; the reply's is the one that tells of the client.
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) controller.abort(new DOMException('The client has gone away.', 'AbortError'));
  });
  return AbortSignal.any([controller.signal, stopping]);
}
