/** `persea lab --dataset`: the questions of a set through several context formats and models, ranked. */
import { join } from 'node:path';
import { loadConfig } from '../../config.ts';
import { PerseaError } from '../../core/errors.ts';
import { loadDataset, loadQuestions } from '../../eval/dataset.ts';
import { type LabReport, type LabStanding, labReport } from '../../eval/lab-standings.ts';
import { Recorder } from '../../llm/recorder.ts';
import { ModelFailures } from '../../eval/model-failures.ts';
import { type LabSetting, runLab } from '../../eval/run-lab.ts';
import type { EvaluationTools } from '../../eval/tools.ts';
import { type CommandContext, parseCount, parseWhole } from '../context.ts';
import {
  indexingProgress,
  questionProgress,
  statusOfFailures,
  warnOfUnstatedAnswers,
  withEvaluationApp,
} from '../evaluation-app.ts';
import type { ExitStatus } from '../exit-status.ts';
import { labReportPage } from '../lab-report-page.ts';
import type { Output } from '../output.ts';
import { checkOutput, writeOutput } from '../output-file.ts';
import { defaultSeed, largestSeed } from '../seed.ts';
import { alignedTable, oneLine, printable } from '../text.ts';
import type { LabOptions } from './lab.ts';
import { namesOf } from './lab-names.ts';

/** A run over a set is meant to be long, but a mistyped list of names should not cost a week. */
const maxSettings = 24;

export async function labOverDataset(
  context: CommandContext,
  options: LabOptions,
  folder: string,
): Promise<ExitStatus> {
  const { output } = context;
  const limit = parseCount(options.limit, '--limit');
  const seed = parseWhole(options.seed, '--seed', 0, largestSeed) ?? defaultSeed;
  if (options.as !== undefined || options.showContext === true) {
    throw new PerseaError(
      'usage-invalid',
      '--as and --show-context are for a single question; a dataset says itself who asks.',
    );
  }
  await checkOutput('The page', options.out);
  const formats = namesOf(options.formats, '--formats');
  const models = namesOf(options.models, '--models');
  const dataset = await loadDataset(folder, { task: 'answers' });
  warnOfUnstatedAnswers(output, dataset);
  const offTopic = options.offTopic === undefined ? undefined : await loadQuestions(options.offTopic);
  if (dataset.kind === 'cases' && offTopic !== undefined) {
    throw new PerseaError(
      'usage-invalid',
      'Cases say themselves which questions have no answer, so --off-topic cannot be given.',
    );
  }
  // What models say of a company's own documents is kept only where somebody says so; a public set holds no secrets.
  const kept =
    options.keep ??
    (dataset.kind === 'cases' ? null : join(loadConfig(pathOf(context)).dataDir, 'cache', 'evaluation', 'answers'));
  const recorder = new Recorder({ folder: kept, mayAsk: true });
  const failures = new ModelFailures();
  return withEvaluationApp(
    context,
    folder,
    dataset,
    async (app, signal) => {
      const tools = await app.evaluation({ recorder });
      const settings = settingsOf(tools, formats, models);
      const [reference] = settings;
      if (reference === undefined) throw new PerseaError('internal', 'There is no format or no model to compare.');
      const answers = await runLab(dataset, tools, {
        settings,
        recorder,
        failures,
        signal,
        ...(limit === undefined ? {} : { limit }),
        ...(offTopic === undefined ? {} : { offTopic }),
        onDocument: indexingProgress(output),
        onProgress: questionProgress(output),
      });
      const status = statusOfFailures(output, failures);
      const report = labReport(dataset.name, answers, { reference, seed });
      if (options.out !== undefined) await writeOutput('The page', options.out, labReportPage(report));
      output.result(report, () => render(report, output, options.out));
      return status;
    },
    kept === null ? undefined : 'the same run goes on where it was',
  );
}

function pathOf({ configPath }: CommandContext) {
  return configPath === undefined ? {} : { path: configPath };
}

/** All formats for the model that is asked first, unless names are given; what is in use comes first. */
function settingsOf(
  { settings }: Pick<EvaluationTools, 'settings'>,
  formats: readonly string[] = settings.formats,
  models: readonly string[] = settings.models.slice(0, 1),
): readonly LabSetting[] {
  const refuseUnknown = (what: 'format' | 'model', names: readonly string[], known: readonly string[]) => {
    const unknown = names.find((name) => !known.includes(name));
    if (unknown === undefined) return;
    const place = what === 'model' ? ' in the route' : '';
    throw new PerseaError(
      `unknown-${what}`,
      `There is no ${what} "${unknown}"${place}; there are: ${known.join(', ')}.`,
    );
  };
  refuseUnknown('format', formats, settings.formats);
  refuseUnknown('model', models, settings.models);
  const all = models.flatMap((model) => formats.map((format) => ({ format, model })));
  if (all.length <= maxSettings) return all;
  throw new PerseaError(
    'usage-invalid',
    `${formats.length} formats for ${models.length} models are ${all.length} settings; at most ${maxSettings} are compared.`,
  );
}

function render(report: LabReport, output: Output, out: string | undefined): string {
  const { dataset, questions, reference, seed, standings } = report;
  const rows = standings.map((standing) => [
    standing.format,
    standing.model,
    standing.correct.toFixed(3),
    againstOf(standing),
    shown(standing.wrongRefusals),
    shown(standing.before.citationPrecision),
    shown(standing.after.citationPrecision),
    standing.inputTokens === null ? '–' : standing.inputTokens.toFixed(0),
    standing.seconds === null ? '–' : `${standing.seconds.toFixed(1)} s`,
    `$${standing.costUsd.toFixed(4)}`,
  ]);
  const head = [
    'format',
    'model',
    'correct',
    `against ${reference.format}`,
    'wrong refusals',
    'citations before',
    'after',
    'prompt',
    'time',
    'cost',
  ];
  return [
    output.paint('bold', `${oneLine(dataset)}, ${questions} questions for each, the best first`),
    alignedTable([head, ...rows]),
    '',
    `Differences with 95 % intervals by bootstrap, paired by question, seed ${seed}. Only one whose interval leaves out 0 is more than chance.`,
    'Citations: share of markers whose passage holds four fifths of the words of their sentence, as the model wrote it and as it is shown.',
    ...(out === undefined ? [] : [`The page is ${printable(out)}.`]),
  ].join('\n');
}

function againstOf({ against }: LabStanding): string {
  if (against === null) return 'reference';
  const { difference, interval, verdict } = against;
  const signed = (value: number) => `${value < 0 ? '-' : '+'}${Math.abs(value).toFixed(3)}`;
  const range = interval === null ? '' : ` [${signed(interval[0])}, ${signed(interval[1])}]`;
  return `${signed(difference)}${range} ${verdict}`;
}

function shown(value: number | null): string {
  return value === null ? '–' : value.toFixed(3);
}
