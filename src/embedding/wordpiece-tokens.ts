/**
 * The model's own tokenizer as a `TokenCounter`, on the calling thread and without a session, for budgets of chunks. Read
 * at the first count only: a process that merely embeds a question never pays for it.
 */
import { readFileSync } from 'node:fs';
import { Tokenizer } from '@huggingface/tokenizers';
import { PerseaError } from '../core/errors.ts';
import { sha256Hex } from '../core/ids.ts';
import { Memo } from '../core/memo.ts';
import type { TokenCounter } from '../core/tokens.ts';
import type { ProvisionedModel } from '../models/model-files.ts';
import { mismatchError } from '../models/verify-file.ts';

/** Words repeat: a memo of them is several times as fast as the tokenizer. Bounded; the oldest half goes when it is full. */
const memoWords = 20_000;
/** A longer run without white space is hardly a word that comes again. */
const memoWordLength = 40;

/** Where every BERT tokenizer parts words. Not all that JavaScript calls white space: some of it BERT removes, which joins. */
const whitespacePattern = /[ \t\n\r\u00a0]+/;

export function wordPieceTokens(provisioned: ProvisionedModel): TokenCounter {
  const { model } = provisioned.variant;
  let tokenizer: Tokenizer | null = null;
  const memo = new Memo<string, number>(memoWords);
  const countWord = (word: string): number => {
    const known = memo.get(word);
    if (known !== undefined) return known;
    tokenizer ??= readTokenizer(provisioned);
    const tokens = tokenizer.encode(word, { add_special_tokens: false }).ids.length;
    if (word.length > memoWordLength) return tokens;
    memo.set(word, tokens);
    return tokens;
  };
  return {
    id: `wordpiece/${model.tokenizer.sha256.slice(0, 16)}`,
    count(text) {
      let tokens = 0;
      // BERT's pre-tokenizer parts at white space first, so that the sum over the words is exact.
      for (const word of text.split(whitespacePattern)) if (word !== '') tokens += countWord(word);
      return tokens;
    },
  };
}

function readTokenizer({ tokenizerPath, variant }: ProvisionedModel): Tokenizer {
  const { tokenizer: file, maxTokens } = variant.model;
  let bytes: Buffer;
  try {
    bytes = readFileSync(tokenizerPath);
  } catch (thrown) {
    throw new PerseaError(
      'model-unavailable',
      `The model file ${tokenizerPath} cannot be read; run \`persea models pull\`.`,
      { cause: thrown },
    );
  }
  const sha256 = sha256Hex(bytes);
  if (sha256 !== file.sha256) throw mismatchError(tokenizerPath, file, { bytes: bytes.length, sha256 });
  return new Tokenizer(JSON.parse(bytes.toString('utf8')), {
    tokenizer_class: 'BertTokenizer',
    model_max_length: maxTokens,
  });
}
