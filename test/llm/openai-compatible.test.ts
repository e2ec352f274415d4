import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PerseaError } from '../../src/core/errors.ts';
import { estimatedTokens } from '../../src/llm/estimated-tokens.ts';
import type { LanguageModel } from '../../src/llm/language-model.ts';
import { createOpenAiCompatibleModel } from '../../src/llm/openai-compatible.ts';
import type { RemoteModelOptions } from '../../src/llm/remote-model.ts';
import { eventsOf, languageModelContract } from '../contract/language-model-contract.ts';
import { type Behaviour, ChatCompletionsServer } from '../support/chat-completions-server.ts';
import { requestFor } from '../support/context-window.ts';

const secret = 'sk-very-secret';
const document = { documentId: 'leave', text: 'Canary4711 parental leave is 26 weeks.' };
const answer: Behaviour = { kind: 'answer', pieces: ['Parental leave', ' is 26 weeks.', ' [1]'] };

function modelAt(server: ChatCompletionsServer, options: Partial<RemoteModelOptions> = {}): LanguageModel {
  return createOpenAiCompatibleModel({
    id: 'main',
    baseUrl: server.baseUrl,
    model: 'some-model',
    zone: 'local',
    contextTokens: 8000,
    ...options,
  });
}

async function failureOf(model: LanguageModel, signal?: AbortSignal): Promise<PerseaError> {
  const request = requestFor([document], signal === undefined ? {} : { signal });
  const thrown = await eventsOf(model, request).then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(thrown instanceof PerseaError)) throw new Error(`Expected a PerseaError, got ${String(thrown)}`);
  return thrown;
}

/** Everything of an error that may reach a caller or a log. */
function allTextOf(error: unknown): string {
  if (!(error instanceof Error)) return JSON.stringify(error) ?? '';
  return [error.message, error.stack, JSON.stringify(error), allTextOf(error.cause ?? null)].join('\n');
}

let contractServer: ChatCompletionsServer;
beforeAll(async () => {
  contractServer = await ChatCompletionsServer.start(answer);
});
afterAll(() => contractServer[Symbol.asyncDispose]());
languageModelContract('openai-compatible', () => modelAt(contractServer));

