/** `persea feedback`: what people said of answers, as questions to evaluate with. */
import { counted } from '../../core/counts.ts';
import { systemScope } from '../../access/scope.ts';
import { type CommandContext, withApp } from '../context.ts';
import { writeOutput } from '../output-file.ts';
import { alignedTable, oneLine, printable, shorten } from '../text.ts';

const maxQuestionLength = 80;

export async function exportFeedback(context: CommandContext, options: { readonly out?: string }): Promise<undefined> {
  const exported = await withApp(context, (app) => app.traces.exportFeedback(systemScope('persea feedback export')));
  const { cases, review, withoutQuestion } = exported;
  if (options.out !== undefined) {
    await writeOutput('The cases', options.out, cases.map((one) => `${JSON.stringify(one)}\n`).join(''));
  }
  context.output.result(exported, () => {
    const lines = [
      `${counted(cases.length, 'labelled question')}${options.out === undefined ? '' : ` in ${options.out}`}`,
    ];
    if (review.length > 0) {
      lines.push(
        '',
        `${counted(review.length, 'answer')} to look at: what would have been right is not known.`,
        alignedTable(
          review.map(({ traceId, as, status, rating, question, comment }) => [
            traceId,
            printable(as),
            status,
            rating,
            `"${shorten(oneLine(question), maxQuestionLength)}"${comment === null ? '' : ` – ${oneLine(comment)}`}`,
          ]),
        ),
      );
    }
    if (withoutQuestion > 0) {
      lines.push(
        '',
        `${counted(withoutQuestion, 'answer')} with feedback whose question was not kept: set traces.content to full to have them.`,
      );
    }
    return lines.join('\n');
  });
  return undefined;
}
