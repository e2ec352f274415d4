/** What only a real socket shows: clients that go away, and how the server stops. */
import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { PassThrough } from 'node:stream';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { ServedApp } from '../../src/http/routes/context.ts';
import { type RunningServer, type ServeOptions, startServer } from '../../src/http/serve.ts';
import type { AskEvent } from '../../src/query/question.ts';
import { servedApp, useSharedApp } from './http-fixture.ts';

const shared = useSharedApp();
const passing: ServedApp['checks'] = async () => [{ name: 'canaries', ok: true, detail: '' }];

interface Listening extends RunningServer {
  /** Everything that was logged until now. */
  log(): string;
  /** Waits for this text in the log. */
  logged(text: string): Promise<void>;
}

async function listen(replaced: Partial<ServedApp>, options: ServeOptions = {}): Promise<Listening> {
  const logTo = new PassThrough();
  let log = '';
  logTo.on('data', (piece) => {
    log += String(piece);
  });
  const server = await startServer(servedApp(shared().app, { checks: passing, ...replaced }), {
    host: '127.0.0.1',
    port: 0,
    logTo,
    ...options,
  });
  onTestFinished(() => server.stop());
  return {
    ...server,
    log: () => log,
    logged: async (text) => {
      while (!log.includes(text)) await once(logTo, 'data');
    },
  };
}

/** What comes back on a connection on which this is sent, and garbage a little later, until the server closes it. */
async function converse(server: RunningServer, sent: string, untilGarbage?: Promise<void>): Promise<string> {
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  onTestFinished(() => void socket.destroy());
  socket.write(sent);
  void untilGarbage?.then(() => socket.write('GARBAGE\r\n\r\n'));
  return (await socket.setEncoding('utf8').toArray()).join('');
}

