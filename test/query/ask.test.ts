import { describe, expect, it } from 'vitest';
import { systemScope } from '../../src/access/scope.ts';
import type { App } from '../../src/app.ts';
import type { Answer } from '../../src/core/answer.ts';
import { PerseaError } from '../../src/core/errors.ts';
import type { RouteModel } from '../../src/query/dependencies.ts';
import type { AskEvent, AskRequest } from '../../src/query/question.ts';
import { FakeLanguageModel, type FakeLanguageModelOptions } from '../support/fake-language-model.ts';
import { openIngestedApp } from '../support/test-app.ts';

const documents = {
  'leave.md': '# Leave\n\n## Parental\n\nParental leave is 26 weeks at full pay. Ask for it with Form 12.\n',
  'travel.md': '# Travel\n\nTrains are booked in second class. A hotel may cost EUR 140 a night in Leeds.\n',
  'hr/severance.md': '# Severance\n\nSeverance pay is one monthly salary for each year of service.\n',
};
const leaveQuestion = 'How many weeks is parental leave?';
const severanceQuestion = 'How much is severance pay for each year of service?';

const fake = (options: FakeLanguageModelOptions): RouteModel & { readonly model: FakeLanguageModel } => ({
  model: new FakeLanguageModel(options),
  maxOutputTokens: 200,
});

async function openWith(models?: readonly RouteModel[], config?: string): Promise<App> {
  const { app } = await openIngestedApp({
    documents,
    ...(models === undefined ? {} : { models }),
    ...(config === undefined ? {} : { config }),
  });
  return app;
}

async function askAs(app: App, person: string, request: string | AskRequest): Promise<Answer> {
  const scope = await app.scopeFor(app.principal(person));
  return app.ask(scope, typeof request === 'string' ? { question: request } : request);
}

/** What the contract promises of every answer. */
async function expectConsistent(app: App, answer: Answer): Promise<void> {
  const markers = [...answer.text.matchAll(/(?<!\\)\[(\d+)\]/g)].map((match) => Number(match[1]));
  expect([...new Set(markers)].sort()).toEqual(answer.citations.map((citation) => citation.marker).sort());
  for (const citation of answer.citations) {
    const stored = await app.catalog.text(systemScope('test'), citation.documentId);
    expect(stored?.text.slice(citation.start, citation.end)).toBe(citation.quote);
  }
}

