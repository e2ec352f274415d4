/** Cases over the configured store: each asked as its person, and searched for anything that person must not see. */
import type { Answer, Citation } from '../core/answer.ts';
import type { HistoryTurn } from '../query/question.ts';
import type { Retrieval, RetrieveOptions } from '../retrieval/retriever.ts';
import type { AnswerOutcome } from './answer-metrics.ts';
import type { EvaluationCase } from './dataset.ts';
import { failedJudgement, isRight, judgeAnswer } from './judge.ts';
import { type AskedLanguages, askedLanguages } from './languages.ts';
import type { ObservedAnswer, ObservedAskOptions } from './observed-ask.ts';
import { gradesOf, onlyRelevant, rankDocuments } from './ranked-documents.ts';

export interface CaseRequest {
  readonly question: string;
  /** Principal id. */
  readonly as: string;
  readonly history?: readonly HistoryTurn[];
  readonly model?: string;
  readonly format?: string;
}

export interface CaseAsker {
  /** The window is part of the answer (`includeContext`), because a leak may stand there too. */
  ask(request: CaseRequest, options: ObservedAskOptions): Promise<ObservedAnswer>;
  /** What this person finds, without an answer being made of it. */
  retrieve(
    principalId: string,
    query: string,
    options: RetrieveOptions,
  ): Promise<Pick<Retrieval, 'passages' | 'mode' | 'warnings' | 'rankAs'>>;
  /** By the access decision itself, not by what retrieval returned; false for a document that does not exist. */
  maySee(principalId: string, uri: string): Promise<boolean>;
  /** As it was detected or stated; null where it is not known, or the document is not visible. */
  languageOf(principalId: string, uri: string): Promise<string | null>;
  isVerbatim(citation: Citation): Promise<boolean>;
  readonly fingerprint: { readonly embedding: string; readonly retrieval: string };
}

export interface CaseOptions {
  readonly model?: string;
  readonly format?: string;
  readonly condense?: boolean;
  readonly signal?: AbortSignal;
}

const shownDocuments = 5;

/** Asked as shipped; an answerable question that was refused is asked once more with refusal off, for the answer's own worth. */
export async function evaluateCase(
  one: EvaluationCase,
  asker: CaseAsker,
  { signal, condense = true, ...how }: CaseOptions,
): Promise<{ readonly outcome: AnswerOutcome; readonly ms: number; readonly isAsked: boolean }> {
  const request: CaseRequest = {
    question: one.question,
    as: one.as,
    ...(condense && one.history !== undefined ? { history: one.history } : {}),
    ...how,
  };
  const withSignal = signal === undefined ? {} : { signal };
  const startedAt = performance.now();
  const shipped = await asker.ask(request, { isRefusalOff: false, ...withSignal });
  const ms = performance.now() - startedAt;
  const isWronglyRefused = one.isAnswerable && shipped.answer.status !== 'answered';
  const unrefused = isWronglyRefused ? await asker.ask(request, { isRefusalOff: true, ...withSignal }) : shipped;
  const relevant = one.relevant.map(({ uri }) => uri);
  const judgement = await judgeAnswer({ ...one, relevant }, unrefused, (citation) => asker.isVerbatim(citation));
  const leaks = await leaksOf(one, shipped, unrefused, asker);
  const { containsAnswer } = judgement;
  const isHandled = isRight({ ...one, relevant }, { ...shipped.answer, containsAnswer });
  return {
    ms,
    isAsked: [shipped, unrefused].some(({ answer }) => answer.model !== null),
    outcome: {
      ...judgement,
      status: shipped.answer.status,
      probability: shipped.decision?.probability ?? 0,
      isCorrect: isHandled && leaks.length === 0,
      ...(await factsOf(one, asker)),
      isParagraphFirst: relevant.some((uri) => uri === unrefused.passages[0]?.uri),
      found: rankDocuments(unrefused.passages, (uri) => uri).slice(0, shownDocuments),
      leaks,
    },
  };
}

/** Of a case at which models failed, so that nothing was shown. */
export async function failedCase(one: EvaluationCase, asker: Pick<CaseAsker, 'languageOf'>): Promise<AnswerOutcome> {
  return {
    ...failedJudgement(one),
    ...(await factsOf(one, asker)),
    isParagraphFirst: false,
    found: [],
    leaks: [],
  };
}

async function factsOf(one: EvaluationCase, asker: Pick<CaseAsker, 'languageOf'>) {
  return {
    isOffTopic: false,
    tags: one.tags,
    question: one.question,
    ...(await languagesOfCase(one, asker)),
    document: onlyRelevant(gradesOf(one)),
  };
}

export async function languagesOfCase(
  { as, question, relevant }: EvaluationCase,
  asker: Pick<CaseAsker, 'languageOf'>,
): Promise<AskedLanguages> {
  const uris = [...new Set(relevant.map(({ uri }) => uri))];
  return askedLanguages(question, await Promise.all(uris.map((uri) => asker.languageOf(as, uri))));
}

/**
 * What was shown is held against the case and against the person's rights; what was only retrieved, or would have been
 * shown without the refusal, against the rights alone.
 */
async function leaksOf(
  one: EvaluationCase,
  shipped: ObservedAnswer,
  unrefused: ObservedAnswer,
  asker: CaseAsker,
): Promise<readonly string[]> {
  const shown = shownUris(shipped.answer, one.mustNotCite);
  const retrieved = [shipped, unrefused].flatMap(({ passages }) => passages.map(({ uri }) => uri));
  const leaks = new Set([...shown].filter((uri) => one.mustNotCite.includes(uri)));
  for (const uri of new Set([...shown, ...shownUris(unrefused.answer, []), ...retrieved])) {
    if (!(await asker.maySee(one.as, uri))) leaks.add(uri);
  }
  return [...leaks].sort();
}

/** Every document that any part of the answer names. */
function shownUris(answer: Answer, suspects: readonly string[]): ReadonlySet<string> {
  const written = [answer.text, answer.context.text ?? '', ...answer.warnings].join('\n');
  return new Set([
    ...answer.citations.map(({ uri }) => uri),
    ...(answer.context.items ?? []).map(({ uri }) => uri),
    ...answer.context.omitted.map(({ uri }) => uri),
    ...(answer.status === 'abstained' ? answer.nearest.map(({ uri }) => uri) : []),
    // A uri may also stand in the words themselves.
    ...suspects.filter((uri) => written.includes(uri)),
  ]);
}
