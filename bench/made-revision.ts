/** Revisions of made texts, ready to be written: what every bench that fills a store by itself needs. */
import type { ReadyRevision } from '../ingest/revision-writer.ts';
import type { AccessLabel } from '../src/access/label.ts';
import type { Chunk } from '../src/core/chunk.ts';
import { sha256Hex } from '../src/core/ids.ts';

const separator = '\n\n';

export interface MadeDocument {
  readonly uri: string;
  readonly title: string;
  readonly label: AccessLabel;
  /** One a chunk. */
  readonly texts: readonly string[];
  readonly vectors: readonly Float32Array[];
  readonly tokensPerChunk: number;
}

/** Chunks of a document whose text is all of these. */
export function madeChunks(texts: readonly string[], tokens: number): readonly Chunk[] {
  let start = 0;
  return texts.map((text, ordinal) => {
    const end = start + text.length;
    const chunk: Chunk = { ordinal, start, end, text, indexText: text, headingPath: [], page: null, tokens };
    start = end + separator.length;
    return chunk;
  });
}

export function madeRevision({ uri, title, label, texts, vectors, tokensPerChunk }: MadeDocument): ReadyRevision {
  const text = texts.join(separator);
  return {
    documentId: null,
    chunks: madeChunks(texts, tokensPerChunk),
    vectors,
    draft: {
      uri,
      source: uri.slice(0, uri.indexOf('/')),
      title,
      mediaType: 'text/markdown',
      contentHash: sha256Hex(text),
      sizeBytes: text.length,
      modifiedAt: null,
      label,
      ownLabel: null,
      text,
      blocks: [],
      pageCount: null,
      properties: {},
      warnings: [],
      chunkCount: texts.length,
      tokenCount: tokensPerChunk * texts.length,
      isEmbedded: true,
    },
  };
}
