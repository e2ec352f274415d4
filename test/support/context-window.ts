/** Documents of a few lines as passages, items and requests for tests of what comes after retrieval. */

import type { FormatRequest } from '../../src/context/formats/format.ts';
import { renderNumbered } from '../../src/context/formats/numbered.ts';
import { packPassages } from '../../src/context/window.ts';
import { SupportChecker } from '../../src/answer/verify.ts';
import type { Support } from '../../src/core/answer.ts';
import type { Passage, StoredChunk } from '../../src/core/chunk.ts';
import type { ContextWindow } from '../../src/core/context.ts';
import type { Evidence } from '../../src/core/evidence.ts';
import { splitSentences } from '../../src/core/sentences.ts';
import { approximateTokens } from '../../src/core/tokens.ts';
import type { GenerateRequest } from '../../src/llm/language-model.ts';
import { sealed } from './guarded.ts';

/** Of a claim that cites a document of this text alone. */
export function supportOf(source: string, claim: string): Support {
  return new SupportChecker(windowOf([{ documentId: 'd', text: source }]).items).check(claim, [1]).support;
}

export const numberedFormat = { name: 'numbered', render: renderNumbered };
export const noRequest: FormatRequest = { question: '', sentences: [] };

export interface TestDocument {
  readonly documentId: string;
  readonly text: string;
  readonly title?: string;
  /** Half-open spans of its chunks; one chunk over the whole text by default. */
  readonly spans?: readonly (readonly [number, number])[];
  /** Milliseconds since the epoch. */
  readonly date?: number;
}

export function chunksOf(document: TestDocument): readonly StoredChunk[] {
  return (document.spans ?? [[0, document.text.length] as const]).map(([start, end], ordinal) => ({
    chunkId: `${document.documentId}#1#${ordinal}`,
    documentId: document.documentId,
    revision: 1,
    labelId: 'label',
    ordinal,
    start,
    end,
    text: document.text.slice(start, end),
    indexText: document.text.slice(start, end),
    headingPath: [document.title ?? document.documentId],
    page: null,
    tokens: 1,
  }));
}

export function passagesOf(document: TestDocument, score = 1): readonly Passage[] {
  return chunksOf(document).map((chunk) => ({
    chunk,
    uri: `source/${document.documentId}.md`,
    title: document.title ?? document.documentId,
    classification: 'internal',
    date: document.date ?? null,
    score,
    parts: [],
  }));
}

export function windowOf(documents: readonly TestDocument[], budgetTokens = 100_000): ContextWindow {
  const texts = new Map(documents.map((document) => [document.documentId, document.text]));
  const packing = packPassages(
    documents.flatMap((document) => passagesOf(document)).map((passage) => ({ passage, neighbours: [] })),
    {
      format: numberedFormat,
      request: noRequest,
      order: 'relevance',
      budgetTokens,
      tokens: approximateTokens,
      textOf: (documentId) => texts.get(documentId) ?? '',
    },
  );
  let step = packing.next();
  while (step.done !== true) step = packing.next(renderNumbered(step.value, noRequest));
  return step.value;
}

/** Every sentence of the documents, the earlier the better. */
export function evidenceOf(documents: readonly TestDocument[]): Evidence {
  const sentences = documents.flatMap((document, passage) =>
    splitSentences(document.text).map(({ start, end }) => ({
      passage,
      documentId: document.documentId,
      start,
      end,
      text: document.text.slice(start, end),
    })),
  );
  return {
    fingerprint: 'keyword',
    features: {},
    sentences: sentences.map((sentence, index) => ({
      ...sentence,
      score: 1 - index / (sentences.length + 1),
      dense: null,
      keyword: 1,
      coverage: 1,
    })),
  };
}

export function requestFor(
  documents: readonly TestDocument[],
  overrides: Partial<GenerateRequest> = {},
): GenerateRequest {
  const window = windowOf(documents);
  return {
    question: 'How long is parental leave?',
    prompt: sealed(
      { id: 'answer', version: '1', hash: 'sha256:0', system: 'Answer from the sources.', user: window.text },
      window.items,
    ),
    window,
    evidence: evidenceOf(documents),
    maxOutputTokens: 200,
    ...overrides,
  };
}
