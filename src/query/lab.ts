/** The context lab: one question, its evidence retrieved once and laid out in several formats for several models. */
import type { AccessScope } from '../access/scope.ts';
import { findFormat } from '../context/formats/registry.ts';
import type { Answer } from '../core/answer.ts';
import type { Passage } from '../core/chunk.ts';
import type { ErrorCode } from '../core/error-codes.ts';
import { isModelFailure, PerseaError } from '../core/errors.ts';
import { onTrial } from '../llm/on-trial.ts';
import { renderPrompt } from '../prompts/registry.ts';
import { type AskOptions, ask } from './ask.ts';
import type { AskDependencies } from './dependencies.ts';
import { modelsNamed } from './route.ts';
import { requireVisible } from './still-visible.ts';

export interface LabRequest {
  readonly question: string;
  /** All that there are when absent. */
  readonly formats?: readonly string[];
  /** Ids of configured models; the first of the route when absent. */
  readonly models?: readonly string[];
}

export interface LabRun {
  readonly format: string;
  /** Id of the model that was to answer. */
  readonly model: string;
  /** Of the whole prompt, by the model's own counter; 0 where none was made because the evidence was not enough. */
  readonly promptTokens: number;
  /** The window exactly as the model got it; empty where none was made. */
  readonly context: string;
  readonly answer: Answer;
}

/** A format and model without an answer, because the model failed. */
export interface LabFailure {
  readonly format: string;
  readonly model: string;
  readonly code: ErrorCode;
  /** For the operator alone. */
  readonly message: string;
}

export interface LabResult {
  readonly question: string;
  readonly runs: readonly LabRun[];
  /** Absent where no model failed. */
  readonly failed?: readonly LabFailure[];
}

/** Each run is a question to a model, and costs as much. */
const maxRuns = 24;

/**
 * Runs come model by model, in the order of the formats.
 * @throws PerseaError `unknown-format`, `unknown-model`, `request-invalid`; `evidence-withdrawn` or `forbidden` where rights end meanwhile; where every
 * model failed, what the first one failed with
 */
export async function lab(
  dependencies: AskDependencies,
  scope: AccessScope,
  request: LabRequest,
  options: Omit<AskOptions, 'traceId'> = {},
): Promise<LabResult> {
  const formats = request.formats ?? [...(await dependencies.formats()).keys()];
  const [firstModel] = dependencies.models;
  const models = request.models ?? (firstModel === undefined ? [] : [firstModel.model.id]);
  for (const format of formats) await findFormat(format, dependencies.formats);
  const count = formats.length * models.length;
  if (count === 0 || count > maxRuns) {
    throw new PerseaError(
      'request-invalid',
      `${formats.length} formats for ${models.length} models are ${count} runs; from 1 to ${maxRuns} can be made at a time.`,
    );
  }
  for (const model of models) modelsNamed(dependencies.models, model);
  const { shared, found } = forTrial(dependencies);
  const runs: LabRun[] = [];
  const failed: LabFailure[] = [];
  for (const model of models) {
    for (const format of formats) {
      options.signal?.throwIfAborted();
      const asked = { question: request.question, format, model, includeContext: true };
      const answer = await ask(shared, scope, asked, options).catch((thrown: unknown) => {
        if (isModelFailure(thrown)) return thrown;
        throw thrown;
      });
      if (answer instanceof PerseaError) {
        failed.push({ format, model, code: answer.code, message: answer.message });
        if (failed.length === count) throw answer;
        continue;
      }
      const context = answer.context.text ?? '';
      const promptTokens = context === '' ? 0 : countPrompt(dependencies, model, request.question, context);
      runs.push({ format, model, promptTokens, context, answer });
    }
  }
  // Each run looks at its own window; what an earlier one shows may have been withdrawn since.
  await requireVisible(dependencies, scope, shownDocuments(runs, await found()));
  return { question: request.question, runs, ...(failed.length === 0 ? {} : { failed }) };
}

/** Formats are compared over the same passages and sentences, also when documents change meanwhile, and models only tried. */
function forTrial(dependencies: AskDependencies): {
  readonly shared: AskDependencies;
  /** All that was found, shown or not. */
  readonly found: () => Promise<readonly Passage[]>;
} {
  const { retriever, scorer, models } = dependencies;
  let retrieval: ReturnType<typeof retriever.retrieve> | undefined;
  let evidence: ReturnType<typeof scorer.score> | undefined;
  const shared: AskDependencies = {
    ...dependencies,
    models: models.map((entry) => ({ ...entry, model: onTrial(entry.model) })),
    retriever: {
      retrieve(...request) {
        retrieval ??= retriever.retrieve(...request);
        return retrieval;
      },
    },
    scorer: {
      score(...request) {
        evidence ??= scorer.score(...request);
        return evidence;
      },
    },
  };
  return { shared, found: async () => (await retrieval)?.candidates ?? [] };
}

/** Ids of the documents that the runs cite, show or name. */
function shownDocuments(runs: readonly LabRun[], found: readonly Passage[]): readonly string[] {
  const answers = runs.map(({ answer }) => answer);
  const shown = answers.flatMap(({ context }) => [...(context.items ?? []), ...context.omitted]);
  const nearest = answers.flatMap((answer) => (answer.status === 'abstained' ? answer.nearest : []));
  const uris = new Set([...shown, ...nearest].map(({ uri }) => uri));
  return [
    ...answers.flatMap(({ citations }) => citations.map(({ documentId }) => documentId)),
    ...found.filter(({ uri }) => uris.has(uri)).map(({ chunk }) => chunk.documentId),
  ];
}

function countPrompt({ prompts, models }: AskDependencies, modelId: string, question: string, context: string): number {
  const entry = models.find(({ model }) => model.id === modelId);
  if (entry === undefined) return 0;
  const { system, user } = renderPrompt(prompts.choose('answer', modelId), { context, question });
  return entry.model.tokens.count(system + user);
}
