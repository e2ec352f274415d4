/** One thread with one session of one thread, one pair of question and passage a run. Its pool is that of the embedder. */
import { readFileSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { dirname, join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { runInside } from '../embedding/exit-guard.ts';
import { openRuntime } from '../embedding/runtime.ts';
import type { FromWorker, ToWorker, WorkerData } from '../embedding/worker-protocol.ts';

if (parentPort === null) throw new Error('cross-encoder-worker runs as a worker thread only.');
const port = parentPort;
// The pool passes exactly this; the type of workerData is unknown to the compiler.
const { model: settings, guard, compileCache } = workerData as WorkerData;
if (compileCache !== undefined) enableCompileCache(dirname(compileCache));
const { AutoModelForSequenceClassification, PreTrainedTokenizer, Tensor } = await openRuntime(settings.folder);

interface ModelOutput {
  readonly logits: { readonly data: Float32Array };
}

/** One text's ids, and to which of the two texts each belongs. */
interface EncodedPair {
  readonly input_ids: readonly number[];
  readonly token_type_ids?: readonly number[];
}

type Score = (pair: string) => Promise<number>;

async function load(): Promise<Score> {
  const folder = join(settings.folder, settings.hubId);
  const readJson = (name: string): object => JSON.parse(readFileSync(join(folder, name), 'utf8'));
  const tokenizer = new PreTrainedTokenizer(readJson('tokenizer.json'), readJson('tokenizer_config.json'));
  const model = await runInside(guard, () =>
    AutoModelForSequenceClassification.from_pretrained(settings.hubId, {
      dtype: settings.dtype,
      session_options: { intraOpNumThreads: 1, interOpNumThreads: 1, enableMemPattern: false },
    }),
  );
  const { maxTokens } = settings;
  return async (pair) => {
    const [question = '', passage = ''] = JSON.parse(pair) as readonly string[];
    // A question must leave room for the passage; characters bound the time that tokenizing can take.
    const encoded = tokenizer(question.slice(0, maxTokens * 2), {
      text_pair: passage.slice(0, maxTokens * 16),
      add_special_tokens: true,
      padding: false,
      truncation: false,
      return_tensor: false,
      return_token_type_ids: true,
    }) as unknown as EncodedPair;
    const ids = truncated(encoded.input_ids, maxTokens);
    const types = truncated(encoded.token_type_ids ?? encoded.input_ids.map(() => 0), maxTokens);
    const tensor = (numbers: readonly number[]) =>
      new Tensor('int64', BigInt64Array.from(numbers, BigInt), [1, numbers.length]);
    const inputs = {
      input_ids: tensor(ids),
      attention_mask: tensor(ids.map(() => 1)),
      token_type_ids: tensor(types),
    };
    const { logits } = await runInside<ModelOutput>(guard, () => model(inputs));
    const score = logits.data[0];
    if (score === undefined || !Number.isFinite(score)) throw new Error('the model gave no number');
    return score;
  };
}

/** Keeps the closing token of a pair that is cut, as the models were trained. */
function truncated(numbers: readonly number[], maxTokens: number): readonly number[] {
  return numbers.length <= maxTokens ? numbers : [...numbers.slice(0, maxTokens - 1), ...numbers.slice(-1)];
}

function send(message: FromWorker): void {
  port.postMessage(message);
}

let score: Score | null = null;

port.on('message', async (message: ToWorker) => {
  if (message.type === 'close') {
    port.close();
    return;
  }
  // A failed load is thrown: the pool sees the thread end.
  if (message.type === 'load') {
    score = await load();
    send({ type: 'ready' });
    return;
  }
  try {
    if (score === null) throw new Error('the model is not loaded');
    send({ type: 'vector', id: message.id, vector: Float32Array.of(await score(message.text)) });
  } catch (thrown) {
    send({ type: 'failed', id: message.id, message: thrown instanceof Error ? thrown.message : String(thrown) });
  }
});
