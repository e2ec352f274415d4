/**
 * Keyword and vector search in parallel, both scoped inside the query, re-checked against the catalogue, then fused.
 * The re-check comes before the fusion, so that a row which must not be seen has no influence on any score either.
 */
import { type AccessScope, maySeeRawScores } from '../access/scope.ts';
import type { CatalogReader } from '../catalog/catalog.ts';
import type { Warning } from '../core/document.ts';
import { isAbortError, PerseaError } from '../core/errors.ts';
import type { FactFilter } from '../core/fact-filter.ts';
import { ownRound } from '../core/event-loop.ts';
import { contentWords } from '../core/words.ts';
import type { GuardedEmbedder } from '../egress/guarded-embedder.ts';
import type { Classified } from '../egress/sealed-prompt.ts';
import type { ChunkStore } from '../store/chunk-store.ts';
import { type Arm, searchKeywords, searchVectors } from './arms.ts';
import { exactTermsOf, scoreExactTerms } from './exact-terms.ts';
import { type Candidate, candidateOf, rankCandidates, type RankingSettings } from './ranking.ts';
import { recheckDocuments } from './recheck.ts';
import type { DroppedRow, Retrieval, RetrievalMode, Retriever, RetrieveOptions } from './retriever.ts';
import { createDocumentSelector, type DocumentSelector } from './selection.ts';
import { defaultSmoothing, type SmoothingOptions } from './smoothing.ts';

const defaultTopK = 8;
/** Scaling over 100 is within .003 nDCG of over 400, at a quarter of the rows. */
const defaultCandidates = 100;
const fusionAlone: Partial<RankingSettings> = { smoothing: null, hasNearness: false, hasCandidateWords: false };
/** How often more rows are fetched because the re-check refused some; each time twice as many. */
const maxRefills = 3;

export interface HybridRetrieverOptions {
  readonly store: Pick<ChunkStore, 'vectorSearch' | 'keywordSearch'>;
  readonly catalog: Pick<CatalogReader, 'documentsById' | 'documentIds' | 'version'>;
  /** One that remembers across retrievers; their own when absent. */
  readonly selectDocuments?: DocumentSelector;
  /** Null works on keywords only. */
  readonly embedder: GuardedEmbedder | null;
  readonly mode?: RetrievalMode;
  readonly topK?: number;
  readonly candidates?: number;
  /** `auto` takes the model's own. */
  readonly denseWeight?: number | 'auto';
  /** Null switches it off; the measured one when absent. */
  readonly smoothing?: SmoothingOptions | null;
  /** Whether words that stand beside each other in the question should do so in a passage; yes when absent. */
  readonly hasNearness?: boolean;
  /** Whether words are also counted over the candidates alone; yes when absent. */
  readonly hasCandidateWords?: boolean;
}

/**
 * `const { passages } = await createHybridRetriever({ store, catalog, embedder }).retrieve(scope, 'parental leave')`
 */
