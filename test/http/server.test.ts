import { describe, expect, it } from 'vitest';
import { parseAccessPolicy } from '../../src/access/policy.ts';
import { systemScope } from '../../src/access/scope.ts';
import { sha256Hex } from '../../src/core/ids.ts';
import {
  answerResponse,
  documentResponse,
  labResponse,
  problemResponse,
  searchResponse,
} from '../../src/http/schemas.ts';
import { withConcurrencyLimit } from '../../src/llm/limited.ts';
import { eventsOf } from '../contract/language-model-contract.ts';
import { requestFor } from '../support/context-window.ts';
import { FakeLanguageModel } from '../support/fake-language-model.ts';
import { createKey, documents, openServer, useSharedApp, withLimits } from './http-fixture.ts';

const scope = systemScope('test');
const shared = useSharedApp();
const question = { question: 'How long is parental leave?' };

describe('who calls', () => {
  it('answers a person whose key is valid', async () => {
    const { send } = await openServer(shared());
    expect((await send('bob', 'POST', '/v1/ask', question)).statusCode).toBe(200);
  });

  it.each([
    ['no header', undefined],
    ['another scheme', 'Basic Ym9iOmJvYg=='],
    ['no key', 'Bearer '],
    ['a key that nobody was given', `Bearer pk_${'a'.repeat(43)}`],
    ['what is no key at all', "Bearer ' OR 1=1 --"],
    ['the hash of a key', `Bearer ${'0'.repeat(64)}`],
    ['a very long key', `Bearer pk_${'a'.repeat(5000)}`],
  ])('refuses %s with 401, on each route', async (_, authorization) => {
    const { server } = await openServer(shared());
    for (const [method, url] of [
      ['POST', '/v1/ask'],
      ['POST', '/v1/search'],
      ['POST', '/v1/lab'],
      ['POST', '/v1/feedback'],
      ['GET', '/v1/traces/x'],
      ['GET', '/v1/usage'],
      ['GET', '/v1/conversations'],
      ['GET', '/metrics'],
      ['GET', '/v1/documents/x'],
      ['GET', '/v1/documents/x/content'],
    ] as const) {
      const headers = authorization === undefined ? {} : { authorization };
      const reply = await server.inject({ method, url, headers, ...(method === 'POST' ? { payload: question } : {}) });
      expect(reply.statusCode).toBe(401);
      expect(reply.headers['www-authenticate']).toBe('Bearer');
      expect(reply.json()).toMatchObject({ code: 'unauthenticated', status: 401 });
    }
  });

  it('looks at the key before it reads the body', async () => {
    const { server } = await openServer(shared());
    const reply = await server.inject({ method: 'POST', url: '/v1/ask', payload: 'x'.repeat(2 ** 21) });
    expect(reply.statusCode).toBe(401);
  });

  it('refuses a key from the moment it is revoked, and no other', async () => {
    const { app, send, server } = await openServer(shared());
    const key = await createKey(app, 'bob');
    const record = await app.catalog.apiKeyByHash(sha256Hex(key));
    const search = () =>
      server.inject({
        method: 'POST',
        url: '/v1/search',
        headers: { authorization: `Bearer ${key}` },
        payload: { query: 'leave' },
      });
    expect((await search()).statusCode).toBe(200);
    await app.catalog.revokeApiKey(record?.id ?? '');
    expect((await search()).statusCode).toBe(401);
    expect((await send('bob', 'POST', '/v1/search', { query: 'leave' })).statusCode).toBe(200);
  });

  it('refuses a person from the moment the policy no longer knows them', async () => {
    let isKnown = true;
    const { send } = await openServer(shared(), {
      policy: () => (isKnown ? shared().app.policy() : parseAccessPolicy('principals: {}', 'access.yaml')),
    });
    expect((await send('bob', 'POST', '/v1/ask', question)).statusCode).toBe(200);
    isKnown = false;
    const reply = await send('bob', 'POST', '/v1/ask', question);
    expect(reply.statusCode).toBe(403);
    expect(reply.json()).toMatchObject({ code: 'forbidden' });
  });

  it('refuses a person who lacks the role, an administrator too', async () => {
    const { send } = await openServer(shared());
    expect((await send('walter', 'POST', '/v1/ask', question)).json()).toMatchObject({
      code: 'forbidden',
      status: 403,
    });
  });

  it('answers nothing where keys cannot be looked up', async () => {
    const { send, log } = await openServer(shared(), {
      catalog: new Proxy(shared().app.catalog, {
        get: (target, name) => {
          if (name === 'apiKeyByHash') return () => Promise.reject(new Error('disk on fire'));
          const value = Reflect.get(target, name);
          return typeof value === 'function' ? value.bind(target) : value;
        },
      }),
    });
    const reply = await send('bob', 'POST', '/v1/ask', question);
    expect(reply.statusCode).toBe(500);
    expect(reply.body).not.toContain('disk on fire');
    expect(log()).toContain('disk on fire');
  });
});

