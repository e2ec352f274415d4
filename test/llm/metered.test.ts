import { describe, expect, it } from 'vitest';
import { PerseaError } from '../../src/core/errors.ts';
import { withDeadline } from '../../src/llm/deadline.ts';
import { estimatedTokens } from '../../src/llm/estimated-tokens.ts';
import type { GenerateEvent, LanguageModel } from '../../src/llm/language-model.ts';
import { type ModelCall, withMetering } from '../../src/llm/metered.ts';
import { createOpenAiCompatibleModel } from '../../src/llm/openai-compatible.ts';
import { withRetries } from '../../src/llm/retrying.ts';
import { eventsOf, languageModelContract } from '../contract/language-model-contract.ts';
import { type Behaviour, ChatCompletionsServer } from '../support/chat-completions-server.ts';
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
    expect(calls[0]).not.toHaveProperty('isEstimated');
    expect(calls[0]?.firstTokenMs).toBeLessThanOrEqual(calls[0]?.totalMs ?? 0);
  });

  it.each([-3, 1.5, Number.NaN, 1e30])('estimates where a model tells %d tokens', async (tokens) => {
    const estimated = metered(speaking(() => Promise.resolve()));
    await eventsOf(estimated.model, request);
    const fake = speaking(() => Promise.resolve());
    const { calls, model } = metered({
      ...fake,
      async *generate(asked) {
        yield* fake.generate(asked);
        yield { type: 'finish', finishReason: 'stop', inputTokens: 10, outputTokens: tokens };
      },
    });
    await eventsOf(model, request);
    const { inputTokens, outputTokens, costUsd } = estimated.calls[0] ?? {};
    expect(calls).toMatchObject([{ inputTokens, outputTokens, costUsd, isEstimated: true }]);
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

describe('a model behind a server', () => {
  const { prompt } = request;
  const promptTokens = estimatedTokens.count(prompt.system) + estimatedTokens.count(prompt.user);
  const price = { inputPerMTok: 1, outputPerMTok: 2 };
  const thought = 'The second passage is about parental leave, so that';
  const thinking: Behaviour = { kind: 'stall', pieces: [`<think>${thought}`] };
  const at = (baseUrl: string, timeoutMs = 60_000) =>
    createOpenAiCompatibleModel({
      id: 'main',
      baseUrl,
      model: 'm',
      zone: 'local',
      contextTokens: 8000,
      price,
      timeoutMs,
    });
  const overIn = (ms: number) => {
    const endsAt = performance.now() + ms;
    return { deadline: { remainingMs: () => endsAt - performance.now() } };
  };

  it.each([
    ['its own timeout', (url: string) => ({ model: at(url, 300), asked: {} })],
    ['the deadline', (url: string) => ({ model: withDeadline(at(url)), asked: overIn(400) })],
    ['its reader', (url: string) => ({ model: at(url), asked: { signal: AbortSignal.timeout(400) } })],
  ])('is paid for its thoughts where they were cut off by %s', async (_, setUp) => {
    await using server = await ChatCompletionsServer.start(thinking);
    const { model, asked } = setUp(server.baseUrl);
    const { calls, model: counted } = metered(model);
    await expect(eventsOf(counted, { ...request, ...asked })).rejects.toThrow();
    const outputTokens = calls[0]?.outputTokens ?? 0;
    expect(outputTokens).toBeGreaterThan(estimatedTokens.count(thought) / 2);
    expect(outputTokens).toBeLessThanOrEqual(estimatedTokens.count(thought));
    expect(calls).toMatchObject([
      { inputTokens: promptTokens, costUsd: (promptTokens + 2 * outputTokens) / 1e6, firstTokenMs: null },
    ]);
  });

  it('is paid for the prompt where it was given up before it said a word', async () => {
    await using server = await ChatCompletionsServer.start({ kind: 'silent' });
    const { calls, model } = metered(withDeadline(at(server.baseUrl)));
    await expect(eventsOf(model, { ...request, ...overIn(300) })).rejects.toMatchObject({ code: 'model-timeout' });
    expect(calls).toMatchObject([{ inputTokens: promptTokens, outputTokens: 0, errorCode: 'model-timeout' }]);
  });

  it('is paid for each time that it took the prompt, and for none that it refused', async () => {
    const busy: Behaviour = { kind: 'status', status: 503 };
    const cut: Behaviour = { kind: 'cut', pieces: ['<think>So'], isClean: true };
    await using server = await ChatCompletionsServer.start(busy, cut, { kind: 'answer', pieces: [answer] });
    const { calls, model } = metered(withRetries(at(server.baseUrl), { firstDelayMs: 1 }));
    await eventsOf(model, request);
    // The server tells 123 and 45 of the last time.
    expect(server.requests).toHaveLength(3);
    expect(calls).toMatchObject([{ inputTokens: promptTokens + 123, errorCode: null }]);
    expect(calls[0]?.outputTokens).toBeGreaterThanOrEqual(45);
    server.behaviours = [busy];
    await expect(eventsOf(model, request)).rejects.toMatchObject({ code: 'model-failed' });
    expect(calls[1]).toMatchObject({ inputTokens: 0, outputTokens: 0, costUsd: 0 });
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
