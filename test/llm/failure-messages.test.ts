/** What an operator reads when a server fails, each against a real socket: what was found, what it means, what to do. */
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { systemScope } from '../../src/access/scope.ts';
import { PerseaError } from '../../src/core/errors.ts';
import { ServerFailures } from '../../src/core/server-failures.ts';
import { createAnthropicModel } from '../../src/llm/anthropic.ts';
import { createExtractiveModel } from '../../src/llm/extractive.ts';
import { createOpenAiCompatibleModel } from '../../src/llm/openai-compatible.ts';
import type { RemoteModelOptions } from '../../src/llm/remote-model.ts';
import { withRetries } from '../../src/llm/retrying.ts';
import { ask } from '../../src/query/ask.ts';
import { eventsOf } from '../contract/language-model-contract.ts';
import { selfSignedCertificate } from '../support/certificate.ts';
import { type Behaviour, ChatCompletionsServer } from '../support/chat-completions-server.ts';
import { requestFor } from '../support/context-window.ts';
import { onePassage, passageQuestion as question } from '../support/one-passage.ts';

const secret = 'sk-very-secret';
const request = requestFor([{ documentId: 'leave', text: 'Parental leave is 26 weeks.' }]);
const modelAt = (baseUrl: string, options: Partial<RemoteModelOptions> = {}) =>
  createOpenAiCompatibleModel({ id: 'main', baseUrl, model: 'm-1', zone: 'local', contextTokens: 8000, ...options });
const withKey = { apiKey: { env: 'MAIN_KEY' }, environment: { MAIN_KEY: secret } } as const;

async function failureOf(behaviour: Behaviour, options: Partial<RemoteModelOptions> = withKey): Promise<PerseaError> {
  await using server = await ChatCompletionsServer.start(behaviour);
  const thrown: unknown = await eventsOf(modelAt(server.baseUrl, options), request).catch((reason: unknown) => reason);
  if (!(thrown instanceof PerseaError)) throw new Error('did not fail as expected');
  return thrown;
}

const status = (code: number, error: object = {}, headers: Readonly<Record<string, string>> = {}): Behaviour => ({
  kind: 'status',
  status: code,
  body: JSON.stringify({ error }),
  headers,
});

