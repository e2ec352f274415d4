/**
 * Whatever order people ask in while rights, documents and models change: nobody is given text of a passage that they may not see
 * at that moment, neither in an answer nor in a trace. Each revision of each document carries a word that stands nowhere else.
 */
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type AccessLabel, canonicalLabel } from '../../src/access/label.ts';
import { type AccessScope, scopeOf, systemScope } from '../../src/access/scope.ts';
import type { Catalog } from '../../src/catalog/catalog.ts';
import { openSqliteCatalog } from '../../src/catalog/sqlite.ts';
import { builtInFormats } from '../../src/context/formats/registry.ts';
import type { Answer } from '../../src/core/answer.ts';
import { PerseaError } from '../../src/core/errors.ts';
import type { GenerateRequest } from '../../src/llm/language-model.ts';
import { createPromptRegistry } from '../../src/prompts/registry.ts';
import { AnswerCache } from '../../src/query/answer-cache.ts';
import { ask } from '../../src/query/ask.ts';
import type { AskDependencies, RouteModel } from '../../src/query/dependencies.ts';
import { createHybridRetriever } from '../../src/retrieval/hybrid.ts';
import { createSentenceScorer } from '../../src/retrieval/sentence-scorer.ts';
import { showTrace } from '../../src/traces/show-trace.ts';
import { openSqliteTraces } from '../../src/traces/sqlite-traces.ts';
import type { TraceStore } from '../../src/traces/trace-store.ts';
import { draftOf } from '../contract/catalog-contract.ts';
import { FakeChunkStore } from '../support/fake-chunk-store.ts';
import { FakeLanguageModel } from '../support/fake-language-model.ts';
import { openEgress } from '../support/guarded.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const system = systemScope('test');
const tags = ['red', 'green'] as const;
const people = ['p0', 'p1', 'p2'] as const;
const subjects = ['gate', 'vault', 'lift'] as const;
const documentCount = 4;

type Action =
  | { readonly kind: 'ask'; readonly person: number; readonly subject: number; readonly format: 'numbered' | 'xml' }
  | { readonly kind: 'relabel'; readonly document: number; readonly tags: readonly string[] }
  | { readonly kind: 'edit'; readonly document: number }
  | { readonly kind: 'remove'; readonly document: number }
  | { readonly kind: 'grant' | 'revoke'; readonly person: number; readonly tag: string }
  | { readonly kind: 'models'; readonly areUp: boolean };

const document = fc.nat({ max: documentCount - 1 });
const person = fc.nat({ max: people.length - 1 });
const asks: fc.Arbitrary<Action> = fc.record({
  kind: fc.constant('ask' as const),
  person,
  subject: fc.nat({ max: subjects.length - 1 }),
  format: fc.constantFrom('numbered' as const, 'xml' as const),
});
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 10, arbitrary: asks },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('relabel' as const), document, tags: fc.subarray([...tags, 'everyone']) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('edit' as const), document }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove' as const), document }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constantFrom('grant', 'revoke'), person, tag: fc.constantFrom(...tags) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('models' as const), areUp: fc.boolean() }) },
);

interface Held {
  readonly uri: string;
  documentId: string;
  label: AccessLabel;
  revision: number;
  /** Of the current revision; null once the document is gone. */
  word: string | null;
}

class World {
  readonly words: string[] = [];
  readonly held = people.map(() => new Set<string>(['everyone']));
  readonly documents: Held[] = [];
  readonly dependencies: AskDependencies;
  readonly #store = new FakeChunkStore({ dimensions: null });
  readonly traces: TraceStore;
  readonly catalog: Catalog;
  areModelsUp = true;
  hits = 0;
  earlier = 0;

  constructor(catalog: Catalog, traces: TraceStore) {
    this.catalog = catalog;
    this.traces = traces;
    const clock = new ManualClock(1_000);
    const store = this.#store;
    this.dependencies = {
      catalog,
      store,
      retriever: createHybridRetriever({ store, catalog, embedder: null, mode: 'keyword', candidates: 20 }),
      ranking: { denseWeight: 0 },
      scorer: createSentenceScorer({ embedder: null }),
      decide: () => ({ isAnswerable: true, probability: 1, coefficients: 'test' }),
      prompts: createPromptRegistry({}),
      formats: async () => builtInFormats,
      models: [this.#model()],
      settings: {
        topK: 6,
        format: 'numbered',
        order: 'relevance',
        budgetTokens: 600,
        perDocumentShare: 1,
        expansion: { neighbours: 0, isSection: false },
        perDocument: null,
        unsupported: 'remove',
        questionCharacters: 4_000,
        answerCharacters: 20_000,
        injection: 'note',
        drafts: 'allow',
        repair: 'off',
        duplicates: 'show',
        condense: 'rules',
        egress: openEgress,
        routing: 'order',
        deadlineMs: 30_000,
      },
      warnings: [],
      recordUsage: async () => undefined,
      recordTrace: (trace) => traces.record(trace, 'full'),
      answers: new AnswerCache(() => ({ entries: 50, maxAgeMs: 1_000_000 }), clock),
      clock,
    };
  }

  /** Says every sentence of its window, each with its marker. */
  #model(): RouteModel {
    const reply = ({ window }: GenerateRequest) => {
      if (!this.areModelsUp) return new PerseaError('model-failed', 'The model is down.');
      return window.items.map((item) => `${item.text.replace(/\.$/, '')} [${item.marker}].`).join(' ');
    };
    return { model: new FakeLanguageModel({ reply }), maxOutputTokens: 400, parameters: 'fake' };
  }

