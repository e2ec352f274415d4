/** Lists inside a text: the sentence that leads to one, and its items. */
import { deniesOrExcludes } from './negation.ts';
import { isBareTitle, isHeading, isListItem, type Span, splitSentences } from './sentences.ts';

/** A longer sentence before a colon is told by itself. */
const maxLeadInLength = 300;
/** How far above an item the line is looked for that leads to its list. */
const maxLinesAbove = 60;

const leadInEnd = /:[*_"'”»)]*$/;

/** Whether a sentence announces what follows it, as `You must not:` does. */
export function isLeadIn(sentence: string): boolean {
  return leadInEnd.test(sentence.trimEnd());
}

/** Whether the sentence opens an item; a further sentence of the item does not. */
export function opensItem(text: string, { start }: Pick<Span, 'start'>): boolean {
  const lineStart = lineStartOf(text, start);
  return text.slice(lineStart, start).trim() === '' && isListItem(lineAt(text, lineStart));
}

/**
 * Where that lies which leads to the list of the item on the line of `at`: a sentence with a colon behind it, of a nested list
 * perhaps an item itself, or a heading that denies (`Not covered`). Null where there is none, and where the text does not reach up to it.
 */
export function leadInOf(text: string, at: number): Span | null {
  const lineStart = lineStartOf(text, at);
  const indent = indentOf(lineAt(text, lineStart));
  /** Lines without a mark, passed on the way up: of the item above them, or a paragraph of their own. */
  let isWithinItem = false;
  let end = lineStart;
  for (let passed = 0; passed < maxLinesAbove && end > 0; passed++) {
    const start = text.lastIndexOf('\n', end - 2) + 1;
    const line = text.slice(start, end).trimEnd();
    const isItem = isListItem(line);
    if (line.trim() === '') {
      if (isWithinItem) return null;
    } else if (
      isItem ? isLeadIn(line) && indentOf(line) < indent : !isWithinItem && isAbove(text, start, line, indent)
    ) {
      return lastSentence(text, start + line.length);
    } else if (isItem) {
      if (indentOf(line) + 1 < indent) return null;
      isWithinItem = false;
    } else {
      // Indented paragraphs belong to their item whatever lies between.
      isWithinItem = indentOf(line) <= Math.min(1, indent);
    }
    end = start;
  }
  return null;
}

/** The items of the list behind a sentence that leads to one, in text order; none where no list follows. */
export function itemsBehind(text: string, leadIn: Span): readonly Span[] {
  const items: Span[] = [];
  let end = leadIn.end;
  for (const span of splitSentences(text.slice(end), end)) {
    const last = items.at(-1);
    if (opensItem(text, span)) items.push(span);
    else if (last === undefined || /\n[^\S\n]*\n/.test(text.slice(end, span.start))) break;
    else items[items.length - 1] = { start: last.start, end: span.end };
    end = span.end;
  }
  return items;
}

/** Whether the line, which is no item, speaks for the items below it that are indented so far. */
function isAbove(text: string, start: number, line: string, indent: number): boolean {
  if (indentOf(line) > indent) return false;
  if (isLeadIn(line)) return true;
  const isTitle = isHeading(line) || (isBareTitle(line) && /(?:^|\n[^\S\n]*\n)$/.test(text.slice(0, start)));
  // Of others an item says its part without them, and passages are told apart by them already.
  return isTitle && deniesOrExcludes(line);
}

/** The sentence that ends at `end`, if it is short enough to stand before each item. */
function lastSentence(text: string, end: number): Span | null {
  const from = Math.max(0, end - 2 * maxLeadInLength);
  const last = splitSentences(text.slice(from, end), from).at(-1);
  return last === undefined || last.end - last.start > maxLeadInLength || (from > 0 && last.start === from)
    ? null
    : last;
}

function lineStartOf(text: string, at: number): number {
  return at === 0 ? 0 : text.lastIndexOf('\n', at - 1) + 1;
}

function lineAt(text: string, start: number): string {
  const newline = text.indexOf('\n', start);
  return text.slice(start, newline === -1 ? text.length : newline);
}

function indentOf(line: string): number {
  return /^[\s>]*/.exec(line)?.[0].length ?? 0;
}
