/**
 * Derives a whole index anew from the stored texts, at the same revisions: after a change of the embedding model or of the
 * chunker. Readers keep using the old index until the caller switches over.
 */
import PQueue from 'p-queue';
import { systemScope } from '../src/access/scope.ts';
import type { Catalog, DocumentRecord } from '../src/catalog/catalog.ts';
import type { ChunkStore } from '../src/store/chunk-store.ts';
import { chunkAndEmbed, type EmbeddingDependencies } from './chunk-and-embed.ts';

export interface ReindexDependencies extends EmbeddingDependencies {
  readonly catalog: Catalog;
  /** The new index, empty or left over from an attempt that was broken off. */
  readonly store: ChunkStore;
  readonly concurrency: number;
}

const scope = systemScope('reindex');

export async function reindex(dependencies: ReindexDependencies, signal?: AbortSignal): Promise<void> {
  const documents = await dependencies.catalog.documents(scope);
  const queue = new PQueue({ concurrency: dependencies.concurrency });
  await queue.addAll(documents.map((document) => () => reindexDocument(document, dependencies, signal)));
  await dependencies.store.optimize();
}

async function reindexDocument(
  document: DocumentRecord,
  dependencies: ReindexDependencies,
  signal: AbortSignal | undefined,
): Promise<void> {
  signal?.throwIfAborted();
  const { catalog, store } = dependencies;
  const { documentId, revision, label } = document;
  const stored = await catalog.text(scope, documentId);
  if (stored === undefined) return;
  const text = { ...stored, title: document.title };
  const { chunks, vectors, isEmbedded } = await chunkAndEmbed(text, label.classification, dependencies, signal);
  await store.deleteDocuments([documentId]);
  await store.writeChunks([{ documentId, revision, label, chunks, vectors }]);
  if (isEmbedded !== document.isEmbedded) await catalog.markEmbedded([documentId], isEmbedded);
}
