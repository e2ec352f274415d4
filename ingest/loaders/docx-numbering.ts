/** The numbers of list items and headings, counted as Word does: `2.1`, `(c)`, `Article IV`. */
import { toggle, valueAt } from './docx-styles.ts';
import { shownNumber } from './block-list.ts';
import { attribute, childAt, childrenNamed, type XmlElement } from './xml-tree.ts';

interface Level {
  readonly start: number;
  readonly format: string;
  /** With `%1` for the number of the first level. */
  readonly text: string;
  /** Up to which level, from 1, an item of it lets this one start anew; undefined for any higher level. */
  readonly restart: number | undefined;
  /** Whether all numbers in it are shown as plain ones. */
  readonly isLegal: boolean;
  readonly style: string | undefined;
}

interface List {
  readonly abstractId: string;
  readonly levels: readonly (Level | undefined)[];
  /** Numbers that its first item starts with, by level. */
  readonly starts: ReadonlyMap<number, number>;
}

/** `bullet` has no number; null is no item at all. */
export type ItemLabel = { readonly type: 'bullet' } | { readonly type: 'number'; readonly text: string } | null;

const levelCount = 9;

export class DocxNumbering {
  readonly #lists: ReadonlyMap<string, List>;
  /** Last numbers of each level, by the definition that lists share. */
  readonly #counters = new Map<string, (number | undefined)[]>();
  readonly #begun = new Set<string>();

  /** `root` is null for a document without a part for numbering. */
  constructor(root: XmlElement | null) {
    this.#lists = root === null ? new Map() : readLists(childAt(root, 'numbering') ?? root);
  }

  /** Level of the list that belongs to a style; 0 where none does. */
  levelOfStyle(listId: string, styleId: string): number {
    const index = this.#lists.get(listId)?.levels.findIndex((level) => level?.style === styleId) ?? -1;
    return Math.max(0, index);
  }

  /** Counts one more item. */
  next(listId: string, depth: number): ItemLabel {
    const list = this.#lists.get(listId);
    const level = list?.levels[depth];
    if (list === undefined || level === undefined) return null;
    const counters = this.#counters.get(list.abstractId) ?? [];
    this.#counters.set(list.abstractId, counters);
    if (!this.#begun.has(listId)) {
      this.#begun.add(listId);
      for (const [index, start] of list.starts) counters[index] = start - 1;
    }
    // A level that was skipped counts as begun.
    for (let index = 0; index < depth; index++) counters[index] ??= list.levels[index]?.start ?? 1;
    counters[depth] = (counters[depth] ?? level.start - 1) + 1;
    for (let index = depth + 1; index < levelCount; index++) {
      const restart = list.levels[index]?.restart;
      if (restart === undefined || depth < restart) counters[index] = undefined;
    }
    if (level.format === 'bullet') return { type: 'bullet' };
    const text = level.text.replace(/%([1-9])/g, (_, digit: string) => {
      const index = Number(digit) - 1;
      const format = level.isLegal ? 'decimal' : (list.levels[index]?.format ?? 'decimal');
      return shownNumber(counters[index] ?? list.levels[index]?.start ?? 1, format);
    });
    return text.trim() === '' ? null : { type: 'number', text: text.trim() };
  }
}

function readLists(root: XmlElement): ReadonlyMap<string, List> {
  const definitions = new Map<string, readonly (Level | undefined)[]>();
  const byStyleLink = new Map<string, string>();
  const links = new Map<string, string>();
  for (const definition of childrenNamed(root, 'abstractNum')) {
    const id = attribute(definition, 'abstractNumId') ?? '';
    definitions.set(id, readLevels(definition));
    const own = valueAt(definition, 'styleLink');
    const other = valueAt(definition, 'numStyleLink');
    if (own !== undefined) byStyleLink.set(own, id);
    if (other !== undefined) links.set(id, other);
  }
  const lists = new Map<string, List>();
  for (const element of childrenNamed(root, 'num')) {
    const named = valueAt(element, 'abstractNumId') ?? '';
    const abstractId = byStyleLink.get(links.get(named) ?? '') ?? named;
    const levels = [...(definitions.get(abstractId) ?? [])];
    const starts = new Map<number, number>();
    for (const override of childrenNamed(element, 'lvlOverride')) {
      const index = levelIndex(override);
      const start = Number(valueAt(override, 'startOverride') ?? Number.NaN);
      if (index === null) continue;
      levels[index] = readLevels(override)[index] ?? levels[index];
      if (Number.isFinite(start)) starts.set(index, start);
    }
    lists.set(attribute(element, 'numId') ?? '', { abstractId, levels, starts });
  }
  return lists;
}

function readLevels(parent: XmlElement): (Level | undefined)[] {
  const levels: (Level | undefined)[] = [];
  for (const element of childrenNamed(parent, 'lvl')) {
    const index = levelIndex(element);
    if (index === null) continue;
    const restart = valueAt(element, 'lvlRestart');
    levels[index] = {
      start: Number(valueAt(element, 'start') ?? 1) || 0,
      format: valueAt(element, 'numFmt') ?? 'decimal',
      text: valueAt(element, 'lvlText') ?? '',
      restart: restart === undefined ? undefined : Number(restart) || 0,
      isLegal: toggle(element, 'isLgl') ?? false,
      style: valueAt(element, 'pStyle'),
    };
  }
  return levels;
}

function levelIndex(element: XmlElement): number | null {
  const index = Number(attribute(element, 'ilvl') ?? Number.NaN);
  return Number.isInteger(index) && index >= 0 && index < levelCount ? index : null;
}
