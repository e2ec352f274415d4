/**
 * What of a trace one viewer may see now. Rights are looked up anew: a passage is shown only where its document is visible, and
 * its text only where that is still the text of the document. What was made of the passages, such as the answer, is shown only
 * together with all of them.
 */
import { type AccessScope, maySeeRawScores } from '../access/scope.ts';
import type { CatalogReader, DocumentRecord } from '../catalog/catalog.ts';
import type { Support, Usage } from '../core/answer.ts';
import type { ScorePart } from '../core/chunk.ts';
import type { EvidenceFeatures } from '../core/evidence.ts';
import { partsOfChunkId } from '../core/ids.ts';
import {
  type FeedbackRating,
  type StageTime,
  type TracedCitation,
  type TracedItem,
  type TracedModel,
  type TraceFacts,
  tracedDocumentIds,
  usedDocumentIds,
} from '../core/trace.ts';
import type { KeptContent, StoredTrace } from './trace-store.ts';

/** A text as it was kept: itself, or its keyed hash; neither where nothing was kept or it may not be shown. */
export interface ShownText {
  readonly text?: string;
  readonly hash?: string;
}

interface ShownDocument {
  readonly uri: string;
  readonly title: string;
  readonly documentId: string;
}

export interface ShownPassage extends ShownDocument {
  readonly chunkId: string;
  readonly rank: number;
  /** Raw, as the parts; for the operator and developers. */
  readonly score?: number;
  readonly parts?: readonly ScorePart[];
}

export interface ShownItem extends ShownText, ShownDocument {
  readonly marker: number;
  readonly chunkIds: readonly string[];
  readonly start: number;
  readonly end: number;
}

/** Null where the viewer may not know them: they tell the length of passages and of an answer. */
type Countable<T> = {
  readonly [Key in keyof T]: Key extends 'inputTokens' | 'outputTokens' | 'costUsd' ? T[Key] | null : T[Key];
};
export type ShownModel = Countable<TracedModel>;
export type ShownUsage = Countable<Usage>;

export interface ShownTrace {
  readonly traceId: string;
  /** ISO 8601. */
  readonly at: string;
  /** Who asked. */
  readonly as: string;
  readonly status: TraceFacts['status'];
  readonly reason: string | null;
  readonly cache: 'hit' | 'miss';
  /** What is kept of texts. */
  readonly contentKept: 'none' | 'hashes' | 'full';
  readonly question: ShownText & Pick<TraceFacts, 'injection'> & { readonly characters: number };
  readonly answer: ShownText;
  readonly stages: readonly StageTime[];
  readonly retrieval: {
    readonly mode: string;
    readonly denseWeight: number;
    /** Null where not all of them may be known to the viewer. */
    readonly candidates: number | null;
    readonly passages: readonly ShownPassage[];
  } | null;
  readonly evidence: { readonly features: EvidenceFeatures; readonly fingerprint: string } | null;
  readonly window: {
    readonly format: string;
    readonly tokens: number | null;
    readonly items: readonly ShownItem[];
    readonly omitted: readonly { readonly uri: string; readonly reason: string }[];
  } | null;
  readonly prompt: {
    readonly id: string;
    readonly version: string;
    readonly hash: string;
    /** Keyed hash of the prompt as sent. */
    readonly sentHash?: string;
  } | null;
  readonly models: readonly ShownModel[];
  readonly usage: ShownUsage;
  readonly citations: readonly (Omit<TracedCitation, 'documentId'> & ShownDocument)[];
  readonly checks: readonly (ShownText & { readonly support: Support; readonly citations: readonly number[] })[];
  readonly droppedClaims: readonly ShownText[];
  readonly warnings: readonly ShownText[];
  readonly feedback: {
    readonly rating: FeedbackRating;
    readonly comment: string | null;
    readonly at: string;
  } | null;
}

