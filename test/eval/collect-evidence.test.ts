import { describe, expect, it } from 'vitest';
import type { Evidence } from '../../src/core/evidence.ts';
import { collectEvidence } from '../../src/eval/collect-evidence.ts';
import type { CasesDataset } from '../../src/eval/dataset.ts';
import type { EvaluationTools } from '../../src/eval/tools.ts';

const sentence = {
  passage: 0,
  documentId: 'doc',
  start: 0,
  end: 3,
  text: 'Yes',
  score: 1,
  dense: null,
  keyword: 1,
  coverage: 1,
};

/** One question for each kind of evidence; null finds nothing. */
function collected(fingerprints: readonly (string | null)[]) {
  const cases = fingerprints.map((_, index) => ({
    id: `q${index}`,
    question: `${index}`,
    as: 'alice',
    isAnswerable: index % 2 === 0,
    answers: [],
    relevant: [],
    mustNotCite: [],
    tags: [],
  }));
  const dataset: CasesDataset = { kind: 'cases', name: 'made', cases, hash: '' };
  const ask = async ({ question }: { readonly question: string }) => {
    const fingerprint = fingerprints[Number(question)] ?? null;
    const evidence: Evidence | null =
      fingerprint === null ? null : { sentences: [sentence], features: { of: Number(question) }, fingerprint };
    return { answer: {}, decision: null, evidence, passages: [], candidates: [] };
  };
  const tools = { cases: { ask } } as unknown as Pick<EvaluationTools, 'indexCorpus' | 'cases'>;
  return collectEvidence(dataset, tools, {});
}

describe('collectEvidence', () => {
  it('keeps the questions with the kind of evidence that most have, whichever comes first', async () => {
    const { questions, fingerprint } = await collected(['m+across-languages', 'm', null, 'm', 'keyword', 'm']);
    expect(fingerprint).toBe('m');
    expect(questions).toEqual([
      { id: 'q1', group: 'question q1', isAnswerable: false, features: { of: 1 } },
      { id: 'q3', group: 'question q3', isAnswerable: false, features: { of: 3 } },
      { id: 'q5', group: 'question q5', isAnswerable: false, features: { of: 5 } },
    ]);
  });

  it('has no kind where nothing was found', async () => {
    expect(await collected([null, null])).toEqual({ questions: [], fingerprint: null });
  });
});