describe('POST /v1/ask', () => {
  it('gives an answer in the shape of the contract', async () => {
    const { send } = await openServer(shared());
    const reply = await send('bob', 'POST', '/v1/ask', question);
    const answer = reply.json();
    expect(answer).toMatchObject({ status: 'answered', citations: [{ uri: 'docs/leave.md', support: 'verbatim' }] });
    expect(documents['leave.md']).toContain(answer.citations[0].quote);
    // The schema names every field: what it does not know it would drop.
    expect(answerResponse.parse(answer)).toEqual(answer);
    expect(reply.headers['cache-control']).toBe('no-store');
  });

  it('shows the context on request only', async () => {
    const { send } = await openServer(shared());
    const plain = (await send('bob', 'POST', '/v1/ask', question)).json();
    expect(plain.context.text).toBeUndefined();
    const shown = (await send('bob', 'POST', '/v1/ask', { ...question, include: ['context'] })).json();
    expect(shown.context.text).toContain('Parental leave is 26 weeks.');
    expect(shown.context.items[0]).toMatchObject({ marker: 1, uri: expect.stringContaining('docs/') });
    expect(answerResponse.parse(shown)).toEqual(shown);
  });

  it('lets nothing of a document through to a person who may not see it', async () => {
    const { send } = await openServer(shared());
    const asked = { question: 'What does the quibblefish band pay?', include: ['context'] };
    const hers = await send('alice', 'POST', '/v1/ask', asked);
    expect(hers.json().citations[0]).toMatchObject({ uri: 'docs/hr/pay.md' });
    const his = await send('bob', 'POST', '/v1/ask', asked);
    expect(his.statusCode).toBe(200);
    expect(his.body).not.toMatch(/pay\.md|quibblefish|91,000|crowns/);
  });

  it('abstains where nothing can be seen', async () => {
    const { send } = await openServer(shared());
    const answer = (await send('eve', 'POST', '/v1/ask', question)).json();
    expect(answer).toMatchObject({
      status: 'abstained',
      reason: 'no-evidence',
      citations: [],
      claims: [],
      nearest: [],
    });
    expect(answerResponse.parse(answer)).toEqual(answer);
  });

  it('refuses a question that is too long as a result, not as a failure', async () => {
    const { send } = await openServer(shared());
    const reply = await send('bob', 'POST', '/v1/ask', { question: 'why '.repeat(2000) });
    expect(reply.statusCode).toBe(200);
    expect(reply.json()).toMatchObject({ status: 'refused', reason: 'input-too-long' });
    expect(answerResponse.parse(reply.json())).toEqual(reply.json());
  });

  it('sends events to a client that asks for them', async () => {
    const { server, keys } = await openServer(shared());
    const reply = await server.inject({
      method: 'POST',
      url: '/v1/ask',
      headers: { authorization: `Bearer ${keys.get('bob')}`, accept: 'text/event-stream' },
      payload: question,
    });
    expect(reply.headers['content-type']).toMatch(/^text\/event-stream/);
    expect(reply.headers['cache-control']).toBe('no-store, no-transform');
    const events = parseEvents(reply.body);
    const names = events.map(({ name }) => name);
    expect(names[0]).toBe('answer-start');
    expect(names.at(-1)).toBe('answer-end');
    expect(names.indexOf('citation')).toBeLessThan(names.indexOf('text-delta'));
    const answer = events.at(-1)?.data;
    expect(answer).toMatchObject({ status: 'answered', traceId: events[0]?.data.traceId });
    const deltas = events.filter(({ name }) => name === 'text-delta').map(({ data }) => data.text);
    expect(deltas.join('')).toBe(answer.text);
    const citations = events.filter(({ name }) => name === 'citation').map(({ data }) => data);
    expect(citations).toEqual(answer.citations);
  });

  it('ends a stream that fails with an error event of the same trace', async () => {
    const { server, keys, log } = await openServer(shared(), {
      async *askStream() {
        yield { type: 'answer-start', traceId: 'trace_1' } as const;
        throw new Error('socket to 10.0.0.7 hung up');
      },
    });
    const reply = await server.inject({
      method: 'POST',
      url: '/v1/ask',
      headers: { authorization: `Bearer ${keys.get('bob')}`, accept: 'text/event-stream' },
      payload: question,
    });
    expect(parseEvents(reply.body)).toEqual([
      { name: 'answer-start', data: { traceId: 'trace_1' } },
      { name: 'error', data: expect.objectContaining({ code: 'internal', status: 500, traceId: 'trace_1' }) },
    ]);
    expect(reply.body).not.toContain('10.0.0.7');
    expect(log()).toContain('"route":"/v1/ask","status":200,"code":"internal"');
  });
});

