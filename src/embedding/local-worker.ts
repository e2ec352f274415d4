/**
 * One thread with one session of one thread, one text a run. A batch would be slower here, and int8 models quantise over
 * the whole batch: only alone does a text always give the same bytes.
 */
import { runInside } from './exit-guard.ts';
import {
  guard,
  openRuntime,
  readTokenizer,
  serveTexts,
  sessionOptions,
  settings,
  type TextModel,
  truncated,
} from './model-thread.ts';

const runtime = await openRuntime();
const { AutoModel, Tensor } = runtime;

interface ModelOutput {
  /** One row of `dimensions` numbers for each token. */
  readonly last_hidden_state: { readonly data: Float32Array<ArrayBuffer> };
}

async function load(): Promise<TextModel> {
  const tokenizer = readTokenizer(runtime);
  const model = await runInside(guard, () =>
    AutoModel.from_pretrained(settings.hubId, { dtype: settings.dtype, session_options: sessionOptions }),
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

await serveTexts(load);
