/**
 * A retriever whose best candidates a reranker has looked at. What the reranker says is blended with the retrieval's own scores, so
 * that a text which talks its way up, or a model that fails, moves a passage only so far; without it in time the order stays.
 */
import type { Passage } from '../core/chunk.ts';
import { withDeadline } from '../core/async.ts';
import { isAbortError, PerseaError } from '../core/errors.ts';
import type { Reranker } from '../rerank/reranker.ts';
import type { Retrieval, RetrieveOptions, Retriever } from './retriever.ts';

export interface RerankingOptions {
  /** How many of the best candidates are looked at. */
  readonly depth: number;
  /** Share of the reranker in the blended score, 0 to 1. */
  readonly share: number;
  readonly deadlineMs: number;
}

export function withReranking(retriever: Retriever, reranker: Reranker, options: RerankingOptions): Retriever {
  return {
    async retrieve(scope, query, request = {}) {
      // A reranker looks at the best ones, whoever ranks them afterwards.
      const retrieval = await retriever.retrieve(scope, query, { ...request, isRankedByCaller: false });
      const head = retrieval.candidates.slice(0, options.depth);
      if (head.length < 2) return retrieval;
      const startedAt = performance.now();
      const scores = await scoresInTime(reranker, query, head, options.deadlineMs, request);
      const rerankMs = performance.now() - startedAt;
      const timings = { ...retrieval.timings, rerankMs, totalMs: retrieval.timings.totalMs + rerankMs };
      if (scores instanceof PerseaError) {
        const why = scores.code === 'budget-spent' ? ` ${scores.message}` : '';
        const message = `The passages were not reranked by "${reranker.id}" (${scores.code}); they come in the order of the search.${why}`;
        return { ...retrieval, timings, warnings: [...retrieval.warnings, { code: 'rerank-failed', message }] };
      }
      const rerank: Retrieval['rerank'] = (passages) => blended(passages, scores, options.share);
      const candidates = rerank(withParts(retrieval.candidates, scores));
      return { ...retrieval, candidates, passages: candidates.slice(0, retrieval.passages.length), timings, rerank };
    },
  };
}

/** The failure as a value, because it only costs the better order; the caller's own abort is thrown. */
async function scoresInTime(
  reranker: Reranker,
  query: string,
  head: readonly Passage[],
  deadlineMs: number,
  { signal, calls }: Pick<RetrieveOptions, 'signal' | 'calls'>,
): Promise<ReadonlyMap<string, number> | PerseaError> {
  const late = () => new PerseaError('model-timeout', `The reranker took longer than ${deadlineMs} ms.`);
  try {
    const scores = await withDeadline(
      deadlineMs,
      late,
      (within) => reranker.score(query, head, { signal: within, ...(calls === undefined ? {} : { calls }) }),
      signal,
    );
    const isSound = [...scores.values()].every(Number.isFinite);
    return isSound ? scores : new PerseaError('model-failed', 'The reranker gave a score that is no number.');
  } catch (thrown) {
    if (signal?.aborted === true) {
      throw isAbortError(thrown) && thrown instanceof PerseaError
        ? thrown
        : new PerseaError('aborted', 'The search was ended by its caller.', { cause: thrown });
    }
    return thrown instanceof PerseaError
      ? thrown
      : new PerseaError('internal', 'The reranker failed.', { cause: thrown });
  }
}

function withParts(passages: readonly Passage[], scores: ReadonlyMap<string, number>): readonly Passage[] {
  const ranks = new Map([...scores].toSorted(([, a], [, b]) => b - a).map(([id], index) => [id, index + 1]));
  return passages.map((passage) => {
    const { chunkId } = passage.chunk;
    const [rank, score] = [ranks.get(chunkId), scores.get(chunkId)];
    if (rank === undefined || score === undefined) return passage;
    return { ...passage, parts: [...passage.parts, { source: 'rerank', rank, score }] };
  });
}

/**
 * The scored passages among themselves on the places, and between the scores, that they hold together; all others stay where they
 * are. Both scores are scaled to 0..1 over the scored passages first.
 *
 * @param passages best first
 */
function blended(passages: readonly Passage[], scores: ReadonlyMap<string, number>, share: number): readonly Passage[] {
  const scored = passages.filter(({ chunk }) => scores.has(chunk.chunkId));
  const own = scaled(scored.map(({ score }) => score));
  const theirs = scaled(scored.map(({ chunk }) => scores.get(chunk.chunkId) ?? 0));
  const mixed = scored.map((passage, index) => ({
    passage,
    score: (1 - share) * (own[index] ?? 0) + share * (theirs[index] ?? 0),
  }));
  const places = scored.map(({ score }) => score);
  const ordered = mixed
    .toSorted((a, b) => b.score - a.score)
    // The scores of the places: so the list stays sorted where other passages stand in between.
    .map(({ passage }, place) => ({ ...passage, score: places[place] ?? 0 }));
  let next = 0;
  return passages.map((passage) => (scores.has(passage.chunk.chunkId) ? (ordered[next++] ?? passage) : passage));
}

/** Equal numbers say nothing about the order: all are 0. */
function scaled(numbers: readonly number[]): readonly number[] {
  const lowest = Math.min(...numbers);
  const range = Math.max(...numbers) - lowest;
  return numbers.map((number) => (range > 0 ? (number - lowest) / range : 0));
}
