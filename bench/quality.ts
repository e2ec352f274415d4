/**
 * Retrieval and extractive answers over the corpora of the shared data, by the product's own path.
 *
 * `node bench/quality.ts retrieval [--model NAME] [--sets a,b] [--smooth] [--weight W] [--limit N]`
 * `node bench/quality.ts answers [--model NAME] [--sentences N] [--limit N]`
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadDataset, loadQuestions } from '../src/eval/dataset.ts';
import { rankingMetricNames } from '../src/eval/metrics.ts';
import { runEvaluation } from '../src/eval/run.ts';
import type { RetrievalMode } from '../src/retrieval/retriever.ts';
import { defaultSmoothing } from '../src/retrieval/smoothing.ts';
import { benchEmbedder, benchIndexer, cacheDir } from './evaluation.ts';
import { machine, print, sharedData } from './support.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    model: { type: 'string', default: 'bge-small-en-v1.5' },
    sets: { type: 'string', default: 'hotpotqa-sample,cisi,cranfield,mtrag-un,clapnq' },
    modes: { type: 'string', default: 'hybrid,vector,keyword' },
    smooth: { type: 'boolean', default: false },
    weight: { type: 'string' },
    sentences: { type: 'string', default: '2' },
    limit: { type: 'string' },
  },
});

mkdirSync(cacheDir, { recursive: true });
const embedder = await benchEmbedder(values.model);
const limit = values.limit === undefined ? {} : { limit: Number(values.limit) };
print(`${machine()} · ${values.model}`);
try {
  if (positionals[0] === 'answers') await answers();
  else await retrieval();
} finally {
  await embedder?.close();
}

async function retrieval(): Promise<void> {
  const smoothing = values.smooth ? defaultSmoothing : null;
  const indexCorpus = benchIndexer(embedder, {
    smoothing,
    ...(values.weight === undefined ? {} : { denseWeight: Number(values.weight) }),
  });
  print('| set | mode | nDCG@10 | recall@10 | recall@100 | MRR@10 | MAP | ms p50 | ms p95 | index s |');
  print('|---|---|---|---|---|---|---|---|---|---|');
  for (const set of values.sets.split(',')) {
    const dataset = await loadDataset(join(sharedData, set), { task: 'retrieval' });
    for (const mode of values.modes.split(',') as RetrievalMode[]) {
      const report = await runEvaluation(dataset, { indexCorpus, cases: null }, { mode, ...limit });
      if (report.kind !== 'retrieval') throw new Error(`${set} is not a retrieval set.`);
      const { metrics, latencyMs, seconds } = report;
      const numbers = rankingMetricNames.map((name) => metrics[name].toFixed(3));
      print(
        `| ${set} | ${mode} | ${numbers.join(' | ')} | ${latencyMs.p50.toFixed(1)} | ${latencyMs.p95.toFixed(1)} | ${seconds.ingest} |`,
      );
    }
  }
}

async function answers(): Promise<void> {
  const indexCorpus = benchIndexer(embedder);
  const dataset = await loadDataset(join(sharedData, 'squad2'), { task: 'answers' });
  const offTopic = await loadQuestions(join(sharedData, 'clapnq'));
  const report = await runEvaluation(
    dataset,
    { indexCorpus, cases: null },
    { sentences: Number(values.sentences), offTopic, ...limit },
  );
  if (report.kind !== 'answers') throw new Error('squad2 is not a set of answers.');
  print(JSON.stringify({ ...report.metrics, seconds: report.seconds, latencyMs: report.latencyMs }, null, 2));
}
