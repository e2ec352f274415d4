/** `persea eval tune fusion`: learns from judged questions how much the vector arm should count. */
import { PerseaError } from '../../core/errors.ts';
import { loadDataset } from '../../eval/dataset.ts';
import { rankedChunks } from '../../eval/ranked-documents.ts';
import { fewestGroups, type FusionTuning, tuneFusion } from '../../eval/tune-fusion.ts';
import { weighArms } from '../../eval/weigh-arms.ts';
import { type CommandContext, parseCount, parseWhole } from '../context.ts';
import { indexingProgress, questionProgress, warnOfDocumentsOutside, withEvaluationApp } from '../evaluation-app.ts';
import { defaultSeed, largestSeed } from '../seed.ts';
import { signed } from '../text.ts';

export interface TuneCommandOptions {
  readonly limit?: string;
  readonly seed?: string;
  /** abstention: share of answerable questions that may be refused. */
  readonly wrongRefusals?: string;
  readonly dryRun?: boolean;
}

export async function tuneEvaluation(
  context: CommandContext,
  options: TuneCommandOptions,
  what: string,
  folder: string,
): Promise<undefined> {
  if (what === 'abstention') {
    const { tuneRefusal } = await import('./eval-tune-abstention.ts');
    return tuneRefusal(context, options, folder);
  }
  if (what !== 'fusion') {
    throw new PerseaError('usage-invalid', `There is no "${what}" to tune; fusion and abstention can be tuned.`);
  }
  if (options.wrongRefusals !== undefined) {
    throw new PerseaError('usage-invalid', '--wrong-refusals is for abstention; for fusion it would have no effect.');
  }
  const limit = parseCount(options.limit, '--limit');
  const seed = parseWhole(options.seed, '--seed', 0, largestSeed) ?? defaultSeed;
  const { output } = context;
  const dataset = await loadDataset(folder, { task: 'retrieval' });
  if (dataset.kind === 'answers') throw new TypeError('The task chooses judged queries.');
  warnOfDocumentsOutside(output, dataset);
  await withEvaluationApp(context, folder, dataset, async (app, signal) => {
    const tools = await app.evaluation();
    const { fusion } = tools;
    const questions = await weighArms(dataset, tools, {
      signal,
      currentWeight: fusion.denseWeight,
      depth: rankedChunks,
      onDocument: indexingProgress(output),
      onProgress: questionProgress(output),
      ...(limit === undefined ? {} : { limit }),
    });
    const tuning = tuneFusion(questions, { currentWeight: fusion.denseWeight, seed });
    if (tuning.groups < fewestGroups) {
      throw new PerseaError(
        'dataset-invalid',
        `To learn a weight takes questions about at least ${fewestGroups} documents; ${folder} has ${tuning.questions} judged questions about ${tuning.groups}.`,
      );
    }
    const { verdict, interval, learned, difference } = tuning;
    const mayKeep = verdict === 'change' && interval !== null && options.dryRun !== true;
    const path =
      mayKeep && interval !== null && fusion.isLearnable
        ? await fusion.keep({
            denseWeight: learned.denseWeight,
            dataset: dataset.name,
            questions: tuning.questions,
            difference,
            interval,
          })
        : null;
    if (mayKeep && path === null) {
      output.warn('The configuration fixes retrieval.fusion.denseWeight; a learned weight is kept only for `auto`.');
    }
    const { perQuery: _, ...shown } = tuning;
    output.result({ dataset: dataset.name, ...shown, seed, storedIn: path }, () => renderTuning(tuning, path));
  });
  return undefined;
}

function renderTuning(tuning: FusionTuning, path: string | null): string {
  const { current, learned, vectorOnly, keywordOnly, difference, interval, minimumDetectableEffect } = tuning;
  const range = interval === null ? 'unknown' : `${signed(interval[0])} to ${signed(interval[1])}`;
  const conclusion =
    path !== null
      ? `The weight ${learned.denseWeight.toFixed(2)} is used from now on for \`auto\`; it is kept in ${path}.`
      : tuning.verdict === 'change'
        ? `The weight ${learned.denseWeight.toFixed(2)} would be better; nothing was stored.`
        : `The weight stays ${current.denseWeight.toFixed(2)}: the gain could be chance (from ${minimumDetectableEffect?.toFixed(3) ?? '–'} on it would be noticed).`;
  return [
    `${tuning.questions} questions, ${tuning.groups} of them independent; nDCG@10:`,
    `  keywords alone         ${keywordOnly.toFixed(3)}`,
    `  vectors alone          ${vectorOnly.toFixed(3)}`,
    `  weight ${current.denseWeight.toFixed(2)}, as now    ${current['ndcg@10'].toFixed(3)}`,
    `  learned, on questions that it was not learned from  ${learned['ndcg@10'].toFixed(3)}  (${signed(difference)}, 95 %: ${range})`,
    '',
    conclusion,
  ].join('\n');
}
