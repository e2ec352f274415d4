/** What a server can do wrong, each tried against a real socket: another model answers, or the result is clear, in time. */
import { describe, expect, it } from 'vitest';
import { systemScope } from '../../src/access/scope.ts';
import type { UsageRecord } from '../../src/catalog/catalog.ts';
import type { Answer } from '../../src/core/answer.ts';
import { createExtractiveModel } from '../../src/llm/extractive.ts';
import { createOpenAiCompatibleModel } from '../../src/llm/openai-compatible.ts';
import { withRetries } from '../../src/llm/retrying.ts';
import { ask } from '../../src/query/ask.ts';
import type { AskDependencies, AskSettings, RouteModel } from '../../src/query/dependencies.ts';
import { type Behaviour, ChatCompletionsServer } from '../support/chat-completions-server.ts';
import { onePassage, passageQuestion as question } from '../support/one-passage.ts';

const good: Behaviour = { kind: 'answer', pieces: ['Parental leave is 26 weeks', ' at full pay [1].'] };
const limited: Behaviour = { kind: 'status', status: 429, headers: { 'retry-after': '60' } };
const quotes: RouteModel = { model: createExtractiveModel(), maxOutputTokens: 100 };
const scope = systemScope('test');
/** Of the whole question; a test machine is slow. */
const withinMs = 10_000;

function modelAt(id: string, { baseUrl }: ChatCompletionsServer, timeoutMs = 8_000): RouteModel {
  const model = createOpenAiCompatibleModel({ id, baseUrl, model: 'm', zone: 'local', contextTokens: 8000, timeoutMs });
  return { model: withRetries(model, { firstDelayMs: 10 }), maxOutputTokens: 100 };
}

const dependenciesOf = (models: readonly RouteModel[], settings: Partial<AskSettings> = {}): AskDependencies =>
  onePassage({ stored: { revision: 1 }, models, lastResort: quotes, settings });

async function askOver(
  behaviour: Behaviour,
  {
    withBackup = true,
    settings = {},
  }: { readonly withBackup?: boolean; readonly settings?: Partial<AskSettings> } = {},
): Promise<{ readonly answer: Answer; readonly ms: number }> {
  await using main = await ChatCompletionsServer.start(behaviour);
  await using backup = await ChatCompletionsServer.start(good);
  const models = [
    modelAt('main', main, behaviour.kind === 'stall' ? 200 : undefined),
    ...(withBackup ? [modelAt('backup', backup)] : []),
  ];
  const startedAt = performance.now();
  const answer = await ask(dependenciesOf(models, settings), scope, { question });
  return { answer, ms: performance.now() - startedAt };
}

