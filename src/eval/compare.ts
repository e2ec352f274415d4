/** Two results over the same questions: what changed, and whether that could be chance. Pure. */
import { PerseaError } from '../core/errors.ts';
import { type Estimate, estimateMean } from './bootstrap.ts';
import { groupOf, measuresOf, type ResultFile, type ResultQuery, measuredValue } from './result-file.ts';

export interface MeasureComparison {
  readonly metric: string;
  /** Means over the pairs. */
  readonly a: number;
  readonly b: number;
  /** `b - a`. */
  readonly difference: number;
  /** 95 % of the difference; null where there are too few questions. */
  readonly interval: Estimate['interval'];
  readonly minimumDetectableEffect: number | null;
  readonly pairs: number;
  /** Independent ones: documents where they are known, else questions. */
  readonly groups: number;
  /** Questions on which `b` is better, worse and equal. */
  readonly wins: number;
  readonly losses: number;
  readonly ties: number;
  readonly verdict: 'better' | 'worse' | 'same' | 'undecided';
}

export interface ChangedQuery {
  readonly id: string;
  readonly question?: string;
  readonly a: number;
  readonly b: number;
  readonly difference: number;
}

export interface Gate {
  readonly metric: string;
  readonly tolerance: number;
  readonly isPassed: boolean;
}

export interface Comparison {
  readonly kind: ResultFile['kind'];
  readonly a: Pick<ResultFile, 'dataset' | 'queries' | 'fingerprint'>;
  readonly b: Pick<ResultFile, 'dataset' | 'queries' | 'fingerprint'>;
  readonly pairs: number;
  /** Questions of one result that the other does not have. */
  readonly unpaired: { readonly a: number; readonly b: number };
  readonly seed: number;
  /** The one that decides first. */
  readonly metrics: readonly MeasureComparison[];
  /** By the measure that decides, largest change first; none where nothing changed. */
  readonly changed: readonly ChangedQuery[];
  readonly gate?: Gate;
  readonly warnings: readonly string[];
}

export interface CompareOptions {
  readonly seed: number;
  /** The measure that decides; the first of its kind when absent. */
  readonly metric?: string;
  /** Fails where the upper end of the interval lies below `-tolerance`. */
  readonly gate?: { readonly tolerance: number };
}

interface Pair {
  readonly a: ResultQuery;
  readonly b: ResultQuery;
}

/**
 * A test of signs over five changes ends at 6 % at best (2 / 2⁵), over six at 3 %. The bootstrap cannot tell: of two questions that
 * both rose every sample rises.
 */
const fewestChanges = 6;
const shownChanges = 10;
/** Sums of the same numbers in another order differ by less. */
const noDifference = 1e-9;

/** Throws `result-invalid` where the two have no question or measure in common, or too few questions for a gate. */
export function compareResults(a: ResultFile, b: ResultFile, options: CompareOptions): Comparison {
  refuseUnlike(a, b);
  const ofB = new Map(b.perQuery.map((query) => [query.id, query]));
  const pairs = a.perQuery.flatMap((query): Pair[] => {
    const other = ofB.get(query.id);
    return other === undefined ? [] : [{ a: query, b: other }];
  });
  if (pairs.length === 0) {
    throw new PerseaError('result-invalid', 'The two results have no question in common, so nothing can be compared.');
  }
  const names = orderedMeasures(a, b, options.metric);
  const metrics = names
    .filter((name) => measuredPairs(name, pairs).length > 0)
    .map((name) => compareMeasure(name, pairs, options.seed));
  const [deciding] = metrics;
  if (deciding === undefined) {
    throw new PerseaError('result-invalid', 'The two results have no measure in common.');
  }
  if (options.metric !== undefined && deciding.metric !== options.metric) {
    throw new PerseaError('result-invalid', `The two results have no question in common that has ${options.metric}.`);
  }
  const unpaired = { a: a.perQuery.length - pairs.length, b: b.perQuery.length - pairs.length };
  return {
    kind: a.kind,
    a: summaryOf(a),
    b: summaryOf(b),
    pairs: pairs.length,
    unpaired,
    seed: options.seed,
    metrics,
    changed: changedQueries(deciding.metric, pairs),
    ...(options.gate === undefined ? {} : { gate: gateOf(deciding, options.gate.tolerance) }),
    warnings: warningsOf(a, b, pairs, unpaired),
  };
}

function refuseUnlike(a: ResultFile, b: ResultFile): void {
  if (a.kind !== b.kind) {
    throw new PerseaError('result-invalid', `The first result measured ${a.kind}, the second one ${b.kind}.`);
  }
  if (a.dataset !== b.dataset && a.fingerprint.corpus !== b.fingerprint.corpus) {
    throw new PerseaError(
      'result-invalid',
      `The first result is of the set ${a.dataset}, the second one of ${b.dataset}; only runs over the same questions can be compared.`,
    );
  }
}

