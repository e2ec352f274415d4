/** A real HTTP server with the shape of OpenAI's embeddings, whose answers a test may change. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Embedder } from '../../src/embedding/embedder.ts';
import { createFakeEmbedder } from './fake-embedder.ts';

interface ReceivedRequest {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly model: unknown;
  readonly input: readonly string[];
}

/** Answers the request itself, or gives false to let the server answer as usual. */
type Intercept = (request: ReceivedRequest, response: ServerResponse) => boolean | Promise<boolean>;

export interface EmbeddingServer {
  readonly baseUrl: string;
  readonly requests: readonly ReceivedRequest[];
  /** For the next requests, until changed again. */
  intercept: Intercept;
  close(): Promise<void>;
}

export async function startEmbeddingServer(inner: Embedder = createFakeEmbedder()): Promise<EmbeddingServer> {
  const requests: ReceivedRequest[] = [];
  const state = { intercept: (() => false) as Intercept };
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece);
    const { model, input } = JSON.parse(Buffer.concat(pieces).toString('utf8'));
    const { url = '', headers } = request;
    const received = { path: url, authorization: headers.authorization, headers, model, input };
    requests.push(received);
    if (await state.intercept(received, response)) return;
    const vectors = await inner.embedDocuments(input);
    // Not of unit length, and in another order: both are for the client to put right.
    const data = vectors.map((vector, index) => ({
      object: 'embedding',
      index,
      embedding: Array.from(vector, (x) => x * 3),
    }));
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ object: 'list', model, data: data.toReversed() }));
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    requests,
    get intercept() {
      return state.intercept;
    },
    set intercept(intercept: Intercept) {
      state.intercept = intercept;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
