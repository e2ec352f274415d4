/** Whether what is written at an element keeps its text from being seen. Style sheets are not read. */
import type { PageElement } from './html-dom.ts';

type Colour = readonly [red: number, green: number, blue: number];

const white: Colour = [255, 255, 255];
const namedColours: Readonly<Record<string, Colour>> = {
  white,
  snow: [255, 250, 250],
  ivory: [255, 255, 240],
  ghostwhite: [248, 248, 255],
  whitesmoke: [245, 245, 245],
  black: [0, 0, 0],
};
/** Differences of a channel that nobody sees beside each other. */
const sameChannel = 12;

/** Farther than this to the left of the page or above it nobody looks. */
const offPagePixels = -500;
const smallestPixels = 1;

/** `isStyled`: the page has a style sheet, which may give a background to anything. */
export function hidesByStyle(element: PageElement, isStyled: boolean): boolean {
  const style = declarationsOf(element.getAttribute('style'));
  if (isOutOfSight(style)) return true;
  // What lies inside may have a size or colour of its own: mails set the size to zero around columns, and anew within them.
  const isTiny = pixels(style.get('font-size')) <= smallestPixels;
  if (isTiny) return !/font-size\s*:|\bfont\s*:|<font/i.test(element.innerHTML);
  return hasColourOfBackground(element, style, isStyled) && !/color\s*[:=]/i.test(element.innerHTML);
}

type Declarations = ReadonlyMap<string, string>;

function declarationsOf(style: string | null): Declarations {
  const declarations = new Map<string, string>();
  for (const declaration of (style ?? '').replace(/\/\*[\s\S]*?\*\//g, '').split(';')) {
    const colon = declaration.indexOf(':');
    if (colon === -1) continue;
    const value = declaration.slice(colon + 1).replace(/!\s*important/i, '');
    declarations.set(declaration.slice(0, colon).trim().toLowerCase(), value.trim().toLowerCase());
  }
  return declarations;
}

function isOutOfSight(style: Declarations): boolean {
  const has = (name: string, pattern: RegExp) => pattern.test(style.get(name) ?? '');
  const length = (name: string) => pixels(style.get(name));
  if (has('display', /^none$/) || has('visibility', /^(?:hidden|collapse)$/)) return true;
  if (has('opacity', /^(?:0?\.0\d*|0+(?:\.0+)?%?)$/)) return true;
  if (length('text-indent') <= offPagePixels) return true;
  if (has('clip', /^rect\((?:\s*[01](?:px)?[\s,]*){4}\)$/) || has('clip-path', /^inset\((?:50|100)%/)) return true;
  const isClipped = has('overflow', /^(?:hidden|clip)/) || has('overflow-y', /^(?:hidden|clip)/);
  const size = Math.min(...['width', 'height', 'max-width', 'max-height'].map(length));
  if (isClipped && size <= smallestPixels) return true;
  const offset = Math.min(...['left', 'top', 'margin-left', 'margin-top'].map(length));
  return offset <= offPagePixels && (has('position', /^(?:absolute|fixed)$/) || length('margin-left') <= offPagePixels);
}

/** Not given, or in a unit that depends on what is around it: infinity. */
function pixels(value: string | undefined): number {
  const [, number, unit = ''] = /^([-+]?(?:\d+\.?\d*|\.\d+))(px|pt|em|rem|%|vw|vh)?$/.exec(value ?? '') ?? [];
  if (number === undefined) return Number.POSITIVE_INFINITY;
  const factor = { pt: 4 / 3, em: 16, rem: 16, vw: 10, vh: 10, '%': Number(number) === 0 ? 1 : Number.NaN }[unit] ?? 1;
  const length = Number(number) * factor;
  return Number.isNaN(length) ? Number.POSITIVE_INFINITY : length;
}

/**
 * Only where the colours are written at the elements themselves. A background that a style sheet may give to a class or a tag
 * is not known, so white text without a background is taken for hidden only where the page has no style sheet.
 */
function hasColourOfBackground(element: PageElement, style: Declarations, isStyled: boolean): boolean {
  const colour = colourOf(style.get('color') ?? (element.tagName === 'FONT' ? element.getAttribute('color') : null));
  if (colour === null) return false;
  if (colour === 'transparent') return true;
  for (let ancestor: PageElement | null = element; ancestor !== null; ancestor = ancestor.parentElement) {
    const own = declarationsOf(ancestor.getAttribute('style'));
    // Pictures and gradients may have any colour.
    if (own.has('background-image') || ancestor.getAttribute('background') !== null) return false;
    const written = own.get('background-color') ?? own.get('background') ?? ancestor.getAttribute('bgcolor');
    const background = colourOf(written);
    if (background !== null && background !== 'transparent') return areAlike(colour, background);
    if (background === null && written !== null && written !== undefined) return false;
  }
  return !isStyled && areAlike(colour, white);
}

/** Null where the value names no plain colour that is known here. */
function colourOf(value: string | null | undefined): Colour | 'transparent' | null {
  const text = value?.trim().toLowerCase() ?? '';
  if (text === 'transparent') return 'transparent';
  if (Object.hasOwn(namedColours, text)) return namedColours[text] ?? null;
  const hex = /^#?(?:([\da-f]{3})[\da-f]?|([\da-f]{6})([\da-f]{2})?)$/.exec(text);
  if (hex !== null) {
    const digits = hex[2] ?? [...(hex[1] ?? '')].map((digit) => digit + digit).join('');
    if (hex[3] === '00') return 'transparent';
    return [0, 2, 4].map((start) => Number.parseInt(digits.slice(start, start + 2), 16)) as unknown as Colour;
  }
  const numbers = /^rgba?\(([^()]*)\)$/
    .exec(text)?.[1]
    ?.split(/[\s,/]+/)
    .filter((part) => part !== '');
  if (numbers === undefined || numbers.length < 3) return null;
  const [red = 0, green = 0, blue = 0, opacity = 1] = numbers.map((part, index) =>
    part.endsWith('%') ? (Number.parseFloat(part) / 100) * (index === 3 ? 1 : 255) : Number(part),
  );
  return opacity === 0 ? 'transparent' : [red, green, blue];
}

function areAlike(a: Colour, b: Colour): boolean {
  return a.every((channel, index) => Math.abs(channel - (b[index] ?? 0)) <= sameChannel);
}
