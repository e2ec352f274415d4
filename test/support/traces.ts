/** A trace of one answered question, for tests of what comes after. */
import type { TraceRecord } from '../../src/core/trace.ts';

export function traceOf(
  fields: Partial<TraceRecord> = {},
  documentId = 'doc_leave',
  item = 'Parental leave is 26 weeks.',
): TraceRecord {
  const chunkId = `${documentId}#1#0`;
  return {
    traceId: 'trace_1',
    principalId: 'bob',
    at: 1_000,
    facts: {
      status: 'answered',
      reason: null,
      cache: 'miss',
      questionCharacters: 27,
      stages: [
        { name: 'guard', startMs: 0, ms: 1 },
        { name: 'retrieve', startMs: 1, ms: 10 },
        { name: 'generate', startMs: 11, ms: 200 },
      ],
      retrieval: {
        mode: 'hybrid',
        denseWeight: 0.5,
        candidates: 3,
        passages: [{ documentId, chunkId, rank: 1, score: 0.9, parts: [{ source: 'keyword', rank: 1, score: 7.25 }] }],
      },
      evidence: { features: { coverage: 0.75 }, fingerprint: 'keyword' },
      window: {
        format: 'numbered',
        tokens: 20,
        items: [{ marker: 1, documentId, chunkIds: [chunkId], start: 0, end: item.length }],
        omitted: [],
      },
      prompt: { id: 'answer', version: '1', hash: 'sha256:aa' },
      models: [
        {
          id: 'main',
          provider: 'openai-compatible',
          zone: 'private',
          outcome: 'failed',
          code: 'model-timeout',
          startMs: 11,
          ms: 100,
          firstTextMs: null,
          inputTokens: 0,
          outputTokens: 0,
        },
        {
          id: 'spare',
          provider: 'anthropic',
          zone: 'external',
          outcome: 'answered',
          code: null,
          startMs: 111,
          ms: 100,
          firstTextMs: 40.5,
          inputTokens: 120,
          outputTokens: 9,
        },
      ],
      usage: {
        inputTokens: 120,
        outputTokens: 9,
        costUsd: 0.001,
        ms: { retrieve: 10, rerank: 0, generate: 100, total: 211 },
      },
      citations: [{ marker: 1, documentId, chunkId, start: 0, end: item.length, support: 'verbatim' }],
      checks: [{ support: 'verbatim', citations: [1] }],
    },
    content: {
      question: 'How long is parental leave?',
      answer: `${item} [1]`,
      prompt: `Rules of the prompt.\n${item}`,
      items: [item],
      claims: [item],
      droppedClaims: ['Everyone gets a pony.'],
      warnings: ['1 sentence was left out.'],
    },
    ...fields,
  };
}
