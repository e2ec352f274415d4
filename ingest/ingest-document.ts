/** The whole path of one document, top to bottom. Any failure leaves its old revision searchable. */
import { type AccessLabel, bothLabels, type LabelInput } from '../src/access/label.ts';
import type { DocumentRecord, PastDecision } from '../src/catalog/catalog.ts';
import type { Attachment, DocumentProperties, ParsedDocument, Warning } from '../src/core/document.ts';
import { PerseaError } from '../src/core/errors.ts';
import { chunkAndEmbed, type EmbeddingDependencies } from './chunk-and-embed.ts';
import { ownLabelOf } from './labels.ts';
import { languageWarnings, withLanguage } from './language.ts';
import { parserOf } from './loaders/parser-versions.ts';
import type { ReadyRevision, RevisionWriter } from './revision-writer.ts';
import type { Turns } from './turns.ts';

export interface IncomingDocument {
  readonly uri: string;
  readonly source: string;
  readonly fileName: string;
  readonly modifiedAt: number | null;
  /** Higher ones are read and parsed first. */
  readonly priority?: number;
  /** The document that is searchable under this uri now, if any. */
  readonly current: DocumentRecord | null;
  readonly read: () => Promise<{ readonly bytes: Uint8Array; readonly contentHash: string }>;
  /** Whether what the document states of itself may stand instead of its source's label. */
  readonly mayLabelItself: boolean;
  /** Throws `no-label` or `label-invalid`. */
  readonly labelOf: (ownLabel: LabelInput | null) => AccessLabel;
  /** What operators decided of documents that are gone and that this text may be an edited version of; absent where its own label was decided. */
  readonly pastDecisions?: (text: string) => Promise<readonly PastDecision[]>;
  /** What the source knows of it; it wins over what the document says. */
  readonly facts?: { readonly title?: string; readonly properties?: DocumentProperties };
}

export interface DocumentPathDependencies extends EmbeddingDependencies {
  readonly parse: (
    file: { readonly bytes: Uint8Array; readonly fileName: string },
    options: { readonly signal?: AbortSignal },
  ) => Promise<ParsedDocument>;
  readonly inTurn: Turns;
  readonly writer: RevisionWriter;
}

export interface IngestedDocument {
  readonly document: DocumentRecord;
  readonly attachments: readonly Attachment[];
  readonly warnings: readonly Warning[];
}

export async function ingestDocument(
  incoming: IncomingDocument,
  dependencies: DocumentPathDependencies,
  signal?: AbortSignal,
): Promise<IngestedDocument> {
  const prepared = await dependencies.inTurn(() => prepareDocument(incoming, dependencies, signal), incoming.priority);
  const document = await dependencies.writer.write(prepared.revision);
  return { document, attachments: prepared.attachments, warnings: prepared.revision.draft.warnings };
}

/** Everything before the write: nothing of it can be seen yet. */
async function prepareDocument(
  incoming: IncomingDocument,
  dependencies: DocumentPathDependencies,
  signal: AbortSignal | undefined,
): Promise<{
  readonly revision: ReadyRevision;
  readonly attachments: readonly Attachment[];
}> {
  const withSignal = signal === undefined ? {} : { signal };
  const { bytes, contentHash } = await incoming.read();
  // Rights before content: what nobody may see is not even parsed.
  if (!incoming.mayLabelItself) incoming.labelOf(null);
  const parsed = await dependencies.parse({ bytes, fileName: incoming.fileName }, withSignal);
  const ownLabel = ownLabelOf(parsed.frontMatter, incoming.uri);
  const decided = await underPastDecisions(incoming, parsed.text, incoming.labelOf(ownLabel));
  const { label } = decided;

  const titled = incoming.facts?.title === undefined ? parsed : { ...parsed, title: incoming.facts.title };
  const embedded = await chunkAndEmbed(titled, label.classification, dependencies, signal);
  if (embedded.chunkCount === 0) {
    throw new PerseaError('document-without-text', `${incoming.uri} holds no text that could be searched.`);
  }
  const warnings = [...parsed.warnings, ...decided.warnings];
  const { embedder } = dependencies;
  if (embedder !== null && !embedded.isEmbedded) {
    warnings.push({
      code: 'embedding-egress',
      message: `Its classification ${label.classification} keeps it from the embedding model in zone ${embedder.zone}; it is searchable by keywords only.`,
    });
  }
  const stated = checkedProperties({ ...parsed.properties, ...incoming.facts?.properties });
  const properties = withLanguage(stated, parsed.text, parsed.mediaType);
  if (embedded.isEmbedded) warnings.push(...languageWarnings(properties, embedder?.languages));
  signal?.throwIfAborted();

  const revision: ReadyRevision = {
    documentId: incoming.current?.documentId ?? null,
    draft: {
      uri: incoming.uri,
      source: incoming.source,
      title: titled.title,
      mediaType: parsed.mediaType,
      contentHash,
      sizeBytes: bytes.byteLength,
      parser: parserOf(parsed.mediaType),
      modifiedAt: incoming.modifiedAt,
      label,
      ownLabel,
      text: parsed.text,
      blocks: parsed.blocks,
      pageCount: parsed.pageCount,
      properties,
      warnings,
      chunkCount: embedded.chunkCount,
      tokenCount: embedded.tokenCount,
      isEmbedded: embedded.isEmbedded,
      hasPastDecision: decided.warnings.length > 0,
    },
    chunks: embedded.chunks,
    vectors: embedded.vectors,
  };
  return { revision, attachments: parsed.attachments };
}

/**
 * A file that was moved and edited at once is another document by name and by bytes, and must not be open to more people for that. It
 * may be another document indeed, so a decision only closes.
 */
async function underPastDecisions(
  { uri, pastDecisions }: IncomingDocument,
  text: string,
  label: AccessLabel,
): Promise<{ readonly label: AccessLabel; readonly warnings: readonly Warning[] }> {
  const decisions = (await pastDecisions?.(text)) ?? [];
  const warnings: Warning[] = [];
  let narrowed = label;
  for (const past of decisions) {
    if (past.label === null) {
      throw new PerseaError(
        'removed-before',
        `${uri} reads like ${past.uri}, which an operator removed and which is not there any more. It stays out until \`persea docs remove --restore ${past.uri}\` and another ingest.`,
      );
    }
    narrowed = bothLabels(narrowed, past.label);
    warnings.push({
      code: 'label-carried-over',
      message: `It reads like ${past.uri}, whose label an operator set and which is not there any more, so it is seen only by those whom that label lets in, too. Set another label with \`persea docs relabel\`, or --reset for that of its rules.`,
    });
  }
  return { label: narrowed, warnings };
}

/** An address is shown as a link, so one that a browser would run or read from the disk is none. */
function checkedProperties({ url, ...properties }: DocumentProperties): DocumentProperties {
  return url !== undefined && /^https?:\/\/[^\s\p{Cc}]+$/u.test(url) ? { ...properties, url } : properties;
}
