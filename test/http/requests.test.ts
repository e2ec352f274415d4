/** What clients send that is no plain request: other encodings, other methods, addresses that cannot be read. */
import { describe, expect, it } from 'vitest';
import { openServer, useSharedApp } from './http-fixture.ts';

const shared = useSharedApp();
const body = '{"query":"Gebührenordnung"}';

async function search(payload: Buffer | string, headers: Record<string, string> = {}) {
  const { server, keys } = await openServer(shared());
  return server.inject({
    method: 'POST',
    url: '/v1/search',
    headers: { authorization: `Bearer ${keys.get('bob')}`, 'content-type': 'application/json', ...headers },
    payload,
  });
}

describe('a body', () => {
  it.each([
    ['UTF-8', body, {}],
    ['UTF-8 by name', body, { 'content-type': 'Application/JSON; Charset="UTF-8"' }],
    ['UTF-8 with a mark in front', `\ufeff${body}`, {}],
    ['ASCII by name', '{"query":"leave"}', { 'content-type': 'application/json;charset=us-ascii' }],
    ['no encoding by name', body, { 'content-encoding': 'identity' }],
  ])('is read in %s', async (_, payload, headers) => {
    expect((await search(payload, headers)).statusCode).toBe(200);
  });

  it('in another encoding is refused, not searched for with wrong letters', async () => {
    const reply = await search(Buffer.from(body, 'latin1'));
    expect(reply.json()).toMatchObject({
      status: 400,
      code: 'request-invalid',
      detail: expect.stringMatching(/UTF-8/),
    });
  });

  it.each([
    ['charset', { 'content-type': 'application/json; charset=iso-8859-1' }, /UTF-8/],
    ['encoding', { 'content-encoding': 'gzip' }, /compressed/],
  ])('with the name of another %s is refused', async (_, headers, detail) => {
    const reply = await search(body, headers);
    expect(reply.json()).toMatchObject({
      status: 415,
      code: 'media-type-unsupported',
      detail: expect.stringMatching(detail),
    });
  });

  it('that is empty is none where none is wanted, whatever type is named', async () => {
    const { server, keys } = await openServer(shared());
    const headers = { authorization: `Bearer ${keys.get('bob')}`, 'content-type': 'application/json' };
    const removed = await server.inject({ method: 'DELETE', url: '/v1/conversations/one', headers });
    expect(removed.statusCode).toBe(204);
    const asked = await server.inject({ method: 'POST', url: '/v1/ask', headers });
    expect(asked.json()).toMatchObject({ status: 400, code: 'request-invalid' });
  });
});

describe('a method that a route does not have', () => {
  it.each([
    ['GET', '/v1/ask', 'POST'],
    ['OPTIONS', '/v1/ask', 'POST'],
    ['DELETE', '/v1/documents/doc_1/content', 'GET, HEAD'],
    ['POST', '/healthz', 'GET, HEAD'],
    ['PUT', '/openapi.json', 'GET, HEAD'],
    ['GET', '/v1/conversations/one', 'DELETE'],
  ] as const)('%s %s is told those that it has', async (method, url, allow) => {
    const { server, log } = await openServer(shared());
    const reply = await server.inject({ method, url, payload: 'text' });
    expect(reply.headers.allow?.split(', ').sort()).toEqual(allow.split(', '));
    expect(reply.json()).toMatchObject({
      status: 405,
      code: 'method-not-allowed',
      detail: expect.stringContaining(allow.slice(0, 3)),
    });
    expect(log()).toContain('"status":405');
  });

  it('is no part of the description', async () => {
    const { send } = await openServer(shared());
    const { paths } = (await send(null, 'GET', '/openapi.json')).json();
    expect(Object.keys(paths['/v1/ask'])).toEqual(['post']);
  });
});

it('says of a parameter that it is one of the address, not of the body', async () => {
  const { send } = await openServer(shared());
  expect((await send('bob', 'GET', '/v1/usage?bye=day')).json().detail).toMatch(/querystring: Unrecognized key: "bye"/);
});

it.each([
  ['that is too long', `/v1/documents/${'a'.repeat(600)}`, 404, 'route-absent'],
  ['that cannot be decoded', '/v1/documents/%zz', 400, 'request-invalid'],
])('logs and counts a request with an address %s', async (_, url, status, code) => {
  const { send, log } = await openServer(shared());
  const { traceId } = (await send('bob', 'GET', url)).json();
  expect(log()).toContain(`"traceId":"${traceId}","method":"GET","route":null,"status":${status},"code":"${code}"`);
  const { body: metrics } = await send('alice', 'GET', '/metrics');
  expect(metrics).toContain(`persea_http_requests_total{method="GET",route="none",status="${status}"}`);
});
