/** A real local server that speaks OpenAI's chat completions, and misbehaves on request. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Behaviour =
  | {
      readonly kind: 'answer';
      readonly pieces: readonly string[];
      readonly hasUsage?: boolean;
      /** In place of what is told otherwise. */
      readonly usage?: Readonly<Record<string, unknown>>;
      readonly finishReason?: string;
    }
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  /** Says these pieces and then nothing more, with the socket open. */
  | { readonly kind: 'stall'; readonly pieces: readonly string[] }
  /** Says these pieces and closes the socket without a finish. */
  | { readonly kind: 'cut'; readonly pieces: readonly string[]; readonly isClean?: boolean }
  | { readonly kind: 'raw'; readonly body: string; readonly contentType?: string }
  /** The same piece again and again, until the client leaves or so many bytes were sent. */
  | { readonly kind: 'endless'; readonly piece: string; readonly bytes?: number; readonly everyMs?: number }
  /** Takes the request and says nothing, with the socket open. */
  | { readonly kind: 'silent' }
  /** Takes the request and closes the socket without a word. */
  | { readonly kind: 'gone' };

export interface ChatRequest {
  readonly body: Record<string, unknown>;
  readonly authorization: string | undefined;
  readonly headers: IncomingMessage['headers'];
  /** Path and query. */
  readonly url: string;
}

export class ChatCompletionsServer implements AsyncDisposable {
  readonly requests: ChatRequest[] = [];
  /** One a request; the last one repeats. */
  behaviours: readonly Behaviour[] = [];
  readonly #server = createServer((request, response) => void this.#handle(request, response));
  #onClose: () => void = () => undefined;
  /** Resolves when a client closes its socket before its answer was complete. */
  readonly clientGone: Promise<void> = new Promise((resolve) => {
    this.#onClose = resolve;
  });

  static async start(...behaviours: readonly Behaviour[]): Promise<ChatCompletionsServer> {
    const server = new ChatCompletionsServer();
    server.behaviours = behaviours;
    await new Promise<void>((resolve) => {
      server.#server.listen(0, '127.0.0.1', resolve);
    });
    return server;
  }

  get baseUrl(): string {
    // A listening TCP server's address is an object.
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v1`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => {
      this.#server.close(resolve);
    });
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    this.requests.push({
      body: JSON.parse(Buffer.concat(chunks).toString('utf8')) as Record<string, unknown>,
      authorization: request.headers.authorization,
      headers: request.headers,
      url: request.url ?? '',
    });
    response.on('close', () => {
      if (!response.writableEnded) this.#onClose();
    });
    const behaviour = this.behaviours[Math.min(this.requests.length, this.behaviours.length) - 1];
    if (behaviour !== undefined) await behave(response, behaviour);
  }
}

async function behave(response: ServerResponse, behaviour: Behaviour): Promise<void> {
  if (behaviour.kind === 'gone') {
    response.destroy();
    return;
  }
  if (behaviour.kind === 'silent') return;
  if (behaviour.kind === 'status') {
    response.writeHead(behaviour.status, { 'content-type': 'application/json', ...behaviour.headers });
    response.end(behaviour.body ?? JSON.stringify({ error: { message: 'no', type: 'test' } }));
    return;
  }
  const contentType = behaviour.kind === 'raw' ? behaviour.contentType : undefined;
  response.writeHead(200, { 'content-type': contentType ?? 'text/event-stream' });
  if (behaviour.kind === 'endless') {
    await sendEndlessly(response, behaviour);
    return;
  }
  if (behaviour.kind === 'raw') {
    response.end(behaviour.body);
    return;
  }
  for (const content of behaviour.pieces)
    send(response, { choices: [{ index: 0, delta: { role: 'assistant', content }, finish_reason: null }] });
  if (behaviour.kind === 'stall') return;
  if (behaviour.kind === 'cut') {
    if (behaviour.isClean === true) response.end();
    // The pieces must have left before the socket breaks.
    else response.write(': \n\n', () => response.destroy());
    return;
  }
  send(response, { choices: [{ index: 0, delta: {}, finish_reason: behaviour.finishReason ?? 'stop' }] });
  if (behaviour.hasUsage !== false) {
    const usage = behaviour.usage ?? { prompt_tokens: 123, completion_tokens: 45, total_tokens: 168 };
    send(response, { choices: [], usage });
  }
  response.end('data: [DONE]\n\n');
}

async function sendEndlessly(
  response: ServerResponse,
  { piece, bytes = Number.POSITIVE_INFINITY, everyMs = 0 }: Extract<Behaviour, { readonly kind: 'endless' }>,
): Promise<void> {
  for (let sent = 0; sent < bytes && !response.closed; sent += piece.length) {
    send(response, { choices: [{ index: 0, delta: { content: piece }, finish_reason: null }] });
    // A reader that is slow or gone must not fill the memory of the test.
    await new Promise((resolve) => {
      setTimeout(resolve, everyMs);
    });
  }
  response.end();
}

function send(response: ServerResponse, value: Record<string, unknown>): void {
  const chunk = { id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', ...value };
  response.write(`data: ${JSON.stringify(chunk)}\n\n`);
}
