import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAnthropicModel } from '../../src/llm/anthropic.ts';
import type { RemoteModelOptions } from '../../src/llm/remote-model.ts';
import { eventsOf, languageModelContract } from '../contract/language-model-contract.ts';
import { requestFor } from '../support/context-window.ts';
import { MessagesServer } from '../support/messages-server.ts';

const secret = 'sk-ant-very-secret';
const request = requestFor([{ documentId: 'leave', text: 'Canary4711 parental leave is 26 weeks.' }]);
const pieces = ['Parental leave', ' is 26 weeks.', ' [1]'];

const modelAt = (server: MessagesServer, options: Partial<RemoteModelOptions> = {}) =>
  createAnthropicModel({
    id: 'main',
    baseUrl: server.baseUrl,
    model: 'some-model',
    zone: 'local',
    contextTokens: 8000,
    ...options,
  });

let contractServer: MessagesServer;
beforeAll(async () => {
  contractServer = await MessagesServer.start({ pieces });
});
afterAll(() => contractServer[Symbol.asyncDispose]());
languageModelContract('anthropic', () => modelAt(contractServer));

describe('an Anthropic model', () => {
  it('sends the prompt in its two parts with the key, and streams text and usage', async () => {
    await using server = await MessagesServer.start({ pieces });
    const model = modelAt(server, { apiKey: { env: 'K' }, environment: { K: secret }, query: { beta: 'true' } });
    expect(await eventsOf(model, request)).toEqual([
      ...pieces.map((text) => ({ type: 'text-delta', text })),
      { type: 'finish', finishReason: 'stop', inputTokens: 123, outputTokens: 45 },
    ]);
    const [sent] = server.requests;
    expect(sent?.url).toBe('/v1/messages?beta=true');
    expect(sent?.headers).toMatchObject({ 'x-api-key': secret, 'anthropic-version': '2023-06-01' });
    expect(sent?.body).toMatchObject({ model: 'some-model', stream: true, max_tokens: 200 });
    expect(JSON.stringify(sent?.body.system)).toContain(JSON.stringify(request.prompt.system).slice(1, -1));
    expect(JSON.stringify(sent?.body.messages)).toContain('Canary4711');
  });

  it('takes no key from the environment that nobody has named for it', async () => {
    await using server = await MessagesServer.start({ pieces });
    process.env.ANTHROPIC_API_KEY = secret;
    try {
      await eventsOf(modelAt(server), request);
    } finally {
      delete process.env.ANTHROPIC_API_KEY;
    }
    expect(JSON.stringify(server.requests)).not.toContain(secret);
  });

  it.each([
    ['max_tokens', 'length'],
    ['refusal', 'content-filter'],
  ])('tells why it stopped: %s', async (stopReason, finishReason) => {
    await using server = await MessagesServer.start({ pieces, stopReason });
    expect((await eventsOf(modelAt(server), request)).at(-1)).toMatchObject({ type: 'finish', finishReason });
  });

  it.each([
    [{ status: 529 }, true],
    [{ status: 401 }, false],
    [{ pieces, error: 'overloaded_error' }, true],
  ])('fails with %j, without key and documents', async (reply, isRetryable) => {
    await using server = await MessagesServer.start(reply);
    const model = modelAt(server, { apiKey: { env: 'K' }, environment: { K: secret } });
    const thrown = await eventsOf(model, request).catch((reason: unknown) => reason);
    expect(thrown).toMatchObject({ code: 'model-failed', isRetryable });
    const text = [
      String(thrown),
      (thrown as Error).stack,
      JSON.stringify(thrown),
      String((thrown as Error).cause),
    ].join();
    expect(text).not.toMatch(/very-secret|Canary4711/);
  });
});
