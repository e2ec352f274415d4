/** What /openapi.json says of each route, held against what the routes answer: a client that is made from it must be able to read it. */
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type HttpFixture, openServer, useSharedApp } from './http-fixture.ts';

const shared = useSharedApp();

// biome-ignore lint/suspicious/noExplicitAny: parsed JSON, judged by the test
type Description = any;

interface Case {
  readonly route: string;
  readonly person: string | null;
  readonly status: number;
  readonly id?: string;
  readonly query?: string;
  readonly body?: unknown;
  readonly accept?: string;
}

const question = { question: 'How long is parental leave?' };
const query = { query: 'parental leave' };
const filters = { source: 'docs', language: ['en', 'de'] };

const cases = ({ documentId, traceId }: { documentId: string; traceId: string }): readonly Case[] => [
  { route: 'GET /healthz', person: null, status: 200 },
  { route: 'GET /readyz', person: null, status: 200 },
  { route: 'GET /metrics', person: 'alice', status: 200 },
  { route: 'GET /metrics', person: null, status: 401 },
  { route: 'GET /metrics', person: 'bob', status: 403 },
  { route: 'POST /v1/ask', person: 'bob', status: 200, body: question },
  { route: 'POST /v1/ask', person: 'bob', status: 200, body: question, accept: 'text/event-stream' },
  { route: 'POST /v1/ask', person: 'bob', status: 200, body: { ...question, include: ['context'], filters } },
  { route: 'POST /v1/ask', person: 'eve', status: 200, body: { ...question, conversationId: 'one' } },
  { route: 'POST /v1/ask', person: 'bob', status: 200, body: { question: 'Which documents are there?' } },
  { route: 'POST /v1/ask', person: 'bob', status: 200, body: { question: 'x'.repeat(5000) } },
  { route: 'POST /v1/ask', person: 'bob', status: 400, body: { ...question, model: 'gpt' } },
  { route: 'POST /v1/ask', person: 'bob', status: 413, body: { question: 'x'.repeat(2 ** 20) } },
  { route: 'POST /v1/ask', person: 'walter', status: 403, body: question },
  { route: 'POST /v1/search', person: 'bob', status: 200, body: { ...query, facets: true, filters } },
  { route: 'POST /v1/search', person: 'dora', status: 200, body: { ...query, explain: true } },
  { route: 'POST /v1/search', person: 'bob', status: 400, body: { ...query, topK: 51 } },
  { route: 'POST /v1/search', person: null, status: 401, body: query },
  { route: 'POST /v1/lab', person: 'dora', status: 200, body: { ...question, formats: ['numbered', 'json'] } },
  { route: 'POST /v1/lab', person: 'dora', status: 400, body: { ...question, formats: ['none'] } },
  { route: 'POST /v1/lab', person: 'bob', status: 403, body: question },
  { route: 'GET /v1/documents/{id}', person: 'bob', status: 200, id: documentId },
  { route: 'GET /v1/documents/{id}', person: 'alice', status: 200, id: documentId },
  { route: 'GET /v1/documents/{id}', person: 'bob', status: 404, id: 'doc_1' },
  { route: 'GET /v1/documents/{id}', person: 'bob', status: 400, id: '%zz' },
  { route: 'GET /v1/documents/{id}/content', person: 'bob', status: 200, id: documentId },
  { route: 'GET /v1/documents/{id}/content', person: 'bob', status: 200, id: documentId, accept: 'application/json' },
  { route: 'GET /v1/documents/{id}/content', person: 'eve', status: 404, id: documentId },
  { route: 'GET /v1/documents/{id}/content', person: 'bob', status: 400, id: '%zz' },
  { route: 'GET /v1/traces/{id}', person: 'dora', status: 200, id: traceId },
  { route: 'GET /v1/traces/{id}', person: 'dora', status: 404, id: 'trace_1' },
  { route: 'GET /v1/traces/{id}', person: 'dora', status: 400, id: '%zz' },
  { route: 'POST /v1/feedback', person: 'dora', status: 200, body: { traceId, rating: 'up', comment: 'Right.' } },
  { route: 'POST /v1/feedback', person: 'dora', status: 200, body: { traceId, rating: 'down' } },
  { route: 'POST /v1/feedback', person: 'bob', status: 404, body: { traceId, rating: 'up' } },
  { route: 'POST /v1/feedback', person: 'bob', status: 400, body: { traceId } },
  { route: 'GET /v1/conversations', person: 'eve', status: 200, query: '?limit=5' },
  { route: 'GET /v1/conversations', person: 'eve', status: 400, query: '?limit=0' },
  { route: 'DELETE /v1/conversations/{id}', person: 'eve', status: 204, id: 'one' },
  { route: 'DELETE /v1/conversations/{id}', person: 'eve', status: 400, id: 'a%20b' },
  { route: 'DELETE /v1/conversations/{id}', person: null, status: 401, id: 'one' },
  { route: 'GET /v1/usage', person: 'bob', status: 200 },
  { route: 'GET /v1/usage', person: 'alice', status: 200, query: '?by=person' },
  { route: 'GET /v1/usage', person: 'bob', status: 400, query: '?by=day&by=model' },
];

