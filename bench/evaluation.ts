/** What the measurements of quality share: the embedding models, an indexer with the product's defaults, tables. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { askSettings } from '../src/app/ask-settings.ts';
import { createCorpusIndexer, type CorpusIndexerOptions } from '../src/app/corpus-index.ts';
import { loadConfig } from '../src/config.ts';
import { zones } from '../src/core/zones.ts';
import type { EgressRules } from '../src/egress/egress.ts';
import { createCachedEmbedder } from '../src/embedding/cached.ts';
import type { Embedder } from '../src/embedding/embedder.ts';
import { createLocalEmbedder } from '../src/embedding/local.ts';
import type { CorpusIndexer } from '../src/eval/tools.ts';
import { modelVariant } from '../src/models/manifest.ts';
import { provisionModel } from '../src/models/provision.ts';
import type { RepairMode } from '../src/query/repair.ts';
import type { Routing } from '../src/query/routing.ts';

/** Of text that anybody may have. */
export const publicRules: EgressRules = { public: zones, internal: [], confidential: [] };

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
  answering: {
    readonly models?: CorpusIndexerOptions['models'];
    readonly budgetTokens?: number;
    readonly repair?: RepairMode;
    readonly routing?: Routing;
    readonly deadlineMs?: number;
  } = {},
): CorpusIndexer {
  const config = loadConfig({ directory: cacheDir });
  // Texts that were kept are first ones.
  const {
    models = [],
    budgetTokens = config.context.budgetTokens,
    repair = 'off',
    routing = config.routing,
    deadlineMs = config.answer.deadlineMs,
  } = answering;
  return createCorpusIndexer({
    cacheDir: join(cacheDir, 'corpora'),
    embedder,
    retrieval,
    ask: { ...askSettings(config), budgetTokens, repair, routing, deadlineMs, condense: 'rules' },
    models,
  });
}
