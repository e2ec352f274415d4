/**
 * Passages to a numbered context window under a token budget. All passages come before any neighbour, so that what
 * retrieval found is never pushed out by what merely stands beside it; chunks that meet in the text become one item.
 */
import type { Passage, StoredChunk } from '../core/chunk.ts';
import type { ContextItem, ContextWindow, Omission } from '../core/context.ts';
import type { Block } from '../core/document.ts';
import { PerseaError } from '../core/errors.ts';
import { placesIn } from '../core/locator.ts';
import { leadInOf, opensItem } from '../core/lists.ts';
import { splitSentences } from '../core/sentences.ts';
import { cellsOf, headerCells, isTableRow, tableHeaderBefore } from '../core/tables.ts';
import type { TokenCounter } from '../core/tokens.ts';
import type { FormatInUse, FormatRequest } from './formats/format.ts';
import { orderItems, type WindowOrder } from './order.ts';

export interface ContextWindowOptions {
  /** Its name stands in the window. */
  readonly format: { readonly name: string; readonly render: FormatInUse };
  readonly request: FormatRequest;
  readonly order: WindowOrder;
  /** Upper bound for the rendered text, fences and facts included. */
  readonly budgetTokens: number;
  /** Of the budget, how much the items of one document may take; all of it when absent. */
  readonly perDocumentShare?: number;
  readonly tokens: TokenCounter;
  /** Parsed text of the document's current revision: what merged items are sliced from. */
  readonly textOf: (documentId: string) => string;
  /** Its structure, for the places of what is shown; none when absent. */
  readonly blocksOf?: (documentId: string) => readonly Block[];
  /** What was left out before, such as passages that the model may not see. */
  readonly omitted?: readonly Omission[];
}

/** A retrieved passage with the chunks around it, as the retrieval's expansion returns them. */
export interface PassageWithNeighbours {
  readonly passage: Passage;
  readonly neighbours: readonly StoredChunk[];
}

/** @param passages best first, each chunk once, whether as passage or as neighbour */
export async function buildContextWindow(
  passages: readonly PassageWithNeighbours[],
  options: ContextWindowOptions,
): Promise<ContextWindow> {
  const packing = packPassages(passages, options);
  let step = packing.next();
  while (step.done !== true) step = packing.next(await options.format.render(step.value, options.request));
  return step.value;
}

/** Yields items that are to be laid out, and is given their text. */
type Packing<Result> = Generator<readonly ContextItem[], Result, string>;

/** As `buildContextWindow`, whoever lays the items out. */
export function* packPassages(
  passages: readonly PassageWithNeighbours[],
  options: ContextWindowOptions,
): Packing<ContextWindow> {
  const layOut = (chosen: readonly Passage[]) => numbered(orderItems(mergePassages(chosen, options), options.order));
  // The last layout that fits is the window, so its text is counted once.
  const counts = new Map<string, number>();
  const count = (text: string): number => {
    const tokens = counts.get(text) ?? options.tokens.count(text);
    counts.set(text, tokens);
    return tokens;
  };
  const share = Math.floor((options.perDocumentShare ?? 1) * options.budgetTokens);
  /** Null where the items fit. `grown`: the documents that have more items than before. */
  function* excess(items: readonly ContextItem[], grown: ReadonlySet<string>): Packing<'budget' | 'share' | null> {
    if (count(yield items) > options.budgetTokens) return 'budget';
    if (share >= options.budgetTokens) return null;
    for (const documentId of grown) {
      if (count(yield items.filter((item) => item.documentId === documentId)) > share) return 'share';
    }
    return null;
  }

  const chosen: Passage[] = [];
  const omitted: Omission[] = [...(options.omitted ?? [])];
  let items: readonly ContextItem[] = [];
  /** The best passage comes first even if only in part. */
  let cut: ContextItem | null = null;
  /**
   * Those that fit, the earlier before the later. All are tried at once and halved where they are too much, because counting
   * tokens is what packing costs.
   */
  function* add(passages: readonly Passage[]): Packing<void> {
    const [first] = passages;
    if (first === undefined) return;
    const merged = layOut([...chosen, ...passages]);
    const candidate = cut === null ? merged : numbered([cut, ...merged]);
    const reason = yield* excess(candidate, new Set(passages.map(({ chunk }) => chunk.documentId)));
    if (reason === null) {
      chosen.push(...passages);
      items = candidate;
    } else if (passages.length === 1) {
      omit(omitted, { uri: first.uri, reason });
    } else {
      const middle = passages.length >> 1;
      yield* add(passages.slice(0, middle));
      yield* add(passages.slice(middle));
    }
  }
  const [first, ...others] = passages;
  if (first !== undefined) {
    yield* add([first.passage]);
    if (chosen.length === 0) {
      const { documentId } = first.passage.chunk;
      cut = yield* cutToFit(layOut([first.passage]), (part) => excess(part, new Set([documentId])));
      if (cut !== null) items = [cut];
    }
  }
  // What is left of a document whose best passage had to be cut is less than a sentence.
  const ofCut = others.filter(({ passage }) => cut?.documentId === passage.chunk.documentId);
  for (const { passage } of ofCut) omit(omitted, { uri: passage.uri, reason: 'budget' });
  yield* add(others.filter((other) => !ofCut.includes(other)).map(({ passage }) => passage));
  // A neighbour has no rank of its own: alone it would not be in the window.
  const asNeighbour = (passage: Passage) => (chunk: StoredChunk) => ({ ...passage, chunk, score: 0, parts: [] });
  yield* add(
    passages.flatMap(({ passage, neighbours }) =>
      chosen.includes(passage) ? neighbours.map(asNeighbour(passage)) : [],
    ),
  );
  const text = items.length === 0 ? '' : yield items;
  return { format: options.format.name, items, text, tokens: count(text), omitted };
}

