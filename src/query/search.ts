/** Retrieval alone, as people and programs see it. */
import { type AccessScope, maySeeRawScores } from '../access/scope.ts';
import type { CatalogReader, FactCounts } from '../catalog/catalog.ts';
import type { Passage, ScorePart } from '../core/chunk.ts';
import { isoDay } from '../core/dates.ts';
import { PerseaError } from '../core/errors.ts';
import { questionLanguage } from '../core/question-language.ts';
import { factFilterOf, type SearchFilters } from '../core/fact-filter.ts';
import { checkQuestion } from '../guard/limits.ts';
import { type CappedPassages, capPerDocument } from '../retrieval/diversity.ts';
import { foldDuplicates } from '../retrieval/duplicates.ts';
import { type CallRecords, recordedCalls } from './calls.ts';
import { presentPassages } from '../retrieval/present.ts';
import { respellingWarnings } from '../retrieval/respelling.ts';
import type { RetrievalExplanation, RetrievalMode, Retriever } from '../retrieval/retriever.ts';
import { replacementText, withoutReplaced } from '../retrieval/supersession.ts';
import { type CurrentRights, hiddenNow } from './still-visible.ts';

export interface SearchRequest {
  readonly query: string;
  /** The configured number when absent; never more than the configured limit. */
  readonly topK?: number;
  /** The configured mode when absent. */
  readonly mode?: 'hybrid' | 'vector' | 'keyword';
  /** Adds each arm's rank and raw score, for those who may see them. */
  readonly explain?: boolean;
  /** Only passages of documents that fit. */
  readonly filters?: SearchFilters;
  /** Also counts the documents that the asker may see and the filters leave, by source, media type, language and year. */
  readonly facets?: boolean;
}

export interface SearchHit {
  readonly uri: string;
  readonly documentId: string;
  readonly title: string;
  readonly chunkId: string;
  readonly headingPath: readonly string[];
  readonly page: number | null;
  /** Half-open span in the parsed text; `text` is its slice. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** Scaled within this result, the best is 1; raw for those who may see raw scores. */
  readonly score: number;
  readonly parts?: readonly ScorePart[];
  /** Near-duplicates that say the same here and are not hits of their own; absent where there are none. */
  readonly duplicates?: readonly { readonly uri: string; readonly title: string }[];
  /** As in a citation. */
  readonly date?: string;
  readonly owner?: string;
  readonly url?: string;
  readonly status?: 'superseded';
  readonly validUntil?: string;
}

/** How the hits came about; for those who may see raw scores. */
export interface SearchExplanation {
  readonly mode: RetrievalMode;
  /** Share of the vector arm in the fused score; the keyword arm has the rest. */
  readonly denseWeight: number;
  readonly vectorRows: number;
  readonly keywordRows: number;
  readonly hasSimilarWords: boolean;
  readonly exactTerms: readonly string[];
  readonly smoothing: { readonly depth: number; readonly neighbours: number; readonly share: number } | null;
  /** Whether passages were read for how near the question's words stand to each other. */
  readonly hasNearness: boolean;
  readonly hasCandidateWords: boolean;
  /** Why passages that were found are no hits, the first reason that applied. */
  readonly dropped: readonly DroppedPassages[];
}

export interface DroppedPassages {
  /**
   * absent: not visible, gone, or no longer of the filters' kind; revision, label: the index is behind the catalogue; duplicate: a
   * hit says the same; per-document: its document has its share of the hits; rank: others are better.
   */
  readonly reason: 'absent' | 'revision' | 'label' | 'duplicate' | 'per-document' | 'rank';
  readonly passages: number;
  /** Of their documents, where these are visible; the first few. */
  readonly uris: readonly string[];
}

export interface SearchResult {
  readonly hits: readonly SearchHit[];
  readonly ms: number;
  readonly warnings: readonly string[];
  readonly facets?: FactCounts;
  readonly explanation?: SearchExplanation;
}

export interface SearchOptions {
  readonly signal?: AbortSignal;
  /** The caller holds the data folder: raw scores and parts are theirs to see, whoever they ask as. */
  readonly isOperator?: boolean;
}

export interface SearchDependencies extends CallRecords, CurrentRights {
  readonly catalog: Pick<CatalogReader, 'signatures' | 'factCounts' | 'documentsById'>;
  readonly retriever: Retriever;
  readonly settings: {
    readonly questionCharacters: number;
    readonly topK: number;
    readonly maxTopK: number;
    readonly duplicates: 'fold' | 'show';
    /** How many passages of one document come before those of others; null for any number. */
    readonly perDocument: number | null;
  };
}

