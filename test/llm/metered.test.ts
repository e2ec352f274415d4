import { describe, expect, it } from 'vitest';
import { PerseaError } from '../../src/core/errors.ts';
import { withDeadline } from '../../src/llm/deadline.ts';
import type { GenerateEvent, LanguageModel } from '../../src/llm/language-model.ts';
import { type ModelCall, withMetering } from '../../src/llm/metered.ts';
import { eventsOf, languageModelContract } from '../contract/language-model-contract.ts';
import { requestFor } from '../support/context-window.ts';
import { FakeLanguageModel } from '../support/fake-language-model.ts';

const request = requestFor([{ documentId: 'leave', text: 'Parental leave is 26 weeks.' }]);
const answer = 'Parental leave is 26 weeks. [1]';

languageModelContract('metered', () => withMetering(new FakeLanguageModel({ reply: answer }), () => undefined));
languageModelContract('with a deadline', () => withDeadline(new FakeLanguageModel({ reply: answer })));

function metered(model: LanguageModel) {
  const calls: ModelCall[] = [];
  return { calls, model: withMetering(model, (call) => calls.push(call)) };
}

/** Says a piece and then what it is told to do. */
function speaking(then: () => Promise<void>): LanguageModel {
  const { id, provider, zone, contextTokens, price, tokens } = new FakeLanguageModel({ reply: '' });
  return {
    ...{ id, provider, zone, contextTokens, price, tokens },
    async *generate(): AsyncGenerator<GenerateEvent> {
      yield { type: 'text-delta', text: 'Parental leave' };
      await then();
    },
  };
}

describe('withMetering', () => {
  it('counts tokens, cost and the time until the first word', async () => {
    const { calls, model } = metered(new FakeLanguageModel({ reply: answer }));
    const finish = (await eventsOf(model, request)).at(-1);
    if (finish?.type !== 'finish') throw new Error('no finish');
    const { inputTokens, outputTokens } = finish;
    expect(calls).toMatchObject([
      { modelId: 'fake', inputTokens, outputTokens, costUsd: (inputTokens + 2 * outputTokens) / 1e6, errorCode: null },
    ]);
    expect(calls[0]?.firstTokenMs).toBeLessThanOrEqual(calls[0]?.totalMs ?? 0);
  });

  it('counts what was said before a failure or before the reader left, and nothing for a refusal at the door', async () => {
    const down = new PerseaError('model-failed', 'down');
    const failing = metered(speaking(() => Promise.reject(down)));
    await expect(eventsOf(failing.model, request)).rejects.toBe(down);
    expect(failing.calls).toMatchObject([{ errorCode: 'model-failed', outputTokens: 3 }]);
    expect(failing.calls[0]?.inputTokens).toBeGreaterThan(5);
    const left = metered(new FakeLanguageModel({ reply: answer }));
    for await (const _ of left.model.generate(request)) break;
    expect(left.calls).toMatchObject([{ errorCode: null, outputTokens: expect.any(Number) }]);
    expect(left.calls[0]?.outputTokens).toBeGreaterThan(0);
    const refused = metered(new FakeLanguageModel({ reply: down }));
    await expect(eventsOf(refused.model, request)).rejects.toBe(down);
    expect(refused.calls).toMatchObject([{ inputTokens: 0, outputTokens: 0, costUsd: 0, firstTokenMs: null }]);
  });
});

describe('withDeadline', () => {
  it('leaves a model behind that does not listen to the signal', async () => {
    const model = withDeadline(speaking(() => new Promise(() => undefined)));
    const startedAt = performance.now();
    const asked = eventsOf(model, { ...request, deadline: { remainingMs: () => 50 } });
    await expect(asked).rejects.toMatchObject({ code: 'model-timeout', isRetryable: false });
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });

  it('does not begin when it is over', async () => {
    const fake = new FakeLanguageModel({ reply: answer });
    const asked = eventsOf(withDeadline(fake), { ...request, deadline: { remainingMs: () => 0 } });
    await expect(asked).rejects.toMatchObject({ code: 'model-timeout' });
    expect(fake.calls).toHaveLength(0);
  });

  it('passes the abort of the asker on as such', async () => {
    const controller = new AbortController();
    const model = withDeadline(new FakeLanguageModel({ reply: answer, pieceLength: 3 }));
    const deadline = { remainingMs: () => 60_000 };
    const reading = (async () => {
      for await (const _ of model.generate({ ...request, deadline, signal: controller.signal })) controller.abort();
    })();
    await expect(reading).rejects.toMatchObject({ code: 'aborted' });
  });
});