/** One event of a stream. */
const chunk = (content: string) =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta: { content } }] })}\n\n`;

const faults: readonly (readonly [name: string, behaviour: Behaviour, code: string])[] = [
  ['too many requests, for longer than the deadline', limited, 'model-failed'],
  ['500', { kind: 'status', status: 500 }, 'model-failed'],
  ['a slow first token', { kind: 'stall', pieces: [] }, 'model-timeout'],
  ['a stall in mid-stream', { kind: 'stall', pieces: ['Parental leave is 26'] }, 'model-timeout'],
  ['a cut in mid-word', { kind: 'cut', pieces: ['Parental leave is 26 we'] }, 'model-failed'],
  ['a clean end in mid-word', { kind: 'cut', pieces: ['Parental leave is 26 we'], isClean: true }, 'model-failed'],
  ['invalid JSON', { kind: 'raw', body: 'data: {"choices": [{"delta": \n\n' }, 'model-failed'],
  ['a web page', { kind: 'raw', body: '<html>Sign in</html>', contentType: 'text/html' }, 'model-failed'],
  [
    'JSON in place of a stream',
    { kind: 'raw', body: '{"choices":[]}', contentType: 'application/json' },
    'model-failed',
  ],
  ['an answer of 10 MB in one event', { kind: 'raw', body: chunk('x'.repeat(10_000_000)) }, 'model-failed'],
  ['an error of 10 MB', { kind: 'status', status: 500, body: 'x'.repeat(10_000_000) }, 'model-failed'],
  [
    'a redirect elsewhere',
    { kind: 'status', status: 307, headers: { location: 'http://127.0.0.1:9/v1' } },
    'model-failed',
  ],
  ['a provider that is gone', { kind: 'gone' }, 'model-failed'],
  ['nothing said', { kind: 'answer', pieces: [] }, 'model-declined'],
  ['a content filter', { kind: 'answer', pieces: ['Sorry.'], finishReason: 'content_filter' }, 'model-declined'],
  ['a refusal', { kind: 'answer', pieces: ["I'm sorry, but I can't help", ' with that.'] }, 'model-declined'],
];

describe('a fault of a server', () => {
  it.each(faults)('%s: the next model answers, and the answer says why', async (_, behaviour, code) => {
    const { answer, ms } = await askOver(behaviour);
    expect(answer).toMatchObject({
      status: 'answered',
      model: { id: 'backup' },
      text: expect.stringContaining('26 weeks'),
    });
    const outcome = code === 'model-declined' ? 'declined' : 'failed';
    expect(answer.attempts).toMatchObject([
      { model: 'main', outcome, code },
      { model: 'backup', outcome: 'answered', code: null, inputTokens: 123, outputTokens: 45 },
    ]);
    expect(answer.warnings.join(' ')).toContain(`"main" did not answer (${code})`);
    expect(ms).toBeLessThan(withinMs);
  });

  it.each(faults)('%s: without another model the documents are quoted', async (_, behaviour) => {
    const { answer, ms } = await askOver(behaviour, { withBackup: false });
    expect(answer).toMatchObject({ status: 'answered', model: { id: 'extractive' } });
    expect(answer.warnings.join(' ')).toContain('No language model answered');
    expect(answer.citations).toHaveLength(1);
    expect(ms).toBeLessThan(withinMs);
  });

  it('waits as long as Retry-After says, where the deadline allows it', async () => {
    const busy: Behaviour = { kind: 'status', status: 429, headers: { 'retry-after-ms': '300' } };
    await using server = await ChatCompletionsServer.start(busy, good);
    const startedAt = performance.now();
    const answer = await ask(dependenciesOf([modelAt('main', server)]), scope, { question });
    expect(answer).toMatchObject({ status: 'answered', model: { id: 'main' } });
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(299);
    expect(server.requests).toHaveLength(2);
  });

  it.each([
    ['fast', { kind: 'endless', piece: 'Parental leave is 26 weeks at full pay [1]. ' }],
    ['of 10 MB in small pieces', { kind: 'endless', piece: 'Parental leave is 26 weeks [1]. ', bytes: 10_000_000 }],
  ] satisfies [string, Behaviour][])(
    'ends an endless answer (%s) at its limit and checks what came',
    async (_, behaviour) => {
      const { answer, ms } = await askOver(behaviour);
      expect(answer).toMatchObject({ status: 'answered', model: { id: 'main' } });
      expect(answer.text).toMatch(/^Parental leave is 26 weeks[^.]*\. \[1\]$/);
      expect(answer.warnings).toContain('The model was cut off at its output limit.');
      expect(ms).toBeLessThan(withinMs);
    },
  );

  it('ends an endless answer that drips at the deadline; what was checked stays', async () => {
    const piece = 'Parental leave is 26 weeks at full pay [1]. ';
    const { answer, ms } = await askOver({ kind: 'endless', piece, everyMs: 100 }, { settings: { deadlineMs: 2_000 } });
    expect(answer).toMatchObject({ status: 'answered', model: { id: 'main' } });
    expect(answer.warnings.join(' ')).toContain('broke off (model-timeout)');
    expect(ms).toBeGreaterThanOrEqual(1_990);
    expect(ms).toBeLessThan(4_000);
  });

  it('throws the last failure where quotes are not wanted', async () => {
    await using server = await ChatCompletionsServer.start({ kind: 'status', status: 401 });
    const dependencies = { ...dependenciesOf([modelAt('main', server)]), lastResort: null };
    await expect(ask(dependencies, scope, { question })).rejects.toMatchObject({
      code: 'model-failed',
      message: expect.stringContaining('status 401'),
    });
  });

  it('throws it where the asker wanted this model alone', async () => {
    await using server = await ChatCompletionsServer.start({ kind: 'status', status: 401 });
    await expect(
      ask(dependenciesOf([modelAt('main', server)]), scope, { question, model: 'main' }),
    ).rejects.toMatchObject({ code: 'model-failed' });
  });

  it('shares one deadline among all models of the route', async () => {
    await using first = await ChatCompletionsServer.start({ kind: 'stall', pieces: [] });
    await using second = await ChatCompletionsServer.start({ kind: 'stall', pieces: [] });
    const startedAt = performance.now();
    const models = [modelAt('first', first, 1_000), modelAt('second', second, 60_000)];
    const answer = await ask(dependenciesOf(models, { deadlineMs: 1_500 }), scope, { question });
    expect(performance.now() - startedAt).toBeLessThan(4_000);
    expect(answer.attempts).toMatchObject([
      { model: 'first', code: 'model-timeout' },
      { model: 'second', code: 'model-timeout' },
      { model: 'extractive', outcome: 'answered' },
    ]);
    await Promise.all([first.clientGone, second.clientGone]);
  });

  it('closes the socket when the asker leaves, and counts what was used', async () => {
    await using server = await ChatCompletionsServer.start({ kind: 'stall', pieces: ['Parental leave is', ' 26'] });
    const controller = new AbortController();
    const recorded: UsageRecord[] = [];
    const { model, maxOutputTokens } = modelAt('main', server);
    const talking: RouteModel = {
      maxOutputTokens,
      model: {
        ...model,
        async *generate(request) {
          for await (const event of model.generate(request)) {
            yield event;
            controller.abort();
          }
        },
      },
    };
    const dependencies: AskDependencies = {
      ...dependenciesOf([talking]),
      recordUsage: async (usage) => void recorded.push(usage),
    };
    const asked = ask(dependencies, scope, { question }, { signal: controller.signal });
    await expect(asked).rejects.toMatchObject({ name: 'AbortError' });
    await server.clientGone;
    expect(recorded).toMatchObject([{ status: 'failed', reason: 'aborted', calls: [{ modelId: 'main' }] }]);
    expect(recorded[0]?.inputTokens).toBeGreaterThan(10);
  });
});