function ask(server: RunningServer, init: RequestInit & { readonly accept?: string } = {}): Promise<Response> {
  return fetch(`${server.url}/v1/ask`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${shared().keys.get('bob')}`,
      'content-type': 'application/json',
      accept: init.accept ?? 'application/json',
    },
    body: init.body ?? JSON.stringify({ question: 'How long is parental leave?' }),
    ...(init.signal === undefined ? {} : { signal: init.signal }),
  });
}

/** A question that begins, and then goes on until it is released or aborted. */
function slowQuestion() {
  const started = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  const aborted = Promise.withResolvers<unknown>();
  const cleanedUp = Promise.withResolvers<void>();
  const until = (signal: AbortSignal | undefined) =>
    new Promise<void>((resolve, reject) => {
      void release.promise.then(resolve);
      signal?.addEventListener('abort', () => {
        aborted.resolve(signal.reason);
        reject(signal.reason);
      });
      started.resolve();
    });
  return {
    started: started.promise,
    aborted: aborted.promise,
    cleanedUp: cleanedUp.promise,
    release: release.resolve,
    async *askStream(...[, , options]: Parameters<ServedApp['askStream']>): AsyncGenerator<AskEvent> {
      try {
        yield { type: 'answer-start', traceId: 'trace_1' };
        await until(options?.signal);
        yield { type: 'text-delta', text: 'Done.' };
      } finally {
        cleanedUp.resolve();
      }
    },
    async ask(...[scope, request, options]: Parameters<ServedApp['ask']>) {
      await until(options?.signal);
      return shared().app.ask(scope, request);
    },
  };
}

describe('a client', () => {
  it('gets a whole answer over a real connection', async () => {
    const server = await listen({});
    const response = await ask(server);
    expect(await response.json()).toMatchObject({ status: 'answered' });
    const events = await ask(server, { accept: 'text/event-stream' });
    expect(await events.text()).toMatch(/^event: answer-start\n[\s\S]*event: answer-end\n.*\n\n$/);
  });

  it('that sends far too much is told so, and its connection is not cut while it sends', async () => {
    const server = await listen({});
    const body = JSON.stringify({ question: 'x'.repeat(5_000_000) });
    // Whether a connection that is cut takes the answer with it, is a matter of chance.
    for (let time = 0; time < 8; time++) {
      const refused = await ask(server, { body });
      expect(await refused.json()).toMatchObject({ status: 413, code: 'body-too-large' });
      expect(refused.headers.get('connection')).not.toBe('close');
    }
  });

  it('that goes away ends the work for its answer', async () => {
    const question = slowQuestion();
    const server = await listen({ ask: question.ask });
    const client = new AbortController();
    const response = ask(server, { signal: client.signal });
    await question.started;
    client.abort();
    await expect(response).rejects.toThrow();
    expect(await question.aborted).toMatchObject({ name: 'AbortError' });
    await server.logged('"route":"/v1/ask","status":499');
    expect(shared().app.traces.metrics.text()).toContain('{method="POST",route="/v1/ask",status="499"}');
  });

  it('that cuts its stream ends the work and frees what it held', async () => {
    const question = slowQuestion();
    const server = await listen({ askStream: question.askStream });
    const client = new AbortController();
    const response = await ask(server, { signal: client.signal, accept: 'text/event-stream' });
    const reader = response.body?.getReader();
    expect(new TextDecoder().decode((await reader?.read())?.value)).toContain('answer-start');
    await question.started;
    client.abort();
    expect(await question.aborted).toMatchObject({ name: 'AbortError' });
    await question.cleanedUp;
    await server.logged('"route":"/v1/ask","status":499');
  });

  it('that goes away while it sends its question is no failure of the server', async () => {
    const server = await listen({});
    const { hostname, port } = new URL(server.url);
    const socket = connect(Number(port), hostname);
    socket.write(
      `POST /v1/ask HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${shared().keys.get('bob')}\r\n` +
        'Content-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: 100\r\n\r\n',
    );
    await once(socket, 'data');
    socket.destroy();
    await server.logged('"route":"/v1/ask","status":499');
    expect(server.log()).not.toContain('"level":"error"');
  });

  it('that takes nothing of what is ready for it is not waited for', async () => {
    const { app } = shared();
    const text = 'a'.repeat(50_000_000);
    const catalog = new Proxy(app.catalog, {
      get: (target, name) => {
        if (name === 'text') return async () => ({ documentId: 'doc_1', revision: 1, text });
        const value = Reflect.get(target, name);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    const server = await listen({ catalog }, { stalledMs: 100 });
    const { hostname, port } = new URL(server.url);
    const socket = connect(Number(port), hostname).pause();
    onTestFinished(() => void socket.destroy());
    socket.write(
      `GET /v1/documents/doc_1/content HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${shared().keys.get('bob')}\r\n\r\n`,
    );
    await server.logged('"route":"/v1/documents/:id/content","status":499');
  });

  it('whose answer is not ready yet is waited for, however long', async () => {
    const question = slowQuestion();
    const server = await listen({ ask: question.ask }, { stalledMs: 1 });
    const response = ask(server);
    await question.started;
    // Takes longer than that.
    await (await fetch(`${server.url}/healthz`)).text();
    question.release();
    expect((await response).status).toBe(200);
  });

  it('that reads to the end aborts nothing', async () => {
    const question = slowQuestion();
    const server = await listen({ askStream: question.askStream });
    let isAborted = false;
    void question.aborted.then(() => {
      isAborted = true;
    });
    const response = await ask(server, { accept: 'text/event-stream' });
    question.release();
    expect(await response.text()).toContain('Done.');
    await question.cleanedUp;
    await server.stop();
    expect(isAborted).toBe(false);
  });
});

describe('what never becomes a request', () => {
  it.each([
    ['is no HTTP', 'GARBAGE\r\n\r\n', 400],
    ['has headers that are too long', `GET / HTTP/1.1\r\nHost: a\r\nCookie: ${'a'.repeat(20_000)}\r\n\r\n`, 431],
  ])('since it %s is a problem document too, and logged', async (_, sent, status) => {
    const server = await listen({});
    const [head = '', body = ''] = (await converse(server, sent)).split('\r\n\r\n');
    expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(head).toContain('Content-Type: application/problem+json');
    const problem = JSON.parse(body);
    expect(problem).toMatchObject({ code: 'request-invalid', status });
    expect(server.log()).toContain(`"traceId":"${problem.traceId}","status":${status}`);
  });

  it('does not get into the answer that is under way on its connection', async () => {
    const question = slowQuestion();
    const server = await listen({ askStream: question.askStream });
    const body = JSON.stringify({ question: 'How long is parental leave?' });
    const came = await converse(
      server,
      `POST /v1/ask HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${shared().keys.get('bob')}\r\nAccept: text/event-stream\r\n` +
        `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      question.started,
    );
    expect(came).toContain('event: answer-start');
    expect(came).not.toContain('400');
  });
});

