/** Retrieval alone, as people and programs see it. */
import { type AccessScope, maySeeRawScores } from '../access/scope.ts';
import type { Passage, ScorePart } from '../core/chunk.ts';

export interface SearchRequest {
  readonly query: string;
  /** The configured number when absent; never more than the configured limit. */
  readonly topK?: number;
  /** The configured mode when absent. */
  readonly mode?: 'hybrid' | 'vector' | 'keyword';
  /** Adds each arm's rank and raw score, for those who may see them. */
  readonly explain?: boolean;
}

export interface SearchHit {
  readonly uri: string;
  readonly documentId: string;
  readonly title: string;
  readonly chunkId: string;
  readonly headingPath: readonly string[];
  readonly page: number | null;
  /** Half-open span in the parsed text; `text` is its slice. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** Scaled within this result; the best is 1. */
  readonly score: number;
  readonly parts?: readonly ScorePart[];
}

export interface SearchResult {
  readonly hits: readonly SearchHit[];
  readonly ms: number;
  readonly warnings: readonly string[];
}

/** Parts hold raw scores, which move with documents one may not see: only for those whom the contract allows them. */
export function toHit(scope: AccessScope, passage: Passage, withParts: boolean): SearchHit {
  const { chunk } = passage;
  return {
    uri: passage.uri,
    documentId: chunk.documentId,
    title: passage.title,
    chunkId: chunk.chunkId,
    headingPath: chunk.headingPath,
    page: chunk.page,
    start: chunk.start,
    end: chunk.end,
    text: chunk.text,
    score: passage.score,
    ...(withParts && maySeeRawScores(scope) ? { parts: passage.parts } : {}),
  };
}
