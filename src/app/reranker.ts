/** The configured reranker, and a retriever with it. */
import type { Config } from '../config.ts';
import type { LanguageModel } from '../llm/language-model.ts';
import { type PromptRegistry, renderPrompt } from '../prompts/registry.ts';
import type { RouteModel } from '../query/dependencies.ts';
import type { Reranker } from '../rerank/reranker.ts';
import { withReranking } from '../retrieval/reranking.ts';
import type { Retriever } from '../retrieval/retriever.ts';

export interface RerankerDependencies {
  readonly config: Config;
  /** In the order of the route. */
  readonly models: readonly RouteModel[];
  readonly prompts: () => PromptRegistry;
}

/** Null where none is configured, or where its model may not be asked any more. */
async function openReranker({ config, models, prompts }: RerankerDependencies): Promise<Reranker | null> {
  const { rerank, reranker } = config.retrieval;
  if (rerank === 'cross-encoder' && reranker.crossEncoder !== undefined) {
    const { createCrossEncoder } = await import('../rerank/cross-encoder.ts');
    const { workers } = config.embedding.provider === 'local' ? config.embedding : {};
    return createCrossEncoder(reranker.crossEncoder, workers === undefined ? {} : { workers });
  }
  const model = rerank === 'llm' ? writerOf(models, reranker.model) : undefined;
  if (model === undefined) return null;
  const { createListwiseReranker } = await import('../rerank/listwise.ts');
  return createListwiseReranker({
    model,
    egress: config.egress,
    render: (values) => renderPrompt(prompts().choose('rerank', model.id), values),
  });
}

function writerOf(models: readonly RouteModel[], id: string | undefined): LanguageModel | undefined {
  const writers = models.map(({ model }) => model).filter(({ provider }) => provider !== 'extractive');
  return id === undefined ? writers[0] : writers.find((model) => model.id === id);
}

/** Opened at the first search, and anew when the configuration or the route has changed. */
export class ConfiguredReranker {
  #opened:
    | { readonly config: Config; readonly models: readonly RouteModel[]; readonly reranker: Promise<Reranker | null> }
    | undefined;

  async around(retriever: Retriever, dependencies: RerankerDependencies): Promise<Retriever> {
    const { config, models } = dependencies;
    if (config.retrieval.rerank === 'none') return retriever;
    if (this.#opened?.config !== config || this.#opened.models !== models) {
      const former = this.#opened;
      this.#opened = { config, models, reranker: openReranker(dependencies) };
      await (await former?.reranker)?.close();
    }
    const reranker = await this.#opened.reranker;
    return reranker === null ? retriever : withReranking(retriever, reranker, config.retrieval.reranker);
  }

  async close(): Promise<void> {
    await (await this.#opened?.reranker)?.close();
  }
}
