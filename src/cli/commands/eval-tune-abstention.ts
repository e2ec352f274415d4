/** `persea eval tune abstention`: learns from labelled questions when the evidence is too thin to answer. */
import { PerseaError } from '../../core/errors.ts';
import { collectEvidence } from '../../eval/collect-evidence.ts';
import { loadDataset } from '../../eval/dataset.ts';
import { type AbstentionTuning, type RefusalMeasures, tuneAbstention } from '../../eval/tune-abstention.ts';
import { type CommandContext, parseCount, parseWhole } from '../context.ts';
import { indexingProgress, questionProgress, withEvaluationApp } from '../evaluation-app.ts';
import { defaultSeed, largestSeed } from '../seed.ts';
import { signed } from '../text.ts';
import type { TuneCommandOptions } from './eval-tune.ts';

const defaultWrongRefusals = 0.1;

export async function tuneRefusal(
  context: CommandContext,
  options: TuneCommandOptions,
  folder: string,
): Promise<undefined> {
  const limit = parseCount(options.limit, '--limit');
  const seed = parseWhole(options.seed, '--seed', 0, largestSeed) ?? defaultSeed;
  const wrongRefusals = parseShare(options.wrongRefusals) ?? defaultWrongRefusals;
  const { output } = context;
  const dataset = await loadDataset(folder, { task: 'answers' });
  if (dataset.kind === 'retrieval') throw new TypeError('The task chooses questions with answers.');
  await withEvaluationApp(context, folder, dataset, async (app, signal) => {
    const tools = await app.evaluation();
    const { questions, fingerprint } = await collectEvidence(dataset, tools, {
      signal,
      onDocument: indexingProgress(output),
      onProgress: questionProgress(output),
      ...(limit === undefined ? {} : { limit }),
    });
    if (fingerprint === null) {
      throw new PerseaError('dataset-invalid', `Nothing was found for any question of ${folder}.`);
    }
    const current = tools.abstention.current(fingerprint);
    const tuning = tuneAbstention(questions, { current, fingerprint, wrongRefusals, seed });
    const date = new Date().toISOString().slice(0, 10);
    const path =
      tuning.verdict === 'change' && options.dryRun !== true
        ? await tools.abstention.keep({ ...tuning.coefficients, dataset: dataset.name, date })
        : null;
    output.result({ dataset: dataset.name, ...tuning, seed, storedIn: path }, () => renderTuning(tuning, path));
  });
  return undefined;
}

function parseShare(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const share = Number(value);
  if (value.trim() !== '' && share >= 0 && share < 1) return share;
  throw new PerseaError(
    'usage-invalid',
    `--wrong-refusals is a share from 0 to below 1, such as .1; it was "${value}".`,
  );
}

function renderTuning(tuning: AbstentionTuning, path: string | null): string {
  const { answerable, unanswerable, current, learned, difference, interval } = tuning;
  const line = (name: string, { wrongRefusals, rightRefusals, auroc }: RefusalMeasures) =>
    `  ${name.padEnd(52)} ${wrongRefusals.toFixed(3).padStart(7)} ${rightRefusals.toFixed(3).padStart(7)} ${auroc.toFixed(3).padStart(7)}`;
  const range = interval === null ? 'unknown' : `${signed(interval[0])} to ${signed(interval[1])}`;
  const conclusion =
    path !== null
      ? `What was learned decides from now on; it is kept in ${path}.`
      : tuning.verdict === 'change'
        ? 'What was learned would be better; nothing was stored.'
        : 'Nothing was stored: the gain could be chance.';
  return [
    `${answerable} answerable and ${unanswerable} unanswerable questions:`,
    `  ${''.padEnd(52)} wrongly rightly   AUROC`,
    `  ${''.padEnd(52)} refused refused`,
    line('as now', current),
    line('learned, on questions that it was not learned from', learned),
    `  gain in the Brier score ${signed(difference)} (95 %: ${range})`,
    '',
    conclusion,
  ].join('\n');
}
