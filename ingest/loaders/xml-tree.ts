/**
 * XML to a small tree, for the parts of office documents and for plain XML. Entities that a document declares are never
 * expanded and nothing outside the document is read; depth and number of elements are bounded.
 */
import { SaxesParser } from 'saxes';
import { PerseaError } from '../../src/core/errors.ts';

export interface XmlElement {
  /** Without the namespace's prefix. */
  readonly name: string;
  /** By full name, prefix included. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlNode[];
}

export type XmlNode = XmlElement | string;

/** Deeper than any real document; a tree is walked recursively. */
const maxDepth = 500;
/** About what a gigabyte of memory holds as a tree. */
const maxElements = 3_000_000;
/** Where elements are read and let go, only time bounds them. */
const maxStreamedElements = 50_000_000;

export interface XmlHandlers {
  readonly open: (name: string, attributes: Readonly<Record<string, string>>, isEmpty: boolean) => void;
  readonly close: (name: string) => void;
  readonly text: (text: string) => void;
}

/** Streams elements, for parts too large for a tree. Throws `document-damaged` or `archive-unsafe`. */
export function readXml(
  source: string,
  fileName: string,
  handlers: XmlHandlers,
  most: number = maxStreamedElements,
): void {
  const parser = new SaxesParser({ xmlns: false, position: true });
  let depth = 0;
  let elements = 0;
  parser.on('error', (problem) => {
    // Entities that only a DTD could explain stay as they are written.
    if (/undefined entity/i.test(problem.message)) return;
    throw new PerseaError(
      'document-damaged',
      `Parsed ${fileName}: its XML is broken in line ${parser.line}. Save it anew with its own program.`,
      { cause: problem },
    );
  });
  parser.on('opentag', (tag) => {
    depth += 1;
    elements += 1;
    if (depth > maxDepth || elements > most) {
      const what = depth > maxDepth ? `nested deeper than ${maxDepth} elements` : `of more than ${most} elements`;
      throw new PerseaError('archive-unsafe', `Parsed ${fileName}: its XML is ${what}. Save it anew or split it.`);
    }
    handlers.open(localName(tag.name), tag.attributes as Record<string, string>, tag.isSelfClosing);
  });
  parser.on('closetag', (tag) => {
    depth -= 1;
    handlers.close(localName(tag.name));
  });
  parser.on('text', handlers.text);
  parser.on('cdata', handlers.text);
  parser.write(source).close();
}

export function parseXml(source: string, fileName: string): XmlElement {
  const root = newElement('', {});
  const open = [root];
  const handlers: XmlHandlers = {
    open(name, attributes) {
      const element = newElement(name, attributes);
      addChild(open.at(-1), element);
      open.push(element);
    },
    close() {
      open.pop();
    },
    text(text) {
      addChild(open.at(-1), text);
    },
  };
  readXml(source, fileName, handlers, maxElements);
  return root;
}

/**
 * Gives each element directly below `path` (local names from the root on) as a tree of its own, which is not kept. Returns
 * whether there is such a place.
 */
export function readElements(
  source: string,
  fileName: string,
  path: readonly string[],
  take: (element: XmlElement) => void,
): boolean {
  const names: string[] = [];
  let open: OwnElement[] = [];
  let isThere = false;
  readXml(source, fileName, {
    open(name, attributes) {
      const isBelow = open.length > 0 || (names.length === path.length && path.every((part, at) => names[at] === part));
      if (isBelow) {
        const element = newElement(name, attributes);
        addChild(open.at(-1), element);
        open.push(element);
      } else {
        names.push(name);
        isThere ||= names.length === path.length && path.every((part, at) => names[at] === part);
      }
    },
    close() {
      const element = open.pop();
      if (element === undefined) names.pop();
      else if (open.length === 0) {
        open = [];
        take(element);
      }
    },
    text(text) {
      addChild(open.at(-1), text);
    },
  });
  return isThere;
}

interface OwnElement extends XmlElement {
  children: XmlNode[];
}

const noAttributes: Readonly<Record<string, string>> = {};
const noChildren: XmlNode[] = [];

/** Most elements have no attributes and many no content, and there are millions of them: those share empty ones. */
function newElement(name: string, attributes: Readonly<Record<string, string>>): OwnElement {
  let own: Record<string, string> | null = null;
  for (const key in attributes) {
    // Word marks in which session each element was edited.
    if (key.startsWith('w:rsid')) continue;
    own ??= {};
    own[key] = attributes[key] ?? '';
  }
  return { name, attributes: own ?? noAttributes, children: noChildren };
}

function addChild(parent: OwnElement | undefined, child: XmlNode): void {
  if (parent === undefined) return;
  if (parent.children === noChildren) parent.children = [child];
  else parent.children.push(child);
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

/** Of this local name, whatever its prefix; where both exist, the one without a prefix. */
export function attribute(element: XmlElement, name: string): string | undefined {
  const { attributes } = element;
  if (attributes[name] !== undefined) return attributes[name];
  const key = Object.keys(attributes).find((candidate) => localName(candidate) === name);
  return key === undefined ? undefined : attributes[key];
}

/** Of this local name with any prefix: a relationship's `r:id` beside an `id` of its own. */
export function prefixedAttribute(element: XmlElement, name: string): string | undefined {
  const key = Object.keys(element.attributes).find(
    (candidate) => candidate !== name && localName(candidate) === name && !candidate.startsWith('xmlns'),
  );
  return key === undefined ? undefined : element.attributes[key];
}

export function elementsOf(element: XmlElement): readonly XmlElement[] {
  return element.children.filter((child) => typeof child !== 'string');
}

export function childrenNamed(element: XmlElement, name: string): readonly XmlElement[] {
  return elementsOf(element).filter((child) => child.name === name);
}

/** First element at this path of names. */
export function childAt(element: XmlElement, ...path: readonly string[]): XmlElement | undefined {
  let current: XmlElement | undefined = element;
  for (const name of path) {
    if (current === undefined) return undefined;
    current = elementsOf(current).find((child) => child.name === name);
  }
  return current;
}

/** All elements below of these names, in document order; what lies inside a found one is not looked at. */
export function descendants(element: XmlElement, ...names: readonly string[]): readonly XmlElement[] {
  const found: XmlElement[] = [];
  const walk = (parent: XmlElement) => {
    for (const child of elementsOf(parent)) {
      if (names.includes(child.name)) found.push(child);
      else walk(child);
    }
  };
  walk(element);
  return found;
}

export function textOf(node: XmlNode): string {
  return typeof node === 'string' ? node : node.children.map(textOf).join('');
}
