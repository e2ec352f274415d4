/** What is indexed above a chunk's text: the document's title and the headings above it. */
import type { TokenCounter } from '../../src/core/tokens.ts';
import type { CountedText } from './atoms.ts';

const separator = ' > ';

/** Within `maxTokens`: headings between the title and the innermost go first, then words at the end of what remains. */
export function indexPrefix(
  title: string,
  path: readonly string[],
  tokens: TokenCounter,
  maxTokens: number,
): CountedText {
  const names = path.length > 0 && sameName(path[0] ?? '', title) ? [...path] : [title, ...path];
  const parts = names.map((name) => name.replace(/\s+/g, ' ').trim()).filter((name) => name !== '');
  for (;;) {
    const text = parts.join(separator);
    const count = tokens.count(text);
    if (count <= maxTokens) return { text, tokens: count };
    if (parts.length > 2) {
      parts.splice(1, 1);
      continue;
    }
    return firstWords(text, tokens, maxTokens);
  }
}

/** As many words of a text with single spaces as fit; none where the first one is too long. */
export function firstWords(text: string, tokens: TokenCounter, maxTokens: number): CountedText {
  const words = text.split(' ');
  let low = 0;
  let high = words.length;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (tokens.count(words.slice(0, middle).join(' ')) <= maxTokens) low = middle;
    else high = middle - 1;
  }
  const kept = words.slice(0, low).join(' ');
  return { text: kept, tokens: tokens.count(kept) };
}

function sameName(a: string, b: string): boolean {
  const fold = (name: string) =>
    name
      .toLowerCase()
      .replace(/[^\p{L}\p{N}]+/gu, ' ')
      .trim();
  return fold(a) === fold(b);
}
