/** Texts of others stand in a prompt between fences. */

const fenceCharacter = '~';
const shortestFence = 3;

/** Longer than any run of its character in the texts, so that none can end its own fence. */
export function fenceFor(texts: readonly string[]): string {
  let longest = shortestFence - 1;
  for (const text of texts) for (const run of text.matchAll(/~+/g)) longest = Math.max(longest, run[0].length);
  return fenceCharacter.repeat(longest + 1);
}
