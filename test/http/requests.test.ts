/** What clients send that is no plain request: other encodings, other methods, addresses that cannot be read. */
import { describe, expect, it } from 'vitest';
import { openServer, useSharedApp } from './http-fixture.ts';

const shared = useSharedApp();
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

it.each([
  ['that is too long', `/v1/documents/${'a'.repeat(600)}`, 404],
  ['that cannot be decoded', '/v1/documents/%zz', 400],
])('logs and counts a request with an address %s', async (_, url, status) => {
  const { send, log } = await openServer(shared());
  const { traceId } = (await send('bob', 'GET', url)).json();
  expect(log()).toContain(`"traceId":"${traceId}","method":"GET","route":null,"status":${status}`);
  const { body: metrics } = await send('alice', 'GET', '/metrics');
  expect(metrics).toContain(`persea_http_requests_total{method="GET",route="none",status="${status}"}`);
});
