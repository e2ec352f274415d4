/** Questions of a dataset put to models in several context formats, each as the product would answer it. */
import { createHash } from 'node:crypto';
import type { Answer } from '../core/answer.ts';
import { PerseaError } from '../core/errors.ts';
import type { AskEvent } from '../query/question.ts';
import { type Grounding, groundingOf, groundingOfAnswer } from './grounding.ts';
import { acceptedAnswers, failedJudgement, isRight, mustBeCited } from './judge.ts';
import { containsAnswer, wordF1 } from './metrics.ts';
import type { Dataset } from './dataset.ts';
import type { ModelFailures } from './model-failures.ts';
import type { ObservedAnswer } from './observed-ask.ts';
import { gradesOf, onlyRelevant } from './ranked-documents.ts';
import type { Recorder } from '../llm/recorder.ts';
import { type EvaluationTools, type IndexingOptions, indexingOf } from './tools.ts';

/** What is compared. */
export interface LabSetting {
  readonly format: string;
  readonly model: string;
}

export interface LabAnswer extends LabSetting {
  readonly id: string;
  readonly question: string;
  /** The only document with the answer; null where there is none, or several. */
  readonly document: string | null;
  readonly isAnswerable: boolean;
  readonly isOffTopic: boolean;
  /** `failed` where the model failed at the question; the reason is the code of its error then. */
  readonly status: Answer['status'] | 'failed';
  readonly reason: string | null;
  readonly isCorrect: boolean;
  /** Null, as the next two, where no accepted answer is stated. */
  readonly containsAnswer: boolean | null;
  /** Whether the text of the model, before any check, has an accepted answer. */
  readonly containedBefore: boolean | null;
  readonly f1: number | null;
  /** Null where no model was asked, because the evidence was not enough. */
  readonly generated: GeneratedFacts | null;
  /** Of the sentences shown. */
  readonly supports: {
    readonly verbatim: number;
    readonly entailed: number;
    readonly partial: number;
    readonly none: number;
  };
}

export interface GeneratedFacts {
  readonly text: string;
  /** Milliseconds of the models, from the call on, as they were when each was asked. */
  readonly ms: number;
  readonly firstPieceMs: number | null;
  /** Null where no sentence passed. */
  readonly firstCheckedMs: number | null;
  readonly windowTokens: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costUsd: number;
  readonly before: Grounding;
  readonly after: Grounding;
}

export interface LabRunOptions extends IndexingOptions {
  readonly settings: readonly LabSetting[];
  readonly recorder: Recorder;
  /** Only the first so many questions of either set. */
  readonly limit?: number;
  /** Asked too, counted apart, answerable by nothing in the corpus. */
  readonly offTopic?: readonly { readonly id: string; readonly question: string }[];
  /** Questions for which no text is recorded are left out, under every setting. */
  readonly isMissingLeftOut?: boolean;
  /** Takes the questions at which models fail, which otherwise end the run. */
  readonly failures?: ModelFailures;
  /** The whole route may answer, and not the setting's model alone. */
  readonly isRouted?: boolean;
  readonly onProgress?: (done: number, total: number) => void;
}

interface LabQuestion {
  readonly id: string;
  readonly question: string;
  readonly isAnswerable: boolean;
  readonly isOffTopic: boolean;
  readonly answers: readonly string[];
  readonly document: string | null;
  /** Uris of which one must be cited; none where anything may. */
  readonly relevant: readonly string[];
  ask(setting: LabSetting, onEvent: (event: AskEvent) => void): Promise<ObservedAnswer>;
}

/**
 * Each question goes through all settings before the next one is asked, so that a run that is ended has whole questions.
 * @throws PerseaError `dataset-invalid` for a set that has no answers to compare with
 */
export async function runLab(
  dataset: Dataset,
  tools: Pick<EvaluationTools, 'indexCorpus' | 'cases'>,
  options: LabRunOptions,
): Promise<readonly LabAnswer[]> {
  const { signal, isRouted = false } = options;
  const withSignal = signal === undefined ? {} : { signal };
  const routed = ({ format, model }: LabSetting) => (isRouted ? { format } : { format, model });
  if (dataset.kind === 'retrieval') {
    throw new PerseaError(
      'dataset-invalid',
      `${dataset.name} has no answers to compare with: the lab needs qa.jsonl beside corpus.jsonl, or cases.jsonl.`,
    );
  }
  if (dataset.kind === 'cases') {
    const { cases } = tools;
    if (cases === null) throw new TypeError('Cases need the configured store that they are asked over.');
    const questions = dataset.cases.map(
      (one): LabQuestion => ({
        ...one,
        isOffTopic: false,
        document: onlyRelevant(gradesOf(one)),
        relevant: one.relevant.map(({ uri }) => uri),
        ask: (setting, onEvent) =>
          cases.ask(
            {
              ...{ question: one.question, as: one.as },
              ...(one.history === undefined ? {} : { history: one.history }),
              ...routed(setting),
            },
            { isRefusalOff: false, onEvent, ...withSignal },
          ),
      }),
    );
    return askAll(questions.slice(0, options.limit), options);
  }
  const index = await tools.indexCorpus(dataset.corpus, { name: dataset.name, ...indexingOf(options) });
  const asked =
    (question: string): LabQuestion['ask'] =>
    (setting, onEvent) =>
      index.ask(question, { isRefusalOff: false, includeContext: true, onEvent, ...routed(setting), ...withSignal });
  const own = dataset.questions.slice(0, options.limit).map(
    (one): LabQuestion => ({
      ...one,
      isOffTopic: false,
      document: one.goldDocument,
      relevant: mustBeCited(dataset.name, one),
      ask: asked(one.question),
    }),
  );
  const offTopic = (options.offTopic ?? []).slice(0, options.limit).map(
    ({ id, question }): LabQuestion => ({
      id,
      question,
      isAnswerable: false,
      isOffTopic: true,
      answers: [],
      document: null,
      relevant: [],
      ask: asked(question),
    }),
  );
  try {
    return await askAll([...own, ...offTopic], options);
  } finally {
    await index.close();
  }
}

