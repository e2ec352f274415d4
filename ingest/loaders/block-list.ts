/** Lists of office documents come as items with a depth; this nests them, and writes their numbers. */
import type { List, ListItem, RootContent } from 'mdast';

export interface FlatItem {
  readonly type: 'item';
  /** From 0. */
  readonly depth: number;
  readonly content: ListItem;
}

/** Blocks one after the other: items nest into lists, and lines of code that follow each other are one block. */
export class BlockList {
  readonly blocks: RootContent[] = [];
  /** Lists that the next item may go on with, by depth. */
  readonly #open: List[] = [];

  add(piece: FlatItem | RootContent): void {
    if (piece.type === 'item') {
      this.#addItem(piece);
      return;
    }
    this.#open.length = 0;
    const last = this.blocks.at(-1);
    if (piece.type === 'code' && last?.type === 'code') last.value += `\n${piece.value}`;
    else this.blocks.push(piece);
  }

  /** A deeper item belongs to the one before it. */
  #addItem({ depth, content }: FlatItem): void {
    const open = this.#open;
    open.length = Math.min(open.length, depth + 1);
    const parent = open.at(-1);
    if (parent !== undefined && open.length === depth + 1) {
      parent.children.push(content);
      return;
    }
    const list: List = { type: 'list', ordered: false, children: [content] };
    const item = parent?.children.at(-1);
    if (item === undefined) this.blocks.push(list);
    else item.children.push(list);
    // Levels that were skipped are this list's too.
    while (open.length <= depth) open.push(list);
  }
}

/** `format` as Office Open XML names it: `decimal`, `lowerLetter`, `upperRoman`, … */
export function shownNumber(value: number, format: string): string {
  switch (format) {
    case 'lowerLetter':
      return letters(value);
    case 'upperLetter':
      return letters(value).toUpperCase();
    case 'lowerRoman':
      return roman(value).toLowerCase();
    case 'upperRoman':
      return roman(value);
    case 'decimalZero':
      return String(value).padStart(2, '0');
    case 'none':
      return '';
    default:
      return String(value);
  }
}

/** After z comes aa, then bb. */
function letters(value: number): string {
  if (value < 1 || value > 780) return String(value);
  return String.fromCharCode(97 + ((value - 1) % 26)).repeat(Math.floor((value - 1) / 26) + 1);
}

const romanDigits: readonly (readonly [value: number, digit: string])[] = [
  [1000, 'M'],
  [900, 'CM'],
  [500, 'D'],
  [400, 'CD'],
  [100, 'C'],
  [90, 'XC'],
  [50, 'L'],
  [40, 'XL'],
  [10, 'X'],
  [9, 'IX'],
  [5, 'V'],
  [4, 'IV'],
  [1, 'I'],
];

function roman(value: number): string {
  if (value < 1 || value >= 4000) return String(value);
  let rest = value;
  let text = '';
  for (const [size, digit] of romanDigits) {
    for (; rest >= size; rest -= size) text += digit;
  }
  return text;
}
