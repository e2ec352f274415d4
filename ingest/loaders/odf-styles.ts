/** What the styles of an OpenDocument say: what is hidden, what a paragraph is for, how lists and headings are numbered. */
import { shownNumber } from './block-list.ts';
import { attribute, descendants, elementsOf, type XmlElement } from './xml-tree.ts';

interface Level {
  /** As `shownNumber` names it; null for a bullet or for no number. */
  readonly format: string | null;
  readonly prefix: string;
  readonly suffix: string;
  readonly start: number;
  /** How many levels, up to its own, its number shows. */
  readonly shown: number;
}

export type OdfRole = 'title' | 'caption' | 'quote' | 'code';

const roleByStyle: readonly (readonly [name: RegExp, role: OdfRole])[] = [
  [/^Title$/i, 'title'],
  [/^(?:Caption|Illustration|Table|Figure|Drawing)$/i, 'caption'],
  [/^Quotations$/i, 'quote'],
  [/^(?:Preformatted_20_Text|Source_20_(?:Text|Code))$/i, 'code'],
];

const formats: Readonly<Record<string, string>> = {
  '1': 'decimal',
  a: 'lowerLetter',
  A: 'upperLetter',
  i: 'lowerRoman',
  I: 'upperRoman',
};

export class OdfStyles {
  readonly #hidden = new Set<string>();
  readonly #parents = new Map<string, string>();
  readonly #lists = new Map<string, readonly (Level | undefined)[]>();
  #outline: readonly (Level | undefined)[] = [];

  /** `roots` hold the groups of styles: those of the part for styles first, then those of the content itself. */
  constructor(roots: readonly XmlElement[]) {
    for (const root of roots) {
      for (const group of elementsOf(root)) {
        if (group.name !== 'automatic-styles' && group.name !== 'styles') continue;
        for (const style of elementsOf(group)) this.#add(style);
      }
    }
  }

  isHidden(element: XmlElement): boolean {
    return this.#hidden.has(attribute(element, 'style-name') ?? '');
  }

  /** What a paragraph is for, by its own style or by one that it is based on. */
  roleOf(element: XmlElement): OdfRole | null {
    let name: string | undefined = attribute(element, 'style-name');
    for (let step = 0; name !== undefined && step < 10; step++) {
      const style = name;
      const role = roleByStyle.find(([pattern]) => pattern.test(style))?.[1];
      if (role !== undefined) return role;
      name = this.#parents.get(name);
    }
    return null;
  }

  /** Number of a heading, by those of its level and above; empty where headings have none. */
  headingNumber(numbers: readonly (number | undefined)[], depth: number): string {
    return numberText(this.#outline, numbers, depth) ?? '';
  }

  /** Number of an item, `numbers` being those of its level and above; null for a bullet. */
  itemNumber(list: string, numbers: readonly (number | undefined)[], depth: number): string | null {
    return numberText(this.#lists.get(list) ?? [], numbers, depth);
  }

  startOf(list: string | null, depth: number): number {
    return (list === null ? this.#outline : this.#lists.get(list))?.[depth]?.start ?? 1;
  }

  #add(style: XmlElement): void {
    const name = attribute(style, 'name') ?? '';
    if (style.name === 'list-style') this.#lists.set(name, levelsOf(style));
    if (style.name === 'outline-style') this.#outline = levelsOf(style);
    if (style.name !== 'style') return;
    const parent = attribute(style, 'parent-style-name');
    if (parent !== undefined) this.#parents.set(name, parent);
    const isHidden = descendants(style, 'table-properties', 'text-properties', 'drawing-page-properties').some(
      (properties) =>
        attribute(properties, 'display') === (properties.name === 'text-properties' ? 'none' : 'false') ||
        attribute(properties, 'visibility') === 'hidden',
    );
    if (isHidden) this.#hidden.add(name);
  }
}

function levelsOf(style: XmlElement): (Level | undefined)[] {
  const levels: (Level | undefined)[] = [];
  for (const element of elementsOf(style)) {
    const depth = Number(attribute(element, 'level') ?? Number.NaN) - 1;
    if (!(depth >= 0 && depth < 10)) continue;
    levels[depth] = {
      format: formats[attribute(element, 'num-format') ?? ''] ?? null,
      prefix: attribute(element, 'num-prefix') ?? '',
      suffix: attribute(element, 'num-suffix') ?? '',
      start: Number(attribute(element, 'start-value') ?? 1) || 0,
      shown: Math.max(1, Number(attribute(element, 'display-levels') ?? 1) || 1),
    };
  }
  return levels;
}

function numberText(
  levels: readonly (Level | undefined)[],
  numbers: readonly (number | undefined)[],
  depth: number,
): string | null {
  const level = levels[depth];
  if (level === undefined || level.format === null) return null;
  const parts: string[] = [];
  for (let index = Math.max(0, depth - level.shown + 1); index <= depth; index++) {
    const format = levels[index]?.format;
    if (format !== null && format !== undefined) parts.push(shownNumber(numbers[index] ?? 1, format));
  }
  return `${level.prefix}${parts.join('.')}${level.suffix}`.trim();
}
