/** What is no HTTP, or never came whole, does not become a request: it is answered on the socket itself. */
import type { Socket } from 'node:net';
import type { FastifyBaseLogger } from 'fastify';
import { PerseaError } from '../core/errors.ts';
import { randomId } from '../core/ids.ts';
import { problemMediaType, problemOf } from './problem.ts';

interface Refusal {
  readonly status: number;
  readonly phrase: string;
  readonly detail: string;
}

const malformed: Refusal = { status: 400, phrase: 'Bad Request', detail: 'The request is not valid HTTP.' };
const refusals: Readonly<Record<string, Refusal>> = {
  HPE_HEADER_OVERFLOW: {
    status: 431,
    phrase: 'Request Header Fields Too Large',
    detail:
      'The address and the headers of the request are too long together. Send fewer or shorter ones, such as cookies.',
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: 408,
    phrase: 'Request Timeout',
    detail: 'The request did not come whole in time. Send it again.',
  },
};

export function answerBrokenRequest(
  error: Error & { readonly code?: string },
  socket: Socket,
  log: FastifyBaseLogger,
): void {
  if (socket.destroyed || !socket.writable) return;
  const { status, phrase, detail } = refusals[error.code ?? ''] ?? malformed;
  const traceId = randomId('trace');
  log.info({ traceId, status, reason: error.code }, 'broken request');
  const body = JSON.stringify({ ...problemOf(new PerseaError('request-invalid', detail), traceId), status });
  socket.end(
    `HTTP/1.1 ${status} ${phrase}\r\nContent-Type: ${problemMediaType}\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
