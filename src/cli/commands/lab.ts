/** `persea lab`: the same evidence in several context formats, side by side. */
import { PerseaError } from '../../core/errors.ts';
import type { LabResult } from '../../query/lab.ts';
import { type CommandContext, scopeAs, withApp } from '../context.ts';
import { type ExitStatus, exitStatus } from '../exit-status.ts';
import { checksOf } from '../lab-checks.ts';
import { labPage } from '../lab-page.ts';
import type { Output } from '../output.ts';
import { checkOutput, writeOutput } from '../output-file.ts';
import { namesOf } from './lab-names.ts';
import { alignedTable, oneLine, printable, shorten, wrap } from '../text.ts';

export interface LabOptions {
  readonly as?: string;
  readonly formats?: string;
  readonly models?: string;
  readonly out?: string;
  readonly showContext?: boolean;
  readonly dataset?: string;
  readonly limit?: string;
  readonly offTopic?: string;
  readonly keep?: string;
  readonly seed?: string;
}

const maxAnswerLength = 600;

export async function lab(
  context: CommandContext,
  options: LabOptions,
  question: string | undefined,
): Promise<ExitStatus | undefined> {
  const { output } = context;
  const { as, dataset } = options;
  if ((question === undefined) === (dataset === undefined)) {
    throw new PerseaError('usage-invalid', 'The lab takes either a question or --dataset with a folder of them.');
  }
  if (dataset !== undefined) {
    const { labOverDataset } = await import('./lab-dataset.ts');
    return labOverDataset(context, options, dataset);
  }
  if (question === undefined || as === undefined) {
    throw new PerseaError('usage-invalid', 'A question is asked as somebody; name the person with --as.');
  }
  refuseForQuestion(options);
  await checkOutput('The page', options.out);
  const formats = namesOf(options.formats, '--formats');
  const models = namesOf(options.models, '--models');
  return withApp(
    context,
    async (app) => {
      const scope = await scopeAs(app, as);
      const result = await app.lab(
        scope,
        { question, ...(formats === undefined ? {} : { formats }), ...(models === undefined ? {} : { models }) },
        context.signal === undefined ? {} : { signal: context.signal },
      );
      if (options.out !== undefined) await writeOutput('The page', options.out, labPage(result));
      for (const { format, model, message } of result.failed ?? []) {
        output.warn(`${oneLine(model)} gave no answer in ${oneLine(format)}: ${oneLine(message)}`);
      }
      output.result(result, () => render(result, output, options));
      return result.failed === undefined ? exitStatus.done : exitStatus.doneInPart;
    },
    { isWarm: true },
  );
}

/** An option without effect would make one believe that it had one. */
function refuseForQuestion({ limit, offTopic, keep, seed }: LabOptions): void {
  const given = { '--limit': limit, '--off-topic': offTopic, '--keep': keep, '--seed': seed };
  const wrong = Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  if (wrong.length > 0) throw new PerseaError('usage-invalid', `${wrong.join(' and ')} only goes with --dataset.`);
}

function render({ runs }: LabResult, output: Output, options: LabOptions): string {
  const rows = runs.map((run) => [
    run.format,
    run.model,
    String(run.promptTokens),
    String(run.answer.context.passages),
    `$${run.answer.usage.costUsd.toFixed(4)}`,
    `${(run.answer.usage.ms.generate / 1000).toFixed(1)} s`,
    checksOf(run),
  ]);
  const table = alignedTable([['format', 'model', 'prompt tokens', 'passages', 'cost', 'time', 'checked'], ...rows]);
  const answers = runs.map((run) => {
    const head = output.paint('bold', `${run.format} · ${run.model}`);
    const text = wrap(shorten(oneLine(run.answer.text), maxAnswerLength), output.columns, '  ');
    const context = options.showContext === true ? `\n${output.paint('dim', printable(run.context))}` : '';
    return `${head}\n${text}${context}`;
  });
  const page = options.out === undefined ? [] : [`The page is ${printable(options.out)}.`];
  return [table, ...answers, ...page].join('\n\n');
}
