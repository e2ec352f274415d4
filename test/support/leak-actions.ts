/** Everything that a person can read, each as a function of a company, so that two companies can be asked the same. */
import { explainAccess } from '../../src/access/explain.ts';
import type { AccessScope } from '../../src/access/scope.ts';
import { systemClock } from '../../src/core/async.ts';
import { factFilterOf, type SearchFilters } from '../../src/core/fact-filter.ts';
import { evaluateCase } from '../../src/eval/cases.ts';
import { askObserved } from '../../src/eval/observed-ask.ts';
import { ask, askStream } from '../../src/query/ask.ts';
import { search } from '../../src/query/search.ts';
import { foldDuplicates } from '../../src/retrieval/duplicates.ts';
import { expandPassages, readSurroundings } from '../../src/retrieval/expand.ts';
import type { Company, LeakPerson, LeakWorld } from './leak-worlds.ts';
import type { RandomNumbers } from './random-numbers.ts';

export interface LeakAction {
  /** Kind and arguments, for the message of a leak. */
  readonly name: string;
  run(company: Company, scope: AccessScope): Promise<unknown>;
}

type MakeAction = (random: RandomNumbers, world: LeakWorld, person: LeakPerson) => LeakAction;

function randomFilters(random: RandomNumbers): SearchFilters {
  return {
    ...(random.chance(0.4) ? { source: random.sample(['hr', 'it', 'office', 'nowhere'], 2) } : {}),
    ...(random.chance(0.2) ? { uriPrefix: random.pick(['hr/', 'it/1', 'o']) } : {}),
    ...(random.chance(0.3) ? { language: random.pick(['en', 'de', 'fr']) } : {}),
    ...(random.chance(0.2) ? { mediaType: random.pick(['markdown', 'pdf', 'text/*']) } : {}),
    ...(random.chance(0.2) ? { since: random.pick(['2020-01-01', '2023-11-01', '2024-05-01']) } : {}),
  };
}

/** Of searches in which no model is asked. */
const nothingRecorded = { recordUsage: async () => undefined, clock: systemClock };
const searchSettings = { questionCharacters: 4_000, topK: 8, maxTopK: 100, perDocument: null } as const;

