/**
 * Random companies for leak cases: documents with labels, revisions, near-copies and a store that lags behind, in a real catalogue
 * and a real store, and the same company without what one person may not see. Ids are equal in both, so that results can be compared.
 */
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type AccessLabel, canonicalLabel } from '../../src/access/label.ts';
import { type AccessScope, scopeOf, systemScope } from '../../src/access/scope.ts';
import type { Catalog, DocumentRecord } from '../../src/catalog/catalog.ts';
import { openSqliteCatalog } from '../../src/catalog/sqlite.ts';
import { builtInFormats } from '../../src/context/formats/registry.ts';
import type { Embedder } from '../../src/embedding/embedder.ts';
import { createExtractiveModel } from '../../src/llm/extractive.ts';
import { createPromptRegistry } from '../../src/prompts/registry.ts';
import type { AskDependencies } from '../../src/query/dependencies.ts';
import { createHybridRetriever } from '../../src/retrieval/hybrid.ts';
import { createSentenceScorer } from '../../src/retrieval/sentence-scorer.ts';
import type { ChunkBatch, ChunkStore } from '../../src/store/chunk-store.ts';
import { openLanceChunkStore } from '../../src/store/lancedb.ts';
import { draftOf } from '../contract/catalog-contract.ts';
import { createFakeEmbedder } from './fake-embedder.ts';
import { guarded } from './guarded.ts';
import type { RandomNumbers } from './random-numbers.ts';

const system = systemScope('leak cases');
const tags = ['red', 'green', 'blue', 'gold'] as const;
const classifications = ['public', 'internal', 'confidential'] as const;
const subjects = ['leave', 'travel', 'badge', 'laptop', 'parking', 'pension', 'visitor', 'invoice'] as const;
const verbs = ['needs', 'allows', 'replaces', 'excludes', 'records', 'extends'] as const;
const objects = ['approval', 'a receipt', 'the register', 'a deposit', 'the manager', 'a form'] as const;
const places = ['Berlin', 'Lyon', 'Porto', 'Oslo'] as const;

export interface LeakPerson {
  readonly id: string;
  readonly roles: readonly ('employee' | 'admin')[];
  readonly tags: readonly string[];
}

/** A document as it is made; what lies in the store may be of an older label or revision, or of a document that is gone. */
interface LeakDocument {
  readonly record: DocumentRecord;
  readonly isRemoved: boolean;
  readonly batches: readonly ChunkBatch[];
}

export interface LeakWorld {
  readonly people: readonly LeakPerson[];
  /** Of all documents that ever were, hidden and removed ones too: what somebody may try. */
  readonly documentIds: readonly string[];
  readonly uris: readonly string[];
  /** Words to ask for, those of hidden documents too. */
  readonly questions: readonly string[];
  readonly whole: Company;
  /** The company in which there is nothing that this person may not see. */
  without(person: LeakPerson): Promise<{ readonly company: Company; readonly hidden: number }>;
  close(): Promise<void>;
}

export interface Company {
  readonly catalog: Catalog;
  readonly store: ChunkStore;
  readonly dependencies: AskDependencies;
  scopeFor(person: LeakPerson): Promise<AccessScope>;
  close(): Promise<void>;
}

