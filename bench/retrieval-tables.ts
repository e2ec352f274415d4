/** The measured part of docs/retrieval.md. */
import type { Difference, SetOutcome } from './retrieval-report.ts';

export interface RetrievalSettings {
  readonly model: string;
  readonly denseWeight: number;
  readonly chunks: number;
  readonly limit: string | null;
  /** Not measured yet. */
  readonly missingSets: readonly string[];
  readonly machine: string;
  readonly date: string;
  readonly minutes: number;
}

/** nDCG@10 of the convex combination over whole documents, made outside the product on the same data and model files. */
const references: Readonly<Record<string, number>> = {
  'scifact-train': 0.767,
  cranfield: 0.437,
  cisi: 0.475,
  'mtrag-un': 0.872,
  'hotpotqa-sample': 0.882,
  clapnq: 0.995,
};

export function renderRetrieval(outcomes: readonly SetOutcome[], settings: RetrievalSettings): string {
  const { model, denseWeight, chunks, limit, missingSets, machine, date, minutes } = settings;
  const judged = outcomes.filter(({ name }) => references[name] !== undefined);
  const mean = (of: (outcome: SetOutcome) => number) =>
    (judged.reduce((sum, outcome) => sum + of(outcome), 0) / Math.max(1, judged.length)).toFixed(3);
  const foreign = outcomes.reduce((sum, outcome) => sum + outcome.foreign, 0);
  return `Measured on ${date}: ${model}, weight of the vector arm ${denseWeight}, 200 candidates of each arm, documents ranked by their best chunk.
Machine: ${machine}; ${minutes} minutes.${limit === null ? '' : ` Only the first ${limit} questions of each set.`}${missingSets.length === 0 ? '' : ` Not measured in this run: ${missingSets.join(', ')}.`} Intervals hold 95 % of 10,000 bootstrap samples over documents, seed 1.

### Each set alone, nDCG@10

| set | documents | questions | reference | hybrid | vectors | keywords | recall@10 | recall@100 | MRR@10 | MAP | ms p50 / p95 |
|---|---|---|---|---|---|---|---|---|---|---|---|
${outcomes.map(aloneRow).join('\n')}
| mean of those with a reference | | | ${mean(({ name }) => references[name] ?? 0)} | ${mean(({ alone }) => alone.metrics['ndcg@10'])} | ${mean(({ vectorOnly }) => vectorOnly)} | ${mean(({ keywordOnly }) => keywordOnly)} | | | | | |

*Vectors* and *keywords* are what each arm found, as it ranked it. *After tuning* is what \`persea eval tune fusion\` makes of it: cross-validated where it changes the weight, and the
default where the gain could be chance. Of sets with more than 400 questions, this table and the last one have 400, evenly spread.

| set | hybrid less its better arm | learned weight | cross-validated gain | verdict | after tuning less its better arm |
|---|---|---|---|---|---|
${outcomes.map(tuningRow).join('\n')}

### All sets in one index

${chunks} chunks, a label for each set. nDCG@10 less that of the set alone, for a person who may see all sets, for that person with documents of other sets, which nobody judged, taken out of
the result afterwards, and for one who may see just that set.

| set | may see all | | others taken out | may see this set | | ms p50 / p95, all | the same, this set |
|---|---|---|---|---|---|---|---|
${outcomes.map(mergedRow).join('\n')}

Documents of another set shown to a person who may see just one: ${foreign}.

### What else was tried

nDCG@10 less that of the default. *Without all three* is the fusion of the two arms alone.

| set | ${Object.keys(outcomes[0]?.tried ?? {}).join(' | ')} |
|---|${Object.keys(outcomes[0]?.tried ?? {})
    .map(() => '---|')
    .join('')}
${outcomes.map(({ name, tried }) => `| ${name} | ${Object.values(tried).map(differenceText).join(' | ')} |`).join('\n')}`;
}

function aloneRow({ name, documents, alone, vectorOnly, keywordOnly }: SetOutcome): string {
  const { metrics, latencyMs, queries } = alone;
  const reference = references[name];
  const numbers = [
    metrics['ndcg@10'],
    vectorOnly,
    keywordOnly,
    metrics['recall@10'],
    metrics['recall@100'],
    metrics['mrr@10'],
    metrics.map,
  ];
  return `| ${name} | ${documents} | ${queries} | ${reference?.toFixed(3) ?? '–'} | ${numbers.map((value) => value.toFixed(3)).join(' | ')} | ${times(latencyMs)} |`;
}

function tuningRow({ name, tuning }: SetOutcome): string {
  const { current, learned, verdict } = tuning;
  const better = Math.max(tuning.vectorOnly, tuning.keywordOnly);
  const tuned = verdict === 'change' ? learned['ndcg@10'] : current['ndcg@10'];
  const gain = differenceText({ mean: tuning.difference, interval: tuning.interval });
  return `| ${name} | ${signed(current['ndcg@10'] - better)} | ${learned.denseWeight.toFixed(2)} | ${gain} | ${verdict} | ${signed(tuned - better)} |`;
}

function mergedRow({ name, mergedAll, mergedOwn, lossAll, lossAllOfOwn, lossOwn }: SetOutcome): string {
  const of = (report: SetOutcome['alone'], difference: Difference) =>
    `${report.metrics['ndcg@10'].toFixed(3)} | ${differenceText(difference)}`;
  return `| ${name} | ${of(mergedAll, lossAll)} | ${differenceText(lossAllOfOwn)} | ${of(mergedOwn, lossOwn)} | ${times(mergedAll.latencyMs)} | ${times(mergedOwn.latencyMs)} |`;
}

function differenceText({ mean, interval }: Difference): string {
  return interval === null ? signed(mean) : `${signed(mean)} (${signed(interval[0])} to ${signed(interval[1])})`;
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}`;
}

function times({ p50, p95 }: { readonly p50: number; readonly p95: number }): string {
  return `${Math.round(p50)} / ${Math.round(p95)}`;
}
