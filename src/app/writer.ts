/** Everything that changes the index goes through here: one process at a time, with the parsers and the model it needs. */
import { availableParallelism } from 'node:os';
import { defaultChunkerOptions, structureChunker } from '../../ingest/chunking/structure-chunker.ts';
import { type FreeStorageDependencies, freeStorage, notePurge } from '../../ingest/free-storage.ts';
import { createParserPool } from '../../ingest/loaders/parse.ts';
import { planIngest } from '../../ingest/prepare-source.ts';
import { reindex } from '../../ingest/reindex.ts';
import { relabelInCatalog } from '../../ingest/relabelling.ts';
import { removeFromCatalog } from '../../ingest/removal.ts';
import { createFolderSource } from '../../ingest/sources/folder.ts';
import { createManifestSource } from '../../ingest/sources/manifest.ts';
import { manifestOverlaps, overlappingManifest } from '../../ingest/sources/overlaps.ts';
import type { Source } from '../../ingest/sources/source.ts';
import { followStoreChanges } from '../../ingest/store-changes.ts';
import { tidyUp } from '../../ingest/tidy-up.ts';
import { createIngestor, type IngestorDependencies } from '../../ingest/worker.ts';
import { systemScope } from '../access/scope.ts';
import type { Catalog, RevisionIntent, StoreChange } from '../catalog/catalog.ts';
import type { Config } from '../config.ts';
import { PerseaError } from '../core/errors.ts';
import type { IngestOptions, Ingestor } from '../core/ingestor.ts';
import { approximateTokens } from '../core/tokens.ts';
import { GuardedEmbedder } from '../egress/guarded-embedder.ts';
import type { CachedEmbedder } from '../embedding/cached.ts';
import type { Embedder } from '../embedding/embedder.ts';
import type { ChunkStore } from '../store/chunk-store.ts';
import { acquireWriterLock, type WriterLock } from '../store/writer-lock.ts';
import { keepCosineScale } from './cosine-scales.ts';
import { keepVectors } from './embedding.ts';
import { ownPathsOf } from './own-paths.ts';
import { activateIndex, activeIndex, anotherTable, type IndexTable, tableInUse } from './index-table.ts';

export interface WriterDependencies {
  readonly catalog: Catalog;
  readonly config: () => Config;
  readonly dataDir: string;
  /** The table that belongs to the configured embedding model. */
  readonly configured: IndexTable;
  readonly tidyTraces: FreeStorageDependencies['tidyTraces'];
  readonly openStore: (table: IndexTable, options: { readonly assertMayWrite?: () => void }) => Promise<ChunkStore>;
  /** Fetches the files of the model if need be. It stays open for questions. */
  readonly embedder: () => Promise<CachedEmbedder | null>;
}

interface WritingOptions extends Pick<IngestOptions, 'signal' | 'waitMs' | 'onEvent'> {
  readonly tableFor: (active: IndexTable | undefined) => IndexTable;
}

/** A short write of another process is waited for, a bulk load is not. */
const followWaitMs = 2_000;
/** Documents in work for each core: while one is embedded others are parsed and written. */
const documentsPerCore = 4;

