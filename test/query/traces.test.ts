import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { systemScope } from '../../src/access/scope.ts';
import type { App } from '../../src/app.ts';
import { PerseaError } from '../../src/core/errors.ts';
import type { RouteModel } from '../../src/query/dependencies.ts';
import type { AskEvent } from '../../src/query/question.ts';
import { FakeLanguageModel, type FakeLanguageModelOptions } from '../support/fake-language-model.ts';
import { openIngestedApp } from '../support/test-app.ts';

const operator = systemScope('test');
const documents = { 'leave.md': '# Leave\n\nParental leave is 26 weeks at full pay. Ask for it with Form 12.\n' };
const question = 'How many weeks is parental leave?';
const goodReply = 'Parental leave is 26 weeks at full pay [1].';

const fake = (
  options: FakeLanguageModelOptions,
  parameters?: string,
): RouteModel & { readonly model: FakeLanguageModel } => ({
  model: new FakeLanguageModel(options),
  maxOutputTokens: 200,
  ...(parameters === undefined ? {} : { parameters }),
});

async function open(models?: readonly RouteModel[], config = 'answer: { whenModelsFail: error }') {
  const test = await openIngestedApp({
    embedder: null,
    documents,
    config,
    ...(models === undefined ? {} : { models }),
  });
  return test;
}

async function ask(app: App) {
  return app.ask(await app.scopeFor(app.principal('bob')), { question });
}

async function lastTrace(app: App) {
  const [last] = app.traces.list(operator);
  if (last === undefined) throw new Error('no trace');
  return app.traces.show(operator, last.traceId);
}

describe('the trace of a question', () => {
  it('names the models in the order in which they were asked, and why one did not answer', async () => {
    const failing = fake({ id: 'first', reply: new PerseaError('model-timeout', 'Too slow.') });
    const { app } = await open([failing, fake({ id: 'second', reply: goodReply })]);
    const answer = await ask(app);
    const trace = await lastTrace(app);
    expect(trace).toMatchObject({ traceId: answer.traceId, status: 'answered', usage: answer.usage });
    expect(trace.models).toMatchObject([
      { id: 'first', outcome: 'failed', code: 'model-timeout', inputTokens: 0, firstTextMs: null },
      { id: 'second', outcome: 'answered', code: null, outputTokens: answer.usage.outputTokens },
    ]);
  });

  it('is kept of a question that failed, and of one whose asker went away', async () => {
    const { app } = await open([fake({ reply: new PerseaError('model-failed', 'Down.') })]);
    await expect(ask(app)).rejects.toMatchObject({ code: 'model-failed' });
    expect(await lastTrace(app)).toMatchObject({
      status: 'failed',
      reason: 'model-failed',
      models: [{ outcome: 'failed' }],
    });
    const events = app.askStream(await app.scopeFor(app.principal('bob')), { question });
    for await (const _ of events) break;
    expect(app.traces.list(operator)[0]).toMatchObject({ status: 'failed', reason: 'aborted' });
  });

  it('is never in the way of the answer', async () => {
    const { app, folder, warnings } = await open();
    const second = await openIngestedApp({ embedder: null, documents });
    await mkdir(join(second.folder, '.persea', 'traces.key'));
    expect((await ask(app)).status).toBe('answered');
    expect(folder).not.toBe(second.folder);
    for (let times = 0; times < 3; times++) expect((await ask(second.app)).status).toBe('answered');
    expect(warnings).toEqual([]);
    expect(second.warnings.filter((warning) => warning.includes('trace could not be kept'))).toHaveLength(1);
    expect(second.app.traces.metrics.text()).toContain('persea_traces_lost_total{where="store"} 3');
  });
});

describe('the trace of somebody else', () => {
  const policy = `
groups:
  staff: { tags: [staff] }
  hr-team: { tags: [hr], includes: [staff] }
principals:
  alice: { groups: [hr-team], roles: [employee] }
  ada: { groups: [staff], roles: [employee, admin, developer] }
`;
  const settings = {
    embedder: null,
    config: 'traces: { content: full }',
    label: '{ anyOf: [staff] }',
    rules: '[{ match: "hr/**", label: { anyOf: [hr] } }]',
    policy,
  };
  const shownTo = async (app: App, viewer: string, asked: string) => {
    const answer = await app.ask(await app.scopeFor(app.principal('alice')), { question: asked });
    return { answer, trace: await app.traces.show(await app.scopeFor(app.principal(viewer)), answer.traceId) };
  };

  it('does not name in a warning what the viewer may not see, and a purge takes it out', async () => {
    const { app, folder } = await openIngestedApp({
      ...settings,
      documents: {
        ...documents,
        'hr/secret.md': '---\nsupersedes: docs/leave.md\n---\n# Quillwort layoffs\n\nThe plant is closed in May.\n',
      },
    });
    const { answer, trace } = await shownTo(app, 'ada', question);
    expect(answer.warnings).toEqual([expect.stringContaining('Quillwort layoffs')]);
    expect(trace).toMatchObject({ answer: { text: answer.text }, warnings: [] });
    expect((await shownTo(app, 'alice', question)).trace.warnings).toEqual([{ text: answer.warnings[0] }]);
    await rm(join(folder, 'docs/hr/secret.md'));
    await app.ingestor.ingest({ prune: true, acceptDeletions: true });
    const left = await app.traces.show(operator, answer.traceId);
    expect(JSON.stringify(left)).not.toContain('Quillwort');
  });

  it('does not tell how many documents its asker may see', async () => {
    const many = (folder: string, count: number) =>
      Array.from({ length: count }, (_, index) => [`${folder}note-${index}.md`, `# Note ${index}\n\nText.\n`] as const);
    const { app } = await openIngestedApp({
      ...settings,
      documents: Object.fromEntries([...many('', 20), ...many('zhr/', 3)]),
      rules: '[{ match: "zhr/**", label: { anyOf: [hr] } }]',
    });
    const { answer, trace } = await shownTo(app, 'ada', 'How many documents are there?');
    expect(answer.text).toContain('23 documents');
    expect(trace.citations).toHaveLength(20);
    expect(JSON.stringify(trace)).not.toContain('23 documents');
    expect((await shownTo(app, 'alice', 'How many documents are there?')).trace.answer.text).toContain('23 documents');
  });
});

