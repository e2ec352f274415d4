/**
 * What of the scores leaves the process. Keyword statistics are those of the whole index, so raw scores move with
 * documents that one may not see; employees get the order and a score scaled within their own result.
 */
import { type AccessScope, maySeeRawScores } from '../access/scope.ts';
import type { Passage } from '../core/chunk.ts';

/** Passages best first, as this scope may see them: raw scores and parts only for the operator and developers. */
export function presentPassages(scope: AccessScope, passages: readonly Passage[]): readonly Passage[] {
  if (maySeeRawScores(scope)) return passages;
  const best = passages[0]?.score ?? 0;
  return passages.map((passage) => ({
    ...passage,
    score: best > 0 ? Math.round((passage.score / best) * 1000) / 1000 : 0,
    parts: [],
  }));
}
