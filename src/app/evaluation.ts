/** What `persea eval` works with: corpora indexed on their own, and cases asked over the configured store. */
import { join } from 'node:path';
import type { Principal } from '../access/principal.ts';
import type { AccessScope } from '../access/scope.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { Config } from '../config.ts';
import { systemClock } from '../core/async.ts';
import { primaryLanguage } from '../core/languages.ts';
import type { Embedder } from '../embedding/embedder.ts';
import type { CaseAsker } from '../eval/cases.ts';
import { askObserved } from '../eval/observed-ask.ts';
import type { EvaluationTools } from '../eval/tools.ts';
import type { AskDependencies } from '../query/dependencies.ts';
import { rankingSettings } from '../retrieval/ranking.ts';
import { denseWeightOf } from '../retrieval/visible-ranking.ts';
import { createAnswerCache } from './answers.ts';
import { createCorpusIndexer } from './corpus-index.ts';
import type { LearnedWeights } from './learned-weights.ts';

export interface EvaluationDependencies {
  readonly config: Config;
  readonly catalog: Catalog;
  readonly embedder: Embedder | null;
  readonly askDependencies: AskDependencies;
  readonly learned: LearnedWeights;
  readonly principal: (id: string) => Principal;
  readonly scopeFor: (principal: Principal) => Promise<AccessScope>;
}

export function createEvaluationTools(dependencies: EvaluationDependencies): EvaluationTools {
  const { config, embedder, askDependencies, learned } = dependencies;
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
      answers,
    }),
    cases: caseAsker({ ...dependencies, askDependencies: { ...askDependencies, answers } }, denseWeight),
    cacheSavings: () => answers.savings(),
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

function caseAsker(
  { config, catalog, embedder, askDependencies, ...people }: EvaluationDependencies,
  denseWeight: number | 'auto',
): CaseAsker {
  const scopeOf = (principalId: string) => people.scopeFor(people.principal(principalId));
  /** Of the person who asked last, whose citations are looked at next. */
  let scope: AccessScope | null = null;
  return {
    async ask({ question, as, model, format }, options) {
      scope = await scopeOf(as);
      const request = {
        question,
        includeContext: true,
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
