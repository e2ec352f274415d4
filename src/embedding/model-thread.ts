/** What a worker thread of the pool is, whatever its model makes of a text: its start, its files and its conversation. */
import { readFileSync } from 'node:fs';
import { enableCompileCache, registerHooks } from 'node:module';
import { dirname, join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { serializeError, toPerseaError } from '../core/errors.ts';
import { requireVerified } from '../models/verify-file.ts';
import type { FromWorker, ToWorker, WorkerData } from './worker-protocol.ts';

type Runtime = typeof import('@xenova/transformers');
/** One text to one row of numbers. */
export type TextModel = (text: string) => Promise<Float32Array<ArrayBuffer>>;

/** One session of one thread. Texts have all lengths, so that a memory plan made for one rarely serves the next: without plans 40 MB less. */
export const sessionOptions = { intraOpNumThreads: 1, interOpNumThreads: 1, enableMemPattern: false };

if (parentPort === null) throw new Error('A model thread runs as a worker thread only.');
const port = parentPort;
// The pool passes exactly this; the type of workerData is unknown to the compiler.
const data = workerData as WorkerData;
export const { model: settings, guard } = data;

/** The model runtime, set up so that it reads files of one folder and nothing else, and says nothing. */
export async function openRuntime(): Promise<Runtime> {
  if (data.compileCache !== undefined) enableCompileCache(dirname(data.compileCache));
  // transformers imports its image library at once, which text never needs: 70 ms of a cold start and 20 MB.
  registerHooks({
    resolve(specifier, context, next) {
      if (specifier !== 'sharp') return next(specifier, context);
      return { url: 'data:text/javascript,export default function noImages() {}', shortCircuit: true };
    },
  });
  const runtime = await import('@xenova/transformers');
  const { env, LogLevel } = runtime;
  env.allowRemoteModels = false;
  // It holds the folders of the models by their names.
  env.localModelPath = `${settings.folder}/`;
  env.useFSCache = false;
  // Of each file that it finds it opens a stream, which reads on though of weights only the path is wanted: 34 MB, while the first
  // question waits. A cache may name the path itself, and is asked by path and by address.
  env.useCustomCache = true;
  env.customCache = {
    match: async (name: string) =>
      settings.files.find(({ expected: { path } }) => path.endsWith('.onnx') && name.endsWith(`/${path}`))?.place,
    put: async () => undefined,
  };
  // On a failure it would print the input, which is the text of a document.
  env.logLevel = LogLevel.NONE;
  return runtime;
}

export function readTokenizer({ PreTrainedTokenizer }: Runtime): InstanceType<Runtime['PreTrainedTokenizer']> {
  const folder = join(settings.folder, ...settings.hubId.split('/'));
  const readJson = (name: string): object => JSON.parse(readFileSync(join(folder, name), 'utf8'));
  return new PreTrainedTokenizer(readJson('tokenizer.json'), readJson('tokenizer_config.json'));
}

/**
 * Keeps the closing token of a text that is cut, as the models were trained; the library's own truncation drops it. The
 * limit and the padding that a tokenizer's file may ask for do not apply here.
 */
export function truncated(numbers: readonly number[], maxTokens: number): readonly number[] {
  return numbers.length <= maxTokens ? numbers : [...numbers.slice(0, maxTokens - 1), ...numbers.slice(-1)];
}

/**
 * Verifies the files and loads the model, then answers the pool until it says that this thread is done. Here and not by the pool,
 * whose thread has other code to load meanwhile. A failed load is thrown: the pool sees the thread end.
 */
export async function serveTexts(load: () => Promise<TextModel>): Promise<void> {
  const send = (message: FromWorker, transfer: readonly ArrayBuffer[] = []) => port.postMessage(message, transfer);
  let model: TextModel | null = null;
  port.on('message', async (message: ToWorker) => {
    if (message.type === 'close') {
      // The thread ends when nothing is left to do, so after a load or a run that is under way.
      port.close();
      return;
    }
    try {
      if (model === null) throw new Error('the model is not loaded');
      const vector = await model(message.text);
      send({ type: 'vector', id: message.id, vector }, [vector.buffer]);
    } catch (thrown) {
      send({ type: 'failed', id: message.id, message: thrown instanceof Error ? thrown.message : String(thrown) });
    }
  });
  try {
    for (const { place, expected } of settings.files) await requireVerified(place, expected);
  } catch (thrown) {
    send({ type: 'refused', error: serializeError(toPerseaError(thrown, 'model-failed')) });
    return;
  }
  model = await load();
  send({ type: 'ready' });
}