describe('ask', () => {
  it('answers from a document that the person may see, with a verbatim citation', async () => {
    const app = await openWith();
    const answer = await askAs(app, 'bob', leaveQuestion);
    expect(answer).toMatchObject({ status: 'answered', reason: null, model: { id: 'extractive', zone: 'local' } });
    expect(answer.text).toContain('Parental leave is 26 weeks at full pay. [1]');
    expect(answer.citations[0]).toMatchObject({
      uri: 'docs/leave.md',
      headingPath: ['Leave', 'Parental'],
      quote: 'Parental leave is 26 weeks at full pay.',
      support: 'verbatim',
    });
    await expectConsistent(app, answer);
  });

  it('answers differently for one who may not see the document, without a trace of it', async () => {
    const app = await openWith();
    const permitted = await askAs(app, 'alice', severanceQuestion);
    expect(permitted.text).toContain('one monthly salary');
    const forbidden = await askAs(app, 'bob', severanceQuestion);
    expect(JSON.stringify(forbidden)).not.toMatch(/severance\.md|monthly salary/i);
    expect(forbidden.citations.map((citation) => citation.uri)).not.toContain('docs/hr/severance.md');
  });

  it('abstains with a fixed text when the person may see nothing', async () => {
    const answer = await askAs(await openWith(), 'eve', leaveQuestion);
    expect(answer).toMatchObject({
      status: 'abstained',
      reason: 'no-evidence',
      citations: [],
      claims: [],
      nearest: [],
    });
  });

  it('refuses a question over the limit and does not look for it', async () => {
    const app = await openWith(undefined, 'limits: { questionCharacters: 20 }');
    const answer = await askAs(app, 'bob', 'x'.repeat(21));
    expect(answer).toMatchObject({ status: 'refused', reason: 'input-too-long', model: null, citations: [] });
    await expect(askAs(app, 'bob', ' \u200b ')).rejects.toMatchObject({ code: 'request-invalid' });
  });

  it('records cost and tokens without the content', async () => {
    const app = await openWith([fake({ reply: 'Parental leave is 26 weeks at full pay [1].' })]);
    const answer = await askAs(app, 'bob', leaveQuestion);
    expect(answer.usage.costUsd).toBeGreaterThan(0);
    const usage = await app.catalog.usage(systemScope('test'));
    expect(usage).toMatchObject([
      {
        traceId: answer.traceId,
        principalId: 'bob',
        status: 'answered',
        modelId: 'fake',
        costUsd: answer.usage.costUsd,
      },
    ]);
    expect(JSON.stringify(usage)).not.toContain('arental');
  });

  it('shows the window exactly as the model got it, on request only', async () => {
    const entry = fake({ reply: 'Parental leave is 26 weeks at full pay [1].' });
    const app = await openWith([entry]);
    const answer = await askAs(app, 'bob', { question: leaveQuestion, includeContext: true });
    expect(answer.context.text).toBe(entry.model.calls[0]?.window.text);
    expect(entry.model.calls[0]?.prompt.user).toContain(answer.context.text);
    expect(answer.context.items?.[0]).toMatchObject({ marker: 1, uri: expect.stringContaining('docs/') });
    expect(answer.prompt?.hash).toMatch(/^sha256:[0-9a-f]{64}$/);
    const without = await askAs(app, 'bob', leaveQuestion);
    expect(without.context).not.toHaveProperty('text');
  });

  it('removes what the documents do not say, and abstains when nothing is left', async () => {
    const app = await openWith([
      fake({
        reply: [
          'Parental leave is 26 weeks at full pay [1]. Employees get a company car [1].',
          'Everyone gets a pony [1].',
        ],
      }),
    ]);
    const mixed = await askAs(app, 'bob', leaveQuestion);
    expect(mixed.status).toBe('answered');
    expect(mixed.text).not.toContain('company car');
    expect(mixed.warnings.length).toBeGreaterThan(0);
    await expectConsistent(app, mixed);
    const invented = await askAs(app, 'bob', leaveQuestion);
    expect(invented).toMatchObject({ status: 'abstained', reason: 'unsupported-claims', citations: [] });
    expect(invented.text).not.toContain('pony');
  });

  it.each([
    ['is answered', leaveQuestion],
    ['is not answered', 'Who painted the ceiling of the Sistine Chapel?'],
    ['is about the documents', 'How many documents are there?'],
  ])('throws for a model or a format that does not exist, where the question %s', async (_, question) => {
    const app = await openWith();
    await expect(askAs(app, 'bob', { question, model: 'gpt' })).rejects.toMatchObject({ code: 'unknown-model' });
    await expect(askAs(app, 'bob', { question, format: 'fancy' })).rejects.toMatchObject({ code: 'unknown-format' });
  });

  it('stops when its caller does', async () => {
    const app = await openWith([fake({ reply: 'Parental leave is 26 weeks at full pay [1].' })]);
    const scope = await app.scopeFor(app.principal('bob'));
    await expect(app.ask(scope, { question: leaveQuestion }, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'aborted',
    });
  });
});

