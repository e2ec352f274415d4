/** A question that cannot be embedded is answered by keywords, and the asker is told so; why, the operator is told once until it works again. */
import { PerseaError } from '../core/errors.ts';
import type { Embedder } from './embedder.ts';

export function withFailuresTold(embedder: Embedder, onWarning: (message: string) => void): Embedder {
  let told: string | null = null;
  return {
    ...embedder,
    async embedQuery(text, options) {
      try {
        const vector = await embedder.embedQuery(text, options);
        told = null;
        return vector;
      } catch (thrown) {
        if (thrown instanceof PerseaError && thrown.code !== 'aborted' && thrown.message !== told) {
          told = thrown.message;
          onWarning(`${thrown.message} Questions are answered by keywords meanwhile.`);
        }
        throw thrown;
      }
    },
  };
}
