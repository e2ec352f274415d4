/** `persea lab`: the same evidence in several context formats, side by side. */
import { PerseaError } from '../../core/errors.ts';
import type { LabResult } from '../../query/lab.ts';
import { type CommandContext, scopeAs, withApp } from '../context.ts';
import { checksOf } from '../lab-checks.ts';
import { labPage } from '../lab-page.ts';
import type { Output } from '../output.ts';
import { writeOutput } from '../output-file.ts';
import { alignedTable, oneLine, printable, shorten, wrap } from '../text.ts';

interface LabOptions {
  readonly as: string;
  readonly formats?: string;
  readonly models?: string;
  readonly out?: string;
  readonly showContext?: boolean;
}

const maxAnswerLength = 600;

export async function lab(context: CommandContext, options: LabOptions, question: string): Promise<undefined> {
  const { output } = context;
  const formats = namesOf(options.formats, '--formats');
  const models = namesOf(options.models, '--models');
  await withApp(
    context,
    async (app) => {
      const scope = await scopeAs(app, options.as);
      const result = await app.lab(
        scope,
        { question, ...(formats === undefined ? {} : { formats }), ...(models === undefined ? {} : { models }) },
        context.signal === undefined ? {} : { signal: context.signal },
      );
      if (options.out !== undefined) await writeOutput('The page', options.out, labPage(result));
      output.result(result, () => render(result, output, options));
    },
    { isWarm: true },
  );
  return undefined;
}

function namesOf(list: string | undefined, option: string): readonly string[] | undefined {
  if (list === undefined) return undefined;
  const names = [...new Set(list.split(',').map((name) => name.trim()))];
  if (names.includes('')) throw new PerseaError('usage-invalid', `${option} takes names with commas between them.`);
  return names;
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
