/** Documents of a result and of a judgement, each once. */
import type { Passage } from '../core/chunk.ts';
import type { EvaluationCase, RetrievalDataset } from './dataset.ts';
import type { Judgements } from './metrics.ts';

/** A document that was found: `id` is the corpus' own, or the uri for cases. */
export interface FoundDocument {
  readonly id: string;
  readonly title: string;
}

const rankedDocuments = 100;
/** Enough chunks of each arm that so many documents can be ranked by their best. */
export const rankedChunks = 200;

/** A document that a case names for several pages or quotes counts once, by its highest grade. */
export function gradesOf({ relevant }: EvaluationCase): Judgements {
  const grades = new Map<string, number>();
  for (const { uri, grade } of relevant) grades.set(uri, Math.max(grade, grades.get(uri) ?? 0));
  return grades;
}

/** Each document once, best first. */
export function rankDocuments(
  passages: readonly Pick<Passage, 'uri' | 'title'>[],
  idOf: (uri: string) => string,
): readonly FoundDocument[] {
  const ranked = new Map<string, FoundDocument>();
  for (const { uri, title } of passages) {
    const id = idOf(uri);
    if (!ranked.has(id)) ranked.set(id, { id, title });
  }
  return [...ranked.values()].slice(0, rankedDocuments);
}

/** The document that alone is relevant, by which questions are grouped where they are not independent. */
export function onlyRelevant(judgements: Judgements): string | null {
  const relevant = [...judgements].filter(([, grade]) => grade > 0);
  return relevant.length === 1 ? (relevant[0]?.[0] ?? null) : null;
}

/** Those with a relevant document; others measure nothing. */
export function judgedQueries({
  queries,
  judgements,
}: Pick<RetrievalDataset, 'queries' | 'judgements'>): RetrievalDataset['queries'] {
  return queries.filter(({ id }) => hasRelevant(judgements.get(id)));
}

/** Queries with a relevant document that queries.jsonl does not hold; they are measured by nothing. */
export function queriesOutside({
  queries,
  judgements,
}: Pick<RetrievalDataset, 'queries' | 'judgements'>): readonly string[] {
  const held = new Set(queries.map(({ id }) => id));
  return [...judgements].flatMap(([id, grades]) => (!held.has(id) && hasRelevant(grades) ? [id] : []));
}

function hasRelevant(grades: Judgements | undefined): boolean {
  return [...(grades?.values() ?? [])].some((grade) => grade > 0);
}

/** Relevant documents that the corpus does not hold; nothing can find them, so they lower every measure. */
export function documentsOutsideCorpus(dataset: RetrievalDataset): readonly string[] {
  const held = new Set(dataset.corpus.documents.map(({ id }) => id));
  const relevant = judgedQueries(dataset).flatMap(({ id }) => [...(dataset.judgements.get(id) ?? [])]);
  return [...new Set(relevant.flatMap(([id, grade]) => (grade > 0 && !held.has(id) ? [id] : [])))];
}