export async function search(
  dependencies: SearchDependencies,
  scope: AccessScope,
  request: SearchRequest,
  options: SearchOptions = {},
): Promise<SearchResult> {
  const { catalog, retriever, settings } = dependencies;
  const startedAt = performance.now();
  const checked = checkQuestion(request.query, settings);
  if (checked.verdict === 'refused') throw new PerseaError('request-invalid', checked.message);
  const language = questionLanguage(request.query);
  const topK = request.topK ?? settings.topK;
  if (topK > settings.maxTopK) {
    throw new PerseaError('request-invalid', `topK is ${topK}; at most ${settings.maxTopK} passages can be asked for.`);
  }
  const facts = factFilterOf(request.filters);
  const isExplained = request.explain === true && (options.isOperator === true || maySeeRawScores(scope));
  const calls = recordedCalls(dependencies, scope, 'searched');
  const { candidates, warnings, explanation, mode, respelled } = await retriever.retrieve(scope, checked.question, {
    topK,
    calls: calls.gate,
    ...(request.mode === undefined ? {} : { mode: request.mode }),
    ...(facts === undefined ? {} : { facts }),
    isExplained,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  await calls.recorded();
  const distinct =
    settings.duplicates === 'fold'
      ? await foldDuplicates(catalog, scope, checked.question, candidates, {
          // Documents that have their share give way to others, so any number may be needed.
          wanted: settings.perDocument === null ? topK : Number.POSITIVE_INFINITY,
        })
      : { passages: candidates, duplicates: new Map<string, readonly Passage[]>() };
  const capped = capPerDocument(distinct.passages, settings.perDocument);
  const passages = capped.passages.slice(0, topK);
  // A search shows what there is, old versions too, and says which of them are.
  const { replaced } = await withoutReplaced(catalog, scope, checked.question, passages, topK);
  // A model that reranks may have taken a while.
  const { hidden } = await hiddenNow(
    dependencies,
    scope,
    passages.map(({ chunk }) => chunk.documentId),
  );
  const visible = passages.filter(({ chunk }) => !hidden.has(chunk.documentId));
  const shown = options.isOperator === true ? visible : presentPassages(scope, visible);
  const hits = shown.map((passage) =>
    toHit(passage, distinct.duplicates.get(passage.chunk.chunkId) ?? [], request.explain === true),
  );
  const counted = request.facets === true ? { facets: await catalog.factCounts(scope, facts ?? {}) } : {};
  return {
    hits,
    ms: Math.round(performance.now() - startedAt),
    warnings: [
      ...warnings.map((warning) => warning.message),
      ...(respelled === undefined ? [] : respellingWarnings(respelled.readAs, language)),
      ...replaced.map((replacement) => `${replacementText(replacement, language)}.`),
    ],
    ...counted,
    ...(isExplained && explanation !== null
      ? { explanation: explain(mode, explanation, passages, capped, distinct.duplicates) }
      : {}),
  };
}

const maxDroppedUris = 10;

function explain(
  mode: RetrievalMode,
  { dropped, ...facts }: RetrievalExplanation,
  shown: readonly Passage[],
  capped: CappedPassages,
  duplicates: ReadonlyMap<string, readonly Passage[]>,
): SearchExplanation {
  const hits = new Set(shown.map(({ chunk }) => chunk.chunkId));
  const entries: readonly (readonly [DroppedPassages['reason'], string | null])[] = [
    ...dropped.map(({ reason, uri }) => [reason, uri] as const),
    ...[...duplicates.values()].flat().map(({ uri }) => ['duplicate', uri] as const),
    ...capped.passages.flatMap(({ chunk, uri }, index) =>
      hits.has(chunk.chunkId) ? [] : [[index < capped.within ? 'rank' : 'per-document', uri] as const],
    ),
  ];
  const byReason = [...Map.groupBy(entries, ([reason]) => reason)].map(([reason, passages]) => ({
    reason,
    passages: passages.length,
    uris: [...new Set(passages.flatMap(([, uri]) => uri ?? []))].slice(0, maxDroppedUris),
  }));
  return { mode, ...facts, dropped: byReason };
}

function toHit(passage: Passage, duplicates: readonly Passage[], withParts: boolean): SearchHit {
  const { chunk, owner, url, status, validUntil } = passage;
  const date = isoDay(passage.date);
  return {
    uri: passage.uri,
    documentId: chunk.documentId,
    title: passage.title,
    chunkId: chunk.chunkId,
    headingPath: chunk.headingPath,
    page: chunk.page,
    start: chunk.start,
    end: chunk.end,
    text: chunk.text,
    score: passage.score,
    ...(withParts && passage.parts.length > 0 ? { parts: passage.parts } : {}),
    ...(duplicates.length > 0 ? { duplicates: duplicates.map(({ uri, title }) => ({ uri, title })) } : {}),
    ...(date === null ? {} : { date }),
    ...(owner === undefined ? {} : { owner }),
    ...(url === undefined ? {} : { url }),
    ...(status === undefined ? {} : { status }),
    ...(validUntil === undefined ? {} : { validUntil }),
  };
}
