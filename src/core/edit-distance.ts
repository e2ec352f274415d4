/**
 * Letters inserted, left out, replaced or exchanged with their neighbour: the optimal string alignment distance (Damerau, CACM 1964).
 * @returns the distance, or `limit + 1` where it is larger than `limit`
 */
export function editDistance(word: string, other: string, limit: number): number {
  if (word === other) return 0;
  if (Math.abs(word.length - other.length) > limit) return limit + 1;
  let before: readonly number[] = [];
  let row: readonly number[] = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let at = 0; at < word.length; at++) {
    const next = [at + 1];
    for (let column = 0; column < other.length; column++) {
      const replaced = (row[column] ?? 0) + (word[at] === other[column] ? 0 : 1);
      let least = Math.min(replaced, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1);
      const isExchanged = at > 0 && column > 0 && word[at] === other[column - 1] && word[at - 1] === other[column];
      if (isExchanged) least = Math.min(least, (before[column - 1] ?? 0) + 1);
      next.push(least);
    }
    if (Math.min(...next) > limit) return limit + 1;
    before = row;
    row = next;
  }
  return Math.min(row[other.length] ?? 0, limit + 1);
}
