/** Colours, and what lies below a text: white letters are content on a dark field, and hidden on white paper. */
import type { Box, Point } from './pdf-geometry.ts';

/** Red, green, blue; each from 0 to 255. */
export type Colour = readonly [number, number, number];

export interface Fill extends Box {
  /** Null for a gradient or a pattern. */
  readonly colour: Colour | null;
  /** Whether the whole box is filled. */
  readonly isExact: boolean;
}

const maxFills = 5_000;
/** Per channel: closer colours cannot be told apart. */
const sameColour = 16;
const white: Colour = [255, 255, 255];

export class Backgrounds {
  readonly #fills: Fill[] = [];

  /** In the order in which they are drawn. */
  add(fill: Fill): void {
    if (this.#fills.length < maxFills) this.#fills.push(fill);
  }

  /** Whether text of a colour cannot be told from what lies below it; false where that is not known. */
  isColourAt(colour: Colour, x: number, y: number, size: number): boolean {
    if (this.#fills.length >= maxFills) return false;
    for (let index = this.#fills.length - 1; index >= 0; index--) {
      const box = this.#fills[index];
      const isOver =
        box !== undefined && x >= box.left - 1 && x <= box.right && y >= box.bottom - 1 && y + size / 3 <= box.top + 1;
      if (!isOver) continue;
      if (box.colour === null || !isLike(colour, box.colour)) return false;
      if (box.isExact) return true;
    }
    return isLike(colour, white);
  }
}

export function isRectangle(points: readonly Point[]): boolean {
  return (
    points.length <= 5 &&
    points.every((point, index) => {
      const next = points[(index + 1) % points.length];
      return !point.isCurve && next !== undefined && (point.x === next.x || point.y === next.y);
    })
  );
}

function isLike(a: Colour, b: Colour): boolean {
  return a.every((channel, index) => Math.abs(channel - (b[index] ?? 0)) < sameColour);
}

/** Of pdf.js's `#rrggbb`; null for anything else. */
export function colourOf(value: unknown): Colour | null {
  const hex = typeof value === 'string' ? /^#([0-9a-f]{6})$/i.exec(value)?.[1] : undefined;
  if (hex === undefined) return null;
  const number = Number.parseInt(hex, 16);
  return [number >> 16, (number >> 8) & 255, number & 255];
}
