/**
 * PDFs hold Arabic and Hebrew as it is drawn, from left to right. Here glyphs come back into the order in which they are
 * read: the rules of the Unicode bidirectional algorithm (UAX 9), turned around, for one line at a time.
 */
import type { PlacedGlyph } from './pdf-content.ts';

const rightToLeft = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]|[\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;
const digit = /^[\p{Nd}]+$/u;
const numberSeparator = /^[.,:/%+\-\u060c\u066a-\u066c]$/u;
const letter = /[\p{L}\p{N}]/u;
const mark = /^\p{M}+$/u;
const mirrored: Readonly<Record<string, string>> = {
  '(': ')',
  ')': '(',
  '[': ']',
  ']': '[',
  '{': '}',
  '}': '{',
  '<': '>',
  '>': '<',
  '«': '»',
  '»': '«',
};

type Direction = 'right' | 'left' | 'number' | 'neutral';

export function isRightToLeft(text: string): boolean {
  return rightToLeft.test(text);
}

/** The glyphs of one line, from left to right, in reading order. */
export function toReadingOrder(glyphs: readonly PlacedGlyph[]): string {
  const units = withMarks(glyphs);
  const directions = resolve(units);
  const isBaseRight = directionOfMost(directions) === 'right';
  const isTurned = (index: number) => directions[index] === 'right';
  const ordered: string[] = [];
  // Pieces of one direction; within a line that reads from the right, the pieces themselves come from the right.
  for (let start = 0; start < units.length; ) {
    let end = start + 1;
    while (end < units.length && isTurned(end) === isTurned(start)) end++;
    const piece = units.slice(start, end);
    const text = isTurned(start) ? piece.reverse().map((unit) => mirrored[unit] ?? unit) : piece;
    if (isBaseRight) ordered.unshift(...text);
    else ordered.push(...text);
    start = end;
  }
  return ordered.join('');
}

/** Whether most of its letters read from right to left. */
export function readsFromRight(glyphs: readonly PlacedGlyph[]): boolean {
  return directionOfMost(glyphs.map((glyph) => directionOf(glyph.text))) === 'right';
}

function directionOfMost(directions: readonly Direction[]): 'right' | 'left' {
  const count = (wanted: Direction) => directions.filter((direction) => direction === wanted).length;
  return count('right') >= count('left') ? 'right' : 'left';
}

/** Texts of the glyphs, each mark with the letter over or under which it is drawn, whichever of the two came first. */
function withMarks(glyphs: readonly PlacedGlyph[]): readonly string[] {
  const letters = glyphs.filter((glyph) => !mark.test(glyph.text));
  const texts = letters.map((glyph) => glyph.text);
  for (const sign of glyphs) {
    if (!mark.test(sign.text)) continue;
    const middle = sign.offset + sign.width / 2;
    const under = letters.findIndex((base) => middle >= base.offset - 0.1 && middle <= base.offset + base.width + 0.1);
    const index = under === -1 ? letters.length - 1 : under;
    if (index >= 0) texts[index] += sign.text;
  }
  return texts;
}

function directionOf(text: string): Direction {
  if (digit.test(text)) return 'number';
  if (isRightToLeft(text)) return 'right';
  return letter.test(text) ? 'left' : 'neutral';
}

function resolve(units: readonly string[]): readonly Direction[] {
  const own = units.map(directionOf);
  const isLeft = (direction: Direction | undefined) => direction === 'left' || direction === 'number';
  const base = directionOfMost(own);
  const result = [...own];
  for (let start = 0; start < own.length; start++) {
    if (own[start] !== 'neutral') continue;
    let end = start;
    while (end < own.length && own[end] === 'neutral') end++;
    const before = own[start - 1];
    const after = own[end];
    const isInNumber = end - start === 1 && before === 'number' && after === 'number';
    const isSeparator = numberSeparator.test(units[start] ?? '');
    let direction: Direction = base;
    if (isInNumber && isSeparator) direction = 'left';
    else if (before === 'left' && isLeft(after)) direction = 'left';
    else if (before === 'right' && after === 'right') direction = 'right';
    result.fill(direction, start, end);
    start = end - 1;
  }
  return result;
}
