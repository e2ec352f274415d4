/** What one answer is worth, before anything is averaged. */
import type { Answer, Attempt, Citation } from '../core/answer.ts';
import { type AnswerQuestion, corpusUri } from './dataset.ts';
import { containsAnswer, exactMatch, wordF1 } from './metrics.ts';
import type { ObservedAnswer } from './observed-ask.ts';

export interface AnswerJudgement {
  readonly id: string;
  readonly isAnswerable: boolean;
  /** What is shown at the shipped refusal threshold; `failed` where the models that were asked failed. */
  readonly status: Answer['status'] | 'failed';
  /** By the answer with refusal switched off; null where no accepted answer is stated. */
  readonly containsAnswer: boolean | null;
  readonly exactMatch: number | null;
  readonly f1: number | null;
  /** What the refusal model gave; 0 when nothing was found. */
  readonly probability: number;
  /** Answerable and answered as the question accepts it, or neither. */
  readonly isCorrect: boolean;
  readonly citations: number;
  /** Citations whose quote stands at its offsets and supports its sentence. */
  readonly goodCitations: number;
  readonly claims: number;
  /** Claims with at least one such citation. */
  readonly citedClaims: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costUsd: number;
  /** The models that were asked for this answer. */
  readonly attempts: readonly Attempt[];
}

export interface JudgedQuestion {
  readonly id: string;
  readonly isAnswerable: boolean;
  /** Accepted ones; where none is stated, what must be cited decides alone. */
  readonly answers: readonly string[];
  /** Uris of which one must be cited; none where anything may. */
  readonly relevant: readonly string[];
}

/** `observed` was asked with refusal switched off: its decision says what would have been shown. */
export async function judgeAnswer(
  question: JudgedQuestion,
  observed: ObservedAnswer,
  isVerbatim: (citation: Citation) => Promise<boolean>,
): Promise<AnswerJudgement> {
  const { answer, decision } = observed;
  const status = decision?.isAnswerable === false ? 'abstained' : answer.status;
  const text = answer.status === 'answered' ? withoutMarkers(answer.text) : '';
  const good = new Set<number>();
  for (const citation of answer.citations) {
    const isSupporting = citation.support === 'verbatim' || citation.support === 'entailed';
    if (isSupporting && (await isVerbatim(citation))) good.add(citation.marker);
  }
  const accepted = acceptedAnswers(question);
  const contains = accepted === null ? null : containsAnswer(text, accepted);
  return {
    id: question.id,
    isAnswerable: question.isAnswerable,
    status,
    containsAnswer: contains,
    exactMatch: accepted === null ? null : exactMatch(text, accepted),
    f1: accepted === null ? null : wordF1(text, accepted),
    probability: decision?.probability ?? 0,
    isCorrect: isRight(question, { status, citations: answer.citations, containsAnswer: contains }),
    citations: answer.citations.length,
    goodCitations: good.size,
    claims: answer.claims.length,
    citedClaims: answer.claims.filter((claim) => claim.citations.some((marker) => good.has(marker))).length,
    inputTokens: answer.usage.inputTokens,
    outputTokens: answer.usage.outputTokens,
    costUsd: answer.usage.costUsd,
    attempts: (answer.attempts ?? []).filter(({ purpose }) => purpose === undefined),
  };
}

/** Of a question at which models failed: neither an answer nor a refusal, so it is right of no question. */
export function failedJudgement(question: Omit<JudgedQuestion, 'relevant'>): AnswerJudgement {
  const isStated = acceptedAnswers(question) !== null;
  return {
    id: question.id,
    isAnswerable: question.isAnswerable,
    status: 'failed',
    containsAnswer: isStated ? false : null,
    exactMatch: isStated ? 0 : null,
    f1: isStated ? 0 : null,
    probability: 0,
    isCorrect: false,
    citations: 0,
    goodCitations: 0,
    claims: 0,
    citedClaims: 0,
    inputTokens: 0,
    outputTokens: 0,
    costUsd: 0,
    attempts: [],
  };
}

/** Neither answered nor lost to a failing model. */
export function isRefused({ status }: Pick<AnswerJudgement, 'status'>): boolean {
  return status === 'abstained' || status === 'refused';
}

/** Null for an answerable question of which it is not stated what is accepted: rated answers of people say only what was cited. */
export function acceptedAnswers({
  isAnswerable,
  answers,
}: Pick<JudgedQuestion, 'isAnswerable' | 'answers'>): readonly string[] | null {
  return isAnswerable && answers.length === 0 ? null : answers;
}

/** Of a corpus' question: its paragraph, where nothing else says what is right. */
export function mustBeCited(
  corpusName: string,
  question: Pick<AnswerQuestion, 'isAnswerable' | 'answers' | 'goldDocument'>,
): readonly string[] {
  const { goldDocument } = question;
  return acceptedAnswers(question) !== null || goldDocument === null ? [] : [corpusUri(corpusName, goldDocument)];
}

/** An answerable question is answered with what it accepts, from one of the documents that it names, if it names any; others are not. */
export function isRight(
  { isAnswerable, relevant }: Pick<JudgedQuestion, 'isAnswerable' | 'relevant'>,
  { status, citations, containsAnswer }: Pick<Answer, 'status' | 'citations'> & Pick<AnswerJudgement, 'containsAnswer'>,
): boolean {
  if (!isAnswerable || status !== 'answered') return isAnswerable === (status === 'answered');
  const isFromNamed = relevant.length === 0 || citations.some(({ uri }) => relevant.includes(uri));
  return containsAnswer !== false && isFromNamed;
}

/** The text without its markers; bracketed numbers of the sources lose their escapes. */
function withoutMarkers(text: string): string {
  return text.replace(/\s*(?<!\\)\[\d+\]/g, '').replace(/\\\[(.*?)\\\]/g, '[$1]');
}
