/** `persea eval compare`: two results side by side, with what chance could do. */
import { type Comparison, compareResults, type MeasureComparison } from '../../eval/compare.ts';
import { PerseaError } from '../../core/errors.ts';
import { readResultFile } from '../../eval/result-file.ts';
import { type CommandContext, parseWhole } from '../context.ts';
import { type ExitStatus, exitStatus } from '../exit-status.ts';
import { defaultSeed, largestSeed } from '../seed.ts';
import { oneLine, shorten, signed } from '../text.ts';

export interface CompareCommandOptions {
  readonly metric?: string;
  readonly gate?: boolean;
  readonly tolerance?: string;
  readonly seed?: string;
}

const defaultTolerance = 0.01;

export async function compareEvaluations(
  { output }: CommandContext,
  options: CompareCommandOptions,
  a: string,
  b: string,
): Promise<ExitStatus> {
  if (options.tolerance !== undefined && options.gate !== true) {
    throw new PerseaError('usage-invalid', '--tolerance has no effect without --gate.');
  }
  const tolerance = parseTolerance(options.tolerance) ?? defaultTolerance;
  const seed = parseWhole(options.seed, '--seed', 0, largestSeed) ?? defaultSeed;
  const [resultA, resultB] = await Promise.all([readResultFile(a), readResultFile(b)]);
  const comparison = compareResults(resultA, resultB, {
    seed,
    ...(options.metric === undefined ? {} : { metric: options.metric }),
    ...(options.gate === true ? { gate: { tolerance } } : {}),
  });
  for (const warning of comparison.warnings) output.warn(warning);
  output.result(comparison, () => renderComparison(comparison, { a, b }));
  return comparison.gate?.isPassed === false ? exitStatus.failed : exitStatus.done;
}

function parseTolerance(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const tolerance = Number(text);
  if (text.trim() !== '' && tolerance >= 0 && tolerance <= 1) return tolerance;
  throw new PerseaError('usage-invalid', `--tolerance needs a number from 0 to 1, not "${text}".`);
}

function renderComparison(comparison: Comparison, files: { readonly a: string; readonly b: string }): string {
  const { metrics, changed, gate, pairs, seed } = comparison;
  const groups = metrics[0]?.groups ?? 0;
  const lines = [
    `A  ${oneLine(files.a)}  ${oneLine(comparison.a.dataset)}, ${comparison.a.queries} questions`,
    `B  ${oneLine(files.b)}  ${oneLine(comparison.b.dataset)}, ${comparison.b.queries} questions`,
    ...differingSettings(comparison),
    `${pairs} pairs, ${groups} of them independent; 95 % intervals by bootstrap, seed ${seed}`,
    '',
    `  ${'metric'.padEnd(14)}     A      B    B - A   95 % interval       noticed from   better/worse/same`,
    ...metrics.map(renderMeasure),
  ];
  if (changed.length > 0) {
    lines.push('', `  changed most by ${metrics[0]?.metric ?? ''}:`);
    for (const { id, question, a, b, difference } of changed) {
      lines.push(
        `  ${signed(difference)}  ${a.toFixed(3)} to ${b.toFixed(3)}  ${shorten(oneLine(question ?? id), 64)}`,
      );
    }
  }
  if (gate !== undefined) {
    const end = signed(metrics[0]?.interval?.[1] ?? 0);
    const verdict = gate.isPassed ? 'passed' : 'FAILED';
    lines.push('', `  gate ${verdict}: the interval of ${gate.metric} ends at ${end}; fails below -${gate.tolerance}`);
  }
  return lines.join('\n');
}

/** What besides chance may have made the difference. */
function differingSettings({ a, b }: Comparison): readonly string[] {
  const [ofA, ofB] = [a.fingerprint, b.fingerprint];
  const differing = [
    ...named('the embedding model', ofA.embedding, ofB.embedding),
    ...(ofA.retrieval === ofB.retrieval ? [] : ['the settings of the search']),
    ...named('the language models', ofA.model, ofB.model),
    ...named('the context format', ofA.format, ofB.format),
    ...(isOther(ofA.answering, ofB.answering) && !isOther(ofA.model, ofB.model) ? ['the settings of answers'] : []),
  ];
  return differing.length === 0 ? [] : [`They differ in ${differing.join(' and ')}.`];
}

/** Results of before answers told their settings differ in nothing that is known. */
function isOther(a: string | undefined, b: string | undefined): boolean {
  return a !== undefined && b !== undefined && a !== b;
}

function named(what: string, a: string | undefined, b: string | undefined): readonly string[] {
  return isOther(a, b) ? [`${what} (${oneLine(a ?? '')}, ${oneLine(b ?? '')})`] : [];
}

function renderMeasure(measure: MeasureComparison): string {
  const { metric, a, b, difference, interval, minimumDetectableEffect, wins, losses, ties, verdict } = measure;
  const range = interval === null ? '–' : `[${signed(interval[0])}, ${signed(interval[1])}]`;
  // Where nothing changed there is no spread to tell it from.
  const detectable = minimumDetectableEffect === null || verdict === 'same' ? '–' : minimumDetectableEffect.toFixed(3);
  return (
    `  ${metric.padEnd(14)} ${a.toFixed(3)}  ${b.toFixed(3)}  ${signed(difference)}  ${range.padEnd(18)}  ` +
    `${detectable.padStart(12)}   ${`${wins}/${losses}/${ties}`.padEnd(17)}  ${verdict}`
  );
}