const makers: Readonly<Record<string, MakeAction>> = {
  search(random, world) {
    const request = {
      query: random.pick(world.questions),
      mode: 'vector',
      topK: random.pick([1, 3, 8, 60]),
      explain: random.chance(0.5),
      filters: randomFilters(random),
      facets: random.chance(0.5),
    } as const;
    const duplicates = random.pick(['fold', 'show'] as const);
    const perDocument = random.pick([null, 1, 2]);
    return {
      name: JSON.stringify({ ...request, duplicates, perDocument }),
      run: ({ catalog, dependencies: { retriever } }, scope) =>
        search(
          { ...nothingRecorded, catalog, retriever, settings: { ...searchSettings, duplicates, perDocument } },
          scope,
          request,
        ),
    };
  },
  /** Without order and scores, which move with the frequencies of words in the whole index: see decision 0007. */
  words(random, world) {
    const request = {
      query: random.pick(world.questions),
      mode: random.pick(['hybrid', 'keyword'] as const),
      topK: 60,
      explain: random.chance(0.5),
      ...(random.chance(0.5) ? { filters: randomFilters(random) } : {}),
    };
    const settings = { ...searchSettings, duplicates: 'show' } as const;
    return {
      name: JSON.stringify(request),
      run: async ({ catalog, dependencies: { retriever } }, scope) => {
        const { hits, warnings } = await search({ ...nothingRecorded, catalog, retriever, settings }, scope, request);
        const texts = hits.map(({ score: _score, ...hit }) => hit);
        return { warnings, texts: texts.toSorted((a, b) => (a.chunkId < b.chunkId ? -1 : 1)) };
      },
    };
  },
  facets(random, _world) {
    const facts = factFilterOf(randomFilters(random)) ?? {};
    const [hold, limit] = [random.chance(0.5), 1 + random.below(20)];
    return {
      name: JSON.stringify(facts),
      run: async ({ catalog }, scope) => [
        await catalog.factCounts(scope, facts),
        await catalog.documentIds(scope, facts, { hold, limit }),
      ],
    };
  },
  ask(random, world) {
    const request = {
      question: random.pick(world.questions),
      includeContext: true,
      ...(random.chance(0.3) ? { filters: randomFilters(random) } : {}),
    };
    return { name: request.question, run: ({ dependencies }, scope) => ask(dependencies, scope, request) };
  },
  collection(random, world) {
    const [word = 'documents'] = random.pick(world.questions).split(' ').slice(-1);
    const question = random.pick([
      'How many documents are there?',
      'Wie viele Dokumente gibt es?',
      `List all documents about ${word}`,
      `How many documents mention ${word}?`,
    ]);
    return { name: question, run: ({ dependencies }, scope) => ask(dependencies, scope, { question }) };
  },
  followUp(random, world) {
    const history = [{ role: 'user', text: random.pick(world.questions) }] as const;
    const request = { question: random.pick(['And what about it?', random.pick(world.questions)]), history };
    return { name: request.question, run: ({ dependencies }, scope) => ask(dependencies, scope, request) };
  },
  stream(random, world) {
    const request = { question: random.pick(world.questions) };
    return {
      name: request.question,
      run: async ({ dependencies }, scope) => {
        const events = [];
        for await (const event of askStream(dependencies, scope, request)) events.push(event);
        return events;
      },
    };
  },
  /** Answered whatever the evidence, so that citations are made of all that was found. */
  citations(random, world) {
    const question = random.pick(world.questions);
    return {
      name: question,
      run: async ({ dependencies }, scope) => {
        const observed = await askObserved(
          dependencies,
          scope,
          { question, includeContext: true },
          { isRefusalOff: true },
        );
        return {
          ...observed,
          passages: observed.passages.map(({ parts: _raw, ...passage }) => passage),
          // Their scores and order are the index's; which they are is not.
          candidates: observed.candidates.map(({ chunk }) => chunk.chunkId).sort(),
        };
      },
    };
  },
  explanation(random, world) {
    const query = random.pick(world.questions);
    return {
      name: query,
      run: async ({ dependencies: { retriever } }, scope) => {
        const { explanation, warnings, mode } = await retriever.retrieve(scope, query);
        return { explanation, warnings, mode };
      },
    };
  },
  neighbours(random, world) {
    const query = random.pick(world.questions);
    const expansion = { neighbours: 1 + random.below(3), isSection: random.chance(0.5) };
    return {
      name: `${query} ${JSON.stringify(expansion)}`,
      run: async ({ store, dependencies: { retriever } }, scope) => {
        const { passages } = await retriever.retrieve(scope, query, { mode: 'vector', topK: 5 });
        const surroundings = await readSurroundings(store, scope, passages, expansion);
        return [...surroundings, ...expandPassages(passages, surroundings, expansion)];
      },
    };
  },
  duplicates: (_random, world) => ({
    name: 'of all',
    run: ({ catalog }, scope) => Promise.all(world.documentIds.map((id) => catalog.nearDuplicates(scope, id))),
  }),
  folding(random, world) {
    const query = random.pick(world.questions);
    return {
      name: query,
      run: async ({ catalog, dependencies: { retriever } }, scope) => {
        const { passages } = await retriever.retrieve(scope, query, { mode: 'vector', topK: 30 });
        return foldDuplicates(catalog, scope, query, passages);
      },
    };
  },
  signatures: (_random, world) => ({
    name: 'of all',
    run: async ({ catalog }, scope) => sortedEntries(await catalog.signatures(scope, world.documentIds)),
  }),
  documents(random, world) {
    const filter = {
      ...(random.chance(0.4) ? { source: random.pick(['hr', 'it', 'office']) } : {}),
      ...(random.chance(0.4) ? { uriPrefix: random.pick(world.uris).slice(0, 4) } : {}),
      ...(random.chance(0.3) ? { isEmbedded: random.chance(0.5) } : {}),
      ...(random.chance(0.4) ? { afterUri: random.pick(world.uris) } : {}),
      ...(random.chance(0.5) ? { limit: 1 + random.below(5) } : {}),
    };
    return {
      name: JSON.stringify(filter),
      run: async ({ catalog }, scope) => [
        await catalog.documents(scope, filter),
        await catalog.countDocuments(scope, filter),
      ],
    };
  },
  document(random, world) {
    const [id, uri] = [random.pick(world.documentIds), random.pick(world.uris)];
    return {
      name: `${id} ${uri}`,
      run: async ({ catalog, store }, scope) => [
        await catalog.document(scope, id),
        await catalog.documentByUri(scope, uri),
        await catalog.text(scope, id),
        sortedEntries(await catalog.documentsById(scope, world.documentIds)),
        (await isCurrent(catalog, scope, id)) ? await store.countChunks(scope, id) : null,
      ],
    };
  },
  access(random, world, person) {
    const uri = random.pick(world.uris);
    return {
      name: uri,
      run: async ({ catalog }, scope) => {
        const document = await catalog.documentByUri(scope, uri);
        const principal = { id: person.id, groups: [], roles: person.roles, heldTags: new Set(person.tags) };
        return document === undefined ? 'absent' : explainAccess(principal, document.label);
      },
    };
  },
  eval(random, world) {
    const question = random.pick(world.questions);
    const one = {
      id: 'q',
      question,
      as: 'someone',
      isAnswerable: random.chance(0.5),
      answers: ['approval'],
      goldDocument: null,
      relevant: [{ uri: random.pick(world.uris), grade: 1, page: null, quote: null }],
      mustNotCite: [random.pick(world.uris)],
      tags: [],
    };
    return {
      name: question,
      run: async ({ catalog, dependencies }, scope) => {
        const { outcome } = await evaluateCase(
          one,
          {
            ask: ({ question }, options) =>
              askObserved(dependencies, scope, { question, includeContext: true }, options),
            retrieve: (_person, query, options) => dependencies.retriever.retrieve(scope, query, options),
            maySee: async (_person, uri) => (await catalog.documentByUri(scope, uri)) !== undefined,
            languageOf: async (_person, uri) => (await catalog.documentByUri(scope, uri))?.properties.language ?? null,
            isVerbatim: async ({ documentId, start, end, quote }) =>
              (await catalog.text(scope, documentId))?.text.slice(start, end) === quote,
            fingerprint: { embedding: '', retrieval: '' },
          },
          {},
        );
        return outcome;
      },
    };
  },
};

export const leakActionKinds = Object.keys(makers);

/** `turn` decides the kind, so that all kinds come equally often; the rest is random. */
export function randomLeakAction(
  random: RandomNumbers,
  turn: number,
  world: LeakWorld,
  person: LeakPerson,
): LeakAction {
  const kind = leakActionKinds[turn % leakActionKinds.length] ?? '';
  const action = makers[kind]?.(random, world, person);
  if (action === undefined) throw new Error(`There is no action ${kind}.`);
  return { ...action, name: `${kind} ${action.name}` };
}

/** Rows of a document that the store has not followed yet are its own business: no reader asks for their number. */
async function isCurrent(catalog: Company['catalog'], scope: AccessScope, id: string): Promise<boolean> {
  return (await catalog.document(scope, id)) !== undefined;
}

function sortedEntries<T>(map: ReadonlyMap<string, T>): readonly (readonly [string, T])[] {
  return [...map].toSorted(([a], [b]) => (a < b ? -1 : 1));
}
