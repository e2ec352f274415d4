/** The end of an ingest as people read it: what was done, by format, and what went wrong, by problem, with what to do. */
import { counted } from '../core/counts.ts';
import type { IngestPlan, IngestProblem, IngestReport, IngestWarning, ProblemSummary } from '../core/ingestor.ts';
import type { Output } from './output.ts';
import { alignedTable, oneLine, wrap } from './text.ts';

const outcomes = ['added', 'updated', 'moved', 'relabelled', 'unchanged', 'removed'] as const;
/** Of one problem, or of one list of a plan. The rest is in the JSON. */
const shownFiles = 5;
const shownPlanned = 20;

/** `looked` are the sources that were listed, such as `docs (/srv/docs)`. */
export function renderReport(report: IngestReport, output: Output, looked: readonly string[] = []): string {
  const counts: string[] = outcomes
    .filter((outcome) => report[outcome] > 0)
    .map((outcome) => `${report[outcome]} ${outcome}`);
  const { quarantined, attachments, chunks, tokens, seconds, plan } = report;
  if (attachments > 0) counts.push(counted(attachments, 'attachment'));
  if (quarantined.length > 0) counts.push(output.paint('yellow', `${quarantined.length} quarantined`));
  const lines = [counts.length === 0 ? nothingFound(looked) : counts.join(', ')];
  if (plan !== undefined) lines.push('Dry run: nothing was changed.', ...planLines(plan, output));
  else {
    const rate = tokens > 0 && seconds > 0 ? ` (${counted(Math.round(tokens / seconds), 'token')}/s)` : '';
    lines.push(
      output.paint('dim', `${counted(chunks, 'chunk')}, ${counted(tokens, 'token')} in ${seconds.toFixed(1)} s${rate}`),
    );
  }
  if (report.byFormat.length > 0) {
    const rows = report.byFormat.map(({ mediaType, documents, chunks: some }) => [
      `  ${mediaType}`,
      counted(documents, 'document'),
      counted(some, 'chunk'),
    ]);
    lines.push('', 'By format:', alignedTable(rows));
  }
  if (quarantined.length > 0) lines.push('', ...quarantinedLines(report, output));
  return lines.join('\n');
}

function nothingFound(looked: readonly string[]): string {
  if (looked.length === 0) return 'Nothing found in the sources.';
  return `Nothing found in ${looked.map(oneLine).join(', ')}. Check the path, and what \`include\` and \`exclude\` leave.`;
}

function quarantinedLines({ quarantined, byProblem }: IngestReport, output: Output): readonly string[] {
  const byCode = Map.groupBy(quarantined, ({ code }) => code);
  return [
    'Not ingested; a document that was searchable before stays so in its old form, unless its label was lost:',
    ...byProblem
      .filter(({ kind }) => kind === 'quarantined')
      .flatMap((problem) => [
        `  ${output.paint('yellow', problem.code)}, ${counted(problem.documents, 'file')}`,
        ...remedyLines(problem, output),
        ...fileLines(byCode.get(problem.code) ?? []),
      ]),
  ];
}

function remedyLines({ remedy }: ProblemSummary, output: Output): readonly string[] {
  return remedy === undefined ? [] : [wrap(remedy, output.columns, '    ')];
}

function fileLines(problems: readonly IngestProblem[]): readonly string[] {
  const lines = problems.slice(0, shownFiles).map(({ uri, message }) => `      ${oneLine(uri)}  ${oneLine(message)}`);
  const more = problems.length - lines.length;
  return more > 0 ? [...lines, `      and ${counted(more, 'further file')}; --json lists all`] : lines;
}

function planLines(plan: IngestPlan, output: Output): readonly string[] {
  const lists = [
    ['To be added', plan.added],
    ['To be read again', plan.changed],
    ['To be moved', plan.moved],
    ['To be relabelled', plan.relabelled],
    ['To be removed', plan.removed],
  ] as const;
  return lists.flatMap(([title, uris]) => {
    if (uris.length === 0) return [];
    const shown = uris.slice(0, shownPlanned).map((uri) => `  ${oneLine(uri)}`);
    const more = uris.length - shown.length;
    return [
      '',
      output.paint('bold', `${title}:`),
      ...shown,
      ...(more > 0 ? [`  and ${more} more; --json lists them`] : []),
    ];
  });
}

/** Warnings of one kind together, so that five hundred files of a kind do not bury the one that matters. */
export function showWarnings({ warnings, byProblem }: IngestReport, output: Output): void {
  // They were told as events already.
  if (output.isJson) return;
  const byCode = Map.groupBy(warnings, ({ code }) => code);
  for (const problem of byProblem) {
    if (problem.kind !== 'warning') continue;
    const alike = byCode.get(problem.code) ?? [];
    if (alike.length <= shownAlike) {
      for (const warning of alike) output.warn(described(warning));
      continue;
    }
    for (const warning of alike.slice(0, shownAlike - 1)) output.warn(described(warning));
    const more = Math.max(problem.documents, alike.length) - shownAlike + 1;
    output.warn(
      `The same of ${counted(more, 'further document')} (${problem.code}). ${problem.remedy ?? ''}`.trimEnd(),
    );
  }
}

const shownAlike = 3;

function described({ message, uri }: IngestWarning): string {
  return uri === undefined ? message : `${oneLine(uri)}: ${oneLine(message)}`;
}