describe('answers of models', () => {
  it('are given again to whoever has the same evidence, at no cost', async () => {
    const model = fake({ reply: `${goodReply} ![](https://x.example/a.png) Everyone gets a pony [1].` }, 'p');
    const { app } = await open([model]);
    const first = await ask(app);
    expect(first.warnings).toHaveLength(2);
    const scope = await app.scopeFor(app.principal('alice'));
    const events: AskEvent[] = [];
    for await (const event of app.askStream(scope, { question })) events.push(event);
    const last = events.at(-1);
    const again = last?.type === 'answer-end' ? last.answer : undefined;
    expect(model.model.calls).toHaveLength(1);
    expect(again).toMatchObject({
      cache: 'hit',
      text: first.text,
      citations: first.citations,
      claims: first.claims,
      warnings: first.warnings,
      model: first.model,
      prompt: first.prompt,
      usage: { inputTokens: 0, outputTokens: 0, costUsd: 0 },
    });
    expect(events.map(({ type }) => type)).toEqual(['answer-start', 'citation', 'text-delta', 'answer-end']);
    expect(await lastTrace(app)).toMatchObject({ cache: 'hit', models: [{ outcome: 'cached', inputTokens: 0 }] });
  });

  it('are given again to whoever may not spend anything more', async () => {
    const { app } = await open([fake({ reply: goodReply }, 'p')], 'budgets: { person: { tokensPerDay: 5000 } }');
    await app.ask(await app.scopeFor(app.principal('alice')), { question });
    const [usage] = await app.catalog.usage(operator);
    if (usage === undefined) throw new Error('nothing was recorded');
    await app.catalog.recordUsage({ ...usage, traceId: 'spent', principalId: 'bob', inputTokens: 5000 });
    expect(await ask(app)).toMatchObject({ status: 'answered', cache: 'hit', warnings: [], usage: { inputTokens: 0 } });
    const scope = await app.scopeFor(app.principal('bob'));
    const other = await app.ask(scope, { question: 'With which form do I ask for parental leave?' });
    expect(other).toMatchObject({ status: 'refused', reason: 'budget' });
  });

  it.each<[string, FakeLanguageModelOptions, string | undefined]>([
    ['was cut off at its limit', { reply: goodReply, finishReason: 'length' }, 'p'],
    ['holds nothing that is supported', { reply: 'Everyone gets a pony [1].' }, 'p'],
    ['comes from a model whose parameters are not known', { reply: goodReply }, undefined],
  ])('are not kept where one %s', async (_, options, parameters) => {
    const model = fake(options, parameters);
    const { app } = await open([model]);
    await ask(app);
    expect((await ask(app)).cache).toBe('miss');
    expect(model.model.calls.filter(({ prompt }) => prompt.id === 'answer')).toHaveLength(2);
  });

  it('are given with a warning where no model can be reached, rather than an error', async () => {
    let isUp = true;
    const reply = () => (isUp ? goodReply : new PerseaError('model-failed', 'Down.'));
    const { app } = await open([fake({ id: 'main', reply }, 'p')]);
    const scope = await app.scopeFor(app.principal('bob'));
    const first = await app.ask(scope, { question, format: 'numbered' });
    isUp = false;
    // Another format is another prompt, but the same evidence.
    const earlier = await app.ask(scope, { question, format: 'xml' });
    expect(earlier).toMatchObject({ status: 'answered', cache: 'hit', text: first.text, model: { id: 'main' } });
    expect(earlier.warnings.join(' ')).toContain('No model could be reached.');
    await expect(app.ask(scope, { question: 'Which form is parental leave asked with?' })).rejects.toMatchObject({
      code: 'model-failed',
    });
  });
});