export async function showTrace(
  catalog: Pick<CatalogReader, 'documentsById'>,
  scope: AccessScope,
  trace: StoredTrace,
): Promise<ShownTrace> {
  const { facts, content, feedback } = trace;
  const { subject } = scope;
  const isOperator = subject.kind === 'system';
  const isOwn = subject.kind === 'principal' && subject.id === trace.principalId;
  const visible = await catalog.documentsById(scope, tracedDocumentIds(facts));
  const isShownItem = (item: TracedItem) => isOperator || isCurrent(item, visible.get(item.documentId));
  const items = facts.window?.items ?? [];
  const passages = facts.retrieval?.passages ?? [];
  const isWhole =
    isOperator ||
    ((isOwn || facts.countsOthers !== true) &&
      usedDocumentIds(facts).every((id) => visible.has(id)) &&
      items.every(isShownItem) &&
      [...passages, ...facts.citations].every(({ documentId, chunkId }) =>
        isCurrent({ chunkIds: [chunkId] }, visible.get(documentId)),
      ));
  const mayKnowCounts = isOperator || isOwn || isWhole;
  const texts = new KeptTexts(isWhole ? content : null);
  // Left out whole, so that nothing tells of a document that only a warning names.
  const mayReadWarnings = isOperator || (facts.mentioned ?? []).every((id) => visible.has(id));
  const hasRawScores = maySeeRawScores(scope);
  return {
    traceId: trace.traceId,
    at: new Date(trace.at).toISOString(),
    as: trace.principalId,
    status: facts.status,
    reason: facts.reason,
    cache: facts.cache,
    contentKept: content?.kind ?? 'none',
    question: {
      characters: facts.questionCharacters,
      ...(facts.injection === undefined ? {} : { injection: facts.injection }),
      // What somebody else asked may repeat what only that person may see.
      ...new KeptTexts(isOwn || isWhole ? content : null).shown((kept) => kept.question),
    },
    answer: texts.shown((kept) => kept.answer),
    stages: facts.stages,
    retrieval:
      facts.retrieval === null
        ? null
        : {
            mode: facts.retrieval.mode,
            denseWeight: facts.retrieval.denseWeight,
            candidates: mayKnowCounts ? facts.retrieval.candidates : null,
            passages: passages.flatMap(({ documentId, chunkId, rank, score, parts }) => {
              const named = nameOf(documentId, visible, isOperator);
              if (named === null) return [];
              return [{ ...named, chunkId, rank, ...(hasRawScores ? { score, parts } : {}) }];
            }),
          },
    evidence: hasRawScores && mayKnowCounts ? facts.evidence : null,
    window:
      facts.window === null
        ? null
        : {
            format: facts.window.format,
            tokens: mayKnowCounts ? facts.window.tokens : null,
            items: items.flatMap((item, index) => {
              const named = nameOf(item.documentId, visible, isOperator);
              if (named === null) return [];
              const { marker, chunkIds, start, end } = item;
              const kept = new KeptTexts(isShownItem(item) ? content : null).shown((all) => all.items[index] ?? '');
              return [{ marker, ...named, chunkIds, start, end, ...kept }];
            }),
            omitted: facts.window.omitted.flatMap(({ documentId, reason }) => {
              const named = nameOf(documentId, visible, isOperator);
              return named === null ? [] : [{ uri: named.uri, reason }];
            }),
          },
    prompt:
      facts.prompt === null
        ? null
        : { ...facts.prompt, ...(isWhole && content !== null ? { sentHash: content.prompt } : {}) },
    models: mayKnowCounts ? facts.models : facts.models.map((model) => ({ ...model, ...withheld })),
    usage: mayKnowCounts ? facts.usage : { ...facts.usage, ...withheld },
    citations: facts.citations.flatMap(({ documentId, ...citation }) => {
      const named = nameOf(documentId, visible, isOperator);
      return named === null ? [] : [{ ...citation, ...named }];
    }),
    // Without their texts they would still count passages that the viewer may not see.
    checks: isWhole
      ? facts.checks.map((check, index) => ({ ...check, ...texts.shown((kept) => kept.claims[index] ?? '') }))
      : [],
    droppedClaims: texts.shownAll((kept) => kept.droppedClaims),
    warnings: mayReadWarnings ? texts.shownAll((kept) => kept.warnings) : [],
    feedback:
      feedback === null
        ? null
        : {
            rating: feedback.rating,
            comment: isOwn || isWhole ? feedback.comment : null,
            at: new Date(feedback.at).toISOString(),
          },
  };
}

const withheld = { inputTokens: null, outputTokens: null, costUsd: null };

class KeptTexts {
  readonly #content: KeptContent | null;

  constructor(content: KeptContent | null) {
    this.#content = content;
  }

  shown(pick: (content: KeptContent) => string): ShownText {
    if (this.#content === null) return {};
    const kept = pick(this.#content);
    if (kept === '') return {};
    return this.#content.kind === 'full' ? { text: kept } : { hash: kept };
  }

  shownAll(pick: (content: KeptContent) => readonly string[]): readonly ShownText[] {
    if (this.#content === null) return [];
    return pick(this.#content).map((_, index) => this.shown((content) => pick(content)[index] ?? ''));
  }
}

/** Of another revision the text may have been taken back, or have had another label. */
function isCurrent({ chunkIds }: Pick<TracedItem, 'chunkIds'>, document: DocumentRecord | undefined): boolean {
  return document !== undefined && chunkIds.every((id) => partsOfChunkId(id).revision === document.revision);
}

/** Null where the viewer may not see the document. The operator is told of one that is gone. */
function nameOf(
  documentId: string,
  visible: ReadonlyMap<string, DocumentRecord>,
  isOperator: boolean,
): ShownDocument | null {
  const document = visible.get(documentId);
  if (document !== undefined) return { uri: document.uri, title: document.title, documentId };
  return isOperator ? { uri: documentId, title: '(removed)', documentId } : null;
}