export function createHybridRetriever(options: HybridRetrieverOptions): Retriever {
  const selectDocuments = options.selectDocuments ?? createDocumentSelector(options.catalog);
  const { smoothing = defaultSmoothing, hasNearness = true, hasCandidateWords = true } = options;
  return {
    async retrieve(scope, query, request = {}) {
      const startedAt = performance.now();
      const signal = request.signal;
      throwIfAborted(signal);
      const topK = request.topK ?? options.topK ?? defaultTopK;
      const depth = Math.max(request.candidates ?? options.candidates ?? defaultCandidates, topK);
      const wantedMode = request.mode ?? options.mode ?? 'hybrid';
      const warnings: Warning[] = [];
      const { facts } = request;
      const selected = facts === undefined ? {} : { documents: await selectDocuments(scope, facts) };

      // The keyword arm needs no vector: it works while the question is embedded.
      const terms = exactTermsOf(query);
      const byWords = (limit: number) =>
        searchKeywords(options.store, scope, query, terms.phrases, { limit, ...selected });
      const keywordArm = wantedMode === 'vector' ? null : byWords(depth);
      keywordArm?.catch(() => undefined);
      const { vector, embedMs } = await embed(
        options.embedder,
        wantedMode,
        { query, madeFrom: request.madeFrom ?? [] },
        warnings,
        signal,
      );
      const mode = vector === null ? 'keyword' : wantedMode;
      const dropped = new Map<string, DroppedRow>();
      let recheckMs = 0;
      for (let refill = 0, limit = depth; ; refill++, limit *= 2) {
        throwIfAborted(signal);
        const arms = await Promise.all([
          ...(vector === null ? [] : [searchVectors(options.store, scope, vector, { limit, ...selected })]),
          ...(mode === 'vector' ? [] : [(refill === 0 ? keywordArm : null) ?? byWords(limit)]),
        ]);
        throwIfAborted(signal);
        const recheckStartedAt = performance.now();
        const candidates = await collect(options.catalog, scope, arms, dropped, facts);
        recheckMs += performance.now() - recheckStartedAt;
        const isExhausted = arms.every((arm) => arm.rows.length < limit);
        if (dropped.size > 0 && candidates.size < topK && !isExhausted && refill < maxRefills) continue;

        await ownRound();
        throwIfAborted(signal);
        const smoothStartedAt = performance.now();
        const denseWeight = effectiveWeight(options, arms);
        const isRanked = request.isRankedByCaller !== true && isWorthRanking(candidates, mode, request);
        const chunks = [...candidates.values()].map(({ chunk }) => chunk);
        const exact = isRanked ? scoreExactTerms(query, terms, chunks) : null;
        const rankAs = (settings: Partial<RankingSettings>) =>
          rankCandidates(candidates, {
            question: query,
            queryVector: vector,
            languages: options.embedder?.languages,
            denseWeight,
            depth,
            smoothing,
            hasNearness,
            hasCandidateWords,
            exact,
            ...settings,
          });
        const passages = rankAs(isRanked ? {} : fusionAlone);
        warnings.push(...wordWarnings(query, mode, arms));
        return {
          passages: passages.slice(0, topK),
          candidates: passages,
          mode,
          ...(mode === 'hybrid' ? { rankAs } : {}),
          warnings,
          timings: {
            embedMs,
            vectorMs: arms.find((arm) => arm.source === 'vector')?.ms ?? 0,
            keywordMs: arms.find((arm) => arm.source === 'keyword')?.ms ?? 0,
            recheckMs,
            smoothMs: performance.now() - smoothStartedAt,
            totalMs: performance.now() - startedAt,
          },
          explanation:
            request.isExplained === true || maySeeRawScores(scope)
              ? {
                  denseWeight,
                  vectorRows: arms.find((arm) => arm.source === 'vector')?.rows.length ?? 0,
                  keywordRows: arms.find((arm) => arm.source === 'keyword')?.rows.length ?? 0,
                  hasSimilarWords: arms.some((arm) => arm.isBySimilarWords === true),
                  exactTerms: [...terms.phrases, ...terms.codes],
                  smoothing,
                  hasNearness,
                  hasCandidateWords,
                  dropped: [...dropped.values()],
                }
              : null,
        } satisfies Retrieval;
      }
    },
  };
}

