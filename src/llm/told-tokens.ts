/**
 * Tokens as a server tells them. A number that cannot be right must neither give a budget back what was spent of it nor use it up for
 * the day; it counts as if nothing had been told.
 */

/** `contextTokens` may be set far below what the model holds; no call comes to so many times that. */
const mostContexts = 10;

export interface TokenBounds {
  readonly least: number;
  /** As the model is declared. */
  readonly contextTokens: number;
}

/** Undefined where they have to be estimated. */
export function believedTokens(told: number | undefined, { least, contextTokens }: TokenBounds): number | undefined {
  const isWhole = told !== undefined && Number.isSafeInteger(told);
  return isWhole && told >= least && told <= mostContexts * contextTokens ? told : undefined;
}