describe('ask, in a stream', () => {
  it('gives citations before the text that uses them, and the same answer in the end', async () => {
    const app = await openWith([
      fake({ reply: 'Parental leave is 26 weeks at full pay [1]. Ask for it with Form 12 [1].' }),
    ]);
    const scope = await app.scopeFor(app.principal('bob'));
    const events: AskEvent[] = [];
    for await (const event of app.askStream(scope, { question: leaveQuestion })) events.push(event);
    expect(events[0]?.type).toBe('answer-start');
    const end = events.at(-1);
    if (end?.type !== 'answer-end') throw new Error('the stream did not end with an answer');
    const text = events.map((event) => (event.type === 'text-delta' ? event.text : '')).join('');
    expect(text).toBe(end.answer.text);
    const known = new Set<number>();
    for (const event of events) {
      if (event.type === 'citation') known.add(event.citation.marker);
      if (event.type !== 'text-delta') continue;
      for (const match of event.text.matchAll(/\[(\d+)\]/g)) expect(known).toContain(Number(match[1]));
    }
  });
});

describe('egress', () => {
  const external = (reply: FakeLanguageModelOptions['reply']) => fake({ id: 'vendor', zone: 'external', reply });
  const local = () => fake({ id: 'house', zone: 'local', reply: 'Parental leave is 26 weeks at full pay [1].' });

  it('asks the next model of the route when the first may not see the passages, and says so', async () => {
    const [vendor, house] = [external('x [1].'), local()];
    const answer = await askAs(await openWith([vendor, house]), 'bob', leaveQuestion);
    expect(vendor.model.calls).toHaveLength(0);
    expect(answer).toMatchObject({ status: 'answered', model: { id: 'house', zone: 'local' } });
    expect(answer.warnings.join(' ')).toMatch(/vendor.*external.*egress\.internal/);
  });

  it('refuses when no model may see any passage', async () => {
    const vendor = external('x [1].');
    const answer = await askAs(await openWith([vendor]), 'bob', leaveQuestion);
    expect(answer).toMatchObject({ status: 'refused', reason: 'egress', citations: [] });
    expect(vendor.model.calls).toHaveLength(0);
  });

  it('sends what the rules allow, and nothing else', async () => {
    const vendor = external('Severance pay is one monthly salary for each year of service [1].');
    const app = await openWith([vendor], 'egress: { internal: [local, private, external] }');
    const answer = await askAs(
      app,
      'alice',
      'How much is severance pay, and how long is parental leave in weeks at full pay?',
    );
    const [call] = vendor.model.calls;
    expect(call?.prompt.user).toContain('Parental leave is 26 weeks');
    // Models outside this machine get the prompt alone.
    expect(call?.window).toMatchObject({ items: [], text: '' });
    expect(call?.prompt.user).not.toContain('monthly salary');
    expect(answer.context.omitted).toContainEqual({ uri: 'docs/hr/severance.md', reason: 'egress' });
  });
});

describe('fallback', () => {
  const down = () => new PerseaError('model-failed', 'The model is down.');

  it('asks the next model when one fails before its first word', async () => {
    const answer = await askAs(
      await openWith([
        fake({ id: 'first', reply: down() }),
        fake({ id: 'second', reply: 'Parental leave is 26 weeks at full pay [1].' }),
      ]),
      'bob',
      leaveQuestion,
    );
    expect(answer).toMatchObject({ status: 'answered', model: { id: 'second' } });
    expect(answer.warnings.join(' ')).toContain('"first" did not answer (model-failed)');
  });

  it('quotes the documents when the last one fails, and says so', async () => {
    const answer = await askAs(await openWith([fake({ reply: down() })]), 'bob', leaveQuestion);
    expect(answer).toMatchObject({ status: 'answered', model: { id: 'extractive', provider: 'extractive' } });
    expect(answer.warnings.join(' ')).toMatch(/"fake" did not answer \(model-failed\).*No language model answered/);
    expect(answer.attempts).toMatchObject([
      { model: 'fake', outcome: 'failed', code: 'model-failed' },
      { model: 'extractive', outcome: 'answered', code: null },
    ]);
  });

  it('throws when the last one fails and quotes are not wanted', async () => {
    const app = await openWith([fake({ reply: down() })], 'answer: { whenModelsFail: error }');
    await expect(askAs(app, 'bob', leaveQuestion)).rejects.toMatchObject({ code: 'model-failed' });
  });
});