/** @param folder an empty one, for the files of this world */
export async function makeLeakWorld(random: RandomNumbers, folder: string): Promise<LeakWorld> {
  const embedder = createFakeEmbedder({ dimensions: 32 });
  const master = join(folder, 'master.db');
  const catalog = await openSqliteCatalog({ path: master });
  const documents = await writeDocuments(catalog, embedder, random);
  await catalog.close();
  const people = Array.from(
    { length: 3 },
    (_, index): LeakPerson => ({
      id: `p${index}`,
      roles: random.chance(0.3) ? ['employee', 'admin'] : ['employee'],
      tags: random.sample(tags, random.below(3)),
    }),
  );
  const open: Company[] = [];
  const companyOf = async (name: string, kept: readonly LeakDocument[]) => {
    const path = join(folder, `${name}.db`);
    await copyFile(master, path);
    const copy = await openSqliteCatalog({ path });
    for (const { record, isRemoved } of documents) {
      if (!isRemoved && !kept.some((document) => document.record === record))
        await copy.removeDocument(record.documentId);
    }
    const company = await openCompany(
      copy,
      embedder,
      join(folder, name),
      kept.flatMap(({ batches }) => batches),
    );
    open.push(company);
    return company;
  };
  return {
    people,
    documentIds: documents.map(({ record }) => record.documentId),
    uris: documents.map(({ record }) => record.uri),
    questions: subjects.flatMap((subject) => [
      `What does ${subject} need?`,
      `${subject} ${random.pick(verbs)} ${random.pick(objects)} in ${random.pick(places)}`,
    ]),
    whole: await companyOf('whole', documents),
    async without(person) {
      const kept = documents.filter(({ record, isRemoved }) => !isRemoved && maySee(person, record.label));
      return { company: await companyOf(person.id, kept), hidden: documents.length - kept.length };
    },
    close: async () => {
      for (const company of open) await company.close();
    },
  };
}

/** The rules read plainly, sharing nothing with the code under test. */
function maySee(person: LeakPerson, label: AccessLabel): boolean {
  if (label.clauses.length === 0) return false;
  return !label.clauses.some((clause) => !clause.some((tag) => tag === 'everyone' || person.tags.includes(tag)));
}

async function openCompany(
  catalog: Catalog,
  embedder: Embedder,
  directory: string,
  batches: readonly ChunkBatch[],
): Promise<Company> {
  const store = await openLanceChunkStore({ directory, tableName: 'chunks', dimensions: embedder.dimensions });
  if (batches.length > 0) await store.writeChunks(batches, { isFirst: true });
  await store.optimize();
  const retriever = createHybridRetriever({ store, catalog, embedder: guarded(embedder), candidates: 60 });
  return {
    catalog,
    store,
    dependencies: {
      catalog,
      store,
      retriever,
      ranking: { denseWeight: 0.5 },
      scorer: createSentenceScorer({ embedder: guarded(embedder) }),
      prompts: createPromptRegistry({}),
      formats: async () => builtInFormats,
      models: [{ model: createExtractiveModel({}), maxOutputTokens: 256 }],
      settings: {
        topK: 6,
        format: 'numbered',
        order: 'relevance',
        routing: 'order',
        deadlineMs: 10_000,
        budgetTokens: 600,
        perDocumentShare: 1,
        expansion: { neighbours: 1, isSection: false },
        perDocument: null,
        unsupported: 'remove',
        questionCharacters: 4_000,
        answerCharacters: 20_000,
        injection: 'note',
        repair: 'lost',
        drafts: 'allow',
        duplicates: 'fold',
        egress: { public: ['local'], internal: ['local'], confidential: ['local'], mixed: 'reroute' },
        condense: 'rules',
      },
      warnings: [],
      recordUsage: (usage) => catalog.recordUsage(usage),
      clock: { now: () => 0, sleep: async () => undefined },
    },
    async scopeFor({ id, roles, tags: held }) {
      const heldTags = new Set(['everyone', ...held]);
      return scopeOf({ id, groups: [], roles, heldTags }, await catalog.labels(system));
    },
    async close() {
      await store.close();
      await catalog.close();
    },
  };
}

async function writeDocuments(
  catalog: Catalog,
  embedder: Embedder,
  random: RandomNumbers,
): Promise<readonly LeakDocument[]> {
  const texts: (readonly string[])[] = [];
  const documents: LeakDocument[] = [];
  for (let index = 0; index < 12; index++) {
    // Often of the last one, so that chains of copies arise whose ends are no near-duplicates of each other.
    const earlier = random.chance(0.6) ? texts.at(-1) : texts[random.below(Math.max(1, texts.length))];
    const paragraphs = earlier !== undefined && random.chance(0.45) ? nearCopy(earlier, random) : paragraphsOf(random);
    texts.push(paragraphs);
    documents.push(await writeDocument(catalog, embedder, random, index, paragraphs));
  }
  return documents;
}