describe('a failure of a server', () => {
  it.each([
    ['a wrong key', status(401), /status 401: it does not know the key in the environment variable MAIN_KEY\. Put/],
    ['a key without rights', status(403), /status 403: it does not let the key in .* MAIN_KEY use the model "m-1"/],
    [
      'a wrong name or path',
      status(404),
      /no model "m-1", or no address \/chat\/completions below baseUrl\. Check model and/,
    ],
    [
      'a prompt that is too long',
      status(400, { message: 'maximum context length is 4096 tokens', code: 'context_length_exceeded' }),
      /more was sent than it takes at once\. Set its contextTokens to/,
    ],
    ['a body that is too long', status(413), /status 413: more was sent than it takes at once/],
    ['too many requests', status(429), /status 429: it has too many requests\. Ask again later/],
    ['a pause', status(429, {}, { 'retry-after': '60' }), /status 429, to be asked again in 60 s: it has too many/],
    ['no money', status(429, { code: 'insufficient_quota' }), /no quota or credit left\. See the account/],
    [
      'a field of before',
      status(400, { message: "'max_tokens' is not supported, use 'max_completion_tokens'" }),
      /Set options of the model to \{ max_tokens: null, max_completion_tokens: 800 \}/,
    ],
    ['a server that loads', status(503), /status 503: it is not ready/],
    ['a redirect', status(301, {}, { location: 'http://127.0.0.1:9' }), /redirects, which is not followed\. Name the/],
    ['a sign-in page', { kind: 'raw', body: '<html>', contentType: 'text/html' }, /A web page answers there/],
    ['a clean end in mid-word', { kind: 'cut', pieces: ['Par'], isClean: true }, /ended its answer in the middle/],
    ['a cut in mid-word', { kind: 'cut', pieces: ['Par'] }, /closed the connection before its answer was complete/],
  ] satisfies [string, Behaviour, RegExp][])('says what it means: %s', async (_, behaviour, message) => {
    const error = await failureOf(behaviour);
    expect(error).toMatchObject({ code: 'model-failed', message: expect.stringMatching(message) });
    expect(error.message).toMatch(/^The model "main" at 127\.0\.0\.1:\d+ was asked and /);
    expect(JSON.stringify([error.message, error.details])).not.toContain(secret);
    expect(JSON.stringify(error.details)).not.toContain('127.0.0.1');
  });

  it('names the place of a key that is a header, and says when none was sent', async () => {
    const azure = { headers: { 'api-key': { env: 'AZURE_KEY' } }, environment: { AZURE_KEY: secret } };
    expect((await failureOf(status(401), azure)).message).toContain('environment variable AZURE_KEY');
    expect((await failureOf(status(401), {})).message).toContain('wants a key and got none');
  });

  it('does not count a prompt that a content filter minds as a failure', async () => {
    const filtered = status(400, { code: 'content_filter', message: `the prompt: ${secret}` });
    const error = await failureOf(filtered);
    expect(error).toMatchObject({ code: 'model-declined', isRetryable: false });
    expect(error.message).not.toContain(secret);
  });

  it.each([
    ['several lines', `${secret}\nMORE=1`, /MAIN_KEY with its key has several lines/],
    ['typographic quotes', `“${secret}”`, /MAIN_KEY with its key has letters that no key has/],
  ])('is not waited for where the key has %s', async (_, value, message) => {
    const options = { apiKey: { env: 'MAIN_KEY' }, environment: { MAIN_KEY: value } };
    const error = await failureOf(status(200), options);
    expect(error).toMatchObject({ code: 'model-key-missing', message: expect.stringMatching(message) });
    expect(error.message).not.toContain(secret);
  });

  it('says where nothing listens, and which name is not known', async () => {
    const failure = async (baseUrl: string) => {
      const error: unknown = await eventsOf(modelAt(baseUrl), request).catch((thrown: unknown) => thrown);
      return error instanceof Error ? error.message : '';
    };
    const gone = await ChatCompletionsServer.start();
    const { baseUrl: left } = gone;
    await gone[Symbol.asyncDispose]();
    expect(await failure(left)).toMatch(/nothing takes connections there \(ECONNREFUSED\)/);
    expect(await failure('http://127.0.0.1:9/v1')).toMatch(/could not be reached\. Check baseUrl/);
    expect(await failure('http://models.invalid/v1')).toMatch(/the name of its host is not known here \(E[A-Z_]+\)/);
  });

  it.each([
    ['EAI_AGAIN', true],
    ['ECONNREFUSED', true],
    ['ECONNRESET', true],
    [undefined, true],
    ['ENOTFOUND', false],
    ['CERT_HAS_EXPIRED', false],
    ['ERR_TLS_CERT_ALTNAME_INVALID', false],
    ['SELF_SIGNED_CERT_IN_CHAIN', false],
    ['ERR_SSL_WRONG_VERSION_NUMBER', false],
  ])('may pass by itself or wants somebody to change something first: %s', (code, isRetryable) => {
    const server = { id: 'main', model: 'm-1', baseUrl: 'https://x.example', path: '/embeddings', sizeSetting: 'n' };
    expect(new ServerFailures(server).ofNetwork(code)).toMatchObject({ isRetryable });
  });

  it('is met once where the server shows a certificate that nobody vouches for', async () => {
    const server = createServer(selfSignedCertificate('localhost'));
    let connections = 0;
    server.on('connection', () => connections++);
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    try {
      const { port } = server.address() as AddressInfo;
      const asked = eventsOf(withRetries(modelAt(`https://localhost:${port}/v1`), { firstDelayMs: 1 }), request);
      await expect(asked).rejects.toThrow('an authority that is not known here (DEPTH_ZERO_SELF_SIGNED_CERT)');
      expect(connections).toBe(1);
    } finally {
      server.close();
    }
  });

  it('names the address that this protocol asks', async () => {
    await using server = await ChatCompletionsServer.start(status(404));
    const options = { id: 'a', baseUrl: server.baseUrl, model: 'm', zone: 'local', contextTokens: 8000 } as const;
    await expect(eventsOf(createAnthropicModel(options), request)).rejects.toThrow('/messages below baseUrl');
  });
});

describe('the operator', () => {
  it.each([
    ['a wrong key', status(401), 'does not know the key'],
    ['a filter', { kind: 'answer', pieces: [''], finishReason: 'content_filter' }, 'its content filter stopped it'],
    [
      'thoughts alone',
      { kind: 'answer', pieces: ['<think>So'], finishReason: 'length' },
      'used up its maxOutputTokens',
    ],
    ['nothing', { kind: 'answer', pieces: [] }, 'said nothing'],
  ] satisfies [string, Behaviour, string][])(
    'is told why quotes were given, the asker is not: %s',
    async (_, behaviour, why) => {
      await using server = await ChatCompletionsServer.start(behaviour);
      const told: string[] = [];
      const dependencies = onePassage({
        stored: { revision: 1 },
        models: [{ model: modelAt(server.baseUrl, withKey), maxOutputTokens: 100 }],
        lastResort: { model: createExtractiveModel(), maxOutputTokens: 100 },
        onModelFailure: ({ message }) => void told.push(message),
      });
      const answer = await ask(dependencies, systemScope('test'), { question });
      expect(told).toEqual([expect.stringContaining(why)]);
      expect(JSON.stringify(answer)).not.toContain(why);
      told.length = 0;
      await expect(ask(dependencies, systemScope('test'), { question, model: 'main' })).rejects.toThrow(why);
      // Whoever catches it tells it.
      expect(told).toEqual([]);
    },
  );
});
