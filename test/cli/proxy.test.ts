/** A proxy and a private certificate authority, by the usual environment variables and against real sockets. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Answer } from '../../src/core/answer.ts';
import { ChatCompletionsServer } from '../support/chat-completions-server.ts';
import { selfSignedCertificate } from '../support/certificate.ts';
import { runForJson } from '../support/command-line.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const main = join(import.meta.dirname, '../../src/cli/main.ts');
/** No name server knows it: only a proxy can lead there. */
const host = 'models.persea.invalid';
const secret = 'pass-very-secret';

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** Leads whatever it is asked for to one port of this machine, and remembers what it was asked for. */
async function startProxy(port: number) {
  const asked: string[] = [];
  const proxy = createServer((incoming: IncomingMessage, outgoing: ServerResponse) => {
    asked.push(incoming.url ?? '');
    const { pathname } = new URL(incoming.url ?? '');
    const forwarded = request({ port, path: pathname, method: 'POST', headers: incoming.headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(outgoing);
    });
    incoming.pipe(forwarded);
  });
  proxy.on('connect', (incoming: IncomingMessage, socket) => {
    asked.push(incoming.url ?? '');
    const target = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      target.pipe(socket);
      socket.pipe(target);
    });
    for (const end of [target, socket]) end.on('error', () => target.destroy());
  });
  return { address: `http://user:${secret}@127.0.0.1:${await listening(proxy)}`, asked };
}

async function askThrough(baseUrl: string, environment: Readonly<Record<string, string>>) {
  const folder = await temporaryFolder({
    'persea.yaml': `
sources: [{ name: docs, path: ./docs, label: { anyOf: [staff] } }]
embedding: { provider: none }
answer: { whenModelsFail: error }
models: [{ id: main, provider: openai-compatible, baseUrl: "${baseUrl}", model: m, zone: local }]
`,
    'access.yaml':
      'groups: { staff: { tags: [staff] } }\nprincipals: { bob: { groups: [staff], roles: [employee] } }\n',
    'docs/leave.md': '# Leave\n\nParental leave is 26 weeks at full pay for all employees.\n',
    ...(environment.CERTIFICATE === undefined ? {} : { 'ca.pem': environment.CERTIFICATE }),
  });
  const config = join(folder, 'persea.yaml');
  await runForJson(['ingest', '--config', config]);
  const question = 'How many weeks of parental leave at full pay?';
  const child = spawn(process.execPath, [main, 'ask', question, '--as', 'bob', '--json', '--config', config], {
    env: {
      PATH: process.env.PATH,
      ...environment,
      ...(environment.CERTIFICATE ? { NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem') } : {}),
    },
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk) => (stdout += chunk));
  child.stderr.on('data', (chunk) => (stderr += chunk));
  await once(child, 'close');
  return { value: JSON.parse(stdout) as Partial<Answer> & { error?: { message: string } }, output: stdout + stderr };
}

const pieces = ['Parental leave is 26 weeks at full pay [1].'];
const reply = [
  { choices: [{ index: 0, delta: { role: 'assistant', content: pieces[0] }, finish_reason: null }] },
  { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] },
].map(
  (value) =>
    `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', ...value })}\n\n`,
);

describe('a proxy', () => {
  it('leads to a model that only it can reach', async () => {
    await using server = await ChatCompletionsServer.start({ kind: 'answer', pieces });
    const proxy = await startProxy(Number(new URL(server.baseUrl).port));
    const { value } = await askThrough(`http://${host}/v1`, { HTTP_PROXY: proxy.address });
    expect(value).toMatchObject({ status: 'answered', model: { id: 'main' } });
    expect(proxy.asked).toEqual([expect.stringContaining(host)]);
  });

  it('is not given what is for this machine, whatever NO_PROXY says', async () => {
    await using server = await ChatCompletionsServer.start({ kind: 'answer', pieces });
    const proxy = await startProxy(9);
    const environment = { HTTP_PROXY: proxy.address, NO_PROXY: 'example.com' };
    const { value } = await askThrough(server.baseUrl, environment);
    expect(value).toMatchObject({ status: 'answered', model: { id: 'main' } });
    expect(proxy.asked).toEqual([]);
  });

  it('that is no address is refused without repeating it', async () => {
    const { value, output } = await askThrough(`http://${host}/v1`, { HTTPS_PROXY: `http://user:${secret}@:bad port` });
    expect(value.error?.message).toContain('HTTPS_PROXY or HTTP_PROXY is no address');
    expect(output).not.toContain(secret);
  });
});

describe('a private certificate authority', () => {
  it.each([true, false])('is trusted where NODE_EXTRA_CA_CERTS names it (%s), through a proxy too', async (isNamed) => {
    const { key, cert } = selfSignedCertificate(host);
    const server = createSecureServer({ key, cert }, (incoming, outgoing) => {
      incoming.resume();
      outgoing.writeHead(200, { 'content-type': 'text/event-stream' });
      outgoing.end(reply.join(''));
    });
    const proxy = await startProxy(await listening(server));
    const environment = { HTTPS_PROXY: proxy.address, ...(isNamed ? { CERTIFICATE: cert } : {}) };
    const { value, output } = await askThrough(`https://${host}/v1`, environment);
    if (isNamed) expect(value).toMatchObject({ status: 'answered', model: { id: 'main' } });
    else
      expect(value.error?.message).toMatch(
        /an authority that is not known here \([A-Z_]*SELF_SIGNED_CERT[A-Z_]*\)\. .* NODE_EXTRA_CA_CERTS/,
      );
    expect(proxy.asked[0]).toBe(`${host}:443`);
    expect(output).not.toContain(secret);
  });
});
