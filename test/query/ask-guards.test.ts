import { describe, expect, it } from 'vitest';
import { systemScope } from '../../src/access/scope.ts';
import { builtInFormats } from '../../src/context/formats/registry.ts';
import type { Passage } from '../../src/core/chunk.ts';
import { createPromptRegistry } from '../../src/prompts/registry.ts';
import { ask } from '../../src/query/ask.ts';
import type { AskDependencies } from '../../src/query/dependencies.ts';
import { createSentenceScorer } from '../../src/retrieval/sentence-scorer.ts';
import { FakeLanguageModel } from '../support/fake-language-model.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { passage as passageOf, storedChunk } from '../support/retrieval-fakes.ts';

/** Between retrieval and the window a document can be withdrawn or replaced by whoever else is writing. */
describe('a document that changed since it was retrieved', () => {
  const text = 'Parental leave is 26 weeks at full pay for all employees.';
  const passage: Passage = passageOf(storedChunk('doc_1', 0, text, { start: 0 }));

  function dependencies(stored: { readonly revision: number } | undefined, model: FakeLanguageModel): AskDependencies {
    const result = {
      passages: [passage],
      candidates: [passage],
      mode: 'keyword',
      warnings: [],
      explanation: null,
    } as const;
    const timings = { embedMs: 0, vectorMs: 0, keywordMs: 0, recheckMs: 0, smoothMs: 0, totalMs: 0 };
    return {
      catalog: {
        text: async (_scope, documentId) =>
          stored === undefined ? undefined : { documentId, ...stored, text, blocks: [] },
        signatures: async () => new Map(),
      },
      store: { chunksById: async () => [] },
      retriever: { retrieve: async () => ({ ...result, timings }) },
      denseWeight: 0.5,
      scorer: createSentenceScorer({ embedder: null }),
      prompts: createPromptRegistry(),
      formats: async () => builtInFormats,
      models: [{ model, maxOutputTokens: 100 }],
      settings: {
        topK: 8,
        format: 'numbered',
        order: 'relevance',
        budgetTokens: 1_000,
        expansion: { neighbours: 1, isSection: false },
        perDocument: null,
        unsupported: 'remove',
        duplicates: 'fold',
        questionCharacters: 1_000,
        answerCharacters: 20_000,
        egress: { public: ['local'], internal: ['local'], confidential: ['local'], mixed: 'reroute' },
      },
      warnings: [],
      recordUsage: async () => undefined,
      clock: new ManualClock(),
    };
  }

  const question = 'How many weeks of parental leave at full pay for employees?';

  it('is shown while it is the same', async () => {
    const model = new FakeLanguageModel({ reply: 'Parental leave is 26 weeks at full pay [1].' });
    const answer = await ask(dependencies({ revision: 1 }, model), systemScope('test'), { question });
    expect(answer.status).toBe('answered');
  });

  it.each([
    ['withdrawn', undefined],
    ['replaced', { revision: 2 }],
  ])('is not shown to a model once it is %s', async (_state, stored) => {
    const model = new FakeLanguageModel({ reply: 'Parental leave is 26 weeks at full pay [1].' });
    const answer = await ask(dependencies(stored, model), systemScope('test'), { question });
    expect(answer).toMatchObject({ status: 'abstained', citations: [] });
    for (const call of model.calls) expect(call.window.items).toEqual([]);
  });
});
