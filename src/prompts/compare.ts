/** What changed from one text to another, line by line (longest common subsequence). */

export interface LineChange {
  readonly kind: 'same' | 'removed' | 'added';
  readonly line: string;
}

/** Beyond so many pairs of lines the middle counts as changed as a whole. */
const maxPairs = 4_000_000;

export function compareLines(before: string, after: string): readonly LineChange[] {
  const [a, b] = [before.split('\n'), after.split('\n')];
  let start = 0;
  while (start < Math.min(a.length, b.length) && a[start] === b[start]) start++;
  let end = 0;
  while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end++;
  const same = (lines: readonly string[]) => lines.map((line): LineChange => ({ kind: 'same', line }));
  return [
    ...same(a.slice(0, start)),
    ...changedLines(a.slice(start, a.length - end), b.slice(start, b.length - end)),
    ...same(a.slice(a.length - end)),
  ];
}

function changedLines(a: readonly string[], b: readonly string[]): readonly LineChange[] {
  const removed = (line: string): LineChange => ({ kind: 'removed', line });
  const added = (line: string): LineChange => ({ kind: 'added', line });
  if (a.length * b.length > maxPairs) return [...a.map(removed), ...b.map(added)];
  // lengths[i][j]: what a from i on and b from j on have in common.
  const lengths = Array.from({ length: a.length + 1 }, () => new Uint32Array(b.length + 1));
  const at = (i: number, j: number) => lengths[i]?.[j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--) {
    const row = lengths[i];
    if (row === undefined) continue;
    for (let j = b.length - 1; j >= 0; j--) {
      row[j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const changes: LineChange[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    const [left, right] = [a[i], b[j]];
    if (left !== undefined && left === right) {
      changes.push({ kind: 'same', line: left });
      i++;
      j++;
    } else if (right === undefined || (left !== undefined && at(i + 1, j) >= at(i, j + 1))) {
      changes.push(removed(left ?? ''));
      i++;
    } else {
      changes.push(added(right));
      j++;
    }
  }
  return changes;
}