export function createWriter(dependencies: WriterDependencies): Ingestor {
  const { catalog, config, configured, dataDir, tidyTraces } = dependencies;

  let made: { readonly from: string; readonly sources: readonly Source[] } | undefined;
  /** The same ones as long as their configuration is the same: they remember what they have seen. */
  function configuredSources(): readonly Source[] {
    const { sources, limits } = config();
    const ownPaths = ownPathsOf(config());
    const from = JSON.stringify([sources, limits.fileBytes, ownPaths]);
    if (made?.from !== from) {
      made = { from, sources: sources.map((source) => createSource(source, config(), ownPaths)) };
    }
    return made.sources;
  }

  /** Opens what writing needs, brings the index to the configured model, and closes everything whatever happens. */
  async function writing<T>(
    work: (tools: IngestorDependencies, table: IndexTable) => Promise<T>,
    { signal, waitMs, onEvent, tableFor }: WritingOptions,
  ): Promise<T> {
    const { limits, ingest, egress } = config();
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
      const table = tableFor(await activeIndex(catalog));
      store = await dependencies.openStore(table, { assertMayWrite: () => lock.assertHeld() });
      const embedder = await dependencies.embedder();
      const tools: IngestorDependencies = {
        sources: configuredSources(),
        catalog,
        store,
        embedder: embedder === null ? null : new GuardedEmbedder(embedder, egress),
        chunker: structureChunker,
        chunkerOptions: chunkerOptionsFor(embedder),
        tokens: embedder?.tokens ?? approximateTokens,
        parse: (file, options) => parsers.parse(file, options),
        limits,
        maxVanishedShare: ingest.maxVanishedShare,
        secrets: ingest.secrets,
        concurrency: ingest.concurrency ?? documentsPerCore * availableParallelism(),
        endParsing: () => parsers.close(),
        embeddedTokens: () => embedder?.usage().tokens ?? 0,
        keepVectors: keepVectors(dataDir),
        tidyTraces,
      };
      return await work(tools, table);
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
      await reindex(tools, signal === undefined ? {} : { signal });
    }
    await activateIndex(catalog, configured);
  }

  const ingest = (options: IngestOptions = {}) => {
    if (options.isDryRun === true) {
      const { maxVanishedShare, secrets } = config().ingest;
      return planIngest({ sources: configuredSources(), catalog, maxVanishedShare, secrets }, options);
    }
    return writing(
      async (tools) => {
        await switchIndex(tools, options.signal);
        const report = await createIngestor(tools).ingest(options);
        // Documents come first: until then the words decide.
        if (tools.embedder !== null) await keepCosineScale(catalog, tools.embedder);
        return report;
      },
      { ...options, tableFor: (active) => tableInUse(active, configured) },
    );
  };

  return {
    ingest,
    async watch(options) {
      const { watchSources } = await import('../../ingest/watch.ts');
      const rescanMs = () => config().ingest.rescanMinutes * 60_000;
      await watchSources({ sources: configuredSources, ingest, rescanMs }, options);
    },
    repair: (options = {}) =>
      writing(
        async (tools, table) => {
          const startedAt = performance.now();
          const tokensBefore = tools.embeddedTokens();
          if (tools.embedder === null && configured.dimensions !== null) {
            throw new PerseaError(
              'model-unavailable',
              'The embedding model cannot be had, so its vectors cannot be derived; nothing was changed. Run `persea models pull`.',
            );
          }
          const journal = await openJournal(catalog);
          const result = await reindex(tools, {
            ...(options.signal === undefined ? {} : { signal: options.signal }),
            onDocument: ({ done, documents }) => options.onEvent?.({ type: 'repair-progress', done, documents }),
          });
          // The new index holds what the catalogue said after that, so nothing of it is left to be done. What came later is.
          await endJournal(catalog, journal);
          await activateIndex(catalog, table);
          await tools.store.prune();
          const tokens = tools.embeddedTokens() - tokensBefore;
          return { ...result, tokens, seconds: (performance.now() - startedAt) / 1_000 };
        },
        { ...options, tableFor: () => anotherTable(configured, Date.now().toString(36)) },
      ),
    followCatalog,
    async relabel(document, label) {
      await relabelInCatalog(catalog, document, label);
      await followCatalog();
    },
    async remove(removal, { purge = false, signal, waitMs, onEvent } = {}) {
      const isConfigured = (name: string) => config().sources.some((source) => source.name === name);
      if (purge) await notePurge(catalog);
      const documentIds = await removeFromCatalog(catalog, removal, isConfigured);
      if (!purge) {
        await followCatalog();
        return { documentIds };
      }
      const lock = await acquireWriterLock({
        dataDir,
        purpose: 'purge',
        onWait: (holder) => onEvent?.({ type: 'writer-wait', holder }),
        ...(waitMs === undefined ? {} : { waitMs }),
        ...(signal === undefined ? {} : { signal }),
      });
      await withActiveStore(lock, async (store) => {
        // Once more, because an ingest that was under way may have brought something back.
        await removeFromCatalog(catalog, removal, isConfigured);
        await freeStorage({ catalog, store, keepVectors: keepVectors(dataDir), tidyTraces });
      });
      return { documentIds };
    },
  };

  async function followCatalog(): Promise<void> {
    // Before the first ingest there is nothing that could follow.
    if ((await activeIndex(catalog)) === undefined) return;
    const lock = await acquireWriterLock({ dataDir, purpose: 'relabel or remove', waitMs: followWaitMs }).catch(
      (thrown) => {
        if (thrown instanceof PerseaError && thrown.code === 'store-busy') return undefined;
        throw thrown;
      },
    );
    // Whoever is writing now, or the next ingest, follows; for readers the change is effective already.
    if (lock === undefined) return;
    await withActiveStore(lock, async (store) => {
      await followStoreChanges(catalog, store);
      await tidyUp({ catalog, store, keepVectors: keepVectors(dataDir), tidyTraces }, { onlyOverdue: true });
    });
  }

  /** For what needs neither parsers nor the model. Releases the lock. */
  async function withActiveStore(lock: WriterLock, work: (store: ChunkStore) => Promise<void>): Promise<void> {
    let store: ChunkStore | undefined;
    try {
      // Only now: whoever held the lock may have switched to another index.
      const table = (await activeIndex(catalog)) ?? configured;
      store = await dependencies.openStore(table, { assertMayWrite: () => lock.assertHeld() });
      await work(store);
    } finally {
      await store?.close();
      lock.release();
    }
  }
}

interface Journal {
  readonly intents: readonly RevisionIntent[];
  readonly changes: readonly StoreChange[];
}

async function openJournal(catalog: Catalog): Promise<Journal> {
  return { intents: await catalog.openIntents(), changes: await catalog.openStoreChanges() };
}

async function endJournal(catalog: Catalog, { intents, changes }: Journal): Promise<void> {
  await catalog.abandonRevisions(intents.filter((intent) => intent.state === 'intended'));
  await catalog.endRevisions(intents.filter((intent) => intent.state === 'flipped'));
  await catalog.endStoreChanges(changes);
}

function createSource(
  source: Config['sources'][number],
  { sources, limits: { fileBytes: maxFileBytes } }: Config,
  ownPaths: readonly string[],
): Source {
  const folders = sources.filter((other) => other.type === 'folder');
  const manifests = sources
    .filter((other) => other.type === 'manifest')
    .map((manifest) => overlappingManifest(manifest, maxFileBytes));
  switch (source.type) {
    case 'folder':
      return createFolderSource({ ...source, maxFileBytes, ownPaths, folders, manifests });
    case 'manifest': {
      const manifest = overlappingManifest(source, maxFileBytes);
      const overlaps = () => manifestOverlaps(manifest, folders, manifests);
      return createManifestSource({ ...source, maxFileBytes, overlaps });
    }
  }
}

/** A chunk with its heading path must fit the model whole, its two special tokens included. */
function chunkerOptionsFor(embedder: Embedder | null) {
  if (embedder === null) return defaultChunkerOptions;
  const indexTokens = Math.min(defaultChunkerOptions.indexTokens, embedder.maxTokens - 2);
  return { ...defaultChunkerOptions, indexTokens };
}
