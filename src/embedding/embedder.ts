/** Text to vectors. Queries and documents are different calls, because models want different prefixes for them. */
import type { TokenCounter } from '../core/tokens.ts';
import type { Zone } from '../core/zones.ts';

export interface EmbedOptions {
  readonly signal?: AbortSignal;
  /** Texts that a person waits for, such as the sentences of an answer: they go before bulk work. Queries always do. */
  readonly isUrgent?: boolean;
}

export interface Embedder {
  /** Names everything that decides the bytes of a vector: model, file hash, dtype, pooling, prefixes, token limit. Vectors of different fingerprints never mix. */
  readonly fingerprint: string;
  readonly model: string;
  readonly zone: Zone;
  readonly dimensions: number;
  /** Longest input in tokens, special tokens included; longer texts are cut. */
  readonly maxTokens: number;
  /** Weight of the vector arm in convex fusion that suits this model. */
  readonly denseWeight: number;
  /** Primary tags of the languages it was made for; absent where nobody says so. */
  readonly languages?: readonly string[];
  readonly tokens: TokenCounter;
  /** Unit vector. Goes before bulk work and waits for at most one running text. */
  embedQuery(text: string, options?: EmbedOptions): Promise<Float32Array>;
  /** Unit vectors, in the order of the texts. The same text always gives the same bytes. */
  embedDocuments(texts: readonly string[], options?: EmbedOptions): Promise<readonly Float32Array[]>;
  close(): Promise<void>;
}
