/** The whole path of one document, top to bottom. Any failure leaves its old revision searchable. */
import type { AccessLabel, LabelInput } from '../src/access/label.ts';
import type { DocumentRecord, FileRecord } from '../src/catalog/catalog.ts';
import type { Attachment, ParsedDocument, Warning } from '../src/core/document.ts';
import { PerseaError } from '../src/core/errors.ts';
import type { TokenCounter } from '../src/core/tokens.ts';
import type { Classification } from '../src/core/zones.ts';
import type { Embedder } from '../src/embedding/embedder.ts';
import type { Chunker, ChunkerOptions } from './chunking/chunker.ts';
import { ownLabelOf } from './labels.ts';
import type { ReadyRevision, RevisionWriter } from './revision-writer.ts';
import type { Turns } from './turns.ts';

export interface IncomingDocument {
  readonly uri: string;
  readonly source: string;
  readonly fileName: string;
  readonly modifiedAt: number | null;
  /** The document that is searchable under this uri now, if any. */
  readonly current: DocumentRecord | null;
  readonly read: () => Promise<{ readonly bytes: Uint8Array; readonly contentHash: string }>;
  /** Whether what the document states of itself may stand instead of its source's label. */
  readonly mayLabelItself: boolean;
  /** Throws `no-label` or `label-invalid`. */
  readonly labelOf: (ownLabel: LabelInput | null) => AccessLabel;
}

export interface DocumentPathDependencies {
  readonly parse: (
    file: { readonly bytes: Uint8Array; readonly fileName: string },
    options: { readonly signal?: AbortSignal },
  ) => Promise<ParsedDocument>;
  readonly chunker: Chunker;
  readonly chunkerOptions: ChunkerOptions;
  readonly tokens: TokenCounter;
  /** Null while no model is available: documents are searchable by keywords only. */
  readonly embedder: Embedder | null;
  /** Egress: may text of this classification reach the embedder? */
  readonly mayEmbed: (classification: Classification) => boolean;
  readonly inTurn: Turns;
  readonly writer: RevisionWriter;
}

export interface IngestedDocument {
  readonly document: DocumentRecord;
  readonly file: FileRecord;
  readonly attachments: readonly Attachment[];
  readonly warnings: readonly Warning[];
}

export async function ingestDocument(
  incoming: IncomingDocument,
  dependencies: DocumentPathDependencies,
  signal?: AbortSignal,
): Promise<IngestedDocument> {
  const prepared = await dependencies.inTurn(() => prepareDocument(incoming, dependencies, signal));
  const document = await dependencies.writer.write(prepared.revision);
  const file: FileRecord = {
    uri: incoming.uri,
    documentId: document.documentId,
    contentHash: prepared.revision.draft.contentHash,
    sizeBytes: prepared.sizeBytes,
    modifiedAt: incoming.modifiedAt,
    state: 'current',
    code: null,
    message: null,
  };
  return { document, file, attachments: prepared.attachments, warnings: prepared.revision.draft.warnings };
}

/** Everything before the write: nothing of it can be seen yet. */
async function prepareDocument(
  incoming: IncomingDocument,
  dependencies: DocumentPathDependencies,
  signal: AbortSignal | undefined,
): Promise<{
  readonly revision: ReadyRevision;
  readonly sizeBytes: number;
  readonly attachments: readonly Attachment[];
}> {
  const withSignal = signal === undefined ? {} : { signal };
  const { bytes, contentHash } = await incoming.read();
  // Rights before content: what nobody may see is not even parsed.
  if (!incoming.mayLabelItself) incoming.labelOf(null);
  const parsed = await dependencies.parse({ bytes, fileName: incoming.fileName }, withSignal);
  const ownLabel = ownLabelOf(parsed.frontMatter, incoming.uri);
  const label = incoming.labelOf(ownLabel);

  const chunks = dependencies.chunker.chunk(parsed, dependencies.tokens, dependencies.chunkerOptions);
  if (chunks.length === 0) {
    throw new PerseaError('document-without-text', `${incoming.uri} holds no text that could be searched.`);
  }
  const warnings = [...parsed.warnings];
  const { embedder } = dependencies;
  const mayEmbed = embedder !== null && dependencies.mayEmbed(label.classification);
  if (embedder !== null && !mayEmbed) {
    warnings.push({
      code: 'embedding-egress',
      message: `Its classification ${label.classification} keeps it from the embedding model in zone ${embedder.zone}; it is searchable by keywords only.`,
    });
  }
  const vectors = mayEmbed
    ? await embedder.embedDocuments(
        chunks.map((chunk) => chunk.indexText),
        withSignal,
      )
    : null;
  signal?.throwIfAborted();

  const revision: ReadyRevision = {
    documentId: incoming.current?.documentId ?? null,
    draft: {
      uri: incoming.uri,
      source: incoming.source,
      title: parsed.title,
      mediaType: parsed.mediaType,
      contentHash,
      modifiedAt: incoming.modifiedAt,
      label,
      ownLabel,
      text: parsed.text,
      blocks: parsed.blocks,
      pageCount: parsed.pageCount,
      properties: parsed.properties,
      warnings,
      chunkCount: chunks.length,
      tokenCount: chunks.reduce((sum, chunk) => sum + chunk.tokens, 0),
      isEmbedded: vectors !== null,
    },
    chunks,
    vectors,
  };
  return { revision, sizeBytes: bytes.byteLength, attachments: parsed.attachments };
}
