/** Where in a document something stands, in the terms of its format. */
import type { Block } from './document.ts';

/** Numbers count from 1; a slide's or a sheet's name stands only where it has one; `seconds` count from a recording's start. */
export type Locator =
  | { readonly kind: 'page'; readonly number: number }
  | { readonly kind: 'slide' | 'sheet'; readonly number: number; readonly name?: string }
  | { readonly kind: 'time'; readonly seconds: number };

/** A position of the parsed text from which on a locator holds. */
export interface Place {
  readonly start: number;
  readonly locator: Locator;
}

/** The places of a span, the one that it begins in first; empty where the format has nothing of the kind. */
export function placesIn(blocks: readonly Block[], start: number, end: number): readonly Place[] {
  const first = Math.max(
    0,
    blocks.findLastIndex((block) => block.start <= start),
  );
  let opener = blocks.slice(0, first).findLast(isOpener);
  const places: Place[] = [];
  for (let index = first; index < blocks.length; index++) {
    const block = blocks[index];
    if (block === undefined || block.start >= end) break;
    if (isOpener(block)) opener = block;
    const locator = locatorOf(block, opener);
    if (locator === undefined || isSame(places.at(-1)?.locator, locator)) continue;
    places.push({ start: Math.max(start, block.start), locator });
  }
  return places;
}

function isOpener({ kind }: Block): boolean {
  return kind === 'slide' || kind === 'sheet';
}

function isSame(a: Locator | undefined, b: Locator): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function locatorOf({ page, seconds }: Block, opener: Block | undefined): Locator | undefined {
  if (seconds !== undefined) return { kind: 'time', seconds };
  if (opener !== undefined && (opener.kind === 'slide' || opener.kind === 'sheet') && opener.page !== null) {
    const name = opener.title ?? '';
    return { kind: opener.kind, number: opener.page, ...(name === '' ? {} : { name }) };
  }
  return page === null ? undefined : { kind: 'page', number: page };
}

/** `page 3`, `slide 2`, `sheet Costs`, `at 1:02:03` */
export function locatorText(locator: Locator): string {
  switch (locator.kind) {
    case 'time':
      return `at ${clockTime(locator.seconds)}`;
    case 'sheet':
      return `sheet ${locator.name ?? locator.number}`;
    default:
      return `${locator.kind} ${locator.number}`;
  }
}

function clockTime(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const parts = [Math.floor(whole / 60) % 60, whole % 60].map((part) => String(part).padStart(2, '0'));
  return `${Math.floor(whole / 3_600)}:${parts.join(':')}`;
}
