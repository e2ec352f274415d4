/** The thread of one format file: loads it, then lays out what it is sent. */
import { parentPort, workerData } from 'node:worker_threads';
import type { FromFormatThread, ToFormatThread } from './format-thread.ts';

/** Of what a format returns; counting the tokens of more would take longer than the answer. */
const mostCharacters = 100_000;
const mostTimesText = 20;

if (parentPort === null) throw new Error('A format thread runs as a worker thread only.');
const port = parentPort;
const send = (message: FromFormatThread) => port.postMessage(message);
const reasonOf = (thrown: unknown) => (thrown instanceof Error ? thrown.message : 'unknown failure');

// What a format prints must not stand among the results of a command.
process.stdout.write = process.stderr.write.bind(process.stderr);

let exported: unknown;
let current: ToFormatThread['request'] = null;

/** What a developer's code throws or returns must not reach a question as an internal error. */
function layOut({ items, request }: ToFormatThread): FromFormatThread {
  if (typeof exported !== 'function') return { type: 'failed', problem: 'its default export is not a function' };
  current = request ?? current;
  const given = items.reduce((sum, item) => sum + item.text.length, 0);
  let text: unknown;
  try {
    text = exported(items, structuredClone(current));
  } catch (thrown) {
    return { type: 'failed', problem: `it threw: ${reasonOf(thrown)}` };
  }
  if (typeof text !== 'string') return { type: 'failed', problem: 'it did not return a string' };
  if (text.length > mostCharacters + given * mostTimesText)
    return { type: 'failed', problem: `it returned ${text.length} characters for passages of ${given}` };
  return { type: 'text', text };
}

port.on('message', (message: ToFormatThread) => send(layOut(message)));
try {
  const module: { readonly default?: unknown } = await import(String(workerData));
  exported = module.default;
  send({ type: 'ready' });
} catch (thrown) {
  send({ type: 'failed', problem: `it could not be loaded: ${reasonOf(thrown)}` });
}
