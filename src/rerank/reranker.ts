/** A second, slower look at the best passages of a retrieval. Its scores are blended with the retrieval's, never trusted alone. */
import type { Passage } from '../core/chunk.ts';
import type { CallGate } from '../llm/language-model.ts';

export interface Reranker {
  /** Names it in warnings. */
  readonly id: string;
  /**
   * Relevance to the question by chunk id; higher is better, the scale is the reranker's own. Passages that it did not look at are
   * not in it, and keep what the retrieval gave them. Passages come best first.
   *
   * `calls`: on whose account a model is asked; on nobody's when absent.
   *
   * Throws `PerseaError`: `aborted`, or why it could not score.
   */
  score(
    question: string,
    passages: readonly Passage[],
    options: { readonly signal: AbortSignal; readonly calls?: CallGate },
  ): Promise<ReadonlyMap<string, number>>;
  close(): Promise<void>;
}
