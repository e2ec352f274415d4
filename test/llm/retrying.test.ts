import { describe, expect, it } from 'vitest';
import { PerseaError } from '../../src/core/errors.ts';
import type { LanguageModel } from '../../src/llm/language-model.ts';
import { withRetries } from '../../src/llm/retrying.ts';
import { eventsOf, languageModelContract } from '../contract/language-model-contract.ts';
import { requestFor } from '../support/context-window.ts';
import { FakeLanguageModel } from '../support/fake-language-model.ts';
import { ManualClock } from '../support/manual-clock.ts';

const request = requestFor([{ documentId: 'leave', text: 'Parental leave is 26 weeks.' }]);
const busy = new PerseaError('model-failed', 'busy');
const limited = new PerseaError('model-failed', 'limited', { details: { retryAfterMs: 1234 } });
const answer = 'Parental leave is 26 weeks. [1]';

languageModelContract('the fake', () => new FakeLanguageModel({ reply: answer }));
languageModelContract('retrying', () => withRetries(new FakeLanguageModel({ reply: answer })));

describe('withRetries', () => {
  it('asks again with doubled pauses until it is answered', async () => {
    const model = new FakeLanguageModel({ reply: [busy, busy, answer] });
    const clock = new ManualClock();
    const events = await eventsOf(withRetries(model, { clock, firstDelayMs: 100, random: () => 0 }), request);
    expect(events.at(-1)?.type).toBe('finish');
    expect(clock.sleeps).toEqual([100, 200]);
  });

  it('waits as long as the server asks', async () => {
    const clock = new ManualClock();
    const model = () => new FakeLanguageModel({ reply: [limited, answer] });
    await eventsOf(withRetries(model(), { clock, random: () => 0 }), request);
    await eventsOf(withRetries(model(), { clock, random: () => 1 }), request);
    // Never earlier, and a little later by chance.
    expect(clock.sleeps).toEqual([1234, expect.closeTo(1357.4)]);
  });

  it('varies its own pauses by chance', async () => {
    const clock = new ManualClock();
    const model = new FakeLanguageModel({ reply: [busy, busy, answer] });
    await eventsOf(withRetries(model, { clock, firstDelayMs: 100, random: () => 1 }), request);
    expect(clock.sleeps).toEqual([50, 100]);
  });

  it('does not begin a pause that the deadline would end', async () => {
    const model = new FakeLanguageModel({ reply: [limited, answer] });
    const clock = new ManualClock();
    const late = { ...request, deadline: { remainingMs: () => 1000 } };
    await expect(eventsOf(withRetries(model, { clock }), late)).rejects.toBe(limited);
    const early = { ...request, deadline: { remainingMs: () => 5000 } };
    expect((await eventsOf(withRetries(model, { clock }), early)).at(-1)?.type).toBe('finish');
  });

  it('does not wait longer than its limit', async () => {
    const model = new FakeLanguageModel({ reply: [limited, answer] });
    const clock = new ManualClock();
    await expect(eventsOf(withRetries(model, { clock, longestDelayMs: 1000 }), request)).rejects.toBe(limited);
    expect(model.calls).toHaveLength(1);
  });

  it('gives up after its attempts, with the last failure', async () => {
    const model = new FakeLanguageModel({ reply: busy });
    await expect(eventsOf(withRetries(model, { clock: new ManualClock(), attempts: 3 }), request)).rejects.toBe(busy);
    expect(model.calls).toHaveLength(3);
  });

  it.each([
    new PerseaError('model-key-missing', 'no key'),
    new PerseaError('model-failed', 'bad request', { isRetryable: false }),
    new PerseaError('aborted', 'gone'),
    new PerseaError('model-timeout', 'silent'),
  ])('does not repeat what cannot pass: $message', async (error) => {
    const model = new FakeLanguageModel({ reply: error });
    await expect(eventsOf(withRetries(model, { clock: new ManualClock() }), request)).rejects.toBe(error);
    expect(model.calls).toHaveLength(1);
  });

  it('does not start over once a part of the answer was said', async () => {
    let calls = 0;
    const model: LanguageModel = {
      ...new FakeLanguageModel({ reply: '' }),
      tokens: new FakeLanguageModel({ reply: '' }).tokens,
      async *generate() {
        calls += 1;
        yield { type: 'text-delta', text: 'Parental' };
        throw busy;
      },
    };
    await expect(eventsOf(withRetries(model, { clock: new ManualClock() }), request)).rejects.toBe(busy);
    expect(calls).toBe(1);
  });

  it('stops waiting when the caller aborts', async () => {
    const controller = new AbortController();
    const model = new FakeLanguageModel({ reply: busy });
    const clock = {
      now: () => 0,
      sleep: async (_: number, signal?: AbortSignal) => {
        controller.abort();
        signal?.throwIfAborted();
      },
    };
    const aborted = { ...request, signal: controller.signal };
    await expect(eventsOf(withRetries(model, { clock }), aborted)).rejects.toMatchObject({ code: 'aborted' });
    expect(model.calls).toHaveLength(1);
  });
});
