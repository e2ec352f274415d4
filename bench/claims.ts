/**
 * How well the rules tell supported claims from altered ones, without a language model: sentences that people wrote as answers from one
 * passage (clapnq), held against that passage among others, and the same sentences with one thing changed. `npm run eval:claims`
 * (`--list` shows those that were decided wrongly)
 */
import type { Support } from '../src/core/answer.ts';
import { asWritten, claimCases, goldMarker } from './claim-cases.ts';
import { print } from './support.ts';

const supports = ['verbatim', 'entailed', 'partial', 'none'] as const satisfies readonly Support[];
const counts = new Map<string, Map<Support, number>>();
const examples: string[] = [];
const isListed = process.argv.includes('--list');

for (const { kind, claim, checker } of claimCases()) {
  const { support } = checker.check(claim, [goldMarker]);
  const bySupport = counts.get(kind) ?? new Map<Support, number>();
  counts.set(kind, bySupport.set(support, (bySupport.get(support) ?? 0) + 1));
  const isWrong = kind === asWritten ? support === 'none' : support !== 'none';
  if (isListed && isWrong) examples.push(`${kind}: ${support}: ${claim}`);
}

print(['claims', 'n', ...supports, 'shown'].join(' | '));
for (const [kind, bySupport] of counts) {
  const n = [...bySupport.values()].reduce((a, b) => a + b, 0);
  const shares = supports.map((support) => ((bySupport.get(support) ?? 0) / n).toFixed(3));
  print([kind, n, ...shares, (1 - (bySupport.get('none') ?? 0) / n).toFixed(3)].join(' | '));
}
for (const example of examples) print(example);
