/** What the styles of a Word document say of paragraphs and runs; styles inherit from each other. */
import { attribute, childAt, childrenNamed, type XmlElement } from './xml-tree.ts';

export interface NumberingReference {
  readonly id: string;
  /** From 0; null where the list itself tells which of its levels this style has. */
  readonly level: number | null;
}

export type StyleRole = 'title' | 'caption' | 'quote' | 'code' | 'contents';

export interface DocxStyle {
  readonly id: string;
  /** 1 to 9; null for what is no heading. */
  readonly headingLevel: number | null;
  readonly role: StyleRole | null;
  readonly numbering: NumberingReference | null;
  readonly isHidden: boolean;
  readonly isMonospaced: boolean;
}

export const plainStyle: DocxStyle = {
  id: '',
  headingLevel: null,
  role: null,
  numbering: null,
  isHidden: false,
  isMonospaced: false,
};

export class DocxStyles {
  readonly #elements: ReadonlyMap<string, XmlElement>;
  readonly #resolved = new Map<string, DocxStyle>();
  readonly #defaultId: string;

  /** `root` is null for a document without a part for styles. */
  constructor(root: XmlElement | null) {
    const styles = root === null ? [] : childrenNamed(childAt(root, 'styles') ?? root, 'style');
    this.#elements = new Map(styles.map((style) => [attribute(style, 'styleId') ?? '', style]));
    const isDefault = (style: XmlElement) =>
      attribute(style, 'type') === 'paragraph' && isOnValue(attribute(style, 'default'));
    this.#defaultId = attribute(styles.find(isDefault) ?? emptyElement, 'styleId') ?? '';
  }

  /** Of a paragraph, a run or a table; the document's default for paragraphs where `id` is undefined. */
  of(id: string | undefined): DocxStyle {
    const known = id === undefined || !this.#elements.has(id) ? this.#defaultId : id;
    const resolved = this.#resolved.get(known) ?? this.#resolve(known);
    this.#resolved.set(known, resolved);
    return resolved;
  }

  #resolve(id: string): DocxStyle {
    const found: { -readonly [key in keyof DocxStyle]: DocxStyle[key] | undefined } = {
      id,
      headingLevel: undefined,
      role: undefined,
      numbering: undefined,
      isHidden: undefined,
      isMonospaced: undefined,
    };
    let style = this.#elements.get(id);
    // A chain that is longer runs in a circle.
    for (let step = 0; style !== undefined && step < 30; step++) {
      const own = ownFacts(style);
      found.headingLevel ??= own.headingLevel;
      found.role ??= own.role;
      found.numbering ??= own.numbering;
      found.isHidden ??= own.isHidden;
      found.isMonospaced ??= own.isMonospaced;
      style = this.#elements.get(valueAt(style, 'basedOn') ?? '');
    }
    return {
      id,
      headingLevel: found.headingLevel ?? null,
      role: found.role ?? null,
      numbering: found.numbering ?? null,
      isHidden: found.isHidden ?? false,
      isMonospaced: found.isMonospaced ?? false,
    };
  }
}

const emptyElement: XmlElement = { name: '', attributes: {}, children: [] };

/** Built-in styles keep their English names in any language of the program; other programs translate them. */
const headingName =
  /^(?:heading|überschrift|titre|título|titolo|titulo|kop|rubrik|overskrift|otsikko|nagłówek|nadpis|başlık|заголовок|标题|標題|見出し|제목) ?([1-9])$/iu;

const roleByName: readonly (readonly [name: RegExp, role: StyleRole])[] = [
  [/^title$/i, 'title'],
  [/^caption$/i, 'caption'],
  [/^(?:intense )?quote$/i, 'quote'],
  [/^(?:source ?code|code(?: ?block)?|html preformatted|preformatted(?: text)?|verbatim|macro text)$/i, 'code'],
  [/^(?:toc (?:heading|\d)|table of figures|index \d)$/i, 'contents'],
];

function ownFacts(style: XmlElement) {
  const name = valueAt(style, 'name') ?? '';
  const named = headingName.exec(name)?.[1];
  const outline = valueAt(style, 'pPr', 'outlineLvl');
  const level = named ?? (outline === undefined ? undefined : String(Number(outline) + 1));
  // Outline level 10 is that of body text: it ends what the style inherits.
  const headingLevel = level === undefined ? undefined : /^[1-9]$/.test(level) ? Number(level) : null;
  const run = childAt(style, 'rPr');
  return {
    headingLevel,
    role: roleByName.find(([pattern]) => pattern.test(name))?.[1],
    numbering: numberingOf(childAt(style, 'pPr')),
    isHidden: run === undefined ? undefined : toggle(run, 'vanish'),
    isMonospaced: run === undefined ? undefined : isMonospaced(run),
  };
}

/** Null where numbering is taken away, undefined where nothing is said of it. */
export function numberingOf(properties: XmlElement | undefined): NumberingReference | null | undefined {
  const element = properties === undefined ? undefined : childAt(properties, 'numPr');
  const id = element === undefined ? undefined : valueAt(element, 'numId');
  if (element === undefined || id === undefined) return undefined;
  if (id === '0') return null;
  const level = Number(valueAt(element, 'ilvl') ?? Number.NaN);
  return { id, level: level >= 0 && level <= 8 ? level : null };
}

/** Undefined where the properties of a run name no font. */
export function isMonospaced(run: XmlElement): boolean | undefined {
  const fonts = childAt(run, 'rFonts');
  const font = fonts === undefined ? undefined : (attribute(fonts, 'ascii') ?? attribute(fonts, 'hAnsi'));
  return font === undefined ? undefined : /courier|consolas|menlo|monaco|lucida console|\bmono\b|mono$/i.test(font);
}

/** A property that is on or off; undefined where it is not set. */
export function toggle(properties: XmlElement, name: string): boolean | undefined {
  const element = childAt(properties, name);
  return element === undefined ? undefined : isOnValue(attribute(element, 'val') ?? '1');
}

function isOnValue(value: string | undefined): boolean {
  return value !== undefined && /^(?:1|true|on)$/.test(value);
}

/** Value of the element at this path. */
export function valueAt(element: XmlElement, ...path: readonly string[]): string | undefined {
  const found = childAt(element, ...path);
  return found === undefined ? undefined : attribute(found, 'val');
}