async function writeDocument(
  catalog: Catalog,
  embedder: Embedder,
  random: RandomNumbers,
  index: number,
  paragraphs: readonly string[],
): Promise<LeakDocument> {
  const label = randomLabel(random);
  const text = paragraphs.join('\n\n');
  const draft = draftOf(`${random.pick(['hr', 'it', 'office'])}/${index}-${random.pick(subjects)}.md`, {
    title: `${random.pick(subjects)} rules ${index}`,
    text,
    label,
    chunkCount: paragraphs.length,
    isEmbedded: label.classification !== 'confidential',
    mediaType: random.pick(['text/markdown', 'application/pdf']),
    modifiedAt: random.pick([null, Date.UTC(2022, 5, 1), Date.UTC(2023, 10, 20), Date.UTC(2024, 7, 1)]),
    properties: {
      language: random.pick(['en', 'de', 'de-AT']),
      ...(random.chance(0.3) ? { owner: `owner${index}@example.com` } : {}),
    },
  });
  const batches: ChunkBatch[] = [];
  const revisions = random.chance(0.25) ? 2 : 1;
  let record: DocumentRecord | undefined;
  for (let revision = 1; revision <= revisions; revision++) {
    const intents = await catalog.beginRevisions([{ uri: draft.uri }]);
    const [intent] = intents;
    if (intent === undefined) throw new Error('No revision was begun.');
    [record] = await catalog.flipRevisions([{ intent, draft }]);
    await catalog.endRevisions(intents);
    // Rows of the older revision stay where its deletion was cut short.
    batches.push(await batchOf(intent.documentId, revision, label, paragraphs, embedder));
  }
  if (record === undefined) throw new Error('No document was written.');
  const isRemoved = random.chance(0.1);
  if (isRemoved) await catalog.removeDocument(record.documentId);
  else if (random.chance(0.2)) {
    // The store has not followed yet: its rows still have the label from before.
    await catalog.relabelDocument(record.documentId, randomLabel(random), { isOverride: true });
    record = (await catalog.document(system, record.documentId)) ?? record;
  }
  return { record, isRemoved, batches };
}

async function batchOf(
  documentId: string,
  revision: number,
  label: AccessLabel,
  paragraphs: readonly string[],
  embedder: Embedder,
): Promise<ChunkBatch> {
  let start = 0;
  const chunks = paragraphs.map((text, ordinal) => {
    const chunk = { ordinal, start, end: start + text.length, text, indexText: text, headingPath: [], page: null };
    start = chunk.end + 2;
    return { ...chunk, tokens: 20 };
  });
  const vectors = label.classification === 'confidential' ? null : await embedder.embedDocuments(paragraphs);
  return { documentId, revision, label, chunks, vectors };
}

function randomLabel(random: RandomNumbers): AccessLabel {
  return canonicalLabel({
    anyOf: random.chance(0.2) ? ['everyone'] : random.sample(tags, 1 + random.below(2)),
    ...(random.chance(0.3) ? { allOf: random.sample(tags, 1) } : {}),
    classification: random.pick(classifications),
  });
}

function paragraphsOf(random: RandomNumbers): readonly string[] {
  return Array.from({ length: 1 + random.below(3) }, () =>
    Array.from({ length: 4 + random.below(4) }, () => sentenceOf(random)).join(' '),
  );
}

function sentenceOf(random: RandomNumbers): string {
  const number = 1 + random.below(90);
  return `In ${random.pick(places)} the ${random.pick(subjects)} rule ${number} ${random.pick(verbs)} ${random.pick(objects)} within ${number + 3} days.`;
}

/** One sentence more: still a near-duplicate where the text is long, another document where it is short. */
function nearCopy(paragraphs: readonly string[], random: RandomNumbers): readonly string[] {
  return random.chance(0.5)
    ? [...paragraphs]
    : [...paragraphs.slice(0, -1), `${paragraphs.at(-1) ?? ''} ${sentenceOf(random)}`];
}
