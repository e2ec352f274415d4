/** What a claim is held against: the sentences of an item, each with what stands above it. */
import { type ContextItem, repeatedAbove } from '../core/context.ts';
import { isLeadIn } from '../core/lists.ts';
import { namedCells, readableList, readableSentence } from '../core/readable.ts';
import { isHeading, isListItem, type Span, splitSentences } from '../core/sentences.ts';
import { cellsOf, isTableRow } from '../core/tables.ts';
import { type Analysis, analyse, joinAnalyses } from './canonical.ts';
import { isPreposition } from './prepositions.ts';

/** Half-open, within the item's text. */
export interface SupportingSpan {
  readonly item: ContextItem;
  readonly start: number;
  readonly end: number;
}

/** A sentence of an item, two adjacent ones, or a list with what leads to it, ready to be compared. */
export interface Candidate extends SupportingSpan {
  readonly analysis: Analysis;
  /** Of its sentences, one by one; none of a table row, whose columns stand in any order. */
  readonly sentences: readonly Analysis[];
  /** What its semicolons part; empty where the second half leans on the first, in table rows and in pairs of sentences. */
  readonly halves: readonly Analysis[];
  /** What stands above it: title, headings, column names, the line that leads to a list. It may complete a sentence, never carry it. */
  readonly above: ReadonlySet<string>;
  /** Of a table row: what the first cells of the other rows have. A claim that has it and this row has not is about another row. */
  readonly otherRows: ReadonlySet<string>;
  /** What headings beside those above it have. A claim that has it, and neither the sentence nor what stands above it, is about another section. */
  readonly otherSections: ReadonlySet<string>;
  /** Of a table row behind its first cell; empty of anything else. */
  readonly columns: readonly Column[];
  /**
   * `alone`: one sentence; `linked`: the second one leans on the first; `adjacent`: merely side by side, like the items of a list, which proves
   * nothing but a verbatim quote.
   */
  readonly kind: 'alone' | 'linked' | 'adjacent';
}

/** What a cell of a table row says, and what its column is called. */
export interface Column {
  readonly name: ReadonlySet<string>;
  readonly value: Analysis;
}

/** Words by which a sentence leans on the one before it. */
const leaning =
  /^(?:it|its|they|their|them|this|that|these|those|he|she|his|her|such|there|both|es|er|sie|dies|diese[rsnm]?|das|dabei|dafür|davon|dazu|il|elle|ils|elles|cela|ce|cette|ces|celui|celle|celles|ceux)\b/iu;
/** Words that point back from within a sentence: `the strongest of these drugs`. */
const pointing = /\s(?:these|those|diesen?|dieser|diesem|ces|cette)\s+\p{L}/iu;
const subordinate = /^(?:and|or|when|where|while|which|who|if|because|und|oder|wenn|wo|weil|et|ou|quand|si)\b/iu;

