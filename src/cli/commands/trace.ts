/** `persea trace`: how an answer came about, and the questions of the last days. */
import { type AccessScope, systemScope } from '../../access/scope.ts';
import type { App } from '../../app.ts';
import { counted } from '../../core/counts.ts';
import { PerseaError } from '../../core/errors.ts';
import type { ShownText, ShownTrace, ShownUsage } from '../../traces/show-trace.ts';
import { type CommandContext, parseCount, scopeAs, withApp } from '../context.ts';
import type { Output } from '../output.ts';
import { alignedTable, oneLine, printable, printableName, shorten } from '../text.ts';

const defaultLimit = 20;
const maxTextLength = 200;

export async function showTrace(
  context: CommandContext,
  options: { readonly as?: string },
  id: string,
): Promise<undefined> {
  const trace = await withApp(context, async (app) => app.traces.show(await viewer(app, options.as), id));
  context.output.result(trace, () => renderTrace(trace, context.output));
  return undefined;
}

export async function listTraces(
  context: CommandContext,
  options: { readonly as?: string; readonly limit?: string },
): Promise<undefined> {
  const limit = parseCount(options.limit, '--limit') ?? defaultLimit;
  const traces = await withApp(context, async (app) => app.traces.list(await viewer(app, options.as), { limit }));
  context.output.result({ traces }, () =>
    traces.length === 0
      ? 'There are no traces. Each question leaves one, for as long as traces.retentionDays says.'
      : alignedTable(
          traces.map(({ traceId, at, as, status, reason, model, cache, ms, rating }) => [
            traceId,
            at.slice(0, 19).replace('T', ' '),
            printable(as),
            reason === null ? status : `${status} (${reason})`,
            cache === 'hit' ? `${model ?? ''} (cache)` : (model ?? ''),
            `${ms} ms`,
            rating ?? '',
          ]),
        ),
  );
  return undefined;
}

export async function removeTraces(
  context: CommandContext,
  options: { readonly of?: string },
  id: string | undefined,
): Promise<undefined> {
  if ((id === undefined) === (options.of === undefined)) {
    throw new PerseaError('usage-invalid', '`persea trace remove` takes either the id of a trace or --of PERSON.');
  }
  const which = id === undefined ? { principalId: options.of ?? '' } : { traceId: id };
  const removed = await withApp(context, async (app) => app.traces.remove(systemScope('persea trace remove'), which));
  context.output.result({ removed }, () => `Deleted ${counted(removed, 'trace')} with the feedback to them.`);
  return undefined;
}

/** The operator, unless somebody's own view is asked for. */
async function viewer(app: App, as: string | undefined): Promise<AccessScope> {
  return as === undefined ? systemScope('persea trace') : scopeAs(app, as);
}

function renderTrace(trace: ShownTrace, output: Output): string {
  const { question, answer, retrieval, window, prompt, models, usage, checks, feedback } = trace;
  const outcome = trace.reason === null ? trace.status : `${trace.status} (${trace.reason})`;
  const facts: (readonly string[])[] = [
    ['trace', trace.traceId],
    ['asked', `${trace.at} by ${printable(trace.as)}`],
    ['question', `${question.characters} characters${textOf(question)}`],
    ['verdict', `${outcome}, cache ${trace.cache}`],
    ['answer', textOf(answer).trim() || 'not shown'],
    ...(retrieval === null
      ? []
      : [
          [
            'retrieval',
            `${retrieval.mode}, weight of vectors ${retrieval.denseWeight}${numbered(retrieval.candidates, 'candidate')}`,
          ],
        ]),
    ...(window === null ? [] : [['window', `${window.format}${numbered(window.tokens, 'token')}`]]),
    ...(prompt === null ? [] : [['prompt', `${prompt.id} version ${prompt.version}, ${prompt.hash}`]]),
    ['usage', [tokensOf(usage), costOf(usage)].filter((part) => part !== '').join(', ') || 'not shown'],
    ...(feedback === null ? [] : [['feedback', `${feedback.rating}${quoted(feedback.comment)}`]]),
  ];
  const parts = [
    alignedTable(facts),
    section('Stages', [
      ...trace.stages.map(({ name, startMs, ms }) => [name, `at ${startMs} ms`, `${ms} ms`]),
      ['total', '', `${usage.ms.total} ms`],
    ]),
    section(
      'Passages',
      (retrieval?.passages ?? []).map(({ rank, uri, chunkId, score, parts: arms }) => [
        String(rank),
        printableName(uri),
        chunkId.split('#').slice(1).join('#'),
        score === undefined ? '' : score.toFixed(3),
        (arms ?? []).map((arm) => `${arm.source} ${arm.rank} (${arm.score.toFixed(3)})`).join(', '),
      ]),
    ),
    section('Window', [
      ...(window?.items ?? []).map((item) => [
        `[${item.marker}]`,
        printableName(item.uri),
        `${item.start}-${item.end}`,
        textOf(item),
      ]),
      ...(window?.omitted ?? []).map(({ uri, reason }) => ['left out', printableName(uri), reason, '']),
    ]),
    section(
      'Models',
      models.map((model) => [
        model.id,
        model.purpose ?? 'answer',
        model.code === null ? model.outcome : `${model.outcome} (${model.code})`,
        `${model.ms} ms`,
        model.firstTextMs === null ? '' : `first word after ${model.firstTextMs} ms`,
        tokensOf(model),
        costOf(model),
        model.isEstimated === true ? 'estimated' : '',
      ]),
    ),
    section('Claims', [
      ...checks.map((check) => [check.support, check.citations.map((n) => `[${n}]`).join(''), textOf(check)]),
      ...trace.droppedClaims.map((claim) => ['dropped', '', textOf(claim)]),
    ]),
    section(
      'Warnings',
      trace.warnings.map((warning) => [textOf(warning)]),
    ),
  ];
  return parts.filter((part) => part !== '').join('\n\n');

  function section(title: string, rows: readonly (readonly string[])[]): string {
    return rows.length === 0 ? '' : `${output.paint('bold', title)}\n${alignedTable(rows)}`;
  }
}

function textOf({ text, hash }: ShownText): string {
  if (text !== undefined) return quoted(text);
  return hash === undefined ? '' : ` ${hash}`;
}

/** Nothing where the viewer may not know the number. */
function numbered(count: number | null, singular: string): string {
  return count === null ? '' : `, ${counted(count, singular)}`;
}

function tokensOf({ inputTokens, outputTokens }: Pick<ShownUsage, 'inputTokens' | 'outputTokens'>): string {
  return inputTokens === null || outputTokens === null ? '' : `${inputTokens} tokens in, ${outputTokens} out`;
}

function costOf({ costUsd }: Partial<Pick<ShownUsage, 'costUsd'>>): string {
  return costUsd == null ? '' : `$${costUsd.toFixed(5)}`;
}

function quoted(text: string | null): string {
  return text === null || text === '' ? '' : ` "${shorten(oneLine(text), maxTextLength)}"`;
}
