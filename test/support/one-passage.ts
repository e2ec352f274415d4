/** Everything that a question needs over one passage that is always found, without a store: for tests of what models do. */
import type { Passage } from '../../src/core/chunk.ts';
import { builtInFormats } from '../../src/context/formats/registry.ts';
import { createPromptRegistry } from '../../src/prompts/registry.ts';
import type { AskDependencies, AskSettings, RouteModel } from '../../src/query/dependencies.ts';
import { createSentenceScorer } from '../../src/retrieval/sentence-scorer.ts';
import { ManualClock } from './manual-clock.ts';
import { passage as passageOf, storedChunk } from './retrieval-fakes.ts';

const passageText = 'Parental leave is 26 weeks at full pay for all employees.';
/** That the passage answers. */
export const passageQuestion = 'How many weeks of parental leave at full pay for employees?';

export interface OnePassageOptions extends Partial<Omit<AskDependencies, 'settings' | 'models'>> {
  readonly models: readonly RouteModel[];
  readonly settings?: Partial<AskSettings>;
  /** Of the passage and of its document. */
  readonly text?: string;
  /** What the catalogue holds when the window is made; undefined where the document is gone. The passage has revision 1. */
  readonly stored?: { readonly revision: number } | undefined;
}

export function onePassage({ settings, stored, text = passageText, ...given }: OnePassageOptions): AskDependencies {
  const passage: Passage = passageOf(storedChunk('doc_1', 0, text, { start: 0 }));
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
      documentIds: async () => [],
      documentsById: async () => new Map(),
      documentByUri: async () => undefined,
      documentsReplacing: async () => [],
      countDocuments: async () => 0,
    },
    store: { chunksById: async () => [] },
    retriever: { retrieve: async () => ({ ...result, timings }) },
    ranking: { denseWeight: 0.5 },
    scorer: createSentenceScorer({ embedder: null }),
    prompts: createPromptRegistry(),
    formats: async () => builtInFormats,
    settings: {
      topK: 8,
      format: 'numbered',
      order: 'relevance',
      routing: 'order',
      deadlineMs: 30_000,
      condense: 'rules',
      budgetTokens: 1_000,
      perDocumentShare: 1,
      expansion: { neighbours: 1, isSection: false },
      perDocument: null,
      unsupported: 'remove',
      duplicates: 'fold',
      questionCharacters: 1_000,
      answerCharacters: 20_000,
      injection: 'note',
      repair: 'off',
      drafts: 'allow',
      egress: { public: ['local'], internal: ['local'], confidential: ['local'], mixed: 'reroute' },
      ...settings,
    },
    warnings: [],
    recordUsage: async () => undefined,
    clock: new ManualClock(),
    ...given,
  };
}
