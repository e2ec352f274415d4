/** Stands in for the embedding worker: fails, dies or stalls when a text tells it to, else answers with the text's length. */
import { existsSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import type { FromWorker, ToWorker, WorkerData } from '../../src/embedding/worker-protocol.ts';

const { model } = workerData as WorkerData;
// Dies while it loads.
if (model.hubId === 'unloadable') throw new Error('no such file');

function send(message: FromWorker): void {
  parentPort?.postMessage(message);
}

parentPort?.on('message', (message: ToWorker) => {
  if (message.type === 'close') parentPort?.close();
  else if (message.text === 'die') process.exit(3);
  else if (message.text === 'fail') send({ type: 'failed', id: message.id, message: 'the session said no' });
  else if (message.text !== 'stall')
    send({ type: 'vector', id: message.id, vector: Float32Array.of(message.text.length) });
});

const missing = model.files.find(({ place }) => !existsSync(place));
send(
  missing === undefined
    ? { type: 'ready' }
    : {
        type: 'refused',
        error: { code: 'model-hash-mismatch', message: 'other bytes', details: { file: missing.place } },
      },
);
