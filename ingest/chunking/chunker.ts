/** A parsed document to chunks. */
import type { Chunk } from '../../src/core/chunk.ts';
import type { ParsedDocument } from '../../src/core/document.ts';
import type { TokenCounter } from '../../src/core/tokens.ts';

export interface ChunkerOptions {
  readonly minTokens: number;
  readonly targetTokens: number;
  readonly maxTokens: number;
  /** Upper bound of `indexText`: the embedding model's limit less its special tokens and document prefix. */
  readonly indexTokens: number;
}

/** Changes whenever the same document would be cut differently; part of the index's fingerprint. */
export interface Chunker {
  readonly version: string;
  chunk(
    document: Pick<ParsedDocument, 'title' | 'text' | 'blocks'>,
    tokens: TokenCounter,
    options: ChunkerOptions,
  ): readonly Chunk[];
}
