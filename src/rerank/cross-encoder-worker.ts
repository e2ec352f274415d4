/** One thread with one session of one thread, one pair of question and passage a run. Its pool is that of the embedder. */
import { runInside } from '../embedding/exit-guard.ts';
import {
  guard,
  openRuntime,
  readTokenizer,
  serveTexts,
  sessionOptions,
  settings,
  type TextModel,
  truncated,
} from '../embedding/model-thread.ts';

const runtime = await openRuntime();
const { AutoModelForSequenceClassification, Tensor } = runtime;

interface ModelOutput {
  readonly logits: { readonly data: Float32Array };
}

/** One text's ids, and to which of the two texts each belongs. */
interface EncodedPair {
  readonly input_ids: readonly number[];
  readonly token_type_ids?: readonly number[];
}

async function load(): Promise<TextModel> {
  const tokenizer = readTokenizer(runtime);
  const model = await runInside(guard, () =>
    AutoModelForSequenceClassification.from_pretrained(settings.hubId, {
      dtype: settings.dtype,
      session_options: sessionOptions,
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
    return Float32Array.of(score);
  };
}

await serveTexts(load);
