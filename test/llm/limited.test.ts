import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { GenerateEvent, LanguageModel } from '../../src/llm/language-model.ts';
import { withConcurrencyLimit } from '../../src/llm/limited.ts';
import { eventsOf, languageModelContract } from '../contract/language-model-contract.ts';
import { requestFor } from '../support/context-window.ts';
import { FakeLanguageModel } from '../support/fake-language-model.ts';

const request = requestFor([{ documentId: 'leave', text: 'Parental leave is 26 weeks.' }]);
const answer = 'Parental leave is 26 weeks. [1]';

languageModelContract('a concurrency limit', () =>
  withConcurrencyLimit(new FakeLanguageModel({ reply: answer }), { concurrency: 1, queue: 1 }),
);

/** Answers when it is told to, and counts how many questions it has at a time. */
function gated(limit: { readonly concurrency: number; readonly queue: number }) {
  const inner = new FakeLanguageModel({ reply: answer });
  const gate = Promise.withResolvers<void>();
  const seen = { running: 0, most: 0, calls: 0 };
  const model: LanguageModel = {
    ...inner,
    tokens: inner.tokens,
    async *generate(request): AsyncGenerator<GenerateEvent> {
      seen.calls++;
      seen.most = Math.max(seen.most, ++seen.running);
      try {
        await gate.promise;
        yield* inner.generate(request);
      } finally {
        seen.running--;
      }
    },
  };
  return { model: withConcurrencyLimit(model, limit), open: gate.resolve, seen };
}

describe('a concurrency limit', () => {
  it('lets so many through at a time, makes others wait and refuses the rest', async () => {
    const { model, open, seen } = gated({ concurrency: 2, queue: 3 });
    const asked = Array.from({ length: 6 }, () =>
      eventsOf(model, request).then(
        () => 'answered',
        (thrown: { readonly code: string }) => thrown.code,
      ),
    );
    expect(await asked[5]).toBe('queue-full');
    expect(seen.calls).toBe(2);
    open();
    expect(await Promise.all(asked)).toEqual([...Array(5).fill('answered'), 'queue-full']);
    expect(seen).toMatchObject({ most: 2, calls: 5, running: 0 });
  });

  it('frees the place of a question that ends early or is given up while it waits', async () => {
    const { model, open, seen } = gated({ concurrency: 1, queue: 5 });
    const controller = new AbortController();
    const first = eventsOf(model, request);
    const second = eventsOf(model, { ...request, signal: controller.signal }).catch(
      (thrown: { readonly code: string }) => thrown.code,
    );
    controller.abort();
    expect(await second).toBe('aborted');
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
    open();
    await first;
    for await (const _ of model.generate(request)) break;
    expect((await eventsOf(model, request)).at(-1)?.type).toBe('finish');
    expect(seen.calls).toBe(3);
  });
});
