/**
 * A document's text to chunks with their vectors: the one place of the worker where text goes to the embedding model, and so
 * the one where egress is decided.
 */
import type { Chunk } from '../src/core/chunk.ts';
import type { ParsedDocument } from '../src/core/document.ts';
import type { TokenCounter } from '../src/core/tokens.ts';
import type { Classification } from '../src/core/zones.ts';
import type { Embedder } from '../src/embedding/embedder.ts';
import type { Chunker, ChunkerOptions } from './chunking/chunker.ts';

export interface EmbeddingDependencies {
  readonly chunker: Chunker;
  readonly chunkerOptions: ChunkerOptions;
  readonly tokens: TokenCounter;
  /** Null while no model is available: documents are searchable by keywords only. */
  readonly embedder: Embedder | null;
  /** Egress: may text of this classification reach the embedder? */
  readonly mayEmbed: (classification: Classification) => boolean;
}

export interface EmbeddedChunks {
  readonly chunks: readonly Chunk[];
  /** Null where there is no model, or none that this text may reach. */
  readonly vectors: readonly Float32Array[] | null;
  readonly chunkCount: number;
  readonly tokenCount: number;
  readonly isEmbedded: boolean;
}

export async function chunkAndEmbed(
  document: Pick<ParsedDocument, 'title' | 'text' | 'blocks'>,
  classification: Classification,
  { chunker, chunkerOptions, tokens, embedder, mayEmbed }: EmbeddingDependencies,
  signal?: AbortSignal,
): Promise<EmbeddedChunks> {
  const chunks = chunker.chunk(document, tokens, chunkerOptions);
  const vectors =
    embedder !== null && chunks.length > 0 && mayEmbed(classification)
      ? await embedder.embedDocuments(
          chunks.map((chunk) => chunk.indexText),
          signal === undefined ? {} : { signal },
        )
      : null;
  const tokenCount = chunks.reduce((sum, chunk) => sum + chunk.tokens, 0);
  return { chunks, vectors, chunkCount: chunks.length, tokenCount, isEmbedded: vectors !== null };
}
