/** What one answer is worth, before anything is averaged. */
import type { Answer, Attempt, Citation } from '../core/answer.ts';
import { containsAnswer, exactMatch, wordF1 } from './metrics.ts';
import type { ObservedAnswer } from './observed-ask.ts';

export interface AnswerJudgement {
  readonly id: string;
  readonly isAnswerable: boolean;
  /** What is shown at the shipped refusal threshold. */
  readonly status: Answer['status'];
  /** By the answer with refusal switched off. */
  readonly containsAnswer: boolean;
  readonly exactMatch: number;
  readonly f1: number;
  /** What the refusal model gave; 0 when nothing was found. */
  readonly probability: number;
  /** Answerable and answered with an accepted answer, or neither. */
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
  readonly answers: readonly string[];
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
  const contains = containsAnswer(text, question.answers);
  return {
    id: question.id,
    isAnswerable: question.isAnswerable,
    status,
    containsAnswer: contains,
    exactMatch: exactMatch(text, question.answers),
    f1: wordF1(text, question.answers),
    probability: decision?.probability ?? 0,
    isCorrect: question.isAnswerable ? status === 'answered' && contains : status !== 'answered',
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

/** The text without its markers; bracketed numbers of the sources lose their escapes. */
function withoutMarkers(text: string): string {
  return text.replace(/\s*(?<!\\)\[\d+\]/g, '').replace(/\\\[(.*?)\\\]/g, '[$1]');
}
