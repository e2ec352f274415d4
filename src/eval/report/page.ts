/** Results of `persea eval run` as one page that needs nothing else: no script, no other file, no network. */
import { PerseaError } from '../../core/errors.ts';
import { estimateMean } from '../bootstrap.ts';
import { type Comparison, compareResults } from '../compare.ts';
import { percentile } from '../metrics.ts';
import { groupOf, measuredValue, measuresOf, type ResultFile } from '../result-file.ts';
import { histogram, type IntervalRow, intervalChart, signed } from './charts.ts';
import { Html, html } from '../../core/html.ts';
import { styles } from './styles.ts';
import { worstQuestions } from './worst.ts';

export interface NamedResult {
  /** The file's name, as people tell the results apart. */
  readonly name: string;
  readonly result: ResultFile;
}

export interface ReportOptions {
  readonly seed: number;
  /** What the page says about when it was made. */
  readonly date: Date;
}

interface MeasureSummary extends IntervalRow {
  readonly metric: string;
  readonly questions: number;
}

export function reportPage(results: readonly NamedResult[], { seed, date }: ReportOptions): string {
  const day = date.toISOString().slice(0, 10);
  const sections = results.map((named, index) => resultSection(named, index, seed));
  const page = html`<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Evaluation of ${day}</title>
<style>${new Html(styles)}</style>
</head>
<body>
<h1>Evaluation</h1>
<p class="note">Made on ${day}. Intervals hold 95 % of 10,000 bootstrap samples, drawn by document where the document is known; seed ${seed}.</p>
${results.length > 1 ? overview(results, seed) : new Html('')}
${sections}
</body>
</html>
`;
  return `<!doctype html>\n${page.markup}`;
}

function overview(results: readonly NamedResult[], seed: number): Html {
  const [first, ...others] = results;
  const charts = deciding(results, seed).map(
    ({ metric, rows }) => html`<h3>${metric}</h3>${intervalChart(metric, rows)}`,
  );
  const comparisons = first === undefined ? [] : others.map((other) => comparison(first, other, seed));
  return html`<section><h2>Side by side</h2>${charts}${comparisons}</section>`;
}

/** The measure that decides of each kind, for the results of that kind. */
function deciding(results: readonly NamedResult[], seed: number) {
  return (['retrieval', 'answers'] as const).flatMap((kind) => {
    const ofKind = results.filter(({ result }) => result.kind === kind);
    const metric = ofKind[0] === undefined ? undefined : measuresOf(ofKind[0].result)[0];
    if (metric === undefined) return [];
    const rows = ofKind.map(({ name, result }) => ({ ...summaryOf(result, metric, seed), label: name }));
    return [{ metric, rows }];
  });
}

/** Says why where the two have nothing to compare. */
function comparison(a: NamedResult, b: NamedResult, seed: number): Html {
  const title = html`<h3>${b.name} against ${a.name}</h3>`;
  let compared: Comparison;
  try {
    compared = compareResults(a.result, b.result, { seed });
  } catch (thrown) {
    if (!(thrown instanceof PerseaError)) throw thrown;
    return html`${title}<p class="note">${thrown.message}</p>`;
  }
  const { metrics, pairs, warnings } = compared;
  const rows = metrics.map(
    (row) =>
      html`<tr><th>${row.metric}</th><td>${row.a.toFixed(3)}</td><td>${row.b.toFixed(3)}</td><td>${signed(row.difference)}</td><td>${range(row.interval, signed)}</td><td>${row.verdict === 'same' ? '–' : (row.minimumDetectableEffect?.toFixed(3) ?? '–')}</td><td>${row.wins} / ${row.losses} / ${row.ties}</td><td class="${row.verdict}">${row.verdict}</td></tr>`,
  );
  return html`${title}
${warnings.map((warning) => html`<p>${warning}</p>`)}
<p class="note">${pairs} questions in pairs. Up, down and equal count questions; an effect smaller than the one noticed would go unseen in one of five such comparisons.</p>
<div class="wide"><table><tr><th>measure</th><th>before</th><th>after</th><th>difference</th><th>interval</th><th>noticed from</th><th>up / down / equal</th><th></th></tr>${rows}</table></div>`;
}

