/**
 * Derives a whole index anew from the stored texts, at the same revisions: after a change of the embedding model or of the
 * chunker, or because the present one is damaged. Readers keep using the old index until the caller switches over.
 */
import PQueue from 'p-queue';
import { systemScope } from '../src/access/scope.ts';
import type { Catalog, DocumentRecord } from '../src/catalog/catalog.ts';
import type { ChunkBatch, ChunkStore } from '../src/store/chunk-store.ts';
import { chunkAndEmbed, type EmbeddingDependencies } from './chunk-and-embed.ts';

export interface ReindexDependencies extends EmbeddingDependencies {
  readonly catalog: Catalog;
  /** The new index: empty, left over from an attempt that was broken off, or of a model that was in use before. */
  readonly store: ChunkStore;
  readonly concurrency: number;
}

export interface ReindexOptions {
  readonly signal?: AbortSignal;
  readonly onDocument?: (progress: { readonly done: number; readonly documents: number }) => void;
}

export interface ReindexResult {
  readonly documents: number;
  readonly chunks: number;
}

const scope = systemScope('reindex');
/** A commit costs about the same for one chunk and for a thousand. */
const commitChunks = 1_000;

export async function reindex(dependencies: ReindexDependencies, options: ReindexOptions = {}): Promise<ReindexResult> {
  const { catalog, store, concurrency } = dependencies;
  // Of documents that went since, an older index of the same model still has chunks.
  await store.clear();
  const documents = await catalog.documents(scope);
  const queue = new PQueue({ concurrency });
  let ready: ChunkBatch[] = [];
  let readyChunks = 0;
  let lastCommit: Promise<void> = Promise.resolve();
  const result = { documents: 0, chunks: 0 };
  const commit = (): Promise<void> => {
    const batch = ready;
    ready = [];
    readyChunks = 0;
    if (batch.length > 0) {
      lastCommit = lastCommit.then(() => store.writeChunks(batch));
    }
    return lastCommit;
  };
  const derive = async (document: DocumentRecord): Promise<void> => {
    options.signal?.throwIfAborted();
    const { documentId, revision, label } = document;
    const stored = await catalog.text(scope, documentId);
    if (stored === undefined) return;
    const text = { ...stored, title: document.title };
    const derived = await chunkAndEmbed(text, label.classification, dependencies, options.signal);
    const { chunks, vectors, isEmbedded } = derived;
    ready.push({ documentId, revision, label, chunks, vectors });
    readyChunks += chunks.length;
    if (readyChunks >= commitChunks) await commit();
    if (isEmbedded !== document.isEmbedded) await catalog.markEmbedded([documentId], isEmbedded);
    result.documents += 1;
    result.chunks += chunks.length;
    options.onDocument?.({ done: result.documents, documents: documents.length });
  };
  await queue.addAll(documents.map((document) => () => derive(document)));
  await commit();
  await store.optimize();
  return result;
}
