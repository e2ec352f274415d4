/** Documents written while no model was available get their vectors, as a new revision of the same text. */
import { systemScope } from '../src/access/scope.ts';
import type { Catalog, DocumentRecord } from '../src/catalog/catalog.ts';
import { chunkAndEmbed } from './chunk-and-embed.ts';
import type { DocumentPathDependencies } from './ingest-document.ts';
import type { ReadyRevision } from './revision-writer.ts';

export interface EmbedPendingDependencies extends Omit<DocumentPathDependencies, 'parse'> {
  readonly catalog: Catalog;
}

const scope = systemScope('embed pending');

/** Returns the number of chunks that were embedded. */
export async function embedPending(dependencies: EmbedPendingDependencies, signal?: AbortSignal): Promise<number> {
  const { catalog, embedder } = dependencies;
  if (embedder === null) return 0;
  const documents = await catalog.documents(scope, { isEmbedded: false });
  const pending = documents.filter((document) => embedder.mayEmbed([document.label]));
  const counts = await Promise.all(pending.map((document) => embedDocument(document, dependencies, signal)));
  return counts.reduce((sum, count) => sum + count, 0);
}

async function embedDocument(
  document: DocumentRecord,
  dependencies: EmbedPendingDependencies,
  signal: AbortSignal | undefined,
): Promise<number> {
  const { catalog, inTurn, writer } = dependencies;
  const revision = await inTurn(async (): Promise<ReadyRevision | undefined> => {
    const stored = await catalog.text(scope, document.documentId);
    if (stored === undefined) return undefined;
    const text = { ...stored, title: document.title };
    const { chunks, vectors, ...facts } = await chunkAndEmbed(
      text,
      document.label.classification,
      dependencies,
      signal,
    );
    return {
      documentId: document.documentId,
      draft: { ...document, ...stored, ...facts, sizeBytes: null },
      chunks,
      vectors,
    };
  });
  if (revision === undefined) return 0;
  await writer.write(revision);
  return revision.chunks.length;
}
