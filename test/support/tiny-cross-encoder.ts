/**
 * A cross-encoder small enough to be made by a test: an ONNX graph that counts in how many places a word of the question meets the
 * same word in the passage. Its files lie as the hub lays out real ones.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { CrossEncoderFiles } from '../../src/rerank/cross-encoder.ts';
import { temporaryFolder, writeFiles } from './temporary-folder.ts';

const words = ['leave', 'parental', 'parking', 'travel', 'weeks', 'is', 'the', 'of', 'twelve', 'rule'];
const special = ['[PAD]', '[UNK]', '[CLS]', '[SEP]'];

/** Fields of a protocol buffer: numbers as varints, all else with its length. */
function message(...fields: readonly (readonly [number, number | string | Uint8Array])[]): Uint8Array {
  const parts = fields.flatMap(([number, value]) => {
    if (typeof value === 'number') return [varint(number << 3), varint(value)];
    const bytes = typeof value === 'string' ? Buffer.from(value) : value;
    return [varint((number << 3) | 2), varint(bytes.length), bytes];
  });
  return Buffer.concat(parts);
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return Uint8Array.of(...bytes, rest);
}

const float = 1;
const int64 = 7;

function node(operator: string, inputs: readonly string[], output: string, attribute?: readonly [string, number]) {
  const integerAttribute = 2;
  return message(
    ...inputs.map((name) => [1, name] as const),
    [2, output],
    [3, output],
    [4, operator],
    ...(attribute === undefined
      ? []
      : [[5, message([1, attribute[0]], [3, attribute[1]], [20, integerAttribute])] as const]),
  );
}

function value(name: string, type: number, dimensions: readonly (number | string)[]) {
  const shape = dimensions.map((size) => [1, message(typeof size === 'number' ? [1, size] : [2, size])] as const);
  return message([1, name], [2, message([1, message([1, type], [2, message(...shape)])])]);
}

function axes(name: string, ...numbers: readonly number[]) {
  return message([1, numbers.length], [2, int64], ...numbers.map((number) => [7, number] as const), [8, name]);
}

function wordOverlapModel(): Uint8Array {
  const one = message([1, 1], [2, float], [8, 'one'], [9, new Uint8Array(Float32Array.of(1).buffer)]);
  const graph = [
    node('Unsqueeze', ['input_ids', 'second'], 'rows'),
    node('Unsqueeze', ['input_ids', 'first'], 'columns'),
    node('Equal', ['rows', 'columns'], 'equal'),
    node('Cast', ['equal'], 'same', ['to', float]),
    node('Cast', ['token_type_ids'], 'passage', ['to', float]),
    node('Sub', ['one', 'passage'], 'question'),
    node('Unsqueeze', ['question', 'second'], 'fromQuestion'),
    node('Unsqueeze', ['passage', 'first'], 'toPassage'),
    node('Mul', ['fromQuestion', 'toPassage'], 'across'),
    node('Mul', ['same', 'across'], 'meetings'),
    node('ReduceSum', ['meetings', 'both'], 'sum', ['keepdims', 0]),
    node('Unsqueeze', ['sum', 'first'], 'logits'),
  ];
  const inputs = ['input_ids', 'attention_mask', 'token_type_ids'];
  return message(
    [1, 8],
    [
      7,
      message(
        ...graph.map((entry) => [1, entry] as const),
        [2, 'overlap'],
        ...[axes('first', 1), axes('second', 2), axes('both', 1, 2), one].map((entry) => [5, entry] as const),
        ...inputs.map((name) => [11, value(name, int64, ['batch', 'length'])] as const),
        [12, value('logits', float, ['batch', 1])],
      ),
    ],
    [8, message([1, ''], [2, 13])],
  );
}

function tokenizer(): object {
  const vocabulary = Object.fromEntries([...special, ...words].map((word, index) => [word, index]));
  const piece = (id: 'A' | 'B', type: number) => ({ Sequence: { id, type_id: type } });
  const mark = (id: string, type: number) => ({ SpecialToken: { id, type_id: type } });
  const first = [mark('[CLS]', 0), piece('A', 0), mark('[SEP]', 0)];
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: special.map((content, id) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: { type: 'Lowercase' },
    pre_tokenizer: { type: 'Whitespace' },
    post_processor: {
      type: 'TemplateProcessing',
      single: first,
      pair: [...first, piece('B', 1), mark('[SEP]', 1)],
      special_tokens: Object.fromEntries(
        ['[CLS]', '[SEP]'].map((id) => [id, { id, ids: [vocabulary[id]], tokens: [id] }]),
      ),
    },
    decoder: null,
    model: {
      type: 'WordPiece',
      vocab: vocabulary,
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
    },
  };
}

export async function tinyCrossEncoder(): Promise<CrossEncoderFiles> {
  const folder = join(await temporaryFolder(), 'tiny-cross-encoder');
  const tokenizerJson = JSON.stringify(tokenizer());
  const weights = wordOverlapModel();
  await writeFiles(folder, {
    'config.json': JSON.stringify({ model_type: 'bert', architectures: ['BertForSequenceClassification'] }),
    'tokenizer.json': tokenizerJson,
    'tokenizer_config.json': JSON.stringify({ tokenizer_class: 'BertTokenizer', model_max_length: 32 }),
    'onnx/model.onnx': weights,
  });
  const hash = (bytes: string | Uint8Array) => createHash('sha256').update(bytes).digest('hex');
  return {
    folder,
    dtype: 'fp32',
    maxTokens: 32,
    tokenizerSha256: hash(tokenizerJson),
    weightsSha256: hash(weights),
  };
}
