import { describe, expect, it } from 'vitest';
import { systemScope } from '../../src/access/scope.ts';
import { canonicalLabel } from '../../src/access/label.ts';
import type { Config } from '../../src/config.ts';
import { feedbackResponse, traceResponse } from '../../src/http/trace-schemas.ts';
import type { ShownTrace } from '../../src/traces/show-trace.ts';
import { openServer, useSharedApp, type HttpFixture } from './http-fixture.ts';

const shared = useSharedApp();
const leaveQuestion = 'How long is parental leave?';

async function askAs({ send }: HttpFixture, person: string, question = leaveQuestion): Promise<string> {
  const reply = await send(person, 'POST', '/v1/ask', { question });
  expect(reply.statusCode).toBe(200);
  return reply.json().traceId;
}

function withoutTraceId(problem: Record<string, unknown>): object {
  const { traceId, ...rest } = problem;
  expect(traceId).toMatch(/^trace_/);
  return rest;
}

describe('GET /v1/traces/{id}', () => {
  it('shows developers how an answer of theirs came about', async () => {
    const fixture = await openServer(shared());
    const id = await askAs(fixture, 'dora');
    const reply = await fixture.send('dora', 'GET', `/v1/traces/${id}`);
    expect(reply.statusCode).toBe(200);
    const trace = traceResponse.parse(reply.json());
    expect(trace).toMatchObject({
      traceId: id,
      as: 'dora',
      status: 'answered',
      contentKept: 'hashes',
      question: { characters: leaveQuestion.length, hash: expect.stringMatching(/^hmac-sha256:/) },
      models: [{ id: 'extractive', outcome: 'answered' }],
      feedback: null,
    });
    expect(trace.window?.items[0]).toMatchObject({ marker: 1, uri: 'docs/leave.md', hash: expect.any(String) });
    expect(trace.stages.map(({ name }) => name)).toEqual([
      'guard',
      'retrieve',
      'rank',
      'score',
      'pack',
      'generate',
      'check',
    ]);
    expect(trace.retrieval?.passages[0]?.parts?.length).toBeGreaterThan(0);
    expect(reply.body).not.toContain('26 weeks');
  });

  it('needs the role developer', async () => {
    const fixture = await openServer(shared());
    const id = await askAs(fixture, 'bob');
    expect((await fixture.send('bob', 'GET', `/v1/traces/${id}`)).statusCode).toBe(403);
  });

  it("answers for somebody else's question exactly as for an id that does not exist", async () => {
    const fixture = await openServer(shared());
    const id = await askAs(fixture, 'bob');
    const [foreign, absent] = [
      await fixture.send('dora', 'GET', `/v1/traces/${id}`),
      await fixture.send('dora', 'GET', '/v1/traces/trace_00000000000000000000000000000000'),
    ];
    expect(foreign.statusCode).toBe(404);
    expect(withoutTraceId(foreign.json())).toEqual(withoutTraceId(absent.json()));
  });

  it('shows an administrator the questions of others, without the passages that administrator may not see', async () => {
    const { app } = shared();
    const fixture = await openServer(shared());
    const alice = await askAs(fixture, 'alice', 'What does the quibblefish band pay?');
    const ada = await app.scopeFor({
      id: 'ada',
      groups: [],
      roles: ['admin', 'developer'],
      heldTags: new Set(['staff']),
    });
    const shown = await app.traces.show(ada, alice);
    expect(shown).toMatchObject({ as: 'alice', status: 'answered', evidence: null, window: { tokens: null } });
    expect(JSON.stringify(shown)).not.toMatch(/pay\.md|91,000|quibblefish/);
    expect(shown.question).not.toHaveProperty('hash');
    const withheld = { inputTokens: null, outputTokens: null, costUsd: null };
    expect(shown.usage).toMatchObject({ ...withheld, ms: { total: expect.any(Number) } });
    expect(shown.models).toMatchObject([withheld]);
    const operator = await app.traces.show(systemScope('test'), alice);
    expect(operator.usage.inputTokens).toEqual(expect.any(Number));
    expect(operator.window?.items.map(({ uri }) => uri)).toContain('docs/hr/pay.md');
  });

  it('looks the rights up anew: what was taken from its asker is gone from the trace', async () => {
    const { app } = shared();
    const fixture = await openServer(shared());
    const id = await askAs(fixture, 'dora', 'Where is the canteen?');
    const show = async () => (await fixture.send('dora', 'GET', `/v1/traces/${id}`)).json() as ShownTrace;
    const before = await show();
    expect(before.citations.map(({ uri }) => uri)).toContain('docs/moved.md');
    expect(before.answer).toHaveProperty('hash');
    expect(before.checks).not.toEqual([]);
    const document = await app.catalog.documentByUri(systemScope('test'), 'docs/moved.md');
    if (document === undefined) throw new Error('the document is missing');
    await app.catalog.relabelDocument(document.documentId, canonicalLabel({ anyOf: ['hr'] }), { isOverride: true });
    const after = await show();
    expect(after.answer).toEqual({});
    expect(after.checks).toEqual([]);
    expect(after.window?.items).toHaveLength((before.window?.items.length ?? 0) - 1);
    expect(JSON.stringify(after)).not.toMatch(/moved|Moved/);
    await app.catalog.relabelDocument(document.documentId, document.label, { isOverride: true });
  });
});

