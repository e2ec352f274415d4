/** What is sent along with a question, and that secrets among it stay where they belong. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PerseaError, serializeError } from '../../src/core/errors.ts';
import { createOpenAiCompatibleModel } from '../../src/llm/openai-compatible.ts';
import type { RemoteModelOptions } from '../../src/llm/remote-model.ts';
import { ask } from '../../src/query/ask.ts';
import { systemScope } from '../../src/access/scope.ts';
import { eventsOf } from '../contract/language-model-contract.ts';
import { type Behaviour, ChatCompletionsServer } from '../support/chat-completions-server.ts';
import { requestFor } from '../support/context-window.ts';
import { onePassage, passageQuestion as question } from '../support/one-passage.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const secret = 'sk-very-secret';
const request = requestFor([{ documentId: 'leave', text: 'Parental leave is 26 weeks.' }]);
const good: Behaviour = { kind: 'answer', pieces: ['Parental leave is 26 weeks [1].'] };

const modelAt = (baseUrl: string, options: Partial<RemoteModelOptions> = {}) =>
  createOpenAiCompatibleModel({ id: 'main', baseUrl, model: 'm', zone: 'local', contextTokens: 8000, ...options });

describe('a connection', () => {
  it('to a deployment carries headers and query parameters, the key among them from the environment', async () => {
    await using server = await ChatCompletionsServer.start(good);
    const model = modelAt(`${server.baseUrl.replace(/\/v1$/, '')}/openai/deployments/search`, {
      headers: { 'api-key': { env: 'AZURE_KEY' }, 'x-team': 'search' },
      query: { 'api-version': '2024-10-21' },
      environment: { AZURE_KEY: secret },
    });
    await eventsOf(model, request);
    const [sent] = server.requests;
    expect(sent?.url).toBe('/openai/deployments/search/chat/completions?api-version=2024-10-21');
    expect(sent?.headers).toMatchObject({ 'api-key': secret, 'x-team': 'search' });
    expect(sent?.authorization).toBeUndefined();
  });

  it('adds fields to the body and leaves fields out, but never what Persea decides', async () => {
    await using server = await ChatCompletionsServer.start(good);
    const options = {
      seed: 7,
      chat_template_kwargs: { enable_thinking: false },
      max_tokens: null,
      max_completion_tokens: 50,
    };
    await eventsOf(modelAt(server.baseUrl, { options, temperature: null }), request);
    const body = server.requests[0]?.body ?? {};
    expect(body).toMatchObject({
      seed: 7,
      chat_template_kwargs: { enable_thinking: false },
      max_completion_tokens: 50,
    });
    expect(body).not.toHaveProperty('max_tokens');
    expect(body).not.toHaveProperty('temperature');
  });

  it('reads a key from a file at each question, so that it can be changed', async () => {
    await using server = await ChatCompletionsServer.start(good);
    const folder = await temporaryFolder({ key: 'first\n' });
    const file = join(folder, 'key');
    const model = modelAt(server.baseUrl, { apiKey: { file } });
    await eventsOf(model, request);
    await writeFile(file, 'second');
    await eventsOf(model, request);
    expect(server.requests.map(({ authorization }) => authorization)).toEqual(['Bearer first', 'Bearer second']);
    await writeFile(file, '');
    await expect(eventsOf(model, request)).rejects.toMatchObject({
      code: 'model-key-missing',
      message: expect.stringContaining(file),
    });
    expect(server.requests).toHaveLength(2);
  });

  it('follows no redirect: it could lead into another zone', async () => {
    await using elsewhere = await ChatCompletionsServer.start(good);
    const headers = { location: `${elsewhere.baseUrl}/chat/completions` };
    await using server = await ChatCompletionsServer.start({ kind: 'status', status: 307, headers });
    await expect(eventsOf(modelAt(server.baseUrl), request)).rejects.toMatchObject({ details: { status: 307 } });
    expect(elsewhere.requests).toHaveLength(0);
  });
});

describe('a secret', () => {
  const echo = JSON.stringify({ error: { message: `Incorrect key ${secret}`, type: secret, code: secret } });
  const failures: readonly (readonly [string, Behaviour])[] = [
    ['a refused key', { kind: 'status', status: 401, body: echo, headers: { 'x-echo': secret } }],
    ['too many requests', { kind: 'status', status: 429, body: echo }],
    ['a failure', { kind: 'status', status: 500, body: echo }],
    ['a redirect', { kind: 'status', status: 302, headers: { location: `http://127.0.0.1:9/?key=${secret}` } }],
    ['no stream', { kind: 'raw', body: echo, contentType: 'application/json' }],
    ['a type that is no type', { kind: 'raw', body: echo, contentType: `text/${secret} ${secret}` }],
    ['no JSON', { kind: 'raw', body: `data: {"${secret}": \n\n` }],
    ['an error in the stream', { kind: 'raw', body: `data: ${echo}\n\n` }],
    ['a stall', { kind: 'stall', pieces: [] }],
    ['a cut', { kind: 'cut', pieces: ['Parental'] }],
    ['a provider that is gone', { kind: 'gone' }],
    ['too much', { kind: 'raw', body: `data: {"x":"${secret.repeat(500_000)}"}\n\n` }],
  ];
  const secrets: Partial<RemoteModelOptions> = {
    apiKey: { env: 'KEY' },
    headers: { 'x-key': { env: 'KEY' } },
    query: { key: { env: 'KEY' } },
    environment: { KEY: secret },
    timeoutMs: 2_000,
  };

  /** Everything of a value that may reach a caller, a log or a trace. */
  function allTextOf(value: unknown): string {
    if (!(value instanceof Error)) return JSON.stringify(value) ?? '';
    const own = value instanceof PerseaError ? JSON.stringify(serializeError(value)) : '';
    return [value.message, value.stack, own, JSON.stringify(value), allTextOf(value.cause ?? null)].join('\n');
  }

  it.each(failures)('is in no error, answer or warning: %s', async (_, behaviour) => {
    await using server = await ChatCompletionsServer.start(behaviour);
    const model = modelAt(server.baseUrl, secrets);
    const thrown = await eventsOf(model, request).catch((reason: unknown) => reason);
    expect(thrown).toBeInstanceOf(PerseaError);
    expect(allTextOf(thrown)).not.toContain(secret);
    // It was sent, so that its absence means something.
    expect(server.requests[0]).toMatchObject({ authorization: `Bearer ${secret}`, headers: { 'x-key': secret } });
    const models = [{ model, maxOutputTokens: 100 }];
    const dependencies = onePassage({ stored: { revision: 1 }, models });
    const failed = await ask(dependencies, systemScope('test'), { question }).catch((reason: unknown) => reason);
    expect(allTextOf(failed)).not.toContain(secret);
  });

  it('is not in the error where nothing listens', async () => {
    const server = await ChatCompletionsServer.start(good);
    const model = modelAt(server.baseUrl, secrets);
    await server[Symbol.asyncDispose]();
    const thrown = await eventsOf(model, request).catch((reason: unknown) => reason);
    expect(thrown).toMatchObject({ code: 'model-failed' });
    expect(allTextOf(thrown)).not.toContain(secret);
  });
});
