/**
 * The tokenizer of a language model as a `TokenCounter`: the model's own where it is known by name or lies in a file, else an
 * estimate with a margin. Read at the first count, since that takes a third of a second.
 */
import { createRequire } from 'node:module';
import { Tokenizer } from '@huggingface/tokenizers';
import { PerseaError } from '../core/errors.ts';
import { readTextFile } from '../core/text-file.ts';
import type { TokenCounter } from '../core/tokens.ts';
import { estimatedTokens } from './estimated-tokens.ts';
import { countInShortRuns } from './short-runs.ts';

export const tokenEncodings = ['o200k_base', 'cl100k_base'] as const;
export type TokenEncoding = (typeof tokenEncodings)[number];

/** By what OpenAI publishes of its models; the names of other vendors tell nothing of their tokenizers. */
const encodingsByName: readonly (readonly [RegExp, TokenEncoding])[] = [
  [/^(?:openai\/)?(?:chatgpt-4o|gpt-4o|gpt-4\.1|gpt-4\.5|gpt-5|gpt-oss|o[1-9])/, 'o200k_base'],
  [/^(?:openai\/)?(?:gpt-4|gpt-3\.5|gpt-35)/, 'cl100k_base'],
];

/** A tokenizer.json of a large vocabulary has up to 35 MB. */
const maxFileBytes = 100 * 1024 * 1024;

/**
 * @param setting `auto`, `estimate`, the name of an encoding, or the path of a tokenizer.json
 * @param model the server's own name for the model
 */
export function tokenCounterFor(setting: string, model: string): TokenCounter {
  if (setting === 'estimate') return estimatedTokens;
  const encoding =
    setting === 'auto'
      ? encodingsByName.find(([pattern]) => pattern.test(model.toLowerCase()))?.[1]
      : tokenEncodings.find((name) => name === setting);
  if (encoding !== undefined) return encodingTokens(encoding);
  return setting === 'auto' ? estimatedTokens : fileTokens(setting);
}

type CountTokens = (text: string, options: { readonly disallowedSpecial: ReadonlySet<string> }) => number;

function encodingTokens(encoding: TokenEncoding): TokenCounter {
  let load: CountTokens | undefined;
  return {
    id: encoding,
    count(text) {
      if (load === undefined) {
        const loaded: { countTokens: CountTokens } = createRequire(import.meta.url)(
          `gpt-tokenizer/encoding/${encoding}`,
        );
        load = loaded.countTokens;
      }
      const counting = load;
      // A document may contain the tokenizer's control words; they are text here.
      return countInShortRuns(text, (part) => counting(part, { disallowedSpecial: new Set() }));
    },
  };
}

function fileTokens(path: string): TokenCounter {
  let tokenizer: Tokenizer | undefined;
  return {
    id: `file/${path}`,
    count(text) {
      tokenizer ??= readTokenizer(path);
      const counting = tokenizer;
      return countInShortRuns(text, (part) => counting.encode(part, { add_special_tokens: false }).ids.length);
    },
  };
}

function readTokenizer(path: string): Tokenizer {
  const refuse = (problem: string, cause?: unknown) =>
    new PerseaError('config-invalid', `The tokenizer ${path} of a model ${problem}. Name the model's tokenizer.json.`, {
      details: { path },
      cause,
    });
  const text = readTextFile(path, { maxBytes: maxFileBytes, refuse });
  let json: Record<string, unknown>;
  try {
    json = JSON.parse(text);
  } catch (thrown) {
    throw refuse('could not be read', thrown);
  }
  try {
    // Control words of a chat template in a document are text: as one token each they would count too little.
    return new Tokenizer({ ...json, added_tokens: [] }, {});
  } catch (thrown) {
    throw refuse('is not one that can be used', thrown);
  }
}
