/** Results of `persea eval run` with just the questions that a test is about. */
import type { ResultFile } from '../../src/eval/result-file.ts';

export function resultFile(facts: {
  readonly kind?: ResultFile['kind'];
  readonly dataset?: string;
  readonly corpus?: string;
  readonly questions?: string;
  readonly perQuery: readonly ({ readonly id: string } & Readonly<Record<string, unknown>>)[];
}): ResultFile {
  return {
    dataset: facts.dataset ?? 'set',
    kind: facts.kind ?? 'retrieval',
    documents: 3,
    queries: facts.perQuery.length,
    fingerprint: {
      embedding: 'fake',
      retrieval: 'sha256:r',
      corpus: facts.corpus ?? 'sha256:0',
      ...(facts.questions === undefined ? {} : { questions: facts.questions }),
    },
    seconds: { ingest: 0, search: 1 },
    latencyMs: { p50: 9, p95: 20 },
    metrics: {},
    perQuery: facts.perQuery.map((query) => ({ found: [], wanted: [], ...query })),
  };
}
