/**
 * A corpus of evaluation data as an index of its own, kept in a cache folder by the hashes of corpus and settings, so
 * that the next run only searches. The configured store is never touched.
 */
import { join } from 'node:path';
import { defaultChunkerOptions, structureChunker } from '../../ingest/chunking/structure-chunker.ts';
import { indexCorpus } from '../../ingest/index-corpus.ts';
import { canonicalLabel, everyoneTag } from '../access/label.ts';
import { scopeOf } from '../access/scope.ts';
import { builtInFormats, type ReadFormats } from '../context/formats/registry.ts';
import { systemClock } from '../core/async.ts';
import { sha256Hex } from '../core/ids.ts';
import { approximateTokens } from '../core/tokens.ts';
import { PerseaError } from '../core/errors.ts';
import { zones } from '../core/zones.ts';
import type { EgressRules } from '../egress/egress.ts';
import { GuardedEmbedder } from '../egress/guarded-embedder.ts';
import type { Embedder } from '../embedding/embedder.ts';
import { corpusUri } from '../eval/dataset.ts';
import { askObserved } from '../eval/observed-ask.ts';
import { withWholeSearch } from '../eval/whole-search.ts';
import type { CorpusIndex, CorpusIndexer, AskSettings as EvaluatedAsk } from '../eval/tools.ts';
import { createExtractiveModel } from '../llm/extractive.ts';
import { createPromptRegistry, type PromptRegistry } from '../prompts/registry.ts';
import type { AnswerCache } from '../query/answer-cache.ts';
import type { AskDependencies, AskSettings, RouteModel } from '../query/dependencies.ts';
import { createHybridRetriever, type HybridRetrieverOptions } from '../retrieval/hybrid.ts';
import { withRespelling } from '../retrieval/respelling.ts';
import { createSentenceScorer } from '../retrieval/sentence-scorer.ts';
import { denseWeightOf } from '../retrieval/visible-ranking.ts';
import { openKeptCorpus } from './corpus-cache.ts';
import { keepCosineScale } from './cosine-scales.ts';

export interface CorpusIndexerOptions {
  /** Indexes are kept below it; it may be deleted at any time. */
  readonly cacheDir: string;
  /** Null indexes for keywords only. It stays open: its owner closes it. */
  readonly embedder: Embedder | null;
  readonly retrieval: Pick<
    HybridRetrieverOptions,
    'mode' | 'topK' | 'candidates' | 'denseWeight' | 'smoothing' | 'hasNearness' | 'hasCandidateWords'
  >;
  readonly ask: AskSettings;
  /** Language models by the configuration's route; the extractive one alone when empty. */
  readonly models: readonly RouteModel[];
  /** The built-in ones when absent. */
  readonly prompts?: PromptRegistry;
  readonly formats?: ReadFormats;
  /** Whether evidence is enough; the shipped refusal model when absent. */
  readonly decide?: AskDependencies['decide'];
  readonly answers?: AnswerCache;
}

/** Texts wait for the embedder together, so that its sessions never idle and revisions share commits. */
const concurrency = 64;
/** A corpus that an operator evaluates with is no document of the company. */
const corpusRules: EgressRules = { public: zones, internal: [], confidential: [] };

