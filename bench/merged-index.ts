/** Several corpora in one index, each under a label of its own, as seen by people who may see all or one of them. */
import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defaultChunkerOptions, structureChunker } from '../ingest/chunking/structure-chunker.ts';
import { indexCorpus } from '../ingest/index-corpus.ts';
import type { CorpusIndexerOptions } from '../src/app/corpus-index.ts';
import { canonicalLabel } from '../src/access/label.ts';
import { scopeOf } from '../src/access/scope.ts';
import { openSqliteCatalog } from '../src/catalog/sqlite.ts';
import { sha256Hex } from '../src/core/ids.ts';
import { approximateTokens } from '../src/core/tokens.ts';
import type { Embedder } from '../src/embedding/embedder.ts';
import type { RetrievalDataset } from '../src/eval/dataset.ts';
import type { CorpusIndex } from '../src/eval/tools.ts';
import { createHybridRetriever } from '../src/retrieval/hybrid.ts';
import { openLanceChunkStore } from '../src/store/lancedb.ts';
import { guarded } from '../test/support/guarded.ts';

export interface MergedIndex {
  readonly chunks: number;
  readonly ingestSeconds: number;
  /** As a person who holds these sets' tags finds documents; ids of another set than `own` stay whole uris. */
  viewOf(own: string, heldSets: readonly string[]): CorpusIndex;
  close(): Promise<void>;
}

const concurrency = 64;

export async function openMergedIndex(
  sets: readonly RetrievalDataset[],
  options: {
    readonly cacheDir: string;
    readonly embedder: Embedder | null;
    readonly retrieval?: Partial<CorpusIndexerOptions['retrieval']>;
  },
): Promise<MergedIndex> {
  const { embedder } = options;
  const indexTokens = Math.min(defaultChunkerOptions.indexTokens, (embedder?.maxTokens ?? 512) - 2);
  const chunkerOptions = { ...defaultChunkerOptions, indexTokens };
  const settings = [
    ...sets.flatMap(({ name, corpus }) => [name, corpus.hash]),
    embedder?.fingerprint ?? 'none',
    structureChunker.version,
    JSON.stringify(chunkerOptions),
  ].join('+');
  const folder = join(options.cacheDir, `merged-${sha256Hex(settings).slice(0, 16)}`);
  const mark = join(folder, 'complete');
  const isComplete = existsSync(mark);
  if (!isComplete) await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const catalog = await openSqliteCatalog({ path: join(folder, 'catalog.db') });
  const store = await openLanceChunkStore({
    directory: join(folder, 'lance'),
    tableName: 'chunks',
    dimensions: embedder?.dimensions ?? null,
  });
  const labelOf = (name: string) => canonicalLabel({ anyOf: [name], classification: 'public' });
  const labels = sets.map(({ name }) => labelOf(name));
  const scopeWith = (heldSets: readonly string[]) =>
    scopeOf({ id: 'evaluation', groups: [], roles: [], heldTags: new Set(heldSets) }, labels);
  const startedAt = performance.now();
  if (!isComplete) {
    for (const { name, corpus } of sets) {
      await indexCorpus(
        corpus.documents.map(({ id, title, text }) => ({ uri: `${name}/${id}`, title, text })),
        {
          catalog,
          store,
          embedder: guarded(embedder),
          chunker: structureChunker,
          chunkerOptions,
          tokens: embedder?.tokens ?? approximateTokens,
          concurrency,
        },
        { source: name, label: labelOf(name) },
      );
    }
    await writeFile(mark, '');
  }
  const ingestSeconds = Math.round((performance.now() - startedAt) / 1_000);
  const retriever = createHybridRetriever({ ...options.retrieval, store, catalog, embedder: guarded(embedder) });
  return {
    chunks: await store.countChunks(scopeWith(sets.map(({ name }) => name))),
    ingestSeconds,
    viewOf(own, heldSets) {
      const scope = scopeWith(heldSets);
      return {
        retrieve: (query, how) => retriever.retrieve(scope, query, how),
        ask: () => Promise.reject(new Error('Only retrieval is measured over the merged index.')),
        corpusIdOf: (uri) => (uri.startsWith(`${own}/`) ? uri.slice(own.length + 1) : uri),
        isVerbatim: async () => false,
        fingerprint: { embedding: embedder?.fingerprint ?? 'none', retrieval: `merged ${heldSets.join(' ')}` },
        ingestSeconds,
        close: async () => undefined,
      };
    },
    async close() {
      await store.close();
      await catalog.close();
    },
  };
}
