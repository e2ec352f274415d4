/**
 * One thread with one session of one thread, one text a run. A batch would be slower here, and int8 models quantise over
 * the whole batch: only alone does a text always give the same bytes.
 */
import { readFileSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { dirname, join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { runInside } from './exit-guard.ts';
import { openRuntime } from './runtime.ts';
import type { FromWorker, ToWorker, WorkerData } from './worker-protocol.ts';

if (parentPort === null) throw new Error('local-worker runs as a worker thread only.');
const port = parentPort;
// The pool passes exactly this; the type of workerData is unknown to the compiler.
const { model: settings, guard, compileCache } = workerData as WorkerData;
if (compileCache !== undefined) enableCompileCache(dirname(compileCache));

const { AutoModel, PreTrainedTokenizer, Tensor } = await openRuntime(settings.folder);

interface ModelOutput {
  /** One row of `dimensions` numbers for each token. */
  readonly last_hidden_state: { readonly data: Float32Array<ArrayBuffer> };
}

type Embed = (text: string) => Promise<Float32Array<ArrayBuffer>>;

async function load(): Promise<Embed> {
  const folder = join(settings.folder, ...settings.hubId.split('/'));
  const readJson = (name: string): object => JSON.parse(readFileSync(join(folder, name), 'utf8'));
  const tokenizer = new PreTrainedTokenizer(readJson('tokenizer.json'), readJson('tokenizer_config.json'));
  const model = await runInside(guard, () =>
    AutoModel.from_pretrained(settings.hubId, {
      dtype: settings.dtype,
      // Texts have all lengths, so that a memory plan made for one rarely serves the next: without plans 40 MB less.
      session_options: { intraOpNumThreads: 1, interOpNumThreads: 1, enableMemPattern: false },
    }),
  );
  const { maxTokens, dimensions, pooling } = settings;
  // Enough for any text whose words have letters; bounds the time that a run of white space or symbols can take.
  const longestText = maxTokens * 64;
  return async (text) => {
    const ids = BigInt64Array.from(truncated(tokenizer.encode(text.slice(0, longestText)), maxTokens), BigInt);
    const tensor = (data: BigInt64Array) => new Tensor('int64', data, [1, ids.length]);
    const inputs = {
      input_ids: tensor(ids),
      attention_mask: tensor(new BigInt64Array(ids.length).fill(1n)),
      token_type_ids: tensor(new BigInt64Array(ids.length)),
    };
    const { last_hidden_state: states } = await runInside<ModelOutput>(guard, () => model(inputs));
    return normalized(pooling === 'cls' ? states.data.slice(0, dimensions) : meanOfRows(states.data, dimensions));
  };
}

/**
 * Keeps the closing token of a text that is cut, as the models were trained; the library's own truncation drops it. The
 * limit and the padding that a tokenizer's file may ask for do not apply here.
 */
function truncated(ids: readonly number[], maxTokens: number): readonly number[] {
  return ids.length <= maxTokens ? ids : [...ids.slice(0, maxTokens - 1), ...ids.slice(-1)];
}

/** One text is never padded, so that every row counts. */
function meanOfRows(rows: Float32Array, dimensions: number): Float32Array<ArrayBuffer> {
  const sums = new Float64Array(dimensions);
  for (let index = 0; index < rows.length; index++) {
    const column = index % dimensions;
    sums[column] = (sums[column] ?? 0) + (rows[index] ?? 0);
  }
  const count = rows.length / dimensions;
  return Float32Array.from(sums, (sum) => sum / count);
}

function normalized(vector: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
  let squares = 0;
  for (const value of vector) squares += value * value;
  const norm = Math.sqrt(squares);
  return vector.map((value) => value / norm);
}

function send(message: FromWorker, transfer: readonly ArrayBuffer[] = []): void {
  port.postMessage(message, transfer);
}

let embed: Embed | null = null;

port.on('message', async (message: ToWorker) => {
  if (message.type === 'close') {
    // The thread ends when nothing is left to do, so after a load or a run that is under way.
    port.close();
    return;
  }
  // A failed load is thrown: the pool sees the thread end.
  if (message.type === 'load') {
    embed = await load();
    send({ type: 'ready' });
    return;
  }
  try {
    if (embed === null) throw new Error('the model is not loaded');
    const vector = await embed(message.text);
    send({ type: 'vector', id: message.id, vector }, [vector.buffer]);
  } catch (thrown) {
    send({ type: 'failed', id: message.id, message: thrown instanceof Error ? thrown.message : String(thrown) });
  }
});
