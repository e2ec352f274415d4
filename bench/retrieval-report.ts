/**
 * All judged sets of the shared data through the product's own retrieval, alone and merged into one index with a label for
 * each, and what else was tried: writes the measured part of docs/retrieval.md. `npm run eval:retrieval [-- --limit N]`
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { estimateMean } from '../src/eval/bootstrap.ts';
import { loadDataset, type RetrievalDataset } from '../src/eval/dataset.ts';
import { mean, percentile } from '../src/eval/metrics.ts';
import { judgedQueries } from '../src/eval/ranked-documents.ts';
import type { RetrievalReport } from '../src/eval/results.ts';
import { runEvaluation } from '../src/eval/run.ts';
import type { CorpusIndex, CorpusIndexer } from '../src/eval/tools.ts';
import { type FusionTuning, fusionWeights, tuneFusion, type WeighedQuestion } from '../src/eval/tune-fusion.ts';
import type { RankingSettings } from '../src/retrieval/ranking.ts';
import type { Retrieval } from '../src/retrieval/retriever.ts';
import { byArm, type JudgedQuestion, ndcgOf, weighQuestion } from '../src/eval/weigh-arms.ts';
import { benchEmbedder, benchIndexer, cacheDir } from './evaluation.ts';
import { openMergedIndex } from './merged-index.ts';
import { renderRetrieval } from './retrieval-tables.ts';
import { machine, print, repositoryRoot, sharedData } from './support.ts';

export interface Difference {
  readonly mean: number;
  readonly interval: readonly [number, number] | null;
}

export interface SetOutcome {
  readonly name: string;
  readonly documents: number;
  readonly alone: RetrievalReport;
  /** nDCG@10 of what each arm found, as it ranked it. */
  readonly vectorOnly: number;
  readonly keywordOnly: number;
  readonly tuning: FusionTuning;
  /** Less alone: the merged index seen by a person who may see all, and by one who may see just this set. */
  readonly mergedAll: RetrievalReport;
  readonly mergedOwn: RetrievalReport;
  readonly lossAll: Difference;
  /** Of the one who may see all, with the documents of other sets, which nobody judged, taken out of the result afterwards. */
  readonly lossAllOfOwn: Difference;
  readonly lossOwn: Difference;
  /** Against alone, by what was tried. */
  readonly tried: Readonly<Record<string, Difference>>;
  /** Documents of other sets that the person of just this set was shown. */
  readonly foreign: number;
}

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: 'bge-small-en-v1.5' },
    sets: { type: 'string', default: 'hotpotqa-sample,cisi,cranfield,mtrag-un,clapnq,scifact-train,squad2' },
    limit: { type: 'string' },
    out: { type: 'string' },
  },
});
const seed = 1;
/** Of a set with more, so many questions, evenly spread, are ranked under every weight and with parts of the ranking switched off. */
const sampledQuestions = 400;
const withoutParts: Readonly<Record<string, Partial<RankingSettings>>> = {
  'without candidate words': { hasCandidateWords: false },
  'without nearness': { hasNearness: false },
  'without smoothing': { smoothing: null },
  'without all three': { hasCandidateWords: false, hasNearness: false, smoothing: null },
};
const currentWeight = () => embedder?.denseWeight ?? 0;
const begin = '<!-- measured: begin (npm run eval:retrieval) -->';
const end = '<!-- measured: end -->';
const page = join(repositoryRoot, 'docs/retrieval.md');

mkdirSync(cacheDir, { recursive: true });
if (values.out !== undefined) mkdirSync(values.out, { recursive: true });
const startedAt = performance.now();
const embedder = await benchEmbedder(values.model);
const limit = values.limit === undefined ? {} : { limit: Number(values.limit) };
const names = values.sets.split(',');
const sets = await Promise.all(names.map(loadSet));
const merged = await openMergedIndex(sets, { cacheDir: join(cacheDir, 'corpora'), embedder });
print(`${merged.chunks} chunks in the merged index, made in ${merged.ingestSeconds} s`);
const outcomes: SetOutcome[] = [];
for (const set of sets) {
  const outcome = await measure(set);
  outcomes.push(outcome);
  print(`${set.name}: alone ${outcome.alone.metrics['ndcg@10'].toFixed(3)}, after ${minutes()} min`);
  // A run that is ended leaves what was measured until then.
  writePage(render());
}
print(render());
await merged.close();
await embedder?.close();

function render(): string {
  return renderRetrieval(outcomes, {
    model: values.model,
    denseWeight: embedder?.denseWeight ?? 0,
    chunks: merged.chunks,
    limit: values.limit ?? null,
    missingSets: names.slice(outcomes.length),
    machine: machine(),
    date: new Date().toISOString().slice(0, 10),
    minutes: minutes(),
  });
}

function writePage(tables: string): void {
  const before = readFileSync(page, 'utf8');
  const [head, tail] = [before.slice(0, before.indexOf(begin) + begin.length), before.slice(before.indexOf(end))];
  writeFileSync(page, `${head}\n\n${tables}\n\n${tail}`);
}

async function loadSet(name: string): Promise<RetrievalDataset> {
  const dataset = await loadDataset(join(sharedData, name), { task: 'retrieval' });
  if (dataset.kind !== 'retrieval') throw new Error(`${name} is not a set of judged queries.`);
  return dataset;
}

