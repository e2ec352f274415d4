/** What the measurements of quality share: the embedding models, an indexer with the product's defaults, tables. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCorpusIndexer, type CorpusIndexerOptions } from '../src/app/corpus-index.ts';
import { loadConfig } from '../src/config.ts';
import { createCachedEmbedder } from '../src/embedding/cached.ts';
import type { Embedder } from '../src/embedding/embedder.ts';
import { createLocalEmbedder } from '../src/embedding/local.ts';
import type { CorpusIndexer } from '../src/eval/tools.ts';
import { modelVariant } from '../src/models/manifest.ts';
import { provisionModel } from '../src/models/provision.ts';

export const cacheDir = process.env.PERSEA_BENCH_CACHE ?? join(tmpdir(), 'persea-bench-cache');

/** `keyword` stands for working without a model. */
export async function benchEmbedder(name: string): Promise<Embedder | null> {
  if (name === 'keyword') return null;
  const provisioned = await provisionModel(modelVariant(name));
  return createCachedEmbedder(createLocalEmbedder(provisioned), { path: join(cacheDir, 'embeddings.db') });
}

export function benchIndexer(
  embedder: Embedder | null,
  retrieval: Partial<CorpusIndexerOptions['retrieval']> = {},
  answering: { readonly models?: CorpusIndexerOptions['models']; readonly budgetTokens?: number } = {},
): CorpusIndexer {
  const config = loadConfig({ directory: cacheDir });
  const { models = [], budgetTokens = config.context.budgetTokens } = answering;
  return createCorpusIndexer({
    cacheDir: join(cacheDir, 'corpora'),
    embedder,
    retrieval,
    ask: {
      topK: config.retrieval.topK,
      format: config.context.format,
      order: config.context.order,
      budgetTokens,
      perDocumentShare: config.context.perDocumentShare,
      expansion: { neighbours: config.context.neighbours, isSection: config.context.expand === 'section' },
      perDocument: config.retrieval.perDocument,
      unsupported: config.answer.unsupported,
      duplicates: config.retrieval.duplicates,
      questionCharacters: config.limits.questionCharacters,
      answerCharacters: config.limits.answerCharacters,
      injection: config.guard.injection,
      drafts: config.answer.drafts,
      egress: config.egress,
      condense: 'rules',
      routing: config.routing,
      deadlineMs: config.answer.deadlineMs,
    },
    models,
  });
}