describe('POST /v1/search', () => {
  it('gives hits in the shape of the contract', async () => {
    const { send, app } = await openServer(shared());
    const result = (await send('bob', 'POST', '/v1/search', { query: 'parental leave', topK: 1 })).json();
    expect(result.hits).toHaveLength(1);
    expect(searchResponse.parse(result)).toEqual(result);
    const [hit] = result.hits;
    const stored = await app.catalog.text(scope, hit.documentId);
    expect(stored?.text.slice(hit.start, hit.end)).toBe(hit.text);
  });

  it('shows raw scores to developers only', async () => {
    const { send } = await openServer(shared());
    const body = { query: 'parental leave', explain: true };
    const developer = (await send('dora', 'POST', '/v1/search', body)).json();
    expect(developer.hits[0].parts.length).toBeGreaterThan(0);
    expect(searchResponse.parse(developer)).toEqual(developer);
    for (const person of ['bob', 'alice']) {
      const reply = await send(person, 'POST', '/v1/search', body);
      expect(reply.json().hits.length).toBeGreaterThan(0);
      expect(reply.body).not.toContain('"parts"');
    }
  });

  it('finds nothing for those who may see nothing', async () => {
    const { send } = await openServer(shared());
    expect((await send('eve', 'POST', '/v1/search', { query: 'parental leave' })).json().hits).toEqual([]);
  });

  it('narrows and counts, and refuses filters that it does not understand', async () => {
    const { send } = await openServer(shared());
    const search = (filters: object) =>
      send('bob', 'POST', '/v1/search', { query: 'parental leave hotels', filters, facets: true });
    const narrowed = (await search({ uriPrefix: 'docs/tr', mediaType: ['md', 'pdf'] })).json();
    expect(searchResponse.parse(narrowed)).toEqual(narrowed);
    expect(narrowed.hits.map(({ uri }: { uri: string }) => uri)).toEqual(['docs/travel.md']);
    expect(narrowed.facets.mediaType).toEqual([{ value: 'text/markdown', count: 1 }]);
    expect((await search({ source: 'docs', uriPrefix: 'docs/hr' })).json()).toMatchObject({
      hits: [],
      facets: { source: [] },
    });
    const asked = { question: question.question, filters: { uriPrefix: 'docs/travel' } };
    expect((await send('bob', 'POST', '/v1/ask', asked)).json()).toMatchObject({ status: 'abstained' });
    for (const filters of [{ sauce: 'docs' }, { since: 'today' }, { source: [] }, { mediaType: 'pdff' }, 'docs', []]) {
      const reply = await search(filters as object);
      expect(reply.statusCode, JSON.stringify(filters)).toBe(400);
      expect(reply.json()).toMatchObject({ code: 'request-invalid' });
    }
  });
});

