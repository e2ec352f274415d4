/**
 * Items of a model's list that say nothing without the line above them (`- **Germany**`, below it `- EUR 150`): they are read, checked and
 * shown behind that line, so that no value gets to what it does not belong to.
 */
import { deniesOrExcludes } from '../core/negation.ts';
import { plainText } from '../core/readable.ts';
import { isHeading, isListItem } from '../core/sentences.ts';
import { isTableRow } from '../core/tables.ts';
import { closedSentence, type MarkedSentence } from './marked-sentences.ts';

export interface PlacedSentence extends MarkedSentence {
  /** Where it begins in the model's text. */
  readonly from: number;
  /** Lines above an item that it says nothing without, the outermost first. */
  readonly labels?: readonly string[];
}

interface Label {
  readonly sentence: PlacedSentence;
  readonly text: string;
  readonly indent: number;
  /** Shown with its items, or given out as a sentence. */
  isRead: boolean;
}

const listMark = /^\s*(?:[-*+•‣◦▪–—]|\(?\d{1,3}[.)]|\(?[a-zA-Z]\))\s+/;
const longestLabel = 80;
const wordsOfLabel = 6;
/** Fewer are hardly a sentence, with a full stop or without. */
const wordsOfFragment = 6;
const wordsOfOpenFragment = 12;

export class ModelLists {
  #labels: Label[] = [];

  /** The sentences that can be taken now, for a line is a label only if an item follows it. */
  read(sentence: PlacedSentence): readonly PlacedSentence[] {
    const { indent, text } = sentence;
    if (indent === null) return [...this.#giveOut(this.#labels), sentence];
    const isItem = isListItem(text);
    const isOver = (label: Label) => !isItem || label.indent >= indent;
    const over = this.#giveOut(this.#labels.filter(isOver));
    this.#labels = this.#labels.filter((label) => !isOver(label));
    const label = labelOf(text);
    if (label !== null && sentence.markers.length === 0 && !isTableRow(text)) {
      this.#labels.push({ sentence, text: label, indent: isItem ? indent : -1, isRead: false });
      return over;
    }
    if (!isItem || this.#labels.length === 0) return [...over, sentence];
    const labels = this.#labels.map((one) => one.text);
    if (!isFragment(text) && !labels.some(deniesOrExcludes)) return [...over, ...this.#giveOut(this.#labels), sentence];
    const first = this.#labels.find(({ isRead }) => !isRead)?.sentence.separator;
    for (const one of this.#labels) one.isRead = true;
    return [...over, { ...sentence, labels, separator: first ?? sentence.separator }];
  }

  end(): readonly PlacedSentence[] {
    const rest = this.#giveOut(this.#labels);
    this.#labels = [];
    return rest;
  }

  #giveOut(labels: readonly Label[]): readonly PlacedSentence[] {
    const unread = labels.filter(({ isRead }) => !isRead);
    for (const label of unread) label.isRead = true;
    return unread.map(({ sentence }) => sentence);
  }
}

/** `- **Germany:** EUR 150` */
export function behindLabels(item: string, labels: readonly string[]): string {
  const mark = listMark.exec(item)?.[0] ?? '';
  return `${mark}**${labels.join(', ')}:** ${item.slice(mark.length)}`;
}

/** Null for what is none: an item or a heading of a few words, or a line in bold, which ends no sentence. */
function labelOf(text: string): string | null {
  const plain = plainText(text);
  const bare = plain.replace(/\s*:$/, '');
  if (bare === '' || plain.length > longestLabel || /[.!?…]$/.test(plain)) return null;
  const isBold = /^\*\*[^*]+\*\*:?$/.test(text.replace(listMark, '').trim());
  const isShort = wordCount(bare) <= wordsOfLabel;
  return isBold || ((isHeading(text) || isListItem(text)) && isShort) ? bare : null;
}

function isFragment(text: string): boolean {
  const plain = plainText(text);
  const words = wordCount(plain);
  return words <= wordsOfFragment || (!closedSentence.test(plain) && words <= wordsOfOpenFragment);
}

function wordCount(text: string): number {
  return text.match(/[\p{L}\p{N}]+/gu)?.length ?? 0;
}