function orderedMeasures(a: ResultFile, b: ResultFile, wanted: string | undefined): readonly string[] {
  const ofB = measuresOf(b);
  const common = measuresOf(a).filter((name) => ofB.includes(name));
  if (wanted === undefined) return common;
  if (!common.includes(wanted)) {
    throw new PerseaError(
      'usage-invalid',
      `--metric ${wanted} is no measure that both results have; there are: ${common.join(', ')}.`,
    );
  }
  return [wanted, ...common.filter((name) => name !== wanted)];
}

function compareMeasure(metric: string, pairs: readonly Pair[], seed: number): MeasureComparison {
  const values = measuredPairs(metric, pairs);
  const differences = values.map(({ pair, a, b }) => ({ group: groupOf(pair.a), value: b - a }));
  const estimate = estimateMean(differences, { seed });
  const changes = new Set(differences.flatMap(({ group, value }) => (Math.abs(value) > noDifference ? [group] : [])))
    .size;
  const wins = differences.filter(({ value }) => value > noDifference).length;
  const losses = differences.filter(({ value }) => value < -noDifference).length;
  const average = (side: 'a' | 'b') => values.reduce((sum, value) => sum + value[side], 0) / Math.max(1, values.length);
  return {
    metric,
    a: average('a'),
    b: average('b'),
    difference: estimate.mean,
    interval: estimate.interval,
    minimumDetectableEffect: estimate.minimumDetectableEffect,
    pairs: values.length,
    groups: estimate.groups,
    wins,
    losses,
    ties: values.length - wins - losses,
    verdict: verdictOf(estimate, changes),
  };
}

/** `changes`: independent ones. */
function verdictOf({ interval }: Estimate, changes: number): MeasureComparison['verdict'] {
  if (changes === 0) return 'same';
  if (interval === null || changes < fewestChanges) return 'undecided';
  if (interval[0] > 0) return 'better';
  return interval[1] < 0 ? 'worse' : 'undecided';
}

function measuredPairs(metric: string, pairs: readonly Pair[]) {
  return pairs.flatMap((pair) => {
    const a = measuredValue(pair.a, metric);
    const b = measuredValue(pair.b, metric);
    return a === null || b === null ? [] : [{ pair, a, b }];
  });
}

function changedQueries(metric: string, pairs: readonly Pair[]): readonly ChangedQuery[] {
  return measuredPairs(metric, pairs)
    .map(({ pair, a, b }) => ({
      id: pair.a.id,
      ...(pair.a.question === undefined ? {} : { question: pair.a.question }),
      a,
      b,
      difference: b - a,
    }))
    .filter(({ difference }) => Math.abs(difference) > noDifference)
    .sort((left, right) => Math.abs(right.difference) - Math.abs(left.difference))
    .slice(0, shownChanges);
}

function gateOf({ metric, interval, pairs, groups }: MeasureComparison, tolerance: number): Gate {
  if (interval === null) {
    throw new PerseaError(
      'result-invalid',
      `A gate needs questions about at least two documents; the results have ${pairs} in common, about ${groups}.`,
    );
  }
  return { metric, tolerance, isPassed: interval[1] >= -tolerance - noDifference };
}

function summaryOf({ dataset, queries, fingerprint }: ResultFile): Comparison['a'] {
  return { dataset, queries, fingerprint };
}

/** What a person must not see weighs more than any measure that rose. */
function leaksOf(which: string, { perQuery }: ResultFile): readonly string[] {
  const leaking = perQuery.filter(({ leaks }) => Array.isArray(leaks) && leaks.length > 0).length;
  return leaking === 0 ? [] : [`In the ${which} result ${leaking} of ${perQuery.length} questions leaked documents.`];
}

function failuresOf(which: string, { perQuery }: ResultFile): readonly string[] {
  const failed = perQuery.filter(({ status }) => status === 'failed').length;
  return failed === 0
    ? []
    : [`In the ${which} result models failed at ${failed} of ${perQuery.length} questions, which count as wrong.`];
}

function warningsOf(
  a: ResultFile,
  b: ResultFile,
  pairs: readonly Pair[],
  unpaired: Comparison['unpaired'],
): readonly string[] {
  const missing = unpaired.a + unpaired.b;
  const reworded = pairs.filter(({ a: { question: before }, b: { question: after } }) => {
    return before !== undefined && after !== undefined && before !== after;
  }).length;
  const [ofA, ofB] = [a.fingerprint.questions, b.fingerprint.questions];
  const isSameCorpus = a.fingerprint.corpus === b.fingerprint.corpus;
  return [
    ...(missing === 0 ? [] : [`${missing} questions stand in one result only; they were left out.`]),
    ...leaksOf('first', a),
    ...leaksOf('second', b),
    ...failuresOf('first', a),
    ...failuresOf('second', b),
    ...(isSameCorpus
      ? []
      : ['The two results are of different versions of the set; questions were paired by their ids.']),
    ...(isSameCorpus && ofA !== undefined && ofB !== undefined && ofA !== ofB
      ? ['The questions or their judgements were changed between the two results; questions were paired by their ids.']
      : []),
    ...(reworded === 0
      ? []
      : [
          `${reworded} of the ${pairs.length} pairs have the same id and other words, so they may be different questions.`,
        ]),
  ];
}
