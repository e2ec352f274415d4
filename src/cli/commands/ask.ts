/** `persea ask`: a grounded answer, whole or sentence by sentence. */
import type { AccessScope } from '../../access/scope.ts';
import type { App } from '../../app.ts';
import { PerseaError } from '../../core/errors.ts';
import { type AskRequest, conversationIdPattern } from '../../query/question.ts';
import { type CommandContext, scopeAs, warnOfEmptyStore, withApp } from '../context.ts';
import { type FilterOptions, filtersOf } from '../filter-options.ts';
import type { Output } from '../output.ts';
import { answerTextPrinter, renderAnswer, renderProof } from '../render-answer.ts';
import { oneLine } from '../text.ts';

export interface AskCommandOptions extends FilterOptions {
  readonly as: string;
  readonly conversation?: string;
  readonly format?: string;
  readonly model?: string;
  readonly stream?: boolean;
  readonly draft?: boolean;
  readonly showContext?: boolean;
}

export async function ask(context: CommandContext, options: AskCommandOptions, question: string): Promise<undefined> {
  const { output } = context;
  const filters = filtersOf(options);
  const { conversation } = options;
  if (conversation !== undefined && !conversationIdPattern.test(conversation)) {
    throw new PerseaError(
      'usage-invalid',
      '--conversation takes a name of up to 128 letters, digits and any of _ . : -, beginning with a letter or digit.',
    );
  }
  const request: AskRequest = {
    question,
    ...(conversation === undefined ? {} : { conversationId: conversation }),
    ...(options.format === undefined ? {} : { format: options.format }),
    ...(options.model === undefined ? {} : { model: options.model }),
    ...(options.showContext === true ? { includeContext: true } : {}),
    ...(options.draft === true ? { includeDraft: true } : {}),
    ...(filters === undefined ? {} : { filters }),
  };
  await withApp(
    context,
    async (app) => {
      const scope = await scopeAs(app, options.as);
      if (options.stream === true || options.draft === true) return streamAnswer(app, scope, request, output);
      const answer = await app.ask(scope, request);
      if (answer.reason === 'no-evidence') await warnOfEmptyStore(app, output);
      output.result(answer, () => renderAnswer(answer, output));
    },
    { isWarm: true },
  );
  return undefined;
}

/** Prints sentences as they are checked, then what proves them. */
export async function streamAnswer(app: App, scope: AccessScope, request: AskRequest, output: Output): Promise<void> {
  const print = answerTextPrinter(output);
  let hasText = false;
  let draft = '';
  for await (const event of app.askStream(scope, request)) {
    if (event.type === 'answer-end' && event.answer.reason === 'no-evidence') await warnOfEmptyStore(app, output);
    if (output.isJson) {
      output.event(event);
    } else if (event.type === 'draft') {
      draft = (event.reset === true ? '' : draft) + event.text;
      // Only while its line is free: a sentence that is checked begins there and stays.
      if (!hasText) output.transient(draftLine(draft, output));
    } else if (event.type === 'text-delta') {
      hasText = true;
      output.text(print(event.text));
    } else if (event.type === 'answer-end') {
      // An abstention or a refusal has no sentences to release; its text is in the whole.
      const rest = hasText ? renderProof(event.answer, output) : renderAnswer(event.answer, output);
      output.text(`${hasText ? '\n\n' : ''}${rest}\n`);
    }
  }
}

/** The end of it, as far as a line has room. */
function draftLine(draft: string, output: Output): string {
  const text = oneLine(draft);
  const label = 'draft: ';
  const room = Math.max(20, output.columns - label.length - 1);
  const shown = text.length > room ? `…${text.slice(1 - room)}` : text;
  return text === '' ? '' : output.paint('dim', `${label}${shown}`, 'stderr');
}