function resultSection({ name, result }: NamedResult, index: number, seed: number): Html {
  const summaries = measuresOf(result).map((metric) => summaryOf(result, metric, seed));
  const [first] = summaries;
  const values = first === undefined ? [] : valuesOf(result, first.metric).map(({ value }) => value);
  const times = result.perQuery.flatMap(({ ms }) => (ms === undefined ? [] : [ms]));
  const longest = Math.max(1, Math.ceil(percentile(times, 0.99) / 10) * 10);
  return html`<section>
<h2 id="result-${index + 1}">${name}</h2>
<p>${result.dataset}: ${result.queries} questions${result.documents === null ? '' : ` over ${result.documents} documents`}, ${result.kind}. A question took ${Math.round(result.latencyMs.p50)} ms, one of twenty more than ${Math.round(result.latencyMs.p95)} ms.</p>
${intervalChart(`Measures of ${name}`, summaries)}
${measureTable(summaries)}
${first === undefined ? new Html('') : html`<h3>Questions by ${first.metric}</h3>${histogram(`Questions by ${first.metric}`, values, { from: 0, to: 1, bins: 10 })}`}
${times.length === 0 ? new Html('') : html`<h3>Questions by time</h3>${histogram('Questions by time', times, { from: 0, to: longest, bins: 10, unit: ' ms' })}`}
${groupTable('By tag', 'tag', result.metrics.byTag)}
${languageTables(result)}
${first === undefined ? new Html('') : worstQuestions(result, first.metric)}
<details><summary>What was measured</summary><dl>${Object.entries(result.fingerprint).map(([what, print]) => html`<dt>${what}</dt><dd>${print ?? '–'}</dd>`)}</dl></details>
</section>`;
}

function measureTable(summaries: readonly MeasureSummary[]): Html {
  const rows = summaries.map(
    ({ metric, mean, interval, questions }) =>
      html`<tr><th>${metric}</th><td>${mean.toFixed(3)}</td><td>${range(interval, (value) => value.toFixed(3))}</td><td>${questions}</td></tr>`,
  );
  return html`<div class="wide"><table><tr><th>measure</th><th>mean</th><th>interval</th><th>questions</th></tr>${rows}</table></div>`;
}

/** A page of questions in one language about documents in it needs no tables of languages. */
function languageTables({ metrics: { byLanguage } }: ResultFile): Html {
  if (typeof byLanguage !== 'object' || byLanguage === null) return new Html('');
  const { question, document, pair } = Object.fromEntries(Object.entries(byLanguage));
  if (typeof pair !== 'object' || pair === null || Object.keys(pair).length < 2) return new Html('');
  return html`${groupTable('By language of the question', 'language', question)}${groupTable('By language of the document', 'language', document)}${groupTable('By both', 'question/document', pair)}`;
}

/** Measures of some of the questions each; whatever of them is a number is shown. */
function groupTable(title: string, head: string, groupsByName: unknown): Html {
  if (typeof groupsByName !== 'object' || groupsByName === null) return new Html('');
  const groups = Object.entries(groupsByName).flatMap(([name, of]) =>
    typeof of === 'object' && of !== null ? [{ name, values: Object.entries(of) }] : [],
  );
  const [first] = groups;
  if (first === undefined) return new Html('');
  const heads = first.values.map(([name]) => html`<th>${name}</th>`);
  const rows = groups.map(
    ({ name, values }) =>
      html`<tr><th>${name}</th>${values.map(([, value]) => html`<td>${typeof value !== 'number' ? '–' : Number.isInteger(value) ? value : value.toFixed(3)}</td>`)}</tr>`,
  );
  return html`<h3>${title}</h3><div class="wide"><table><tr><th>${head}</th>${heads}</tr>${rows}</table></div>`;
}

function summaryOf(result: ResultFile, metric: string, seed: number): MeasureSummary {
  const values = valuesOf(result, metric);
  const { mean, interval } = estimateMean(values, { seed });
  return { metric, label: metric, mean, interval, questions: values.length };
}

function valuesOf(result: ResultFile, metric: string) {
  return result.perQuery.flatMap((query) => {
    const value = measuredValue(query, metric);
    return value === null ? [] : [{ group: groupOf(query), value }];
  });
}

function range(interval: readonly [number, number] | null, format: (value: number) => string): string {
  return interval === null ? '–' : `${format(interval[0])} to ${format(interval[1])}`;
}