it.each([
  ['an answer', '/healthz', {}],
  ['a stream of events', '/v1/ask', { accept: 'text/event-stream', 'content-type': 'application/json' }],
])('keeps the connection of %s open for the next request', async (_, path, headers) => {
  const server = await listen({});
  const agent = new Agent({ keepAlive: true });
  onTestFinished(() => agent.destroy());
  const isReused = async () => {
    const isQuestion = path === '/v1/ask';
    const sent = request(`${server.url}${path}`, {
      agent,
      method: isQuestion ? 'POST' : 'GET',
      headers: { ...headers, authorization: `Bearer ${shared().keys.get('bob')}` },
    });
    sent.end(isQuestion ? JSON.stringify({ question: 'How long is parental leave?' }) : undefined);
    const [response]: IncomingMessage[] = await once(sent, 'response');
    const freed = once(agent, 'free');
    response?.resume();
    await freed;
    expect(response?.statusCode).toBe(200);
    return sent.reusedSocket;
  };
  expect([await isReused(), await isReused()]).toEqual([false, true]);
});

describe('stopping', () => {
  it('lets a running stream end, and is not held up by open connections', async () => {
    const question = slowQuestion();
    const server = await listen({ askStream: question.askStream });
    // Leaves an idle connection behind.
    await (await fetch(`${server.url}/healthz`)).text();
    const response = await ask(server, { accept: 'text/event-stream' });
    await question.started;
    const stopped = server.stop();
    await expect(fetch(`${server.url}/healthz`, { headers: { connection: 'close' } })).rejects.toThrow();
    question.release();
    expect(await response.text()).toContain('Done.');
    const before = performance.now();
    await stopped;
    expect(performance.now() - before).toBeLessThan(5000);
  });

  it('is not held up by a client that keeps the connection of its last answer', async () => {
    const question = slowQuestion();
    const server = await listen({ ask: question.ask }, { graceMs: 3_600_000 });
    const answer = ask(server);
    await question.started;
    const stopped = server.stop();
    question.release();
    expect((await answer).headers.get('connection')).toBe('keep-alive');
    await stopped;
  });

  it.each([
    ['sent nothing yet', ''],
    ['sent a part of a request', 'GET /healthz HTTP/1.1\r\nHost: a'],
    ['sent a part of a second request', 'GET /healthz HTTP/1.1\r\nHost: a\r\n\r\nGET /hea'],
  ])('is not held up by a connection that %s', async (_, sent) => {
    const server = await listen({}, { graceMs: 3_600_000 });
    const { hostname, port } = new URL(server.url);
    const socket = connect(Number(port), hostname);
    onTestFinished(() => void socket.destroy());
    await once(socket, 'connect');
    socket.write(sent);
    // By now the server has taken the connection and read what came on it.
    await (await fetch(`${server.url}/healthz`)).text();
    await server.stop();
  });

  it('ends what does not end within the grace, and says so to its client', async () => {
    const question = slowQuestion();
    const server = await listen({ askStream: question.askStream }, { graceMs: 1 });
    const response = await ask(server, { accept: 'text/event-stream' });
    await question.started;
    await server.stop();
    expect(await question.aborted).toMatchObject({ code: 'aborted' });
    expect(await response.text()).toMatch(/event: error\ndata: .*"code":"aborted".*"traceId":"trace_1"/);
  });

  it('can be asked for twice', async () => {
    const server = await listen({});
    await Promise.all([server.stop(), server.stop()]);
  });
});

describe('starting', () => {
  it('is refused where a canary was found', async () => {
    const checks = async () => [{ name: 'canaries', ok: false, detail: 'A canary was found by "bob".' }];
    await expect(listen({ checks })).rejects.toThrow(/nothing is served\. A canary was found by "bob"/);
  });

  it('is refused where nobody looked for canaries', async () => {
    await expect(listen({ checks: async () => [] })).rejects.toThrow(/nothing is served/);
  });

  it('tells that the port is taken', async () => {
    const server = await listen({});
    const port = Number(new URL(server.url).port);
    await expect(listen({}, { port })).rejects.toMatchObject({
      code: 'port-in-use',
      message: expect.stringContaining(`127.0.0.1:${port}`),
    });
  });

  it('tells that the address is not one of this host', async () => {
    await expect(listen({}, { host: '192.0.2.1' })).rejects.toMatchObject({ code: 'config-invalid' });
  });

  it('looks for the canaries of a real app', async () => {
    const { app } = shared();
    await expect(listen({ checks: (options) => app.checks(options) })).resolves.toBeDefined();
  });
});
