/** What clients send that is no plain request: other encodings, other methods, addresses that cannot be read. */
import { expect, it } from 'vitest';
import { openServer, useSharedApp } from './http-fixture.ts';

const shared = useSharedApp();
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