export function createCorpusIndexer(options: CorpusIndexerOptions): CorpusIndexer {
  return async (corpus, { name, signal, onDocument }) => {
    const { embedder } = options;
    const guarded = embedder === null ? null : new GuardedEmbedder(embedder, corpusRules);
    const chunkerOptions = {
      ...defaultChunkerOptions,
      indexTokens: Math.min(
        defaultChunkerOptions.indexTokens,
        (embedder?.maxTokens ?? defaultChunkerOptions.indexTokens + 2) - 2,
      ),
    };
    const embedding = embedder?.fingerprint ?? 'none';
    const settings = [corpus.hash, embedding, structureChunker.version, JSON.stringify(chunkerOptions)].join('+');
    const folder = join(
      options.cacheDir,
      `${name.replace(/[^A-Za-z0-9_-]/g, '_')}-${sha256Hex(settings).slice(0, 16)}`,
    );
    const startedAt = performance.now();
    const label = canonicalLabel({ anyOf: [everyoneTag], classification: 'public' });
    const person = { id: 'evaluation', groups: [], roles: [], heldTags: new Set([everyoneTag]) };
    const scope = scopeOf(person, [label]);
    const { catalog, store, close } = await openKeptCorpus(
      { folder, dimensions: embedder?.dimensions ?? null, scope },
      (empty) =>
        indexCorpus(
          corpus.documents.map(({ id, title, text }) => ({ uri: corpusUri(name, id), title, text })),
          {
            catalog: empty.catalog,
            store: empty.store,
            embedder: guarded,
            chunker: structureChunker,
            chunkerOptions,
            tokens: embedder?.tokens ?? approximateTokens,
            concurrency,
          },
          {
            ...{ source: name, label },
            ...(signal === undefined ? {} : { signal }),
            ...(onDocument === undefined ? {} : { onDocument }),
          },
        ),
    );
    const ingestSeconds = Math.round(performance.now() - startedAt) / 1000;

    const searched = createHybridRetriever({ ...options.retrieval, store, catalog, embedder: guarded });
    const retriever = withRespelling(withWholeSearch(searched, embedder !== null));
    const scale = guarded === null ? null : await keepCosineScale(catalog, guarded);
    const prompts = options.prompts ?? createPromptRegistry({});
    const dependencies = (ask: EvaluatedAsk): AskDependencies => ({
      catalog,
      store,
      retriever,
      ranking: {
        denseWeight: denseWeightOf(options.retrieval.denseWeight ?? 'auto', embedder),
        languages: embedder?.languages,
        ...(options.retrieval.hasNearness === undefined ? {} : { hasNearness: options.retrieval.hasNearness }),
      },
      scorer: createSentenceScorer({ embedder: guarded, scale }),
      prompts,
      formats: options.formats ?? (async () => builtInFormats),
      models: modelsFor(options.models, ask),
      settings: options.ask,
      ...(options.decide === undefined ? {} : { decide: options.decide }),
      warnings: [],
      recordUsage: async () => undefined,
      ...(options.answers === undefined ? {} : { answers: options.answers }),
      clock: systemClock,
    });
    /** What is kept may be damaged where it lies; nothing else is lost with it. */
    const readable = <T>(reading: Promise<T>) =>
      reading.catch((thrown: unknown) => {
        if (!(thrown instanceof PerseaError) || thrown.code !== 'store-failed') throw thrown;
        const advice = `The index of the corpus in ${folder} cannot be read. Delete that folder, and the next run makes it anew.`;
        throw new PerseaError('store-failed', advice, { cause: thrown });
      });
    return {
      retrieve: (query, how) => readable(retriever.retrieve(scope, query, how)),
      ask: (question, ask) =>
        readable(
          askObserved(
            dependencies(ask),
            scope,
            {
              question,
              ...(ask.model === undefined ? {} : { model: ask.model }),
              ...(ask.format === undefined ? {} : { format: ask.format }),
              ...(ask.includeContext === undefined ? {} : { includeContext: ask.includeContext }),
            },
            {
              isRefusalOff: ask.isRefusalOff,
              ...(ask.isEvidenceOnly === undefined ? {} : { isEvidenceOnly: ask.isEvidenceOnly }),
              ...(ask.onEvent === undefined ? {} : { onEvent: ask.onEvent }),
              ...(ask.signal === undefined ? {} : { signal: ask.signal }),
            },
          ),
        ),
      corpusIdOf: (uri) => uri.slice(corpusUri(name, '').length),
      isVerbatim: async ({ documentId, start, end, quote }) =>
        (await catalog.text(scope, documentId))?.text.slice(start, end) === quote,
      fingerprint: {
        embedding,
        retrieval: JSON.stringify([structureChunker.version, chunkerOptions, options.retrieval]),
      },
      ingestSeconds,
      close,
    } satisfies CorpusIndex;
  };
}

/** The number of sentences is a property of the extractive model, so that one is made anew for it. */
function modelsFor(models: readonly RouteModel[], { sentences }: EvaluatedAsk): readonly RouteModel[] {
  const extractive: RouteModel = {
    model: createExtractiveModel(sentences === undefined ? {} : { maxSentences: sentences }),
    maxOutputTokens: 256,
  };
  if (models.length === 0) return [extractive];
  return models.map((entry) =>
    entry.model.provider === 'extractive' && sentences !== undefined
      ? { ...extractive, model: createExtractiveModel({ id: entry.model.id, maxSentences: sentences }) }
      : entry,
  );
}
