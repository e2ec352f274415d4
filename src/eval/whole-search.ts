/** Searches of an evaluation: with every arm that is configured, since a result of fewer would be taken for one of all. */
import { PerseaError } from '../core/errors.ts';
import type { Retriever } from '../retrieval/retriever.ts';

/**
 * Fails with `model-failed` where the embedding model did; the product answers by keywords meanwhile.
 *
 * @param hasEmbedder false where none is configured, so that keywords alone are meant unless vectors are asked for
 */
export function withWholeSearch(retriever: Retriever, hasEmbedder: boolean): Retriever {
  return {
    async retrieve(...request) {
      const retrieval = await retriever.retrieve(...request);
      const lost = retrieval.warnings.find(({ code }) => code === 'vector-unavailable');
      const [, , options] = request;
      if (lost === undefined || !(hasEmbedder || options?.mode === 'vector')) return retrieval;
      throw new PerseaError(
        'model-failed',
        `${lost.message} A result with such searches would measure something else; run it again when the embedding model works.`,
      );
    },
  };
}