/** A question without a vector is answered by keywords, with a warning; only the caller's own abort ends it. */
async function embed(
  embedder: GuardedEmbedder | null,
  mode: RetrievalMode,
  { query, madeFrom }: { readonly query: string; readonly madeFrom: readonly Classified[] },
  warnings: Warning[],
  signal: AbortSignal | undefined,
): Promise<{ vector: Float32Array | null; embedMs: number }> {
  if (mode === 'keyword') return { vector: null, embedMs: 0 };
  if (embedder === null) {
    warnings.push({
      code: 'vector-unavailable',
      message: 'No embedding model is available; searched by keywords only.',
    });
    return { vector: null, embedMs: 0 };
  }
  const startedAt = performance.now();
  try {
    const vector = await embedder.embedQuestion(query, madeFrom, signal === undefined ? {} : { signal });
    return { vector, embedMs: performance.now() - startedAt };
  } catch (thrown) {
    if (signal?.aborted === true || isAbortError(thrown)) throw aborted(thrown);
    const code = thrown instanceof PerseaError ? thrown.code : 'internal';
    warnings.push({
      code: code === 'egress-refused' ? 'vector-refused' : 'vector-unavailable',
      message: `The question could not be embedded (${code}); searched by keywords only.`,
    });
    return { vector: null, embedMs: performance.now() - startedAt };
  }
}

/** The rows that pass the re-check, by chunk id, each with its rank in the arms among the rows that passed. */
async function collect(
  catalog: HybridRetrieverOptions['catalog'],
  scope: AccessScope,
  arms: readonly Arm[],
  dropped: Map<string, DroppedRow>,
  facts: FactFilter | undefined,
): Promise<ReadonlyMap<string, Candidate>> {
  const recheck = await recheckDocuments(
    catalog,
    scope,
    arms.flatMap((arm) => arm.rows.map((row) => row.chunk.documentId)),
    facts,
  );
  const candidates = new Map<string, Candidate>();
  for (const arm of arms) {
    let rank = 0;
    for (const { chunk, score, vector = null } of arm.rows) {
      const reason = recheck.verdict(chunk);
      const document = recheck.documents.get(chunk.documentId);
      if (reason !== null || document === undefined) {
        const uri = reason === 'absent' ? null : (document?.uri ?? null);
        dropped.set(chunk.chunkId, { chunkId: chunk.chunkId, reason: reason ?? 'absent', uri });
        continue;
      }
      rank++;
      const candidate = candidates.get(chunk.chunkId) ?? candidateOf(chunk, document, vector);
      candidate.parts.push({ source: arm.source, rank, score });
      candidates.set(chunk.chunkId, candidate);
    }
  }
  return candidates;
}

function isWorthRanking(
  candidates: ReadonlyMap<string, Candidate>,
  mode: RetrievalMode,
  request: RetrieveOptions,
): boolean {
  if (mode === 'keyword' || request.isWorthRanking === undefined) return true;
  const found = Array.from(candidates.values(), ({ chunk, document }) => ({
    chunk,
    classification: document.label.classification,
  }));
  return request.isWorthRanking(found);
}

/** What fusion will use, said here so that the explanation tells the truth about a missing arm. */
function effectiveWeight(options: HybridRetrieverOptions, arms: readonly Arm[]): number {
  const has = (source: Arm['source']) => arms.some((arm) => arm.source === source && arm.rows.length > 0);
  if (!has('vector')) return 0;
  if (!has('keyword')) return 1;
  const configured = options.denseWeight ?? 'auto';
  return configured === 'auto' ? (options.embedder?.denseWeight ?? 0) : configured;
}

/** What people should know about their words; says nothing of what they may not see. */
function wordWarnings(query: string, mode: RetrievalMode, arms: readonly Arm[]): readonly Warning[] {
  const keyword = arms.find((arm) => arm.source === 'keyword');
  if (keyword?.isBySimilarWords === true) {
    return [
      {
        code: 'similar-words',
        message: 'None of these words was found; words spelled like them were searched instead.',
      },
    ];
  }
  if (mode !== 'keyword' || keyword === undefined || keyword.rows.length > 0 || contentWords(query).length > 0) {
    return [];
  }
  return [
    {
      code: 'no-search-words',
      message: 'These are only words that stand in every document; name what you are looking for.',
    },
  ];
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw aborted(signal.reason);
}

function aborted(cause: unknown): PerseaError {
  return cause instanceof PerseaError
    ? cause
    : new PerseaError('aborted', 'The search was ended by its caller.', { cause });
}
