/** Feedback as labelled questions: what `persea eval run` takes as `cases.jsonl`, and what a person has to label first. */
import type { AccessScope } from '../access/scope.ts';
import type { CatalogReader } from '../catalog/catalog.ts';
import type { FeedbackRating } from '../core/trace.ts';
import type { StoredTrace, TraceStore } from './trace-store.ts';

/** A line of `cases.jsonl`. */
export interface FeedbackCase {
  readonly id: string;
  readonly question: string;
  /** Who asked. */
  readonly as: string;
  readonly answerable: boolean;
  readonly relevant?: readonly { readonly uri: string }[];
  readonly tags: readonly string[];
}

/** Feedback that says that something was wrong, not what would have been right. */
export interface FeedbackToReview {
  readonly traceId: string;
  readonly question: string;
  readonly as: string;
  readonly status: string;
  readonly rating: FeedbackRating;
  readonly comment: string | null;
}

export interface FeedbackExport {
  readonly cases: readonly FeedbackCase[];
  readonly review: readonly FeedbackToReview[];
  /** Feedback to questions whose text was not kept. */
  readonly withoutQuestion: number;
}

const maxExported = 100_000;

/** For the operator: questions of everybody, oldest first. The same question of the same person counts once, with its last rating. */
export async function feedbackCases(
  traces: Pick<TraceStore, 'list'>,
  catalog: Pick<CatalogReader, 'documentsById'>,
  scope: AccessScope,
): Promise<FeedbackExport> {
  const rated = traces.list(scope, { hasFeedback: true, limit: maxExported }).toReversed();
  const latest = new Map<string, StoredTrace>();
  for (const trace of rated) {
    if (trace.content?.kind === 'full') latest.set(`${trace.principalId} ${trace.content.question}`, trace);
  }
  const cases: FeedbackCase[] = [];
  const review: FeedbackToReview[] = [];
  for (const trace of latest.values()) {
    const { traceId, principalId, facts, feedback } = trace;
    const question = trace.content?.question ?? '';
    if (feedback === null) continue;
    const { rating, comment } = feedback;
    const isLabel = rating === 'up' && (facts.status === 'answered' || facts.status === 'abstained');
    if (!isLabel) {
      review.push({ traceId, question, as: principalId, status: facts.status, rating, comment });
      continue;
    }
    const cited = await catalog.documentsById(scope, [...new Set(facts.citations.map((entry) => entry.documentId))]);
    const relevant = [...cited.values()].map(({ uri }) => ({ uri }));
    cases.push({
      id: traceId,
      question,
      as: principalId,
      answerable: facts.status === 'answered',
      ...(relevant.length === 0 ? {} : { relevant }),
      tags: ['feedback'],
    });
  }
  return { cases, review, withoutQuestion: rated.filter(({ content }) => content?.kind !== 'full').length };
}
