/** The configured reranker, and a retriever with it. */
import type { Config } from '../config.ts';
import type { LanguageModel } from '../llm/language-model.ts';
import { type PromptRegistry, renderPrompt } from '../prompts/registry.ts';
import type { Reranker } from '../rerank/reranker.ts';
import { withReranking } from '../retrieval/reranking.ts';
import type { Retriever } from '../retrieval/retriever.ts';

export interface RerankerDependencies {
  readonly config: Config;
  /** For `llm`. */
  readonly model: LanguageModel | null;
  readonly prompts: () => PromptRegistry;
}

/** Null where none is configured, or where its model may not be asked any more. */
async function openReranker({ config, model, prompts }: RerankerDependencies): Promise<Reranker | null> {
  const { rerank, reranker } = config.retrieval;
  if (rerank === 'cross-encoder' && reranker.crossEncoder !== undefined) {
    const { createCrossEncoder } = await import('../rerank/cross-encoder.ts');
    const { workers } = config.embedding.provider === 'local' ? config.embedding : {};
    return createCrossEncoder(reranker.crossEncoder, workers === undefined ? {} : { workers });
  }
  if (rerank !== 'llm' || model === null) return null;
  const { createListwiseReranker } = await import('../rerank/listwise.ts');
  return createListwiseReranker({
    model,
    egress: config.egress,
    render: (values) => renderPrompt(prompts().choose('rerank', model.id), values),
  });
}

/** Opened at the first search, and anew when the configuration or the model has changed. */
export class ConfiguredReranker {
  #opened:
    | { readonly config: Config; readonly model: LanguageModel | null; readonly reranker: Promise<Reranker | null> }
    | undefined;

  async around(retriever: Retriever, dependencies: RerankerDependencies): Promise<Retriever> {
    const { config, model } = dependencies;
    if (config.retrieval.rerank === 'none') return retriever;
    if (this.#opened?.config !== config || this.#opened.model !== model) {
      const former = this.#opened;
      this.#opened = { config, model, reranker: openReranker(dependencies) };
      await (await former?.reranker)?.close();
    }
    const reranker = await this.#opened.reranker;
    return reranker === null ? retriever : withReranking(retriever, reranker, config.retrieval.reranker);
  }

  async close(): Promise<void> {
    await (await this.#opened?.reranker)?.close();
  }
}
