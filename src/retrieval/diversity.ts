/** No document fills the top alone: what it says beyond its share comes after what others say. */
import type { Passage } from '../core/chunk.ts';

export interface CappedPassages {
  /** Those within their document's share in the order given, then the others in theirs. */
  readonly passages: readonly Passage[];
  /** How many of `passages`, at the beginning, are within the share. */
  readonly within: number;
}

/** @param passages best first @param share passages of one document that may stand in the top; null for any number */
export function capPerDocument(passages: readonly Passage[], share: number | null): CappedPassages {
  if (share === null) return { passages, within: passages.length };
  const counts = new Map<string, number>();
  const within: Passage[] = [];
  const beyond: Passage[] = [];
  for (const passage of passages) {
    const count = (counts.get(passage.chunk.documentId) ?? 0) + 1;
    counts.set(passage.chunk.documentId, count);
    (count <= share ? within : beyond).push(passage);
  }
  return { passages: [...within, ...beyond], within: within.length };
}
