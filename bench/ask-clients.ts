/** For bench/ask.ts, on a thread of its own, so that neither clients nor model delay the server: a fake model on a socket, and people who ask. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort } from 'node:worker_threads';

export type AskClientsTask =
  | { readonly type: 'serve-model' }
  | {
      readonly type: 'ask';
      readonly url: string;
      readonly key: string;
      readonly questions: readonly string[];
      /** Each asks again as soon as it has its answer. */
      readonly clients: number;
      readonly seconds: number;
    };

export interface AskClientsResult {
  readonly answers: number;
  readonly errors: readonly string[];
  /** From the question to its first checked sentence. */
  readonly firstMs: readonly number[];
}

const wordMs = 20;
const mostWords = 40;

parentPort?.on('message', (task: AskClientsTask) => {
  void (task.type === 'serve-model' ? serveModel() : askAll(task)).then((reply) => parentPort?.postMessage(reply));
});

/** Says the beginning of the first source, word by word, and cites it. */
function serveModel(): Promise<string> {
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (piece: string) => {
      body += piece;
    });
    request.on('end', () => {
      const { messages } = JSON.parse(body) as { messages: readonly { role: string; content: unknown }[] };
      void write(response, replyTo(JSON.stringify(messages.at(-1)?.content ?? '')));
    });
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`));
  });
}

function replyTo(prompt: string): readonly string[] {
  const source = /~~~~*\\n([\s\S]*?)\\n~~~/.exec(prompt)?.[1] ?? '';
  const sentence = /[A-Z][^.\\|#*]{20,300}\./.exec(source)?.[0] ?? "I don't know.";
  return [...sentence.split(' ').slice(0, mostWords), '[1]'];
}

async function write(response: import('node:http').ServerResponse, words: readonly string[]): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const send = (delta: object, finish: string | null = null) =>
    response.write(
      `data: ${JSON.stringify({ id: 'x', object: 'chat.completion.chunk', created: 0, model: 'fake', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`,
    );
  for (const word of words) {
    await sleep(wordMs);
    send({ content: `${word} ` });
  }
  send({}, 'stop');
  response.end('data: [DONE]\n\n');
}

async function askAll({
  url,
  key,
  questions,
  clients,
  seconds,
}: Extract<AskClientsTask, { type: 'ask' }>): Promise<AskClientsResult> {
  const until = performance.now() + seconds * 1_000;
  const result = { answers: 0, errors: [] as string[], firstMs: [] as number[] };
  const client = async (first: number) => {
    for (let index = first; performance.now() < until; index += clients) {
      const startedAt = performance.now();
      try {
        const firstMs = await askOnce(url, key, questions[index % questions.length] ?? '', startedAt);
        if (firstMs !== null) result.firstMs.push(firstMs);
        result.answers++;
      } catch (thrown) {
        result.errors.push(thrown instanceof Error ? thrown.message : String(thrown));
      }
    }
  };
  await Promise.all(Array.from({ length: clients }, (_, index) => client(index)));
  return result;
}

/** Null where the answer has no sentence. */
async function askOnce(url: string, key: string, question: string, startedAt: number): Promise<number | null> {
  const response = await fetch(`${url}/v1/ask`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify({ question }),
  });
  if (!response.ok || response.body === null) throw new Error(`status ${response.status}`);
  let firstMs: number | null = null;
  let text = '';
  for await (const piece of response.body.pipeThrough(new TextDecoderStream())) {
    text += piece;
    if (firstMs === null && text.includes('event: text-delta')) firstMs = performance.now() - startedAt;
  }
  if (text.includes('event: error')) throw new Error(/event: error\ndata: (.*)/.exec(text)?.[1] ?? 'error');
  if (!text.includes('event: answer-end')) throw new Error('the stream ended without an answer');
  return firstMs;
}
