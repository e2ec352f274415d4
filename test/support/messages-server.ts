/** A real local server that speaks Anthropic's Messages API in a stream. */
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface MessagesReply {
  readonly status?: number;
  readonly pieces?: readonly string[];
  readonly stopReason?: string;
  /** Type of an error that comes in place of the end. */
  readonly error?: string;
}

export interface MessagesRequest {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Record<string, unknown>;
}

export class MessagesServer implements AsyncDisposable {
  readonly requests: MessagesRequest[] = [];
  readonly #server;

  private constructor(reply: MessagesReply) {
    this.#server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const body = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Record<string, unknown>;
      this.requests.push({ url: request.url ?? '', headers: request.headers, body });
      if (reply.status !== undefined) {
        response.writeHead(reply.status, { 'content-type': 'application/json', 'retry-after': '3' });
        response.end(
          JSON.stringify({ type: 'error', error: { type: 'x', message: `no: ${JSON.stringify(request.headers)}` } }),
        );
        return;
      }
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      for (const event of eventsOf(reply)) response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
      response.end();
    });
  }

  static async start(reply: MessagesReply): Promise<MessagesServer> {
    const server = new MessagesServer(reply);
    await new Promise<void>((resolve) => {
      server.#server.listen(0, '127.0.0.1', resolve);
    });
    return server;
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v1`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => {
      this.#server.close(resolve);
    });
  }
}

type Event = { readonly type: string } & Readonly<Record<string, unknown>>;

function eventsOf({ pieces = [], stopReason = 'end_turn', error }: MessagesReply): Event[] {
  const usage = { input_tokens: 123, output_tokens: 1 };
  const message = { id: 'm', type: 'message', role: 'assistant', model: 'm', content: [], stop_reason: null, usage };
  const start: Event[] = [
    { type: 'message_start', message },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    ...pieces.map((text) => ({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } })),
  ];
  if (error !== undefined) return [...start, { type: 'error', error: { type: error, message: 'no' } }];
  return [
    ...start,
    { type: 'content_block_stop', index: 0 },
    {
      type: 'message_delta',
      delta: { stop_reason: stopReason, stop_sequence: null },
      usage: { output_tokens: 45 },
    },
    { type: 'message_stop' },
  ];
}
