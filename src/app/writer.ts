/** Everything that changes the index goes through here: one process at a time, with the parsers and the model it needs. */
import { availableParallelism } from 'node:os';
import { defaultChunkerOptions, structureChunker } from '../../ingest/chunking/structure-chunker.ts';
import { createParserPool } from '../../ingest/loaders/parse.ts';
import { reindex } from '../../ingest/reindex.ts';
import { followStoreChanges } from '../../ingest/store-changes.ts';
import { createFolderSource } from '../../ingest/sources/folder.ts';
import { createManifestSource } from '../../ingest/sources/manifest.ts';
import type { Source } from '../../ingest/sources/source.ts';
import { createIngestor, type IngestorDependencies } from '../../ingest/worker.ts';
import { systemScope } from '../access/scope.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { Config } from '../config.ts';
import { PerseaError } from '../core/errors.ts';
import type { IngestOptions, Ingestor } from '../core/ingestor.ts';
import { approximateTokens } from '../core/tokens.ts';
import { mayReach } from '../egress/egress.ts';
import type { CachedEmbedder } from '../embedding/cached.ts';
import type { Embedder } from '../embedding/embedder.ts';
import type { ChunkStore } from '../store/chunk-store.ts';
import { acquireWriterLock } from '../store/writer-lock.ts';
import { activateIndex, activeIndex, type IndexTable } from './index-table.ts';

export interface WriterDependencies {
  readonly catalog: Catalog;
  readonly config: () => Config;
  readonly dataDir: string;
  /** The table that belongs to the configured embedding model. */
  readonly configured: IndexTable;
  readonly openStore: (table: IndexTable, options: { readonly assertMayWrite?: () => void }) => Promise<ChunkStore>;
  /** Fetches the files of the model if need be. It stays open for questions. */
  readonly embedder: () => Promise<CachedEmbedder | null>;
}

/** A short write of another process is waited for, a bulk load is not. */
const followWaitMs = 2_000;
/** Documents in work for each core: while one is embedded others are parsed and written. */
const documentsPerCore = 4;

export function createWriter(dependencies: WriterDependencies): Ingestor {
  const { catalog, config, configured, dataDir } = dependencies;

  /** Opens what writing needs, brings the index to the configured model, and closes everything whatever happens. */
  async function writing<T>(
    work: (tools: IngestorDependencies) => Promise<T>,
    { signal, waitMs, onEvent }: IngestOptions,
  ): Promise<T> {
    const { sources, limits, ingest, egress } = config();
    const lock = await acquireWriterLock({
      dataDir,
      purpose: 'ingest',
      onWait: (holder) => onEvent?.({ type: 'writer-wait', holder }),
      ...(waitMs === undefined ? {} : { waitMs }),
      ...(signal === undefined ? {} : { signal }),
    });
    const parsers = createParserPool({
      size: availableParallelism(),
      limits,
      settings: { ocr: ingest.ocr, ocrLanguages: ingest.ocrLanguages, secrets: ingest.secrets },
      timeoutMs: limits.parseMs,
      memoryBytes: limits.parseMemoryBytes,
    });
    let store: ChunkStore | undefined;
    try {
      store = await dependencies.openStore(configured, { assertMayWrite: () => lock.assertHeld() });
      const embedder = await dependencies.embedder();
      const tools: IngestorDependencies = {
        sources: sources.map((source) => createSource(source, limits.fileBytes)),
        catalog,
        store,
        embedder,
        chunker: structureChunker,
        chunkerOptions: chunkerOptionsFor(embedder),
        tokens: embedder?.tokens ?? approximateTokens,
        mayEmbed: (classification) => embedder !== null && mayReach(classification, embedder.zone, egress),
        parse: (file, options) => parsers.parse(file, options),
        limits,
        maxVanishedShare: ingest.maxVanishedShare,
        concurrency: ingest.concurrency ?? documentsPerCore * availableParallelism(),
        endParsing: () => parsers.close(),
        embeddedTokens: () => embedder?.usage().tokens ?? 0,
      };
      await switchIndex(tools, signal);
      return await work(tools);
    } finally {
      await parsers.close();
      await store?.close();
      lock.release();
    }
  }

  async function switchIndex(tools: IngestorDependencies, signal: AbortSignal | undefined): Promise<void> {
    const active = await activeIndex(catalog);
    if (active?.fingerprint === configured.fingerprint) return;
    const isEmpty = (await catalog.countDocuments(systemScope('switch index'))) === 0;
    if (!isEmpty) {
      if (tools.embedder === null && configured.dimensions !== null) {
        throw new PerseaError(
          'model-unavailable',
          'The index was made with another embedding model, and the configured one cannot be had; nothing was changed. Run `persea models pull`, or go back to the former model.',
        );
      }
      await reindex(tools, signal);
    }
    await activateIndex(catalog, configured);
  }

  return {
    ingest: (options = {}) => writing((tools) => createIngestor(tools).ingest(options), options),
    async followCatalog() {
      const table = await activeIndex(catalog);
      // Before the first ingest there is nothing that could follow.
      if (table === undefined) return;
      const lock = await acquireWriterLock({ dataDir, purpose: 'relabel or remove', waitMs: followWaitMs }).catch(
        (thrown) => {
          if (thrown instanceof PerseaError && thrown.code === 'store-busy') return undefined;
          throw thrown;
        },
      );
      // Whoever is writing now, or the next ingest, follows; for readers the change is effective already.
      if (lock === undefined) return;
      let store: ChunkStore | undefined;
      try {
        store = await dependencies.openStore(table, { assertMayWrite: () => lock.assertHeld() });
        await followStoreChanges(catalog, store);
      } finally {
        await store?.close();
        lock.release();
      }
    },
  };
}

function createSource(source: Config['sources'][number], maxFileBytes: number): Source {
  switch (source.type) {
    case 'folder':
      return createFolderSource({ ...source, maxFileBytes });
    case 'manifest':
      return createManifestSource({ ...source, maxFileBytes });
  }
}

/** A chunk with its heading path must fit the model whole, its two special tokens included. */
function chunkerOptionsFor(embedder: Embedder | null) {
  if (embedder === null) return defaultChunkerOptions;
  const indexTokens = Math.min(defaultChunkerOptions.indexTokens, embedder.maxTokens - 2);
  return { ...defaultChunkerOptions, indexTokens };
}
