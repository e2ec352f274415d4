/** PPTX: each visible slide with its title, texts, tables, charts' data and notes. */
import type { List, Paragraph, RootContent } from 'mdast';
import type { ParsedDocument, Warning } from '../../src/core/document.ts';
import { type OpenArchive, openArchive } from './archive.ts';
import type { Loader, LoaderInput } from './loader.ts';
import {
  hiddenWarning,
  mainPart,
  packageContent,
  packageProperties,
  type Relationship,
  relationshipsOf,
} from './office-package.ts';
import { addChart, addComments, addDiagram, runText } from './office-drawing.ts';
import { parsedDocument } from './parsed-document.ts';
import { looksLikeHeader, pipeTable } from './pipe-table.ts';
import { renderTree } from './render.ts';
import { TextBuilder } from './text-builder.ts';
import {
  attribute,
  childAt,
  childrenNamed,
  descendants,
  elementsOf,
  parseXml,
  prefixedAttribute,
  type XmlElement,
} from './xml-tree.ts';

export const pptxLoader: Loader = {
  name: 'pptx',
  mediaTypes: ['application/vnd.openxmlformats-officedocument.presentationml.presentation'],
  load: loadPptx,
};

async function loadPptx(input: LoaderInput): Promise<ParsedDocument> {
  const { bytes, fileName, limits, mediaType } = input;
  const archive = await openArchive(bytes, fileName, limits);
  const part = await mainPart(archive, fileName, 'ppt/presentation.xml');
  const presentation = parseXml((await archive.readText(part)) ?? '', fileName);
  const related = await relationshipsOf(archive, part, fileName);
  const builder = new TextBuilder();
  const inside = await packageContent(archive, fileName);
  const warnings: Warning[] = [...inside.warnings];
  let hidden = 0;
  let number = 0;
  for (const entry of descendants(presentation, 'sldId')) {
    const slidePart = related.get(prefixedAttribute(entry, 'id') ?? '')?.target;
    const source = slidePart === undefined ? null : await archive.readText(slidePart);
    number += 1;
    if (slidePart === undefined || source === null) continue;
    const slide = childAt(parseXml(source, fileName), 'sld');
    if (slide === undefined) continue;
    if (/^(?:0|false)$/.test(attribute(slide, 'show') ?? '')) hidden += 1;
    else await addSlide(builder, { archive, fileName, part: slidePart, slide, number });
  }
  warnings.push(...hiddenWarning(fileName, 'slides', hidden));
  const { title, properties } = await packageProperties(archive, fileName);
  const first = builder.blocks.find((block) => block.kind === 'slide')?.title ?? null;
  const hasContent = builder.blocks.some((block) => block.kind !== 'slide' || !/^Slide \d+$/.test(block.title ?? ''));
  return parsedDocument({
    title: title ?? first ?? fileName,
    mediaType,
    body: hasContent ? builder : { text: '', blocks: [] },
    pageCount: number,
    properties,
    attachments: inside.attachments,
    warnings,
  });
}

interface SlideInput {
  readonly archive: OpenArchive;
  readonly fileName: string;
  readonly part: string;
  readonly slide: XmlElement;
  /** From 1. */
  readonly number: number;
}

type Related = ReadonlyMap<string, Relationship>;

async function addSlide(builder: TextBuilder, input: SlideInput): Promise<void> {
  const { archive, fileName, part, slide, number } = input;
  const related = await relationshipsOf(archive, part, fileName);
  const shapes = descendants(
    childAt(slide, 'cSld', 'spTree') ?? slide,
    'sp',
    'graphicFrame',
    'AlternateContent',
  ).flatMap((shape) => (shape.name === 'AlternateContent' ? alternative(shape) : [shape]));
  const titleShape = shapes.find((shape) => /^(?:title|ctrTitle)$/.test(placeholderOf(shape) ?? ''));
  const title = titleShape === undefined ? '' : paragraphTexts(titleShape).join(' ').trim();
  builder.add('slide', title === '' ? `Slide ${number}` : title, { level: 1, page: number });
  for (const shape of shapes) {
    if (shape === titleShape || /^(?:dt|ftr|sldNum|hdr)$/.test(placeholderOf(shape) ?? '')) continue;
    if (shape.name === 'sp') renderTree({ type: 'root', children: shapeBlocks(shape) }, builder, number);
    else await addFrame(builder, input, shape, related);
  }
  await addComments(builder, archive, part, fileName, number);
  const notes = [...related.values()].find((relationship) => relationship.type === 'notesSlide');
  const source = notes === undefined ? null : await archive.readText(notes.target);
  if (source === null) return;
  const texts = descendants(parseXml(source, fileName), 'sp')
    .filter((shape) => placeholderOf(shape) === 'body')
    .flatMap(paragraphTexts)
    .filter((text) => text.trim() !== '');
  if (texts.length > 0) builder.add('paragraph', `Notes: ${texts.join('\n')}`, { page: number });
}

