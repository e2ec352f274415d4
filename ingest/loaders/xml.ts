/** XML in document order: titles as headings, records as tables, everything else as paragraphs. */
import type { ParsedDocument, Warning } from '../../src/core/document.ts';
import { PerseaError } from '../../src/core/errors.ts';
import { decodeText } from './decode.ts';
import { asText } from './front-matter.ts';
import type { Loader, LoaderInput } from './loader.ts';
import { parsedDocument } from './parsed-document.ts';
import { pipeTable } from './pipe-table.ts';
import { textBlocks } from './text.ts';
import { TextBuilder } from './text-builder.ts';
import { elementsOf, parseXml, textOf, type XmlElement } from './xml-tree.ts';

export const xmlLoader: Loader = {
  name: 'xml',
  mediaTypes: ['application/xml', 'image/svg+xml'],
  async load(input) {
    return loadXml(input);
  },
};

const titleNames = /^(?:title|heading|head|subject|h[1-6])$/i;
const maxHeadingLength = 160;
const maxCellLength = 200;
const maxColumns = 30;

function loadXml(input: LoaderInput): ParsedDocument {
  const { bytes, fileName, mediaType } = input;
  const decoded = decodeText(bytes, fileName, declaredEncoding(bytes));
  const builder = new TextBuilder();
  const warnings: Warning[] = [...decoded.warnings];
  try {
    for (const element of elementsOf(parseXml(decoded.text, fileName))) addElement(builder, element, 1);
  } catch (thrown) {
    if (!(thrown instanceof PerseaError) || thrown.code !== 'document-damaged') throw thrown;
    warnings.push({ code: 'xml-broken', message: `${thrown.message} Until then it is searched as it is written.` });
    builder.append({ text: decoded.text, blocks: textBlocks(decoded.text) });
  }
  const heading = builder.blocks.find((block) => block.kind === 'heading')?.title ?? null;
  return parsedDocument({
    title: asText(heading) ?? fileName,
    mediaType,
    body: builder,
    warnings,
  });
}

function declaredEncoding(bytes: Uint8Array): string | undefined {
  const head = new TextDecoder('latin1').decode(bytes.subarray(0, 200));
  return /^<\?xml[^>]*?encoding\s*=\s*["']([\w.-]+)/.exec(head)?.[1];
}

function addElement(builder: TextBuilder, element: XmlElement, level: number): void {
  if (/^(?:script|style|metadata|defs)$/i.test(element.name)) return;
  const children = elementsOf(element);
  if (children.length === 0 || hasOwnText(element)) {
    const text = tidy(textOf(element));
    const isTitle = titleNames.test(element.name) && text.length <= maxHeadingLength;
    if (isTitle) builder.add('heading', text, { level: Math.max(1, level - 1) });
    else builder.add('paragraph', text === '' ? attributesText(element) : text);
    return;
  }
  if (children.length >= 2 && isRecord(element)) {
    builder.add('paragraph', children.map((child) => `${child.name}: ${tidy(textOf(child))}`).join('\n'));
    return;
  }
  for (let index = 0; index < children.length; ) {
    const child = children[index];
    if (child === undefined) break;
    let end = index + 1;
    while (children[end]?.name === child.name) end++;
    const run = children.slice(index, end);
    const rows = run.length >= 2 ? recordRows(run) : null;
    if (rows === null) {
      for (const member of run) addElement(builder, member, level + 1);
    } else {
      const table = pipeTable(rows, { hasHeader: true });
      builder.add('table', table.text, { headerLength: table.headerLength });
    }
    index = end;
  }
}

function hasOwnText(element: XmlElement): boolean {
  return element.children.some((child) => typeof child === 'string' && child.trim() !== '');
}

/** Fields of different names with short texts, at least one of which is no running text. */
function isRecord(element: XmlElement): boolean {
  const children = elementsOf(element);
  const names = new Set(children.map((child) => child.name));
  return (
    names.size === children.length &&
    children.every((child) => elementsOf(child).length === 0 && tidy(textOf(child)).length <= maxCellLength) &&
    !children.some((child) => titleNames.test(child.name) || /^(?:p|para)$/i.test(child.name))
  );
}

/** Elements of one name whose attributes and children are short texts, as a table; null where they are something else. */
function recordRows(elements: readonly XmlElement[]): readonly (readonly string[])[] | null {
  const columns = new Set<string>();
  const records: Map<string, string>[] = [];
  for (const element of elements) {
    if (hasOwnText(element)) return null;
    const record = new Map(ownAttributes(element));
    for (const child of elementsOf(element)) {
      const text = tidy(textOf(child));
      if (elementsOf(child).length > 0 || text.length > maxCellLength) return null;
      record.set(child.name, record.has(child.name) ? `${record.get(child.name)}, ${text}` : text);
    }
    for (const name of record.keys()) columns.add(name);
    records.push(record);
  }
  if (columns.size < 2 || columns.size > maxColumns) return null;
  const names = [...columns];
  return [names, ...records.map((record) => names.map((name) => record.get(name) ?? ''))];
}

function ownAttributes(element: XmlElement): readonly (readonly [string, string])[] {
  return Object.entries(element.attributes).filter(([name]) => !name.startsWith('xmlns') && !name.includes(':'));
}

/** An element without text says what it has to say in its attributes; numbers alone are geometry or keys. */
function attributesText(element: XmlElement): string {
  const words = ownAttributes(element).filter(
    ([name, value]) => /\p{L}{3}.*\s.*\p{L}{2}/u.test(value) && name !== 'style',
  );
  return words.map(([name, value]) => `${name}: ${value}`).join('\n');
}

function tidy(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
