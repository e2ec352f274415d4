/** The chunks around a passage, for the context window: same document, same revision, same scope. */
import type { AccessScope } from '../access/scope.ts';
import type { Passage, StoredChunk } from '../core/chunk.ts';
import { chunkId } from '../core/ids.ts';
import type { ChunkStore } from '../store/chunk-store.ts';

export interface ExpandedPassage {
  readonly passage: Passage;
  /** Chunks around it, the nearest first, without the passage's own. */
  readonly neighbours: readonly StoredChunk[];
}

export interface Expansion {
  /** Chunks on either side, whatever they are. */
  readonly neighbours: number;
  /** Also the rest of the passage's section, its subsections included, as far as it goes on without a gap. */
  readonly isSection: boolean;
}

/** A section may be a whole book; what does not fit the window would be read in vain. */
const maxSectionReach = 8;

/** Passages and the chunks around them, by chunk id. */
export type Surroundings = ReadonlyMap<string, StoredChunk>;

export async function readSurroundings(
  store: Pick<ChunkStore, 'chunksById'>,
  scope: AccessScope,
  passages: readonly Passage[],
  expansion: Expansion,
): Promise<Surroundings> {
  const found = new Map(passages.map(({ chunk }) => [chunk.chunkId, chunk]));
  const reach = reachOf(expansion);
  const ids = [...new Set(passages.flatMap(({ chunk }) => idsAround(chunk, reach)))].filter((id) => !found.has(id));
  if (ids.length > 0) {
    for (const { vector: _vector, ...chunk } of await store.chunksById(scope, ids)) found.set(chunk.chunkId, chunk);
  }
  return found;
}

/**
 * A chunk is handed out once: a passage keeps its own chunk, and a neighbour that two passages share goes to the better one.
 * Passages must have come from the retriever: their revision and label are what the neighbours are held against.
 *
 * @param surroundings of these passages at least
 */
export function expandPassages(
  passages: readonly Passage[],
  surroundings: Surroundings,
  expansion: Expansion,
): readonly ExpandedPassage[] {
  const taken = new Set(passages.map((passage) => passage.chunk.chunkId));
  const [reach, { neighbours }] = [reachOf(expansion), expansion];
  return passages.map((passage) => {
    const around = [-1, 1].flatMap((direction) => walk(passage.chunk, direction, reach, surroundings, neighbours));
    const own = around
      .filter((chunk) => belongsTo(chunk, passage.chunk))
      .filter((chunk) => isFirst(taken, chunk.chunkId))
      .sort((a, b) => distance(a, passage.chunk) - distance(b, passage.chunk));
    return { passage, neighbours: own };
  });
}

function reachOf({ neighbours, isSection }: Expansion): number {
  return isSection ? Math.max(neighbours, maxSectionReach) : neighbours;
}

/** What lies near enough in one direction, or goes on in the same section. */
function walk(
  anchor: StoredChunk,
  direction: number,
  reach: number,
  found: Surroundings,
  neighbours: number,
): readonly StoredChunk[] {
  const chunks: StoredChunk[] = [];
  let isSameSection = true;
  for (let step = 1; step <= reach; step++) {
    const chunk = found.get(chunkId(anchor.documentId, anchor.revision, anchor.ordinal + direction * step));
    isSameSection &&= chunk !== undefined && isWithin(chunk.headingPath, anchor.headingPath);
    if (chunk !== undefined && (step <= neighbours || isSameSection)) chunks.push(chunk);
  }
  return chunks;
}

/** Text without headings is no section: it would be the whole document. */
function isWithin(path: readonly string[], section: readonly string[]): boolean {
  return section.length > 0 && section.every((heading, index) => path[index] === heading);
}

function distance(chunk: StoredChunk, anchor: StoredChunk): number {
  return Math.abs(chunk.ordinal - anchor.ordinal);
}

function idsAround({ documentId, revision, ordinal }: StoredChunk, reach: number): string[] {
  const ids: string[] = [];
  for (let at = Math.max(0, ordinal - reach); at <= ordinal + reach; at++) {
    if (at !== ordinal) ids.push(chunkId(documentId, revision, at));
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