describe('POST /v1/feedback', () => {
  it('is kept with the trace of the asker, and counted', async () => {
    const fixture = await openServer(shared());
    const id = await askAs(fixture, 'dora');
    const reply = await fixture.send('dora', 'POST', '/v1/feedback', {
      traceId: id,
      rating: 'down',
      comment: 'Too short.',
    });
    expect(reply.statusCode).toBe(200);
    expect(feedbackResponse.parse(reply.json())).toMatchObject({ traceId: id, rating: 'down', comment: 'Too short.' });
    const trace = (await fixture.send('dora', 'GET', `/v1/traces/${id}`)).json();
    expect(trace.feedback).toMatchObject({ rating: 'down', comment: 'Too short.' });
    expect((await fixture.send('alice', 'GET', '/metrics')).body).toContain('persea_feedback_total{rating="down"} 1');
    expect(fixture.log()).not.toContain('Too short');
  });

  it("is absent for somebody else's trace as for one that does not exist", async () => {
    const fixture = await openServer(shared());
    const id = await askAs(fixture, 'bob');
    const [foreign, absent] = [
      await fixture.send('dora', 'POST', '/v1/feedback', { traceId: id, rating: 'up' }),
      await fixture.send('dora', 'POST', '/v1/feedback', { traceId: 'trace_0', rating: 'up' }),
    ];
    expect(foreign.statusCode).toBe(404);
    expect(withoutTraceId(foreign.json())).toEqual(withoutTraceId(absent.json()));
  });

  it.each([
    ['no rating', {}],
    ['another rating', { rating: 'great' }],
    ['a comment that is too long', { rating: 'up', comment: 'x'.repeat(2001) }],
    ['another field', { rating: 'up', text: 'x' }],
  ])('refuses %s', async (_, body) => {
    const { send } = await openServer(shared());
    expect((await send('bob', 'POST', '/v1/feedback', { traceId: 'trace_0', ...body })).statusCode).toBe(400);
  });
});

describe('GET /metrics', () => {
  const withMetrics = (metrics: Config['server']['metrics']) => {
    const { app } = shared();
    return openServer(shared(), { config: () => ({ ...app.config(), server: { ...app.config().server, metrics } }) });
  };

  it('is for the role admin unless the configuration opens or closes it', async () => {
    const byDefault = await openServer(shared());
    expect((await byDefault.send(null, 'GET', '/metrics')).statusCode).toBe(401);
    expect((await byDefault.send('bob', 'GET', '/metrics')).statusCode).toBe(403);
    const reply = await byDefault.send('alice', 'GET', '/metrics');
    expect(reply.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect((await (await withMetrics('open')).send(null, 'GET', '/metrics')).statusCode).toBe(200);
    const off = await (await withMetrics('off')).send('alice', 'GET', '/metrics');
    expect(off.json()).toMatchObject({ status: 404, code: 'route-absent' });
  });

  it('names nobody, no document and no address that a client wrote', async () => {
    const fixture = await openServer(shared());
    await askAs(fixture, 'bob');
    await fixture.send('bob', 'GET', '/v1/documents/doc_wonderland');
    await fixture.send('bob', 'GET', '/wonderland');
    const { body } = await fixture.send('alice', 'GET', '/metrics');
    expect(body).toContain('persea_http_requests_total{method="GET",route="none",status="404"}');
    expect(body).not.toMatch(/wonderland|bob|alice|leave|docs\//);
  });
});
