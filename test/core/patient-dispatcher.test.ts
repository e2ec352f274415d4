import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { patientDispatcher } from '../../src/core/patient-dispatcher.ts';

const place = Symbol.for('undici.globalDispatcher.1');

/** The runtime's own, with limits that a test can wait for. */
function impatientRuntime(): void {
  const usual = Reflect.get(globalThis, place) as { readonly constructor: new (options: object) => object };
  Reflect.set(globalThis, place, new usual.constructor({ headersTimeout: 100, bodyTimeout: 100 }));
  onTestFinished(() => void Reflect.set(globalThis, place, usual));
}

/** Silent for longer than that before its answer, and in it. The runtime looks at its limits once a second. */
async function slowServer(): Promise<string> {
  const silentMs = 1_500;
  const server = createServer((_, response) => {
    setTimeout(() => {
      response.write('a');
      setTimeout(() => response.end('b'), silentMs);
    }, silentMs);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

it('waits for a server that the runtime would give up', async () => {
  impatientRuntime();
  const address = await slowServer();
  const plain = fetch(address).then((response) => response.text());
  const patient = fetch(address, patientDispatcher()).then((response) => response.text());
  await expect(plain).rejects.toMatchObject({ cause: { code: 'UND_ERR_HEADERS_TIMEOUT' } });
  expect(await patient).toBe('ab');
});

it('leaves a runtime alone that keeps no dispatcher there', () => {
  const usual: unknown = Reflect.get(globalThis, place);
  onTestFinished(() => void Reflect.set(globalThis, place, usual));
  Reflect.set(globalThis, place, undefined);
  expect(patientDispatcher()).toEqual({});
});
