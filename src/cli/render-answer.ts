/** An answer as a person reads it in a terminal: the text, what each citation quotes, and how the answer came about. */

import { counted } from '../core/counts.ts';
import type { Answer, Citation } from '../core/answer.ts';
import { type Locator, locatorText } from '../core/locator.ts';
import type { Output } from './output.ts';
import { LineWrapper, oneLine, printable, printableName, shorten, wrap } from './text.ts';

type Terminal = Pick<Output, 'paint' | 'columns'>;

const maxQuoteLength = 400;

export function renderAnswer(answer: Answer, terminal: Terminal): string {
  const text = emphasizeMarkers(wrap(printable(answer.text), terminal.columns), terminal);
  return `${text}\n\n${renderProof(answer, terminal)}`;
}

/** Text that arrives in pieces, wrapped as if it had come at once. */
export function answerTextPrinter(terminal: Terminal): (piece: string) => string {
  const wrapper = new LineWrapper(terminal.columns);
  return (piece) => emphasizeMarkers(wrapper.push(printable(piece)), terminal);
}

/** All but the text: citations, nearest documents, facts, warnings and, if it was asked for, the context. */
export function renderProof(answer: Answer, terminal: Terminal): string {
  const parts = answer.citations.map((citation) => renderCitation(citation, terminal));
  if (answer.status === 'abstained' && answer.searchedFor !== undefined) {
    parts.push(wrap(`Looked for: ${oneLine(answer.searchedFor)}`, terminal.columns));
  }
  if (answer.status === 'abstained' && answer.nearest.length > 0) {
    const nearest = answer.nearest.map(({ uri, title }) => `  ${printableName(uri)} › ${oneLine(title)}`);
    parts.push(`Nearest documents:\n${nearest.join('\n')}`);
  }
  parts.push(terminal.paint('dim', joined(factsOf(answer), terminal.columns)));
  for (const warning of answer.warnings) parts.push(renderWarning(warning, terminal));
  if (answer.context.text !== undefined) parts.push(renderContext(answer, terminal));
  return parts.join('\n\n');
}

/** Every unescaped `[n]` is a marker; what the source itself had in brackets is shown as it stood there. */
function emphasizeMarkers(text: string, terminal: Terminal): string {
  return text
    .replace(/(?<!\\)\[\d+\]/g, (marker) => terminal.paint('bold', marker))
    .replace(/\\\[([\d\s,;–-]+)\\\]/g, '[$1]');
}

function renderCitation(citation: Citation, terminal: Terminal): string {
  const { marker, quote, support } = citation;
  const label = `[${marker}]`;
  const indent = ' '.repeat(label.length + 1);
  const place = new LineWrapper(terminal.columns, indent, indent.length).push(placeOf(citation));
  const isWeak = support === 'partial' || support === 'none';
  const weakness = isWeak ? ` ${terminal.paint('yellow', `(support: ${support})`)}` : '';
  // Line by line, because a quote may be rows of a table.
  const lines = shorten(printable(quote), maxQuoteLength).split('\n').map(oneLine);
  const shown = wrap(`"${lines.join('\n')}"`, terminal.columns, indent);
  const address = citation.url === undefined ? '' : `\n${indent}${printable(citation.url)}`;
  return `${terminal.paint('bold', label)} ${place}${weakness}${address}\n${terminal.paint('dim', shown)}`;
}

/** `handbook/hr/leave.md › Leave > Parental, page 3` */
export function placeOf(place: {
  readonly uri: string;
  readonly headingPath: readonly string[];
  readonly page: number | null;
  readonly locator?: Locator;
  readonly date?: string;
}): string {
  const path = place.headingPath.map(oneLine).filter((heading) => heading !== '');
  const headings = path.length === 0 ? '' : ` › ${path.join(' > ')}`;
  const page = place.page === null ? '' : `page ${place.page}`;
  const where = place.locator === undefined ? page : oneLine(locatorText(place.locator));
  return [`${printableName(place.uri)}${headings}`, where, place.date ?? ''].filter((part) => part !== '').join(', ');
}

function factsOf({ status, reason, model, context, usage }: Answer): readonly string[] {
  const { inputTokens, outputTokens, costUsd, ms } = usage;
  return [
    reason === null ? status : `${status} (${reason})`,
    ...(model === null ? [] : [`model ${model.id} (zone ${model.zone})`]),
    ...(context.passages === 0
      ? []
      : [`${counted(context.passages, 'passage')}, ${counted(context.tokens, 'token')} (${context.format})`]),
    ...(inputTokens + outputTokens === 0 ? [] : [`${inputTokens} tokens in, ${outputTokens} out`]),
    ...(costUsd === 0 ? [] : [`$${costUsd.toFixed(5)}`]),
    `${ms.total} ms`,
  ];
}

/** Breaks lines between facts, never within one. */
function joined(facts: readonly string[], columns: number): string {
  let [lines, length] = ['', 0];
  for (const fact of facts) {
    const isFirst = length === 0;
    const fits = length + 3 + fact.length <= columns;
    lines += isFirst ? fact : fits ? ` · ${fact}` : `\n${fact}`;
    length = isFirst || !fits ? fact.length : length + 3 + fact.length;
  }
  return lines;
}

function renderWarning(warning: string, terminal: Terminal): string {
  const label = 'warning:';
  const text = new LineWrapper(terminal.columns, '  ', label.length + 1).push(oneLine(warning));
  return `${terminal.paint('yellow', label)} ${text}`;
}

/** As the model got it, unwrapped; only what could harm the terminal is left out. */
function renderContext(answer: Answer, terminal: Terminal): string {
  const { format, tokens, text, omitted } = answer.context;
  const left = omitted.map(({ uri, reason }) => `  ${printableName(uri)} (${reason})`);
  const title = terminal.paint('bold', `Context as the model gets it (${format}, ${counted(tokens, 'token')})`);
  return [title, printable(text ?? ''), ...(left.length === 0 ? [] : [`Left out:\n${left.join('\n')}`])].join('\n\n');
}