async function askAll(questions: readonly LabQuestion[], options: LabRunOptions): Promise<readonly LabAnswer[]> {
  const { settings, recorder, signal } = options;
  const answers: LabAnswer[] = [];
  for (const [position, question] of questions.entries()) {
    const ofQuestion: LabAnswer[] = [];
    for (const setting of settings) {
      signal?.throwIfAborted();
      try {
        ofQuestion.push(await askTolerantly(question, setting, options));
      } catch (thrown) {
        if (options.isMissingLeftOut === true && recorder.isMissing) break;
        throw thrown;
      }
    }
    if (ofQuestion.length === settings.length) answers.push(...ofQuestion);
    options.onProgress?.(position + 1, questions.length);
  }
  return answers;
}

async function askTolerantly(
  question: LabQuestion,
  setting: LabSetting,
  { recorder, failures, isRouted = false }: LabRunOptions,
): Promise<LabAnswer> {
  if (failures === undefined) return askOne(question, setting, recorder, isRouted);
  const attempted = await failures.attempt({ id: question.id, setting: setting.model }, async () => {
    const result = await askOne(question, setting, recorder, isRouted);
    return { result, isAsked: result.generated !== null };
  });
  return 'result' in attempted ? attempted.result : failedAnswer(question, setting, attempted.error.code);
}

function failedAnswer(question: LabQuestion, setting: LabSetting, reason: string): LabAnswer {
  const { id, isAnswerable, containsAnswer: contains, isCorrect, f1 } = failedJudgement(question);
  return {
    ...setting,
    ...{ id, question: question.question, document: question.document, isAnswerable },
    ...{ isOffTopic: question.isOffTopic, status: 'failed', reason, isCorrect, f1 },
    ...{ containsAnswer: contains, containedBefore: contains, generated: null },
    supports: { verbatim: 0, entailed: 0, partial: 0, none: 0 },
  };
}

async function askOne(
  question: LabQuestion,
  setting: LabSetting,
  recorder: Recorder,
  isRouted: boolean,
): Promise<LabAnswer> {
  let firstCheckedMs: number | null = null;
  recorder.take();
  const { answer, passages } = await question.ask(setting, (event) => {
    if (event.type === 'text-delta') firstCheckedMs ??= recorder.elapsedMs;
  });
  // Where a model fails others take its place, which would be measured in its name.
  const isAnother = !isRouted && answer.model !== null && answer.model.id !== setting.model;
  if (recorder.isMissing || isAnother) {
    const problem = answer.warnings.join(' ') || 'Another one answered.';
    throw new PerseaError('model-failed', `The model "${setting.model}" did not answer: ${problem}`);
  }
  const generations = recorder.take();
  const first = generations.find(({ isAnswer }) => isAnswer);
  const titles = new Map(passages.map(({ uri, title }) => [uri, title]));
  const items = (answer.context.items ?? []).map((item) => ({
    ...item,
    text: `${titles.get(item.uri) ?? ''}\n${item.text}`,
  }));
  const isAnswered = answer.status === 'answered';
  const text = isAnswered ? answer.claims.map((claim) => claim.text).join(' ') : '';
  const accepted = acceptedAnswers(question);
  const contains = accepted === null ? null : containsAnswer(text, accepted);
  const count = (support: keyof LabAnswer['supports']) =>
    answer.claims.filter((claim) => claim.support === support).length;
  return {
    ...setting,
    id: question.id,
    question: question.question,
    document: question.document,
    isAnswerable: question.isAnswerable,
    isOffTopic: question.isOffTopic,
    status: answer.status,
    reason: answer.reason,
    isCorrect: isRight(question, { ...answer, containsAnswer: contains }),
    containsAnswer: contains,
    containedBefore: accepted === null ? null : containsAnswer(first?.text ?? '', accepted),
    f1: accepted === null ? null : wordF1(text, accepted),
    generated:
      first === undefined
        ? null
        : {
            text: first.text,
            ms: generations.reduce((sum, { ms }) => sum + ms, 0),
            firstPieceMs: first.firstMs,
            firstCheckedMs,
            windowTokens: answer.context.tokens,
            inputTokens: generations.reduce((sum, { inputTokens }) => sum + inputTokens, 0),
            outputTokens: generations.reduce((sum, { outputTokens }) => sum + outputTokens, 0),
            costUsd: answer.usage.costUsd,
            before: groundingOf(first.text, items),
            after: groundingOfAnswer(answer, items),
          },
    supports: {
      verbatim: count('verbatim'),
      entailed: count('entailed'),
      partial: count('partial'),
      none: count('none'),
    },
  };
}

/** The same questions every time, spread over the set: those whose ids hash lowest. */
export function sampleOf<Question extends { readonly id: string }>(
  questions: readonly Question[],
  count: number,
): readonly Question[] {
  const order = (id: string) => createHash('sha256').update(id).digest('hex');
  return questions
    .map((question) => ({ question, rank: order(question.id) }))
    .sort((a, b) => (a.rank < b.rank ? -1 : 1))
    .slice(0, count)
    .map(({ question }) => question);
}
