/** Server-sent events of one answer: each event of the library under its own name, and `error` where it failed. */
import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import type { Clock } from '../core/async.ts';
import type { PerseaError } from '../core/errors.ts';
import type { AskEvent } from '../query/question.ts';
import { type Problem, problemOf } from './problem.ts';

export const eventStreamMediaType = 'text/event-stream';

export interface EventStreamOptions {
  readonly events: AsyncIterable<AskEvent>;
  /** Until the answer has its own. */
  readonly traceId: string;
  /** What was thrown as one of our errors; also the place to log it. */
  readonly onError: (thrown: unknown) => PerseaError;
  readonly clock: Clock;
}

/** Proxies cut connections on which nothing comes; the usual limit is a minute, and a model may think that long. */
const heartbeatMs = 15_000;
const heartbeat = ': still working\n\n';

export async function* eventStream({ events, traceId, onError, clock }: EventStreamOptions): AsyncGenerator<string> {
  let currentTraceId = traceId;
  try {
    for await (const event of withHeartbeats(events, clock)) {
      if (event === null) {
        yield heartbeat;
        continue;
      }
      if (event.type === 'answer-start') currentTraceId = event.traceId;
      yield frame(event.type, payloadOf(event));
    }
  } catch (thrown) {
    yield frame('error', problemOf(onError(thrown), currentTraceId));
  }
}

/** Null whenever nothing came for a while. */
async function* withHeartbeats<T>(events: AsyncIterable<T>, clock: Clock): AsyncGenerator<T | null> {
  const iterator = events[Symbol.asyncIterator]();
  let next = iterator.next();
  try {
    for (;;) {
      const waiting = new AbortController();
      const pause = clock.sleep(heartbeatMs, waiting.signal).catch(() => undefined);
      // Also where the answer failed: a pause that goes on would hold up the end of the process.
      const result = await Promise.race([next, pause]).finally(() => waiting.abort());
      if (result === undefined) {
        yield null;
        continue;
      }
      if (result.done === true) return;
      yield result.value;
      next = iterator.next();
    }
  } finally {
    // Nobody waits for it any longer, so nobody would take its failure.
    next.catch(() => undefined);
    await iterator.return?.();
  }
}

export function sendEvents(reply: FastifyReply, frames: AsyncIterable<string>): FastifyReply {
  return (
    reply
      .type(`${eventStreamMediaType}; charset=utf-8`)
      // A proxy must not collect events, nor compress them, which collects.
      .headers({ 'x-accel-buffering': 'no', 'cache-control': 'no-store, no-transform' })
      .send(Readable.from(frames, { objectMode: false }))
  );
}

type Payload = object | Problem;

function payloadOf(event: AskEvent): Payload {
  switch (event.type) {
    case 'answer-start':
      return { traceId: event.traceId };
    case 'text-delta':
      return { text: event.text };
    case 'draft':
      return { text: event.text, ...(event.reset === true ? { reset: true } : {}) };
    case 'citation':
      return event.citation;
    case 'answer-end':
      return event.answer;
  }
}

/** JSON has no raw line breaks, so one `data` line is enough. */
function frame(name: string, payload: Payload): string {
  return `event: ${name}\ndata: ${JSON.stringify(payload)}\n\n`;
}

/** Whether a client asked for events: only if it names them, not by accepting anything. */
export function wantsEvents(accept: string | undefined): boolean {
  return acceptedTypes(accept).includes(eventStreamMediaType);
}

export function wantsJson(accept: string | undefined): boolean {
  return acceptedTypes(accept).includes('application/json');
}

function acceptedTypes(accept: string | undefined): readonly string[] {
  return (accept ?? '').split(',').map((part) => part.split(';', 1)[0]?.trim().toLowerCase() ?? '');
}
