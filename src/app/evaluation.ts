/** What `persea eval` works with: corpora indexed on their own, and cases asked over the configured store. */
import { join } from 'node:path';
import type { Principal } from '../access/principal.ts';
import type { AccessScope } from '../access/scope.ts';
import { type AbstentionCoefficients, coefficientsFor } from '../answer/abstain.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { Config } from '../config.ts';
import { systemClock } from '../core/async.ts';
import { acrossLanguages, onReferenceScale } from '../core/evidence.ts';
import { sha256Hex } from '../core/ids.ts';
import { primaryLanguage } from '../core/languages.ts';
import type { Embedder } from '../embedding/embedder.ts';
import type { CaseAsker } from '../eval/cases.ts';
import { askObserved } from '../eval/observed-ask.ts';
import { withWholeSearch } from '../eval/whole-search.ts';
import type { AnsweringFingerprint, EvaluationTools, EvaluationToolsOptions, RunOptions } from '../eval/tools.ts';
import { onTrial } from '../llm/on-trial.ts';
import type { Recorder } from '../llm/recorder.ts';
import type { AskDependencies, RouteModel } from '../query/dependencies.ts';
import { rankingSettings } from '../retrieval/ranking.ts';
import { denseWeightOf } from '../retrieval/visible-ranking.ts';
import { createAnswerCache } from './answers.ts';
import { createCorpusIndexer } from './corpus-index.ts';
import type { LearnedWeights } from './learned-weights.ts';

export interface EvaluationDependencies extends EvaluationToolsOptions {
  readonly config: Config;
  readonly catalog: Catalog;
  readonly embedder: Embedder | null;
  readonly askDependencies: AskDependencies;
  readonly learned: LearnedWeights;
  readonly principal: (id: string) => Principal;
  readonly scopeFor: (principal: Principal) => Promise<AccessScope>;
}

export async function createEvaluationTools(dependencies: EvaluationDependencies): Promise<EvaluationTools> {
  const { config, embedder, learned, recorder } = dependencies;
  const askDependencies = {
    ...dependencies.askDependencies,
    models: dependencies.askDependencies.models.map((entry) => recorded(entry, config, recorder)),
    retriever: withWholeSearch(dependencies.askDependencies.retriever, embedder !== null),
  };
  const configured = config.retrieval.fusion.denseWeight;
  const embedding = embedder?.fingerprint ?? 'none';
  const denseWeight = learned.resolve(configured, embedding);
  const answers = createAnswerCache(() => config, systemClock);
  return {
    indexCorpus: createCorpusIndexer({
      cacheDir: join(config.dataDir, 'cache', 'evaluation'),
      embedder,
      retrieval: {
        mode: config.retrieval.mode,
        topK: config.retrieval.topK,
        candidates: config.retrieval.candidates,
        denseWeight,
        ...rankingSettings(config.retrieval),
      },
      ask: askDependencies.settings,
      models: askDependencies.models,
      prompts: askDependencies.prompts,
      formats: askDependencies.formats,
      decide: askDependencies.decide,
      // Each question is put to a setting once; what a recorder keeps must not be answered from elsewhere.
      ...(recorder === undefined ? { answers } : {}),
    }),
    cases: caseAsker(
      { ...dependencies, askDependencies: recorder === undefined ? { ...askDependencies, answers } : askDependencies },
      denseWeight,
    ),
    cacheSavings: () => answers.savings(),
    answering: (options) => answeringFingerprint(askDependencies, options, refusalModels(learned, embedding)),
    settings: {
      formats: [...new Set([config.context.format, ...(await askDependencies.formats()).keys()])],
      models: askDependencies.models.map(({ model }) => model.id),
    },
    abstention: {
      current: (fingerprint) => learned.abstention(fingerprint) ?? coefficientsFor(fingerprint),
      async keep(coefficients) {
        await learned.keepAbstention(coefficients);
        return learned.path;
      },
    },
    fusion: {
      denseWeight: denseWeightOf(denseWeight, embedder),
      isLearnable: configured === 'auto' && embedder !== null,
      async keep(weight) {
        await learned.keep(embedding, weight, new Date(systemClock.now()));
        return learned.path;
      },
    },
  };
}

function answeringFingerprint(
  { models, settings, prompts }: Pick<AskDependencies, 'models' | 'settings' | 'prompts'>,
  { model, format, sentences, condense }: RunOptions,
  refusal: readonly unknown[],
): AnsweringFingerprint {
  const asked = models.filter((entry) => model === undefined || entry.model.id === model);
  const ofModels = asked.map(({ model: { id }, maxOutputTokens, parameters }) => {
    return [id, maxOutputTokens, parameters ?? null, prompts.choose('answer', id).hash];
  });
  const { format: configured, ...others } = settings;
  return {
    model: asked.map((entry) => entry.model.id).join(' > '),
    format: format ?? configured,
    answering: `sha256:${sha256Hex(JSON.stringify([others, ofModels, refusal, sentences ?? null, condense ?? true]))}`,
  };
}

/** Those that were learned for evidence of any kind that this embedding model gives. */
function refusalModels(learned: LearnedWeights, embedding: string): readonly (AbstentionCoefficients | null)[] {
  const kinds = [embedding, `${embedding}${acrossLanguages}`, `${embedding}${onReferenceScale}`, 'keyword'];
  return kinds.map((fingerprint) => learned.abstention(fingerprint));
}

/** Of a model's settings those that change what it writes; others, such as its price, do not part what is kept. */
const identifying = ['provider', 'baseUrl', 'model', 'temperature', 'options', 'query'];

function recorded(entry: RouteModel, config: Config, recorder: Recorder | undefined): RouteModel {
  const model = onTrial(entry.model);
  if (recorder === undefined) return { ...entry, model };
  const configured = config.models.find(({ id }) => id === model.id) ?? { id: model.id };
  const identity = Object.entries(configured).filter(([key]) => identifying.includes(key));
  return { ...entry, model: recorder.around(model, JSON.stringify(identity)) };
}

function caseAsker(
  { config, catalog, embedder, askDependencies, ...people }: EvaluationDependencies,
  denseWeight: number | 'auto',
): CaseAsker {
  const scopeOf = (principalId: string) => people.scopeFor(people.principal(principalId));
  /** Of the person who asked last, whose citations are looked at next. */
  let scope: AccessScope | null = null;
  return {
    async ask({ question, as, history, model, format }, options) {
      scope = await scopeOf(as);
      const request = {
        question,
        includeContext: true,
        ...(history === undefined ? {} : { history }),
        ...(model === undefined ? {} : { model }),
        ...(format === undefined ? {} : { format }),
      };
      return askObserved(askDependencies, scope, request, options);
    },
    retrieve: async (principalId, query, options) =>
      askDependencies.retriever.retrieve(await scopeOf(principalId), query, options),
    maySee: async (principalId, uri) => (await catalog.documentByUri(await scopeOf(principalId), uri)) !== undefined,
    async languageOf(principalId, uri) {
      const language = (await catalog.documentByUri(await scopeOf(principalId), uri))?.properties.language;
      return language === undefined ? null : primaryLanguage(language);
    },
    async isVerbatim({ documentId, start, end, quote }) {
      if (scope === null) return false;
      return (await catalog.text(scope, documentId))?.text.slice(start, end) === quote;
    },
    fingerprint: {
      embedding: embedder?.fingerprint ?? 'none',
      retrieval: JSON.stringify([config.retrieval, denseWeight]),
    },
  };
}