describe('an OpenAI-compatible model', () => {
  it('streams the text and takes the usage from the last chunk', async () => {
    await using server = await ChatCompletionsServer.start(answer);
    const events = await eventsOf(modelAt(server), requestFor([document]));
    expect(events).toEqual([
      { type: 'text-delta', text: 'Parental leave' },
      { type: 'text-delta', text: ' is 26 weeks.' },
      { type: 'text-delta', text: ' [1]' },
      { type: 'finish', finishReason: 'stop', inputTokens: 123, outputTokens: 45 },
    ]);
  });

  it('sends the prompt in its two parts, asks for usage, and the key only where one is named', async () => {
    await using server = await ChatCompletionsServer.start(answer);
    const request = requestFor([document]);
    await eventsOf(modelAt(server), request);
    await eventsOf(modelAt(server, { apiKey: { env: 'TEST_KEY' }, environment: { TEST_KEY: secret } }), request);
    expect(server.requests[0]?.body).toMatchObject({
      model: 'some-model',
      stream: true,
      stream_options: { include_usage: true },
      temperature: 0,
      max_tokens: 200,
      messages: [
        { role: 'system', content: request.prompt.system },
        { role: 'user', content: request.prompt.user },
      ],
    });
    expect(server.requests.map((sent) => sent.authorization)).toEqual([undefined, `Bearer ${secret}`]);
  });

  it('takes no thoughts for the answer, and counts them where the server tells no usage', async () => {
    const pieces = [
      '<thi',
      'nk>\nSick leave is six',
      ' weeks. [2]\n</th',
      'ink>\n\nParental leave',
      ' is 26 weeks. [1]',
    ];
    await using server = await ChatCompletionsServer.start({ kind: 'answer', pieces, hasUsage: false });
    const events = await eventsOf(modelAt(server), requestFor([document]));
    expect(
      events
        .flatMap((event) => (event.type === 'text-delta' ? [event.text] : []))
        .join('')
        .trim(),
    ).toBe('Parental leave is 26 weeks. [1]');
    const finish = events.at(-1);
    expect(finish?.type === 'finish' && finish.outputTokens).toBeGreaterThan(
      estimatedTokens.count('Parental leave is 26 weeks. [1]') + 8,
    );
  });

  it('has nothing of an answer that ends in the middle of a thought', async () => {
    await using server = await ChatCompletionsServer.start({
      kind: 'answer',
      pieces: ['<think>Sick leave is six weeks. [2]'],
    });
    const events = await eventsOf(modelAt(server), requestFor([document]));
    expect(events.map(({ type }) => type)).toEqual(['finish']);
  });

  it('learns that a server leaves out the tag that begins a thought, and holds back what comes before its end', async () => {
    const thought = 'Sick leave is six weeks. [2]\n</th';
    const good: Behaviour = { kind: 'answer', pieces: [thought, 'ink>\n\nParental leave', ' is 26 weeks. [1]'] };
    const plain: Behaviour = { kind: 'answer', pieces: ['Parental leave', ' is < 27 weeks. [1]'] };
    const cut: Behaviour = { kind: 'answer', pieces: ['Sick leave is six weeks. [2]'], finishReason: 'length' };
    await using server = await ChatCompletionsServer.start(plain, good, good, plain, cut);
    const model = modelAt(server);
    const said = async () =>
      (await eventsOf(model, requestFor([document]))).flatMap((event) =>
        event.type === 'text-delta' ? [event.text] : [],
      );
    expect(await said()).toEqual(['Parental leave', ' is < 27 weeks. [1]']);
    expect(await said()).toEqual(['Sick leave is six weeks. [2]\n', '\n\nParental leave', ' is 26 weeks. [1]']);
    expect(await said()).toEqual(['Parental leave', ' is 26 weeks. [1]']);
    expect(await said()).toEqual(['Parental leave is < 27 weeks. [1]']);
    expect(await said()).toEqual([]);
  });

  it('holds back what begins as thoughts do from the first question on', async () => {
    const thought = ['Ok', 'ay, so the user asks for leave. ', 'Sick leave is six weeks. [2]\n</think>', '\n\n'];
    const answered = ['Parental leave', ' is 26 weeks. [1]'];
    await using thinking = await ChatCompletionsServer.start({ kind: 'answer', pieces: [...thought, ...answered] });
    await using chatty = await ChatCompletionsServer.start({ kind: 'answer', pieces: ['Okay: ', ...answered] });
    const said = async (server: ChatCompletionsServer) =>
      (await eventsOf(modelAt(server), requestFor([document])))
        .flatMap((event) => (event.type === 'text-delta' ? [event.text] : []))
        .join('');
    expect(await said(thinking)).toBe('\n\nParental leave is 26 weeks. [1]');
    expect(await said(chatty)).toBe('Okay: Parental leave is 26 weeks. [1]');
  });

  it('estimates the usage of a server that tells none', async () => {
    await using server = await ChatCompletionsServer.start({ ...answer, hasUsage: false });
    const finish = (await eventsOf(modelAt(server), requestFor([document]))).at(-1);
    if (finish?.type !== 'finish') throw new Error('The last event is not a finish.');
    expect(finish.inputTokens).toBeGreaterThan(10);
    expect(finish.outputTokens).toBeGreaterThan(5);
    expect(finish.outputTokens).toBeLessThan(20);
  });

  it.each([
    ['nothing', {}],
    ['null', { prompt_tokens: null, completion_tokens: null }],
    ['nought', { prompt_tokens: 0, completion_tokens: 0 }],
    ['less than nothing', { prompt_tokens: -500, completion_tokens: -5 }],
    ['parts of tokens', { prompt_tokens: 1.5, completion_tokens: 2.7 }],
    ['more than any model holds', { prompt_tokens: 1e12, completion_tokens: 1e12 }],
    ['more than can be counted', { prompt_tokens: 1e30, completion_tokens: 1e30 }],
  ])('estimates the usage of a server that tells of %s', async (_, usage) => {
    await using server = await ChatCompletionsServer.start({ ...answer, usage });
    const finish = (await eventsOf(modelAt(server), requestFor([document]))).at(-1);
    expect(finish).toMatchObject({ isEstimated: true });
    await using silent = await ChatCompletionsServer.start({ ...answer, hasUsage: false });
    expect(finish).toEqual((await eventsOf(modelAt(silent), requestFor([document]))).at(-1));
  });

  it('tells that the answer was cut at the length limit', async () => {
    await using server = await ChatCompletionsServer.start({ ...answer, finishReason: 'length' });
    expect((await eventsOf(modelAt(server), requestFor([document]))).at(-1)).toMatchObject({ finishReason: 'length' });
  });

  it.each([
    [429, { 'retry-after': '2' }, true, 2000],
    [503, { 'retry-after-ms': '150' }, true, 150],
    [500, {}, true, undefined],
    [401, {}, false, undefined],
    [400, {}, false, undefined],
  ])('fails with status %i', async (status, headers, isRetryable, retryAfterMs) => {
    await using server = await ChatCompletionsServer.start({ kind: 'status', status, headers });
    const error = await failureOf(modelAt(server));
    expect(error).toMatchObject({ code: 'model-failed', isRetryable, details: { status } });
    expect(error.details.retryAfterMs).toBe(retryAfterMs);
    expect(server.requests).toHaveLength(1);
  });

  it('keeps the key and the documents out of its errors', async () => {
    const body = `{"error":{"message":"Incorrect API key ${secret}; your prompt was Canary4711"}}`;
    await using server = await ChatCompletionsServer.start({ kind: 'status', status: 401, body });
    const model = modelAt(server, { apiKey: { env: 'TEST_KEY' }, environment: { TEST_KEY: secret } });
    const text = allTextOf(await failureOf(model));
    expect(text).toContain('status 401');
    expect(text).not.toContain(secret);
    expect(text).not.toContain('Canary4711');
  });

  it('does not ask without the key that it is configured to have', async () => {
    await using server = await ChatCompletionsServer.start(answer);
    const error = await failureOf(modelAt(server, { apiKey: { env: 'ABSENT_KEY' }, environment: {} }));
    expect(error).toMatchObject({ code: 'model-key-missing' });
    expect(error.message).toContain('ABSENT_KEY');
    expect(server.requests).toHaveLength(0);
  });

  it.each([{ pieces: [] }, { pieces: ['Parental'] }])(
    'gives up a server that falls silent after $pieces',
    async ({ pieces }) => {
      await using server = await ChatCompletionsServer.start({ kind: 'stall', pieces });
      const error = await failureOf(modelAt(server, { timeoutMs: 60 }));
      expect(error).toMatchObject({ code: 'model-timeout', isRetryable: true, details: { model: 'main' } });
      expect(error.message).toContain('"main" said nothing for 60 ms');
      await server.clientGone;
    },
  );

  it.each([{ isClean: false }, { isClean: true }])(
    'fails when the answer breaks off (clean: $isClean)',
    async ({ isClean }) => {
      await using server = await ChatCompletionsServer.start({ kind: 'cut', pieces: ['Parental leave'], isClean });
      expect(await failureOf(modelAt(server))).toMatchObject({ code: 'model-failed', isRetryable: true });
    },
  );

  it.each(['data: {"choices": [\n\n', 'data: <html>\n\ndata: [DONE]\n\n', ''])(
    'fails on %j instead of chunks',
    async (body) => {
      await using server = await ChatCompletionsServer.start({ kind: 'raw', body });
      expect(await failureOf(modelAt(server))).toMatchObject({ code: 'model-failed' });
    },
  );

  it('fails where nothing listens', async () => {
    const server = await ChatCompletionsServer.start(answer);
    const model = modelAt(server);
    await server[Symbol.asyncDispose]();
    const error = await failureOf(model);
    expect(error).toMatchObject({ code: 'model-failed', isRetryable: true });
    expect(error.message).toContain('ECONNREFUSED');
  });

  it('closes the socket when the caller aborts in mid-stream', async () => {
    await using server = await ChatCompletionsServer.start({ kind: 'stall', pieces: ['Parental', ' leave'] });
    const controller = new AbortController();
    const seen: string[] = [];
    const reading = (async () => {
      for await (const event of modelAt(server).generate(requestFor([document], { signal: controller.signal }))) {
        if (event.type === 'text-delta') seen.push(event.text);
        if (seen.length === 2) controller.abort();
      }
    })();
    await expect(reading).rejects.toMatchObject({ code: 'aborted' });
    await server.clientGone;
    expect(seen).toEqual(['Parental', ' leave']);
  });

  it('closes the socket when the reader stops reading', async () => {
    await using server = await ChatCompletionsServer.start({ kind: 'stall', pieces: ['Parental'] });
    for await (const event of modelAt(server).generate(requestFor([document]))) if (event.type === 'text-delta') break;
    await server.clientGone;
  });
});