/** @param items of the window: other parts of the document tell what its other sections are about */
export function readCandidates(item: ContextItem, items: readonly ContextItem[] = [item]): readonly Candidate[] {
  const sentences = splitSentences(item.text).map((span) => {
    const text = readableSentence(item.text, span, item);
    return { ...span, raw: item.text.slice(span.start, span.end), text, alone: analyse(text) };
  });
  const rowKeys = keysOfRows(sentences.map(({ raw }) => raw));
  const formsAbove = new Map<string, ReadonlySet<string>>();
  const candidates: Candidate[] = [];
  const headings = [
    ...sentences.filter(({ raw }) => isHeading(raw)).map(({ text }) => text),
    ...items
      .filter(({ documentId }) => documentId === item.documentId)
      .flatMap(({ chunks }) => chunks.flatMap(({ headingPath }) => headingPath)),
  ];
  const formsBeside = new Map<string, ReadonlySet<string>>();
  let sections: readonly Section[] = [];
  let lead = '';
  for (const [index, sentence] of sentences.entries()) {
    if (isHeading(sentence.raw)) [sections, lead] = [within(sections, sentence), ''];
    else if (isLeadIn(sentence.raw)) lead = sentence.text;
    else if (!isListItem(sentence.raw)) lead = '';
    const path =
      item.chunks.findLast((chunk) => chunk.start <= item.start + sentence.start)?.headingPath ?? item.headingPath;
    const own = [...path, ...sections.map(({ heading }) => heading)];
    const lines = [item.title, ...own, repeatedAbove(item) ?? '', lead].join(' ; ');
    const above = formsAbove.get(lines) ?? analyse(lines).forms;
    formsAbove.set(lines, above);
    const otherSections = formsBeside.get(lines) ?? formsOfOthers(headings, own, above);
    formsBeside.set(lines, otherSections);
    const { start, end, alone } = sentence;
    const isRow = isTableRow(sentence.raw);
    const halves = isRow ? [] : halvesOf(sentence.text);
    const otherRows = rowKeys[index] ?? none;
    candidates.push({
      item,
      start,
      end,
      analysis: alone,
      sentences: isRow ? [] : [alone],
      halves,
      above,
      otherRows,
      otherSections,
      columns: isRow ? columnsOf(item, sentence) : [],
      kind: 'alone',
    });
    const list = readableList(item.text, sentence);
    if (list !== null) {
      const analysis = analyse(list.text);
      const asList = {
        analysis,
        sentences: [],
        halves: [],
        otherRows: none,
        otherSections: none,
        columns: [],
        kind: 'adjacent',
      } as const;
      candidates.push({ item, start, end: list.end, above, ...asList });
    }
    const next = sentences[index + 1];
    if (next === undefined) continue;
    const isLinked =
      leaning.test(next.text) || pointing.test(next.text) || isLeadIn(sentence.raw) || sentence.raw.endsWith('?');
    const both = joinAnalyses(alone, next.alone);
    const kind = isLinked ? 'linked' : 'adjacent';
    candidates.push({
      item,
      start,
      end: next.end,
      analysis: both,
      sentences: isRow ? [] : [alone, next.alone],
      halves: [],
      above,
      otherRows: none,
      otherSections,
      columns: [],
      kind,
    });
  }
  return candidates;
}

/** A heading with how deep it stands. */
interface Section {
  readonly heading: string;
  readonly depth: number;
}

/** The headings above what follows this one: it ends the sections that are as deep, or deeper. */
function within(
  sections: readonly Section[],
  { raw, text }: { readonly raw: string; readonly text: string },
): readonly Section[] {
  const mark = /^\s*(?:(#+)|\d+(?:\.\d+)*)/.exec(raw);
  const depth = mark?.[1]?.length ?? mark?.[0].split('.').length ?? 1;
  return [...sections.filter((section) => section.depth < depth), { heading: text, depth }];
}

/** What headings have that do not stand above a sentence; numbers of headings are no words of theirs. */
function formsOfOthers(
  headings: readonly string[],
  own: readonly string[],
  above: ReadonlySet<string>,
): ReadonlySet<string> {
  const forms = headings
    .filter((heading) => !own.includes(heading))
    .flatMap((heading) => analyse(heading).words)
    .filter(({ form, isNumber }) => !isNumber && !isPreposition(form) && !above.has(form));
  return new Set(forms.map(({ form }) => form));
}

const none: ReadonlySet<string> = new Set();

/** For each row the words of the first cells of all rows of its table; undefined for what is no row. */
function keysOfRows(sentences: readonly string[]): readonly (ReadonlySet<string> | undefined)[] {
  let keys: Set<string> | undefined;
  return sentences.map((sentence) => {
    if (!isTableRow(sentence)) {
      keys = undefined;
      return undefined;
    }
    keys ??= new Set();
    for (const form of analyse(cellsOf(sentence)[0] ?? '').forms) if (!isPreposition(form)) keys.add(form);
    return keys;
  });
}

function columnsOf(item: ContextItem, row: Span): readonly Column[] {
  const { names, cells } = namedCells(item.text, row, item.tableHeader);
  return cells.flatMap((cell, at) =>
    at === 0 || cell === '' ? [] : [{ name: analyse(names[at] ?? '').forms, value: analyse(cell) }],
  );
}

/** A half is a sentence of its own: nothing in brackets, and nothing that only says when, where or of whom. */
function halvesOf(text: string): readonly Analysis[] {
  const halves = text.split(/;\s+/);
  const stands = (half: string) => !leaning.test(half) && !subordinate.test(half) && !/[()]/.test(half);
  return halves.length > 1 && halves.every(stands) ? halves.map((half) => analyse(half)) : [];
}
