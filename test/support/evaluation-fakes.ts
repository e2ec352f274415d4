/** Answers and indexes for tests of the evaluation, which return exactly what a case needs. */
import type { AbstentionDecision } from '../../src/answer/abstain.ts';
import type { Answer, Citation } from '../../src/core/answer.ts';
import type { Passage } from '../../src/core/chunk.ts';
import type { ObservedAnswer } from '../../src/eval/observed-ask.ts';
import { passage, storedChunk } from './retrieval-fakes.ts';

export function citation(uri: string, facts: Partial<Citation> = {}): Citation {
  return {
    marker: 1,
    uri,
    title: uri,
    headingPath: [],
    page: null,
    documentId: uri,
    chunkId: `${uri}#1#0`,
    start: 0,
    end: 4,
    quote: 'text',
    support: 'verbatim',
    ...facts,
  };
}

const facts = {
  warnings: [],
  model: null,
  prompt: null,
  context: { format: 'numbered', tokens: 0, passages: 0, omitted: [] },
  usage: { inputTokens: 10, outputTokens: 2, costUsd: 0.5, ms: { retrieve: 0, rerank: 0, generate: 0, total: 0 } },
  cache: 'miss',
  traceId: 'trace',
} as const;

export function answered(text: string, citations: readonly Citation[] = []): Answer {
  const claims = [{ text, citations: citations.map(({ marker }) => marker), support: 'verbatim' as const }];
  return { status: 'answered', reason: null, text, citations, claims, ...facts };
}

export function abstained(nearest: readonly string[] = []): Answer {
  return {
    status: 'abstained',
    reason: 'insufficient-evidence',
    text: 'The documents do not say.',
    citations: [],
    claims: [],
    nearest: nearest.map((uri) => ({ uri, title: uri })),
    ...facts,
  };
}

export function observed(answer: Answer, probability: number, uris: readonly string[] = []): ObservedAnswer {
  const decision: AbstentionDecision = { isAnswerable: probability >= 0.5, probability, coefficients: 'test' };
  return { answer, decision, evidence: null, passages: passagesOf(uris), candidates: passagesOf(uris) };
}

export function passagesOf(uris: readonly string[]): readonly Passage[] {
  return uris.map((uri, index) => passage(storedChunk(uri, index, 'text'), { uri, score: 1 / (index + 1) }));
}
