/**
 * A document's text to chunks with their vectors: the one place of the worker where text goes to the embedding model, as far as its
 * classification lets it.
 */
import type { Chunk } from '../src/core/chunk.ts';
import type { ParsedDocument } from '../src/core/document.ts';
import type { TokenCounter } from '../src/core/tokens.ts';
import type { Classification } from '../src/core/zones.ts';
import type { GuardedEmbedder } from '../src/egress/guarded-embedder.ts';
import type { Chunker, ChunkerOptions } from './chunking/chunker.ts';

export interface EmbeddingDependencies {
  readonly chunker: Chunker;
  readonly chunkerOptions: ChunkerOptions;
  readonly tokens: TokenCounter;
  /** Null while no model is available: documents are searchable by keywords only. */
  readonly embedder: GuardedEmbedder | null;
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
  { chunker, chunkerOptions, tokens, embedder }: EmbeddingDependencies,
  signal?: AbortSignal,
): Promise<EmbeddedChunks> {
  const chunks = chunker.chunk(document, tokens, chunkerOptions);
  const vectors =
    embedder?.mayEmbed([{ classification }]) === true && chunks.length > 0
      ? await embedder.embedDocuments(
          chunks.map((chunk) => ({ text: chunk.indexText, classification })),
          signal === undefined ? {} : { signal },
        )
      : null;
  const tokenCount = chunks.reduce((sum, chunk) => sum + chunk.tokens, 0);
  return { chunks, vectors, chunkCount: chunks.length, tokenCount, isEmbedded: vectors !== null };
}