async function openCases() {
  const fixture = await openServer(shared());
  const description: Description = (await fixture.send(null, 'GET', '/openapi.json')).json();
  const answer = (await fixture.send('dora', 'POST', '/v1/ask', question)).json();
  return {
    fixture,
    description,
    cases: cases({ documentId: answer.citations[0].documentId, traceId: answer.traceId }),
  };
}

function request({ server, keys }: HttpFixture, { route, person, id = '', query: sent = '', body, accept }: Case) {
  const [method, path = ''] = route.split(' ');
  return server.inject({
    method: method as 'GET',
    url: path.replace('{id}', id) + sent,
    headers: {
      ...(person === null ? {} : { authorization: `Bearer ${keys.get(person)}` }),
      ...(accept === undefined ? {} : { accept }),
    },
    ...(body === undefined ? {} : { payload: body as object }),
  });
}

function operationOf(description: Description, route: string) {
  const [method = '', path = ''] = route.split(' ');
  return description.paths[path]?.[method.toLowerCase()];
}

describe('/openapi.json', () => {
  it('describes every answer of every route', async () => {
    const { fixture, description, cases } = await openCases();
    const wrong: unknown[] = [];
    for (const asked of cases) {
      const reply = await request(fixture, asked);
      const problems = problemsOf(operationOf(description, asked.route), reply);
      if (reply.statusCode !== asked.status) problems.unshift(`is ${reply.statusCode}`);
      if (problems.length > 0) wrong.push([asked.route, asked.status, ...problems]);
    }
    expect(wrong).toEqual([]);
    const succeeded = new Set(cases.filter(({ status }) => status < 300).map(({ route }) => route));
    expect(routesOf(description).filter((route) => !succeeded.has(route))).toEqual([]);
  });

  it('is no description of what a route does not answer', async () => {
    const { fixture, description } = await openCases();
    const reply = await fixture.send(null, 'GET', '/healthz');
    const operation = operationOf(description, 'GET /healthz');
    expect(problemsOf(operation, reply)).toEqual([]);
    expect(problemsOf(operation, { ...reply, body: '{"status":"ok","people":5}' })).not.toEqual([]);
    expect(problemsOf(operation, { ...reply, body: '{}' })).not.toEqual([]);
  });
});

function routesOf({ paths }: Description): readonly string[] {
  return Object.entries<object>(paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  );
}

function problemsOf(
  operation: Description,
  reply: { statusCode: number; headers: Record<string, unknown>; body: string },
) {
  const described = operation?.responses?.[reply.statusCode];
  if (described === undefined) return ['is not described'];
  const type = String(reply.headers['content-type'] ?? '').split(';', 1)[0] ?? '';
  if (reply.body === '' && described.content === undefined) return [];
  const schema = described.content?.[type]?.schema;
  if (schema === undefined) return [`is of the type ${type}, which is not described`];
  const value = type.endsWith('json') ? JSON.parse(reply.body) : reply.body;
  const parsed = z.fromJSONSchema(schema).safeParse(value);
  return parsed.success ? [] : [z.prettifyError(parsed.error)];
}
