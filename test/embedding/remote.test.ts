import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PerseaError } from '../../src/core/errors.ts';
import { createRemoteEmbedder, type RemoteEmbedderOptions, remoteFingerprint } from '../../src/embedding/remote.ts';
import { embedderContract } from '../contract/embedder-contract.ts';
import { type EmbeddingServer, startEmbeddingServer } from '../support/embedding-server.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const key = 'sk-test-0123456789abcdef';
const environment = { EMBEDDING_KEY: key };

function settings(baseUrl: string): RemoteEmbedderOptions {
  return {
    baseUrl,
    model: 'some-model',
    apiKey: { env: 'EMBEDDING_KEY' },
    zone: 'private',
    dimensions: 64,
    environment,
  };
}

embedderContract('The remote embedder', async () => {
  const server = await startEmbeddingServer();
  return {
    embedder: createRemoteEmbedder(settings(server.baseUrl)),
    twin: createRemoteEmbedder(settings(`${server.baseUrl}/`)),
    close: () => server.close(),
  };
});

describe('The remote embedder', () => {
  let server: EmbeddingServer;
  let clock = new ManualClock();
  const embedder = (more: Partial<RemoteEmbedderOptions> = {}) =>
    createRemoteEmbedder({ ...settings(server.baseUrl), clock, ...more });
  const failure = async (promise: Promise<unknown>): Promise<PerseaError> => {
    const thrown: unknown = await promise.then(
      () => null,
      (reason: unknown) => reason,
    );
    if (!(thrown instanceof PerseaError)) throw new Error(`expected a PerseaError, got ${String(thrown)}`);
    return thrown;
  };
  beforeAll(async () => {
    server = await startEmbeddingServer();
  });
  afterAll(() => server.close());
  beforeEach(() => {
    server.intercept = () => false;
    clock = new ManualClock();
  });

  it('sends prefixes, model and key', async () => {
    const e5 = embedder({ prefixes: { query: 'query: ', document: 'passage: ' } });
    await e5.embedQuery('a question');
    await e5.embedDocuments(['a text']);
    expect(server.requests.slice(-2)).toMatchObject([
      { path: '/v1/embeddings', authorization: `Bearer ${key}`, model: 'some-model', input: ['query: a question'] },
      { path: '/v1/embeddings', authorization: `Bearer ${key}`, model: 'some-model', input: ['passage: a text'] },
    ]);
  });

  it('sends batches of bounded size and keeps their order', async () => {
    const before = server.requests.length;
    const texts = Array.from({ length: 50 }, (_, index) => `text number ${index} ${'word '.repeat(index * 20)}`);
    const vectors = await embedder().embedDocuments(texts);
    const sizes = server.requests.slice(before).map((request) => request.input.length);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(50);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(16);
    const alone = await embedder().embedDocuments([texts[37] ?? '']);
    expect(vectors[37]).toEqual(alone[0]);
  });

  it('cuts a text that is over the limit of the model', async () => {
    await embedder({ maxTokens: 40 }).embedDocuments(['word '.repeat(1_000)]);
    expect(server.requests.at(-1)?.input[0]?.length).toBe(200);
  });

  it.each([429, 500, 503])('tries again after status %i, as long as the server asks for', async (status) => {
    let failures = 2;
    server.intercept = (_request, response) => {
      if (failures-- <= 0) return false;
      response.writeHead(status, failures === 1 ? { 'retry-after': '7' } : {}).end('busy');
      return true;
    };
    expect(await embedder().embedDocuments(['a text'])).toHaveLength(1);
    expect(clock.sleeps).toEqual([7_000, 1_000]);
  });

  it('gives up when the server asks for too long a pause, or never recovers', async () => {
    server.intercept = (_request, response) => {
      response.writeHead(429, { 'retry-after': '3600' }).end();
      return true;
    };
    expect(await failure(embedder().embedQuery('a'))).toMatchObject({ code: 'model-failed', isRetryable: false });
    expect(clock.sleeps).toEqual([]);
    server.intercept = (_request, response) => {
      response.writeHead(500).end();
      return true;
    };
    const before = server.requests.length;
    expect(await failure(embedder({ attempts: 3 }).embedQuery('a'))).toMatchObject({ details: { status: 500 } });
    expect(server.requests.length - before).toBe(3);
  });

  it('never repeats the key or a text in an error', async () => {
    server.intercept = (request, response) => {
      response.writeHead(401).end(`Incorrect API key ${request.authorization} for ${request.input.join()}`);
      return true;
    };
    const error = await failure(embedder().embedDocuments(['the secret recipe']));
    expect(error).toMatchObject({ code: 'model-failed', isRetryable: false, details: { status: 401 } });
    const told = `${error.message} ${JSON.stringify(error.details)} ${error.stack} ${String(error.cause)}`;
    expect(told).not.toContain(key);
    expect(told).not.toContain('secret recipe');
  });

  it('does not follow a redirect with text and key', async () => {
    const other = await startEmbeddingServer();
    server.intercept = (_request, response) => {
      response.writeHead(307, { location: `${other.baseUrl}/embeddings` }).end();
      return true;
    };
    expect(await failure(embedder({ attempts: 1 }).embedQuery('a'))).toMatchObject({ code: 'model-failed' });
    expect(other.requests).toEqual([]);
    await other.close();
  });

  it.each([
    [
      'other dimensions',
      '{"data":[{"index":0,"embedding":[1,2,3]}]}',
      /3 dimensions where embedding.dimensions says 64/,
    ],
    ['too few vectors', '{"data":[]}', /0 vectors where 1/],
    ['no list', '{"error":"no"}', /no list of vectors/],
    ['an index out of range', `{"data":[{"index":4,"embedding":[${Array(64).fill(1)}]}]}`, /index/],
    ['a zero vector', `{"data":[{"index":0,"embedding":[${Array(64).fill(0)}]}]}`, /no length/],
    ['text for numbers', `{"data":[{"index":0,"embedding":[${Array(64).fill('"1"')}]}]}`, /no list of numbers/],
    ['no JSON', '<html>', /no JSON/],
    ['an endless answer', ' '.repeat(600_000), /more than \d+ bytes/],
  ])('refuses %s', async (_name, body, message) => {
    server.intercept = (_request, response) => {
      response.end(body);
      return true;
    };
    const error = await failure(embedder({ attempts: 1 }).embedDocuments(['a text']));
    expect(error.code).toBe('model-failed');
    expect(error.message).toMatch(message);
  });

  it('ends a request that takes too long', async () => {
    server.intercept = () => true;
    const error = await failure(embedder({ attempts: 1, timeoutMs: 30 }).embedQuery('a'));
    expect(error.code).toBe('model-timeout');
  });

  it('lets a question wait for one request alone that takes too long, and the next ones not at all for a while', async () => {
    server.intercept = () => true;
    const stalled = embedder({ timeoutMs: 30 });
    const before = server.requests.length;
    expect(await failure(stalled.embedQuery('a'))).toMatchObject({ code: 'model-timeout' });
    expect(await failure(stalled.embedQuery('b'))).toMatchObject({ code: 'model-timeout' });
    expect(await failure(stalled.embedDocuments(['b'], { isUrgent: true }))).toMatchObject({ code: 'model-timeout' });
    expect(server.requests).toHaveLength(before + 1);
    server.intercept = () => false;
    // Documents have time, and what they meet counts for all.
    expect(await failure(stalled.embedQuery('b'))).toMatchObject({ code: 'model-timeout' });
    await stalled.embedDocuments(['c']);
    expect(await stalled.embedQuery('b')).toHaveLength(64);
    server.intercept = () => true;
    await failure(stalled.embedQuery('d'));
    server.intercept = () => false;
    await clock.sleep(15_000);
    expect(await stalled.embedQuery('d')).toHaveLength(64);
  });

  it('asks once more for a question where that is soon, and does not rest for too many requests', async () => {
    server.intercept = (_request, response) => {
      response.writeHead(503).end();
      return true;
    };
    const busy = embedder();
    const before = server.requests.length;
    await failure(busy.embedQuery('a'));
    expect(server.requests).toHaveLength(before + 2);
    server.intercept = (_request, response) => {
      response.writeHead(429, { 'retry-after': '7' }).end();
      return true;
    };
    const limited = embedder();
    await failure(limited.embedQuery('a'));
    await failure(limited.embedQuery('a'));
    expect(server.requests).toHaveLength(before + 4);
  });

  it('says when the server cannot be reached', async () => {
    const gone = await startEmbeddingServer();
    await gone.close();
    const error = await failure(embedder({ baseUrl: gone.baseUrl, attempts: 2 }).embedQuery('a'));
    expect(error).toMatchObject({ code: 'model-failed', isRetryable: true });
    expect(error.message).toContain('ECONNREFUSED');
  });

  it('needs the key that its settings name', async () => {
    const before = server.requests.length;
    const error = await failure(embedder({ environment: {} }).embedQuery('a'));
    expect(error).toMatchObject({ code: 'model-key-missing', message: expect.stringContaining('EMBEDDING_KEY') });
    expect(server.requests).toHaveLength(before);
  });

  it('reaches a deployment: headers and query parameters are sent along, a key from a file each time anew', async () => {
    const folder = await temporaryFolder({ key: `${key}\n` });
    const deployment = createRemoteEmbedder({
      baseUrl: `${server.baseUrl.replace(/\/v1$/, '')}/openai/deployments/d`,
      model: 'd',
      zone: 'external',
      dimensions: 64,
      headers: { 'api-key': { file: join(folder, 'key') }, 'x-team': 'search' },
      query: { 'api-version': '2024-10-21' },
    });
    await deployment.embedQuery('a');
    await writeFile(join(folder, 'key'), 'another');
    await deployment.embedQuery('b');
    const path = '/openai/deployments/d/embeddings?api-version=2024-10-21';
    const sent = server.requests.slice(-2);
    expect(sent).toMatchObject([path, path].map((expected) => ({ path: expected, authorization: undefined })));
    expect(sent.map(({ headers }) => headers['api-key'])).toEqual([key, 'another']);
    expect(sent.map(({ headers }) => headers['x-team'])).toEqual(['search', 'search']);
  });

  it.each([
    [401, '', /does not know the key in the environment variable EMBEDDING_KEY/],
    [404, '', /no model "some-model", or no address \/embeddings/],
    [400, '{"error":{"message":"maximum context length is 512"}}', /Set embedding\.maxTokens to what/],
  ])('says what status %i means', async (status, body, message) => {
    server.intercept = (_request, response) => {
      response.writeHead(status).end(body);
      return true;
    };
    expect((await failure(embedder({ attempts: 1 }).embedQuery('a'))).message).toMatch(message);
  });

  it('says which languages it was made for only where somebody said so', () => {
    expect(embedder().languages).toBeUndefined();
    expect(embedder({ languages: ['de', 'en'] }).languages).toEqual(['de', 'en']);
    expect(embedder({ languages: ['de'] }).fingerprint).toBe(embedder().fingerprint);
  });

  it('has a fingerprint of model, dimensions, prefixes and limit, not of the address', () => {
    const base = settings('http://one.example/v1');
    const print = remoteFingerprint(base);
    expect(remoteFingerprint({ ...base, baseUrl: 'http://two.example/v1' })).toBe(print);
    const others = [
      { ...base, model: 'other' },
      { ...base, dimensions: 65 },
      { ...base, maxTokens: 100 },
      { ...base, prefixes: { query: 'q: ', document: '' } },
      { ...base, prefixes: { query: '', document: 'q: ' } },
    ].map(remoteFingerprint);
    expect(new Set([print, ...others]).size).toBe(6);
  });
});
