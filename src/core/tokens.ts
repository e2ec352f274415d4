/** Counting tokens, by whichever tokenizer a budget is meant for. */

export interface TokenCounter {
  /** Names the tokenizer; part of fingerprints. */
  readonly id: string;
  /** Tokens of the text, special tokens not counted. Additive over pieces split at white space, within one token a piece. */
  count(text: string): number;
}

const wordPattern = /[\p{L}\p{M}]+|\p{N}+|[^\s\p{L}\p{M}\p{N}]/gu;
/** WordPiece splits rarer words; one extra token per six further letters is the mean measured on English prose. */
const lettersPerToken = 6;

/** Works without any model file: for keyword-only use, where budgets are estimates. */
export const approximateTokens: TokenCounter = {
  id: 'approximate-1',
  count(text) {
    let tokens = 0;
    for (const word of text.match(wordPattern) ?? []) tokens += Math.ceil(word.length / lettersPerToken);
    return tokens;
  },
};
