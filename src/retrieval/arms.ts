/** The two searches of a retrieval: by meaning and by words, each with the scope inside its query. */
import type { AccessScope } from '../access/scope.ts';
import type { StoredChunk } from '../core/chunk.ts';
import { questionLanguage } from '../core/question-language.ts';
import { contentWords } from '../core/words.ts';
import type { ChunkStore, ScoredChunk, SearchOptions } from '../store/chunk-store.ts';

export interface Arm {
  readonly source: 'vector' | 'keyword';
  /** Best first. */
  readonly rows: readonly ScoredChunk[];
  readonly ms: number;
  /** None of the words was found, so words spelled like them were looked for. */
  readonly isBySimilarWords?: boolean;
}

/** Further searches for phrases, each as expensive as the first. */
const maxPhraseSearches = 3;
const maxPhraseRows = 50;

export async function searchVectors(
  store: Pick<ChunkStore, 'vectorSearch'>,
  scope: AccessScope,
  vector: Float32Array,
  options: SearchOptions,
): Promise<Arm> {
  const startedAt = performance.now();
  const rows = await store.vectorSearch(scope, vector, options);
  return { source: 'vector', rows: [...rows].sort(byScoreThenPlace), ms: performance.now() - startedAt };
}

/**
 * What holds all words of a phrase comes after what the words alone found, because the two have no common measure. Similar
 * words are looked for only where no word was found: beside real finds they would be noise.
 */
export async function searchKeywords(
  store: Pick<ChunkStore, 'keywordSearch'>,
  scope: AccessScope,
  query: string,
  phrases: readonly string[],
  options: SearchOptions,
): Promise<Arm> {
  const startedAt = performance.now();
  const limit = Math.min(options.limit, maxPhraseRows);
  const searched = phrases.filter((phrase) => contentWords(phrase).length > 1).slice(0, maxPhraseSearches);
  const [found, ...ofPhrases] = await Promise.all([
    store.keywordSearch(scope, query, options),
    ...searched.map((phrase) => store.keywordSearch(scope, phrase, { ...options, limit, matching: 'all' })),
  ]);
  const [otherwise, similar] = found.length > 0 ? [[], []] : await searchOtherwise(store, scope, query, options);
  const rows = [...found, ...otherwise, ...similar].sort(byScoreThenPlace);
  const known = new Set(rows.map(({ chunk }) => chunk.chunkId));
  const lowest = rows.at(-1)?.score ?? 0;
  for (const { chunk } of ofPhrases.flat()) {
    if (known.has(chunk.chunkId)) continue;
    known.add(chunk.chunkId);
    rows.push({ chunk, score: lowest });
  }
  return {
    source: 'keyword',
    rows,
    ms: performance.now() - startedAt,
    ...(similar.length > 0 ? { isBySimilarWords: true } : {}),
  };
}

/** A single noun does not tell that it is German, and a compound that stands nowhere may stand there in its parts; or it is a typing error. */
async function searchOtherwise(
  store: Pick<ChunkStore, 'keywordSearch'>,
  scope: AccessScope,
  query: string,
  options: SearchOptions,
): Promise<readonly [readonly ScoredChunk[], readonly ScoredChunk[]]> {
  const inParts =
    questionLanguage(query) === null ? await store.keywordSearch(scope, query, { ...options, matching: 'german' }) : [];
  if (inParts.length > 0) return [inParts, []];
  return [[], await store.keywordSearch(scope, query, { ...options, matching: 'similar' })];
}

function byScoreThenPlace(a: ScoredChunk, b: ScoredChunk): number {
  return b.score - a.score || byPlace(a.chunk, b.chunk);
}

/** In one store equal data always give equal lists; what is shown first is decided later, by more than ids. */
function byPlace(a: StoredChunk, b: StoredChunk): number {
  if (a.documentId !== b.documentId) return a.documentId < b.documentId ? -1 : 1;
  return a.ordinal - b.ordinal;
}
