/** A piece of one revision of a document: what is embedded, indexed, retrieved and cited. */

export interface Chunk {
  /** Position within the document, from 0. */
  readonly ordinal: number;
  /** Half-open span in UTF-16 units of the parsed text. */
  readonly start: number;
  readonly end: number;
  /** Always `parsedText.slice(start, end)`. */
  readonly text: string;
  /** Heading path, caption or repeated table header, then the text: what is embedded and searched by words, never shown. */
  readonly indexText: string;
  readonly headingPath: readonly string[];
  readonly page: number | null;
  /** Tokens of `indexText` by the embedding model's tokenizer, special tokens not counted. */
  readonly tokens: number;
}

/** A chunk as readers get it back: with the document it belongs to. */
export interface StoredChunk extends Chunk {
  readonly chunkId: string;
  readonly documentId: string;
  readonly revision: number;
  /** The label stored beside the text. Readers re-check it against the scope and the catalogue. */
  readonly labelId: string;
}

/** How one arm of the retrieval saw a passage: `vector`, `keyword`; then `words`, `nearness`, `smoothing` and `exact`, where they had a say. */
export interface ScorePart {
  readonly source: string;
  /** From 1. */
  readonly rank: number;
  /** The arm's raw score: cosine for `vector`, BM25 for `keyword`; 0 to 1 for the others. */
  readonly score: number;
  /** The raw score as it was fused, scaled over the arm's candidates to 0 to 1. */
  readonly scaled?: number;
  /** Share of the scaled score in the passage's. */
  readonly weight?: number;
}

/** A retrieved chunk, already checked against the caller's scope, with the facts that a citation needs. */
export interface Passage {
  readonly chunk: StoredChunk;
  readonly uri: string;
  readonly title: string;
  readonly classification: string;
  /** Milliseconds since the epoch or null; from the document's own date where it has one, else from the source. */
  readonly date: number | null;
  /** Address at which people open the document. */
  readonly url?: string;
  /** Who is responsible for it. */
  readonly owner?: string;
  /** What it says of itself, as `DocumentProperties` have it. */
  readonly status?: 'superseded';
  readonly validUntil?: string;
  /** Fused score, 0 to 1 within one result. */
  readonly score: number;
  readonly parts: readonly ScorePart[];
}