/** The first choice that shows something; the fallback is for programs that do not know it. */
function alternative(element: XmlElement): readonly XmlElement[] {
  for (const choice of elementsOf(element)) {
    const shapes = descendants(choice, 'sp', 'graphicFrame');
    if (shapes.length > 0) return shapes;
  }
  return [];
}

function placeholderOf(shape: XmlElement): string | null {
  const placeholder = descendants(shape, 'ph')[0];
  return placeholder === undefined ? null : (attribute(placeholder, 'type') ?? 'body');
}

function paragraphsOf(shape: XmlElement): readonly XmlElement[] {
  const body = childAt(shape, 'txBody');
  return body === undefined ? [] : childrenNamed(body, 'p');
}

function paragraphTexts(shape: XmlElement): readonly string[] {
  return paragraphsOf(shape).map(runText);
}

/** Bulleted paragraphs become nested lists; whether text of the body has bullets is the layout's to say, and mostly it has. */
function shapeBlocks(shape: XmlElement): RootContent[] {
  const blocks: RootContent[] = [];
  const open: List[] = [];
  const paragraphs = paragraphsOf(shape).filter((paragraph) => runText(paragraph).trim() !== '');
  const isBody = placeholderOf(shape) === 'body' && paragraphs.length > 1;
  for (const paragraph of paragraphs) {
    const properties = childAt(paragraph, 'pPr');
    const marks = properties === undefined ? [] : elementsOf(properties).map((child) => child.name);
    const isOrdered = marks.includes('buAutoNum');
    const isItem = isOrdered || marks.includes('buChar') || (isBody && !marks.includes('buNone'));
    const content: Paragraph = { type: 'paragraph', children: [{ type: 'text', value: runText(paragraph) }] };
    if (!isItem) {
      open.length = 0;
      blocks.push(content);
      continue;
    }
    const depth = Math.min(8, Number(properties === undefined ? 0 : (attribute(properties, 'lvl') ?? 0)) || 0);
    open.length = Math.min(open.length, depth + 1);
    if (open.at(-1) !== undefined && open.length === depth + 1 && open.at(-1)?.ordered !== isOrdered) open.pop();
    let list = open[depth] ?? open.at(-1);
    if (list === undefined || open.length <= depth) {
      const parent = list?.children.at(-1);
      list = { type: 'list', ordered: isOrdered, start: isOrdered ? 1 : null, children: [] };
      if (parent === undefined) blocks.push(list);
      else parent.children.push(list);
      open.push(list);
    }
    list.children.push({ type: 'listItem', children: [content] });
  }
  return blocks;
}

/** A table, a chart with its numbers, or a diagram with its texts. */
async function addFrame(builder: TextBuilder, input: SlideInput, frame: XmlElement, related: Related): Promise<void> {
  const page = input.number;
  for (const table of descendants(frame, 'tbl')) addTable(builder, tableRows(table), page);
  for (const chart of descendants(frame, 'chart')) {
    const source = await relatedText(input, related, prefixedAttribute(chart, 'id'));
    if (source !== null) addChart(builder, parseXml(source, input.fileName), page);
  }
  for (const diagram of descendants(frame, 'relIds')) {
    const source = await relatedText(input, related, prefixedAttribute(diagram, 'dm'));
    if (source !== null) addDiagram(builder, parseXml(source, input.fileName), page);
  }
}

async function relatedText({ archive }: SlideInput, related: Related, id: string | undefined): Promise<string | null> {
  const relationship = related.get(id ?? '');
  return relationship === undefined || relationship.isExternal ? null : archive.readText(relationship.target);
}

function addTable(builder: TextBuilder, rows: readonly (readonly string[])[], page: number): void {
  const table = pipeTable(rows, { hasHeader: looksLikeHeader(rows) });
  builder.add('table', table.text, { page, headerLength: table.headerLength });
}

/** Everybody in a merged cell's rows and columns reads its value, so each of them gets it. */
function tableRows(table: XmlElement): readonly (readonly string[])[] {
  const rows: string[][] = [];
  for (const row of childrenNamed(table, 'tr')) {
    const cells: string[] = [];
    for (const [column, cell] of childrenNamed(row, 'tc').entries()) {
      const isTrue = (name: string) => /^(?:1|true)$/.test(attribute(cell, name) ?? '');
      if (isTrue('hMerge')) cells.push(cells.at(-1) ?? '');
      else if (isTrue('vMerge')) cells.push(rows.at(-1)?.[column] ?? '');
      else cells.push(paragraphTexts(cell).join(' '));
    }
    rows.push(cells);
  }
  return rows;
}
