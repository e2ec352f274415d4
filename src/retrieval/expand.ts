/** The chunks before and after a passage, for the context window: same document, same revision, same scope. */
import type { AccessScope } from '../access/scope.ts';
import type { Passage, StoredChunk } from '../core/chunk.ts';
import { chunkId } from '../core/ids.ts';
import type { ChunkStore } from '../store/chunk-store.ts';

export interface ExpandedPassage {
  readonly passage: Passage;
  /** Neighbouring chunks in document order, without the passage's own. */
  readonly neighbours: readonly StoredChunk[];
}

/**
 * Adds up to `count` chunks on either side. A chunk is handed out once: a passage keeps its own chunk, and a neighbour
 * that two passages share goes to the better one. Passages must have come from the retriever: their revision and label
 * are what the neighbours are held against.
 */
export async function expandPassages(
  store: Pick<ChunkStore, 'chunksById'>,
  scope: AccessScope,
  passages: readonly Passage[],
  count: number,
): Promise<readonly ExpandedPassage[]> {
  const taken = new Set(passages.map((passage) => passage.chunk.chunkId));
  const wanted = passages.map((passage) => neighbourIds(passage.chunk, count).filter((id) => isFirst(taken, id)));
  const ids = wanted.flat();
  const found = new Map<string, StoredChunk>();
  if (ids.length > 0) {
    for (const { vector: _vector, ...chunk } of await store.chunksById(scope, ids)) found.set(chunk.chunkId, chunk);
  }
  return passages.map((passage, index) => ({
    passage,
    neighbours: (wanted[index] ?? [])
      .flatMap((id) => found.get(id) ?? [])
      .filter((chunk) => belongsTo(chunk, passage.chunk)),
  }));
}

/** In document order. */
function neighbourIds(chunk: StoredChunk, count: number): string[] {
  const ids: string[] = [];
  for (let ordinal = Math.max(0, chunk.ordinal - count); ordinal <= chunk.ordinal + count; ordinal++) {
    if (ordinal !== chunk.ordinal) ids.push(chunkId(chunk.documentId, chunk.revision, ordinal));
  }
  return ids;
}

function isFirst(taken: Set<string>, id: string): boolean {
  if (taken.has(id)) return false;
  taken.add(id);
  return true;
}

function belongsTo(chunk: StoredChunk, anchor: StoredChunk): boolean {
  return (
    chunk.documentId === anchor.documentId && chunk.revision === anchor.revision && chunk.labelId === anchor.labelId
  );
}