describe('GET /v1/documents/{id}', () => {
  it('gives facts and exactly the parsed text of a visible document', async () => {
    const { send, app, server, keys } = await openServer(shared());
    const document = await app.catalog.documentByUri(scope, 'docs/leave.md');
    const facts = (await send('bob', 'GET', `/v1/documents/${document?.documentId}`)).json();
    expect(facts).toMatchObject({ uri: 'docs/leave.md', revision: 1, classification: 'internal' });
    expect(facts.label).toBeUndefined();
    expect(documentResponse.parse(facts)).toEqual(facts);
    const content = await send('bob', 'GET', `/v1/documents/${document?.documentId}/content`);
    const stored = await app.catalog.text(scope, document?.documentId ?? '');
    expect(content.headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(content.headers['x-content-type-options']).toBe('nosniff');
    expect(content.body).toBe(stored?.text);
    const asJson = await server.inject({
      url: `/v1/documents/${document?.documentId}/content`,
      headers: { authorization: `Bearer ${keys.get('bob')}`, accept: 'application/json' },
    });
    expect(asJson.json()).toEqual({ documentId: document?.documentId, revision: 1, text: stored?.text });
  });

  it('shows the label to administrators', async () => {
    const { send, app } = await openServer(shared());
    const document = await app.catalog.documentByUri(scope, 'docs/hr/pay.md');
    const facts = (await send('alice', 'GET', `/v1/documents/${document?.documentId}`)).json();
    expect(facts.label).toEqual({ clauses: [['hr']], classification: 'confidential' });
    expect(documentResponse.parse(facts)).toEqual(facts);
  });

  it.each(['', '/content'])('answers what one may not see like what does not exist (%j)', async (suffix) => {
    const { send, app } = await openServer(shared());
    const hidden = await app.catalog.documentByUri(scope, 'docs/hr/pay.md');
    const ids = [
      hidden?.documentId ?? '',
      `doc_${'0'.repeat(32)}`,
      'x',
      'docs%2Fhr%2Fpay.md',
      '%00',
      'é',
      'a'.repeat(400),
    ];
    const replies = await Promise.all(
      ids.map((id) => send('bob', 'GET', `/v1/documents/${encodeURI(decodeURI(id))}${suffix}`)),
    );
    const [first, ...others] = replies.map((reply) => ({
      status: reply.statusCode,
      body: reply.body.replace(/trace_[0-9a-f]{32}/, 'TRACE'),
      headers: { ...reply.headers, date: '' },
    }));
    expect(first).toMatchObject({ status: 404, body: expect.stringContaining('"code":"document-absent"') });
    for (const other of others) expect(other).toEqual(first);
  });

  it.each(['', '/content'])('takes an id of any length for one that does not exist (%j)', async (suffix) => {
    const { send } = await openServer(shared());
    const reply = await send('bob', 'GET', `/v1/documents/${'a'.repeat(600)}${suffix}`);
    expect([reply.statusCode, reply.json().code]).toEqual([404, 'route-absent']);
  });

  it('knows a document no longer after it is closed', async () => {
    const { send, app } = await openServer(shared());
    const document = await app.catalog.documentByUri(scope, 'docs/moved.md');
    const url = `/v1/documents/${document?.documentId}`;
    expect((await send('bob', 'GET', url)).statusCode).toBe(200);
    await app.catalog.relabelDocument(
      document?.documentId ?? '',
      { clauses: [['hr']], classification: 'internal' },
      { isOverride: true },
    );
    expect((await send('bob', 'GET', url)).statusCode).toBe(404);
    expect((await send('bob', 'GET', `${url}/content`)).statusCode).toBe(404);
    expect((await send('alice', 'GET', url)).statusCode).toBe(200);
  });
});

describe('what breaks the rules of a request', () => {
  it.each([
    ['no JSON', '{"question": ', 'application/json', 400, 'request-invalid'],
    ['no body', '', 'application/json', 400, 'request-invalid'],
    ['a list', '[1]', 'application/json', 400, 'request-invalid'],
    ['null', 'null', 'application/json', 400, 'request-invalid'],
    ['no question', '{}', 'application/json', 400, 'request-invalid'],
    ['an empty question', '{"question":""}', 'application/json', 400, 'request-invalid'],
    ['a question of blanks', '{"question":" \\u200b "}', 'application/json', 400, 'request-invalid'],
    ['a number', '{"question":7}', 'application/json', 400, 'request-invalid'],
    ['a field that nobody knows', '{"question":"a","modle":"x"}', 'application/json', 400, 'request-invalid'],
    ['a poisoned prototype', '{"question":"a","__proto__":{"x":1}}', 'application/json', 400, 'request-invalid'],
    [
      'a model that nobody knows',
      '{"question":"How long is parental leave?","model":"gpt"}',
      'application/json',
      400,
      'unknown-model',
    ],
    ['too large a body', JSON.stringify({ question: 'x'.repeat(2 ** 20) }), 'application/json', 413, 'body-too-large'],
    ['text', 'How long is parental leave?', 'text/plain', 415, 'media-type-unsupported'],
    ['a form', 'question=x', 'application/x-www-form-urlencoded', 415, 'media-type-unsupported'],
  ])('%s is a problem document', async (_, payload, type, status, code) => {
    const { server, keys } = await openServer(shared());
    const reply = await server.inject({
      method: 'POST',
      url: '/v1/ask',
      headers: { authorization: `Bearer ${keys.get('bob')}`, 'content-type': type },
      payload,
    });
    expect(reply.headers['content-type']).toMatch(/^application\/problem\+json/);
    const problem = problemResponse.strict().parse(reply.json());
    expect(problem).toMatchObject({ status, code, type: `urn:persea:error:${code}` });
    expect(reply.statusCode).toBe(status);
    expect(problem.traceId).toMatch(/^trace_[0-9a-f]{32}$/);
    expect(problem.detail.length).toBeGreaterThan(20);
  });

  it('names the field', async () => {
    const { send } = await openServer(shared());
    const reply = await send('bob', 'POST', '/v1/search', { query: 'leave', topK: 'many', mod: 'x' });
    expect(reply.json().detail).toMatch(/topK/);
    expect(reply.json().detail).toMatch(/mod/);
  });

  it('keeps to the largest number of passages', async () => {
    const { send } = await openServer(shared());
    expect((await send('bob', 'POST', '/v1/search', { query: 'leave', topK: 50 })).statusCode).toBe(200);
    expect((await send('bob', 'POST', '/v1/search', { query: 'leave', topK: 51 })).json()).toMatchObject({
      code: 'request-invalid',
    });
  });

  it('takes a method that the framework refuses for a fault of the request', async () => {
    const { server, log } = await openServer(shared());
    // Not among the methods that the types know.
    const reply = await server.inject({ method: 'QUERY' as 'GET', url: '/nothing' });
    expect([reply.statusCode, problemResponse.parse(reply.json()).code]).toEqual([400, 'request-invalid']);
    expect(log()).not.toContain('"level":"error"');
  });

  it.each([
    ['GET', '/v1/nothing'],
    ['GET', '/../../etc/passwd'],
    ['GET', '/v1/documents/%zz'],
  ] as const)('%s %s is a problem document too', async (method, url) => {
    const { send } = await openServer(shared());
    const reply = await send('bob', method, url);
    expect([400, 404]).toContain(reply.statusCode);
    expect(problemResponse.parse(reply.json()).code).toMatch(/^(route-absent|request-invalid)$/);
  });
});

describe('limits', () => {
  it('counts the questions of each key by the minute, and says when to come back', async () => {
    const { send, app, server } = await openServer(shared(), withLimits(shared().app, { questionsPerMinute: 2 }));
    expect((await send('bob', 'POST', '/v1/ask', question)).statusCode).toBe(200);
    expect((await send('bob', 'POST', '/v1/search', { query: 'leave' })).statusCode).toBe(200);
    const third = await send('bob', 'POST', '/v1/ask', question);
    expect(third.statusCode).toBe(429);
    expect(third.json()).toMatchObject({ code: 'rate-limited' });
    expect(Number(third.headers['retry-after'])).toBeGreaterThan(0);
    expect(Number(third.headers['retry-after'])).toBeLessThanOrEqual(60);
    expect((await send('alice', 'POST', '/v1/ask', question)).statusCode).toBe(200);
    const other = await createKey(app, 'bob');
    const withOther = {
      method: 'POST',
      url: '/v1/ask',
      headers: { authorization: `Bearer ${other}` },
      payload: question,
    } as const;
    expect((await server.inject(withOther)).statusCode).toBe(200);
    // Reading a document is no question.
    const document = await app.catalog.documentByUri(scope, 'docs/leave.md');
    expect((await send('bob', 'GET', `/v1/documents/${document?.documentId}`)).statusCode).toBe(200);
  });

  it('answers what the model has no place for with the time after which to ask again, whoever refused it', async () => {
    const { id, provider, zone, contextTokens, price, tokens } = new FakeLanguageModel({ reply: '' });
    const held = Promise.withResolvers<void>();
    const slow = withConcurrencyLimit(
      {
        ...{ id, provider, zone, contextTokens, price, tokens },
        async *generate() {
          await held.promise;
          yield { type: 'text-delta', text: 'Parental leave is 26 weeks.' };
        },
      },
      { concurrency: 2, queue: 3 },
    );
    const request = requestFor([{ documentId: 'leave', text: 'Parental leave is 26 weeks.' }]);
    const { send } = await openServer(shared(), {
      async ask(...[scope, asked, options]) {
        await eventsOf(slow, request);
        return shared().app.ask(scope, asked, options);
      },
    });
    let refused = 0;
    const answers = Array.from({ length: 30 }, async () => {
      const answer = await send('bob', 'POST', '/v1/ask', { question: 'How long is parental leave?' });
      if (answer.statusCode === 429 && ++refused === 25) held.resolve();
      return answer;
    });
    // It would not come to an end if one of those without a place hung.
    const all = await Promise.all(answers);
    expect(all.filter(({ statusCode }) => statusCode === 200)).toHaveLength(5);
    for (const answer of all.filter(({ statusCode }) => statusCode !== 200)) {
      expect(answer.json()).toMatchObject({ code: 'queue-full', status: 429 });
      expect(answer.headers['retry-after']).toBe('1');
    }
  });

  it('takes changed limits without a restart', async () => {
    let perMinute = 1;
    const { send } = await openServer(shared(), {
      config: () => withLimits(shared().app, { questionsPerMinute: perMinute }).config(),
    });
    await send('bob', 'POST', '/v1/search', { query: 'leave' });
    expect((await send('bob', 'POST', '/v1/search', { query: 'leave' })).statusCode).toBe(429);
    perMinute = 10;
    expect((await send('bob', 'POST', '/v1/search', { query: 'leave' })).statusCode).toBe(200);
  });

  it('answers so many questions at a time, and the next when one is done', async () => {
    const { promise: release, resolve: end } = Promise.withResolvers<void>();
    const { promise: started, resolve: start } = Promise.withResolvers<void>();
    const { send } = await openServer(shared(), {
      ...withLimits(shared().app, { queue: 1 }),
      async search(scope, request, options) {
        start();
        await release;
        return shared().app.search(scope, request, options);
      },
    });
    const first = send('bob', 'POST', '/v1/search', { query: 'leave' });
    await started;
    const second = await send('alice', 'POST', '/v1/search', { query: 'leave' });
    expect(second.json()).toMatchObject({ code: 'queue-full', status: 429 });
    expect(second.headers['retry-after']).toBe('1');
    end();
    expect((await first).statusCode).toBe(200);
    expect((await send('alice', 'POST', '/v1/search', { query: 'leave' })).statusCode).toBe(200);
    expect((await send('alice', 'POST', '/v1/search', { query: 'leave' })).statusCode).toBe(200);
  });
});

describe('the log', () => {
  it('says who asked for which route and how it ended, and nothing of what was asked or answered', async () => {
    const { send, log, keys } = await openServer(shared());
    await send('bob', 'POST', '/v1/ask', question);
    await send('bob', 'GET', '/v1/documents/secret-id?token=hunter2');
    await send(null, 'GET', '/v1/documents/x');
    const lines = log()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toEqual([
      expect.objectContaining({
        route: '/v1/ask',
        method: 'POST',
        status: 200,
        principal: 'bob',
        ms: expect.any(Number),
      }),
      expect.objectContaining({
        route: '/v1/documents/:id',
        status: 404,
        code: 'document-absent',
        principal: 'bob',
      }),
      expect.objectContaining({
        route: '/v1/documents/:id',
        status: 401,
        code: 'unauthenticated',
        principal: null,
        keyId: null,
      }),
    ]);
    expect(lines[0]).not.toHaveProperty('code');
    expect(log()).not.toMatch(/parental|26 weeks|hunter2|secret-id|[Bb]earer|pk_/);
    for (const key of keys.values()) expect(log()).not.toContain(key);
  });

  it('tells the cause of a failure without what the error carries along', async () => {
    const carried = { requestBodyValues: { prompt: 'quibblefish' } };
    const cause = Object.assign(new Error('the vendor answered 500'), carried);
    const { send, log } = await openServer(shared(), {
      ask: () => Promise.reject(Object.assign(new TypeError('broken', { cause }), carried)),
    });
    const reply = await send('bob', 'POST', '/v1/ask', question);
    expect(reply.json()).toMatchObject({ code: 'internal', status: 500 });
    expect(reply.body).not.toMatch(/vendor|broken|stack/);
    expect(log()).toContain('the vendor answered 500');
    expect(log()).toContain(reply.json().traceId);
    expect(log()).not.toContain('quibblefish');
  });
});

describe('routes without a key', () => {
  it('tell that the process lives and that it is ready, without counts or paths', async () => {
    const { send } = await openServer(shared());
    expect((await send(null, 'GET', '/healthz')).json()).toEqual({ status: 'ok' });
    const ready = await send(null, 'GET', '/readyz');
    expect(ready.statusCode).toBe(200);
    expect(ready.json()).toMatchObject({ status: 'ready' });
    expect(ready.body).not.toMatch(/\d documents|people|\//);
  });

  it('tell that a changed configuration was refused, while the old one serves', async () => {
    const { send } = await openServer(shared(), {
      checks: async () => [
        { name: 'config', ok: false, detail: '/etc/persea/persea.yaml:3:1: unknown key' },
        { name: 'catalogue', ok: true, detail: '3 documents' },
      ],
    });
    const ready = await send(null, 'GET', '/readyz');
    expect(ready.statusCode).toBe(200);
    expect(ready.json()).toMatchObject({ status: 'degraded', checks: [{ name: 'config', ok: false }, { ok: true }] });
    expect(ready.json().checks[0].detail).toMatch(/refused/);
    expect(ready.body).not.toMatch(/etc|3 documents/);
  });

  it('tell that the server cannot answer', async () => {
    const { send } = await openServer(shared(), {
      checks: async () => [{ name: 'catalogue', ok: false, detail: 'disk on fire' }],
    });
    const ready = await send(null, 'GET', '/readyz');
    expect(ready.statusCode).toBe(503);
    expect(ready.json()).toEqual({ status: 'unavailable', checks: [{ name: 'catalogue', ok: false }] });
  });

  it('describe the interface', async () => {
    const { send } = await openServer(shared());
    const description = (await send(null, 'GET', '/openapi.json')).json();
    expect(description.openapi).toBe('3.1.0');
    expect(Object.keys(description.paths).sort()).toEqual([
      '/healthz',
      '/metrics',
      '/readyz',
      '/v1/ask',
      '/v1/conversations',
      '/v1/conversations/{id}',
      '/v1/documents/{id}',
      '/v1/documents/{id}/content',
      '/v1/feedback',
      '/v1/lab',
      '/v1/search',
      '/v1/traces/{id}',
      '/v1/usage',
    ]);
    const ask = description.paths['/v1/ask'].post;
    expect(ask.security).toEqual([{ apiKey: [] }]);
    expect(Object.keys(ask.responses['200'].content)).toEqual(['application/json', 'text/event-stream']);
    expect(Object.keys(ask.responses['502'].content)).toEqual(['application/problem+json']);
    expect(ask.requestBody.content['application/json'].schema).toMatchObject({
      required: ['question'],
      additionalProperties: false,
    });
    expect(description.paths['/healthz'].get.security).toBeUndefined();
  });
});

it('keeps bodies to the configured size', async () => {
  const { send } = await openServer(shared(), withLimits(shared().app, { bodyBytes: 100 }));
  expect((await send('bob', 'POST', '/v1/ask', { question: 'x'.repeat(120) })).json()).toMatchObject({
    code: 'body-too-large',
    detail: expect.stringContaining('100 bytes'),
  });
});

interface ServerEvent {
  readonly name: string;
  // biome-ignore lint/suspicious/noExplicitAny: parsed JSON, judged by the test
  readonly data: any;
}

function parseEvents(body: string): readonly ServerEvent[] {
  return body
    .split('\n\n')
    .filter((block) => block !== '')
    .map((block) => {
      const [, name = '', data = ''] = /^event: (.+)\ndata: (.+)$/.exec(block) ?? [];
      return { name, data: JSON.parse(data) };
    });
}

it('gives the context lab to developers alone, within what they may see', async () => {
  const { send } = await openServer(shared());
  const request = { ...question, formats: ['numbered', 'json'] };
  expect((await send('bob', 'POST', '/v1/lab', request)).statusCode).toBe(403);
  const reply = await send('dora', 'POST', '/v1/lab', request);
  expect(reply.statusCode).toBe(200);
  const { runs } = labResponse.parse(reply.json());
  expect(runs.map(({ format }) => format)).toEqual(['numbered', 'json']);
  expect(runs[0]?.context).toContain('[1]');
  expect((await send('dora', 'POST', '/v1/lab', { ...question, formats: ['yaml'] })).statusCode).toBe(400);
});

it('says which models failed in the lab, and only in the log why', async () => {
  const failed = [
    { format: 'numbered', model: 'main', code: 'model-failed', message: 'Nobody answers at 10.0.0.7.' },
  ] as const;
  const { send, log } = await openServer(shared(), { lab: async () => ({ question: '', runs: [], failed }) });
  const reply = await send('dora', 'POST', '/v1/lab', question);
  expect(reply.json().failed).toEqual([{ format: 'numbered', model: 'main', code: 'model-failed' }]);
  expect(log()).toContain('10.0.0.7');
});
