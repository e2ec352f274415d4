import { describe, expect, it } from 'vitest';
import type { Clock } from '../../src/core/async.ts';
import { toPerseaError } from '../../src/core/errors.ts';
import { eventStream, wantsEvents, wantsJson } from '../../src/http/event-stream.ts';
import type { AskEvent } from '../../src/query/question.ts';

/** Sleeps end at once as often as told, then only when aborted. */
function clockThatRings(times: number): Clock & { readonly asked: number[] } {
  const asked: number[] = [];
  return {
    asked,
    now: () => 0,
    sleep: (milliseconds, signal) => {
      asked.push(milliseconds);
      if (asked.length <= times) return Promise.resolve();
      return new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
    },
  };
}

const silent = () => clockThatRings(0);
const onError = (thrown: unknown) => toPerseaError(thrown);

async function collect(events: AsyncIterable<AskEvent>, clock: Clock): Promise<string[]> {
  const frames: string[] = [];
  for await (const frame of eventStream({ events, traceId: 'trace_request', onError, clock })) frames.push(frame);
  return frames;
}

describe('eventStream', () => {
  it('keeps one event on one line, whatever its text holds', async () => {
    async function* events(): AsyncGenerator<AskEvent> {
      yield { type: 'text-delta', text: 'a\n\nevent: x\r\ndata: y\u2028' };
    }
    const [frame = ''] = await collect(events(), silent());
    expect(frame.match(/\n/g)).toHaveLength(3);
    expect(frame).not.toContain('\r');
    expect(JSON.parse(frame.split('data: ').slice(1).join('data: '))).toEqual({
      text: 'a\n\nevent: x\r\ndata: y\u2028',
    });
  });

  it('says of a draft what it adds, and when it begins anew', async () => {
    async function* events(): AsyncGenerator<AskEvent> {
      yield { type: 'draft', text: 'Leave is' };
      yield { type: 'draft', text: '', reset: true };
    }
    expect(await collect(events(), silent())).toEqual([
      'event: draft\ndata: {"text":"Leave is"}\n\n',
      'event: draft\ndata: {"text":"","reset":true}\n\n',
    ]);
  });

  it('shows that it is still working while nothing comes, and loses no event', async () => {
    const release = Promise.withResolvers<void>();
    const clock = clockThatRings(3);
    async function* events(): AsyncGenerator<AskEvent> {
      await release.promise;
      yield { type: 'text-delta', text: 'late' };
    }
    const frames: string[] = [];
    for await (const frame of eventStream({ events: events(), traceId: 't', onError, clock })) {
      frames.push(frame);
      if (frames.length === 3) release.resolve();
    }
    expect(frames).toEqual([...Array(3).fill(': still working\n\n'), 'event: text-delta\ndata: {"text":"late"}\n\n']);
    expect(new Set(clock.asked)).toEqual(new Set([15_000]));
  });

  it('names the request’s trace where the answer had none yet', async () => {
    // biome-ignore lint/correctness/useYield: it fails before it yields
    async function* events(): AsyncGenerator<AskEvent> {
      throw new Error('x');
    }
    const [frame = ''] = await collect(events(), silent());
    expect(frame).toMatch(/^event: error\n/);
    expect(frame).toContain('"traceId":"trace_request"');
  });

  it.each([
    ['ends', () => undefined],
    [
      'fails',
      () => {
        throw new Error('x');
      },
    ],
  ])('waits for nothing any more when the answer %s', async (_, end) => {
    const pauses = new Set<AbortSignal>();
    const clock: Clock = {
      now: () => 0,
      sleep: (_milliseconds, signal) =>
        new Promise((_resolve, reject) => {
          if (signal === undefined) return;
          pauses.add(signal);
          signal.addEventListener('abort', () => {
            pauses.delete(signal);
            reject(signal.reason);
          });
        }),
    };
    async function* events(): AsyncGenerator<AskEvent> {
      yield { type: 'text-delta', text: 'one' };
      end();
    }
    expect(await collect(events(), clock)).not.toEqual([]);
    expect(pauses.size).toBe(0);
  });

  it('ends the answer when its reader stops early', async () => {
    let isEnded = false;
    async function* events(): AsyncGenerator<AskEvent> {
      try {
        for (;;) yield { type: 'text-delta', text: 'more' };
      } finally {
        isEnded = true;
      }
    }
    for await (const _ of eventStream({ events: events(), traceId: 't', onError, clock: silent() })) break;
    expect(isEnded).toBe(true);
  });
});

describe('what a client accepts', () => {
  it.each([
    [undefined, false, false],
    ['*/*', false, false],
    ['text/event-stream', true, false],
    ['Text/Event-Stream; q=0.9', true, false],
    ['application/json, text/event-stream', true, true],
    ['text/html, application/json;q=0.5', false, true],
    ['application/jsonp', false, false],
  ])('%j: events %s, JSON %s', (accept, events, json) => {
    expect([wantsEvents(accept), wantsJson(accept)]).toEqual([events, json]);
  });
});
