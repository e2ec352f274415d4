/** Cross-validation by whole groups, so that nothing is judged by what was learned from its own document. */
import { seededRandom } from './bootstrap.ts';

export const folds = 10;

/** The fold of each group, from 0 to {@link folds} - 1; the same for one seed. */
export function assignFolds(groups: readonly string[], seed: number): ReadonlyMap<string, number> {
  const random = seededRandom(seed);
  const shuffled = groups.map((group) => ({ group, order: random() })).sort((a, b) => a.order - b.order);
  return new Map(shuffled.map(({ group }, index) => [group, index % folds]));
}
