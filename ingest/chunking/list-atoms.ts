/**
 * Lists to atoms: their items, held to the sentence that leads to them, which chunks of later items repeat. `You must not:` says the
 * opposite of its items alone.
 */
import type { Block } from '../../src/core/document.ts';
import { isLeadIn, leadInOf } from '../../src/core/lists.ts';
import type { TokenCounter } from '../../src/core/tokens.ts';
import { type Atom, type AtomLimits, atomsOf, boundaryCosts, type RepeatedText } from './atoms.ts';
import { firstWords } from './index-prefix.ts';

/** Of a chunk, what the sentence that leads to its list may fill at most. */
const leadInShare = 1 / 5;

/** Everything in the list that is not white space lies in exactly one of them. */
export function listAtoms(list: Block, text: string, tokens: TokenCounter, limits: AtomLimits): readonly Atom[] {
  const leadIn = repeatedLeadIn(list, text, tokens, Math.floor(limits.maxTokens * leadInShare));
  if (leadIn === null) return atomsOf(list, text, tokens, limits);
  const atoms = atomsOf(list, text, tokens, { maxTokens: limits.maxTokens - leadIn.tokens });
  const repeated = { caption: leadIn, header: null };
  return atoms.map((atom, index) => ({
    ...atom,
    repeated,
    breakCost: index === 0 ? boundaryCosts.glued : atom.breakCost,
  }));
}

/** Null where a heading leads to the list, since chunks are indexed under theirs. */
function repeatedLeadIn(list: Block, text: string, tokens: TokenCounter, maxTokens: number): RepeatedText | null {
  const span = leadInOf(text, list.start);
  if (span === null || !isLeadIn(text.slice(span.start, span.end))) return null;
  const words = text.slice(span.start, span.end).replace(/\s+/g, ' ').trim();
  return { ...span, ...firstWords(words, tokens, maxTokens) };
}
