/**
 * Tokens of a prompt for a model whose own tokenizer is not known: those of a common one, with a margin. The tokenizer is
 * loaded at the first count, because that takes a third of a second.
 */
import { createRequire } from 'node:module';
import type { TokenCounter } from '../core/tokens.ts';
import { countInShortRuns } from './short-runs.ts';

/** Other tokenizers make up to about this much more of ordinary prose. */
const margin = 1.1;

type CountTokens = (text: string, options: { readonly disallowedSpecial: ReadonlySet<string> }) => number;
let load: CountTokens | undefined;

function countTokens(text: string): number {
  if (load === undefined) {
    const loaded: { countTokens: CountTokens } = createRequire(import.meta.url)('gpt-tokenizer/encoding/o200k_base');
    load = loaded.countTokens;
  }
  // A document may contain the tokenizer's control words; they are text here.
  return load(text, { disallowedSpecial: new Set() });
}

export const estimatedTokens: TokenCounter = {
  id: 'o200k-estimate-1',
  count: (text) => Math.ceil(countInShortRuns(text, countTokens) * margin),
};