  async scope(index: number): Promise<AccessScope> {
    const heldTags = new Set(this.held[index]);
    return scopeOf({ id: people[index] ?? '', groups: [], roles: [], heldTags }, await this.catalog.labels(system));
  }

  /** Plainly, sharing nothing with the code under test. */
  visibleWords(index: number): readonly string[] {
    return this.documents.flatMap(({ label, word }) =>
      word !== null && label.clauses.every((clause) => clause.some((tag) => this.held[index]?.has(tag))) ? [word] : [],
    );
  }

  async write(index: number, label: AccessLabel): Promise<void> {
    const before = this.documents[index];
    const uri = `docs/${index}.md`;
    const word = `quibble${this.words.length}fish`;
    this.words.push(word);
    const subject = subjects[index % subjects.length];
    const text = `The code of the ${subject} is ${word}.`;
    const isKnown = before !== undefined && before.word !== null;
    const [intent] = await this.catalog.beginRevisions([isKnown ? { uri, documentId: before.documentId } : { uri }]);
    if (intent === undefined) throw new Error('No revision was begun.');
    const { documentId, revision } = intent;
    const chunk = {
      ordinal: 0,
      start: 0,
      end: text.length,
      text,
      indexText: text,
      headingPath: [],
      page: null,
      tokens: 10,
    };
    await this.#store.writeChunks([{ documentId, revision, label, chunks: [chunk], vectors: null }]);
    await this.catalog.flipRevisions([{ intent, draft: draftOf(uri, { text, label, title: `Rule ${index}` }) }]);
    // Rows of the older revision stay, as after a crash: readers must not depend on their deletion.
    await this.catalog.endRevisions([intent]);
    this.documents[index] = { uri, documentId, label, revision, word };
  }

  async ask(index: number, question: string, format: string): Promise<Answer | null> {
    try {
      const answer = await ask(this.dependencies, await this.scope(index), { question, format, includeContext: true });
      if (answer.cache === 'hit') this.hits++;
      if (answer.warnings.some((warning) => warning.includes('No model could be reached'))) this.earlier++;
      return answer;
    } catch (thrown) {
      if (thrown instanceof PerseaError && thrown.code === 'model-failed') return null;
      throw thrown;
    }
  }

  expectNothingUnseen(index: number, shown: unknown): void {
    const text = JSON.stringify(shown);
    const visible = this.visibleWords(index);
    expect(this.words.filter((word) => text.includes(word) && !visible.includes(word))).toEqual([]);
  }
}

async function run(world: World, one: Action): Promise<void> {
  switch (one.kind) {
    case 'ask': {
      const question = `What is the code of the ${subjects[one.subject]}?`;
      world.expectNothingUnseen(one.person, await world.ask(one.person, question, one.format));
      return;
    }
    case 'relabel': {
      const found = world.documents[one.document];
      if (found === undefined || found.word === null) return;
      found.label = labelOf(one.tags);
      // The store does not follow.
      await world.catalog.relabelDocument(found.documentId, found.label, { isOverride: true });
      return;
    }
    case 'edit':
      return world.write(one.document, world.documents[one.document]?.label ?? labelOf(['everyone']));
    case 'remove': {
      const found = world.documents[one.document];
      if (found === undefined || found.word === null) return;
      await world.catalog.removeDocument(found.documentId);
      found.word = null;
      return;
    }
    case 'grant':
      world.held[one.person]?.add(one.tag);
      return;
    case 'revoke':
      world.held[one.person]?.delete(one.tag);
      return;
    case 'models':
      world.areModelsUp = one.areUp;
      return;
  }
}

function labelOf(anyOf: readonly string[]): AccessLabel {
  return canonicalLabel({ anyOf: anyOf.length === 0 ? ['nobody'] : [...anyOf], classification: 'internal' });
}

async function openWorld(): Promise<World> {
  const catalog = await openSqliteCatalog({ path: ':memory:' });
  const traces = openSqliteTraces({
    directory: await temporaryFolder(),
    retentionDays: () => 30,
    clock: new ManualClock(1_000),
  });
  const world = new World(catalog, traces);
  onTestFinished(async () => {
    traces.close();
    await catalog.close();
  });
  for (const [index, anyOf] of [['everyone'], ['red'], ['green'], ['red', 'green']].entries()) {
    await world.write(index, labelOf(anyOf));
  }
  return world;
}

describe('answers that are given again', () => {
  it('hold nothing that the asker may not see, in any order of grants, revocations, edits and questions', async () => {
    let [hits, earlier, shownTraces] = [0, 0, 0];
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 10, maxLength: 40 }), async (actions) => {
        const world = await openWorld();
        for (const one of actions) await run(world, one);
        for (const index of people.keys()) {
          const scope = await world.scope(index);
          for (const stored of world.traces.list(scope)) {
            expect(stored.principalId).toBe(people[index]);
            world.expectNothingUnseen(index, await showTrace(world.catalog, scope, stored));
            shownTraces++;
          }
        }
        hits += world.hits;
        earlier += world.earlier;
      }),
      { numRuns: 40 },
    );
    // Without hits nothing would be proved.
    expect(hits).toBeGreaterThan(20);
    expect(earlier).toBeGreaterThan(3);
    expect(shownTraces).toBeGreaterThan(100);
  });
});