/** One entry a document and reason: readers want to know what is missing, not how often. */
function omit(omitted: Omission[], omission: Omission): void {
  if (!omitted.some((other) => other.uri === omission.uri && other.reason === omission.reason)) omitted.push(omission);
}

function numbered(items: readonly ContextItem[]): readonly ContextItem[] {
  return items.map((item, index) => ({ ...item, marker: index + 1 }));
}

/** Items in the order of their best passage. */
function mergePassages(
  passages: readonly Passage[],
  { textOf, blocksOf }: Pick<ContextWindowOptions, 'textOf' | 'blocksOf'>,
): readonly ContextItem[] {
  const ranks = new Map(passages.map((passage, rank) => [passage, rank]));
  const rankOf = (passage: Passage) => ranks.get(passage) ?? passages.length;
  const runs: { readonly rank: number; readonly item: ContextItem }[] = [];
  for (const [documentId, ofDocument] of Map.groupBy(passages, (passage) => passage.chunk.documentId)) {
    const text = textOf(documentId);
    const blocks = blocksOf?.(documentId) ?? [];
    const inTextOrder = [...ofDocument].sort((a, b) => a.chunk.start - b.chunk.start);
    let run: Passage[] = [];
    const flush = () => {
      if (run.length > 0) runs.push({ rank: Math.min(...run.map(rankOf)), item: itemOf(run, text, blocks) });
      run = [];
    };
    for (const passage of inTextOrder) {
      // A chunk may lie within another one, so what was covered is not where the last one ends.
      const covered = Math.max(0, ...run.map(({ chunk }) => chunk.end));
      if (run.length > 0 && text.slice(covered, passage.chunk.start).trim() !== '') flush();
      run.push(passage);
    }
    flush();
  }
  return runs.sort((a, b) => a.rank - b.rank).map((entry) => entry.item);
}

function itemOf(run: readonly Passage[], text: string, blocks: readonly Block[]): ContextItem {
  const [first] = run;
  if (first === undefined) throw new PerseaError('internal', 'A context item was asked for without a passage.');
  const { uri, title, classification, date, url, owner, status, validUntil } = first;
  const start = first.chunk.start;
  const end = Math.max(...run.map((passage) => passage.chunk.end));
  const chunks = run.map(({ chunk }) => ({
    chunkId: chunk.chunkId,
    start: chunk.start,
    end: chunk.end,
    headingPath: chunk.headingPath,
    page: chunk.page,
  }));
  return {
    marker: 0,
    uri,
    title,
    documentId: first.chunk.documentId,
    headingPath: commonPath(run.map((passage) => passage.chunk.headingPath)),
    page: first.chunk.page,
    classification,
    date,
    ...(url === undefined ? {} : { url }),
    ...(owner === undefined ? {} : { owner }),
    ...(status === undefined ? {} : { status }),
    ...(validUntil === undefined ? {} : { validUntil }),
    places: placesIn(blocks, start, end),
    chunkIds: chunks.map((chunk) => chunk.chunkId),
    chunks,
    start,
    end,
    text: text.slice(start, end),
    tableHeader: headerAt(text, start),
    ...leadInAt(text, start),
    score: Math.max(...run.map((passage) => passage.score)),
  };
}

function commonPath(paths: readonly (readonly string[])[]): readonly string[] {
  const [first = [], ...others] = paths;
  let length = first.length;
  for (const other of others) {
    let shared = 0;
    while (shared < length && other[shared] === first[shared]) shared++;
    length = shared;
  }
  return first.slice(0, length);
}

function headerAt(text: string, start: number): string | null {
  const newline = text.indexOf('\n', start);
  if (!isTableRow(text.slice(start, newline === -1 ? text.length : newline))) return null;
  const lineStart = text.lastIndexOf('\n', start - 1) + 1;
  const { header } = tableHeaderBefore(text, lineStart);
  const before = text.slice(lineStart, start);
  if (header === null || before.trim() === '') return header;
  // The item begins within a row: the names of the columns that it does not show would shift the others.
  return `| ${headerCells(header).slice(cellsOf(before).length).join(' | ')} |`;
}

function leadInAt(text: string, start: number): Pick<ContextItem, 'leadIn'> {
  if (!opensItem(text, { start })) return {};
  const leadIn = leadInOf(text, start);
  return leadIn === null ? {} : { leadIn: text.slice(leadIn.start, leadIn.end) };
}

/** The longest beginning of the only item that ends with a sentence and fits; null where not even one sentence does. */
function* cutToFit(
  items: readonly ContextItem[],
  excess: (items: readonly ContextItem[]) => Packing<string | null>,
): Packing<ContextItem | null> {
  const [item] = items;
  if (item === undefined) return null;
  const ends = splitSentences(item.text).map((span) => span.end);
  let best: ContextItem | null = null;
  // Rendered length grows with the cut, so the longest that fits is found by halving.
  let [low, high] = [0, ends.length - 1];
  while (low <= high) {
    const middle = (low + high) >> 1;
    const cut = cutAt(item, ends[middle] ?? 0);
    if ((yield* excess([cut])) === null) {
      best = cut;
      low = middle + 1;
    } else {
      high = middle - 1;
    }
  }
  return best;
}

function cutAt(item: ContextItem, length: number): ContextItem {
  const end = item.start + length;
  const chunks = item.chunks
    .filter((chunk) => chunk.start < end)
    .map((chunk) => ({ ...chunk, end: Math.min(chunk.end, end) }));
  const places = item.places.filter((place) => place.start < end);
  return {
    ...item,
    end,
    places,
    text: item.text.slice(0, length),
    chunks,
    chunkIds: chunks.map((chunk) => chunk.chunkId),
  };
}