async function measure(set: RetrievalDataset): Promise<SetOutcome> {
  const index = benchIndexer(embedder);
  const arms = { vector: [] as number[], keyword: [] as number[] };
  const sampled = new Set(sampleOf(set).map(({ id }) => id));
  const weighed: WeighedQuestion[] = [];
  const otherwise = new Map<string, Map<string, number>>();
  const ms: number[] = [];
  const watched = await run(
    set,
    watching(index, set, (retrieval, judged) => {
      ms.push(retrieval.timings.totalMs);
      for (const arm of ['vector', 'keyword'] as const) {
        arms[arm].push(ndcgOf(judged, byArm(retrieval.passages, arm)) ?? 0);
      }
      if (!sampled.has(judged.id)) return;
      const one = weighQuestion(judged, retrieval, currentWeight());
      if (one !== null) weighed.push(one);
      for (const [name, settings] of Object.entries(withoutParts)) {
        const ranked = retrieval.rankAs?.(settings) ?? [];
        const known = otherwise.get(name) ?? new Map<string, number>();
        otherwise.set(name, known.set(judged.id, ndcgOf(judged, ranked) ?? 0));
      }
    }),
    'alone',
  );
  // What is looked at besides takes longer than the search.
  const alone = { ...watched, latencyMs: { p50: percentile(ms, 0.5), p95: percentile(ms, 0.95) } };
  const tuning = tuneFusion(weighed, { currentWeight: currentWeight(), seed });
  const isOwn = ({ uri }: { readonly uri: string }) => uri.startsWith(`${set.name}/`);
  let foreign = 0;
  const own = merged.viewOf(set.name, [set.name]);
  const ownWatched: CorpusIndex = {
    ...own,
    async retrieve(query, how) {
      const retrieval = await own.retrieve(query, how);
      foreign += retrieval.passages.filter((passage) => !isOwn(passage)).length;
      return retrieval;
    },
  };
  const ofOwn = new Map<string, number>();
  const mergedAll = await run(
    set,
    watching(
      async () => merged.viewOf(set.name, names),
      set,
      ({ passages }, judged) => ofOwn.set(judged.id, ndcgOf(judged, passages.filter(isOwn)) ?? 0),
    ),
    'merged-all',
  );
  const mergedOwn = await run(set, async () => ownWatched, 'merged-own');
  const weight = (wanted: number) => {
    const position = fusionWeights.indexOf(wanted);
    return against(alone, new Map(weighed.map(({ id, scores }) => [id, scores[position] ?? 0])));
  };
  return {
    name: set.name,
    documents: set.corpus.documents.length,
    alone,
    vectorOnly: mean(arms.vector),
    keywordOnly: mean(arms.keyword),
    tuning,
    mergedAll,
    mergedOwn,
    lossAll: against(alone, ndcgs(mergedAll)),
    lossAllOfOwn: against(alone, ofOwn),
    lossOwn: against(alone, ndcgs(mergedOwn)),
    tried: {
      ...Object.fromEntries([...otherwise].map(([name, values]) => [name, against(alone, values)])),
      'weight .50': weight(0.5),
      'weight .80': weight(0.8),
    },
    foreign,
  };
}

async function run(set: RetrievalDataset, indexCorpus: CorpusIndexer, what: string): Promise<RetrievalReport> {
  // The reference numbers are those of the last turn of a conversation alone.
  const report = await runEvaluation(set, { indexCorpus, cases: null }, { ...limit, condense: false });
  if (report.kind !== 'retrieval') throw new Error('A set of judged queries gives a report of retrieval.');
  if (values.out !== undefined) writeFileSync(join(values.out, `${set.name}-${what}.json`), JSON.stringify(report));
  return report;
}

function sampleOf(set: RetrievalDataset): RetrievalDataset['queries'] {
  const queries = judgedQueries(set);
  const step = Math.max(1, queries.length / sampledQuestions);
  return queries.filter((_, index) => Math.floor(index / step) !== Math.floor((index - 1) / step));
}

/** An index of which each result is looked at, with the judgements of its question. */
function watching(
  indexer: CorpusIndexer,
  set: RetrievalDataset,
  look: (retrieval: Retrieval, question: JudgedQuestion) => void,
): CorpusIndexer {
  const idOfText = new Map(set.queries.map(({ id, text }) => [text, id]));
  return async (corpus, options) => {
    const index = await indexer(corpus, options);
    return {
      ...index,
      async retrieve(query, how) {
        const retrieval = await index.retrieve(query, how);
        const id = idOfText.get(query) ?? query;
        look(retrieval, { id, judgements: set.judgements.get(id) ?? new Map(), idOf: (uri) => index.corpusIdOf(uri) });
        return retrieval;
      },
    };
  };
}

function ndcgs({ perQuery }: RetrievalReport): ReadonlyMap<string, number> {
  return new Map(perQuery.map((query) => [query.id, query['ndcg@10']]));
}

/** By question. */
function against(alone: RetrievalReport, other: ReadonlyMap<string, number>): Difference {
  const base = ndcgs(alone);
  const differences = alone.perQuery.flatMap((query) => {
    const value = other.get(query.id);
    return value === undefined
      ? []
      : [{ group: query.document ?? `question ${query.id}`, value: value - (base.get(query.id) ?? 0) }];
  });
  const { mean, interval } = estimateMean(differences, { seed });
  return { mean, interval };
}

function minutes(): number {
  return Math.round((performance.now() - startedAt) / 60_000);
}
