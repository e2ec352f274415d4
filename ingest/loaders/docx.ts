/** DOCX: headings with their numbers, lists, tables, text boxes, notes, comments, formulas and the data of charts. */
import type { ParsedDocument, Warning } from '../../src/core/document.ts';
import { PerseaError } from '../../src/core/errors.ts';
import { type OpenArchive, openArchive } from './archive.ts';
import { DocxBody, type DocxContext } from './docx-body.ts';
import { DocxNumbering } from './docx-numbering.ts';
import { DocxStyles } from './docx-styles.ts';
import type { RelatedPart } from './docx-text.ts';
import type { Loader, LoaderInput } from './loader.ts';
import { addChart, addDiagram } from './office-drawing.ts';
import {
  deletedWarning,
  hiddenWarning,
  mainPart,
  packageContent,
  packageProperties,
  type Relationship,
  relationshipsOf,
} from './office-package.ts';
import { parsedDocument } from './parsed-document.ts';
import { renderTree } from './render.ts';
import { TextBuilder } from './text-builder.ts';
import { attribute, childAt, childrenNamed, parseXml, readElements, type XmlElement } from './xml-tree.ts';

export const docxLoader: Loader = {
  name: 'docx',
  mediaTypes: ['application/vnd.openxmlformats-officedocument.wordprocessingml.document'],
  load: loadDocx,
};

type Related = ReadonlyMap<string, Relationship>;

async function loadDocx(input: LoaderInput): Promise<ParsedDocument> {
  const { bytes, fileName, limits, mediaType } = input;
  const archive = await openArchive(bytes, fileName, limits);
  const part = await mainPart(archive, fileName, 'word/document.xml');
  const source = await archive.readText(part);
  const related = await relationshipsOf(archive, part, fileName);
  const body = new DocxBody(await readContext(archive, related, fileName));
  const isThere =
    source !== null && readElements(source, fileName, ['document', 'body'], (element) => body.add(element));
  if (!isThere) {
    throw new PerseaError('document-damaged', `Parsed ${fileName} as DOCX: it has no body. Save it anew.`);
  }
  const builder = new TextBuilder();
  for (const section of body.sections) {
    renderTree({ type: 'root', children: [...section.blocks] }, builder);
    for (const found of section.related) await addRelated(builder, archive, related, found, fileName);
  }
  const inside = await packageContent(archive, fileName);
  const { title, properties } = await packageProperties(archive, fileName);
  const heading = builder.blocks.find((block) => block.kind === 'heading' && block.level === 1)?.title ?? null;
  return parsedDocument({
    title: heading ?? title ?? fileName,
    mediaType,
    body: builder,
    properties,
    attachments: inside.attachments,
    warnings: [...inside.warnings, ...contentWarnings(body, fileName)],
  });
}

function contentWarnings(body: DocxBody, fileName: string): readonly Warning[] {
  const { faintPassages: count } = body;
  return [
    ...hiddenWarning(fileName, 'passages', body.hiddenPassages),
    ...deletedWarning(fileName, body.deletedPassages),
    ...(count === 0
      ? []
      : [
          {
            code: 'faint-text-kept',
            count,
            message: `${fileName} has ${count} passages in white or in tiny type, which people cannot see. They were kept.`,
          },
        ]),
  ];
}

async function readContext(archive: OpenArchive, related: Related, fileName: string): Promise<DocxContext> {
  const read = async (type: string) => {
    const target = [...related.values()].find((relationship) => relationship.type === type && !relationship.isExternal);
    const source = target === undefined ? null : await archive.readText(target.target);
    return source === null ? null : parseXml(source, fileName);
  };
  const notes = {
    footnote: byId(await read('footnotes'), 'footnotes', 'footnote'),
    endnote: byId(await read('endnotes'), 'endnotes', 'endnote'),
  };
  const comments = byId(await read('comments'), 'comments', 'comment');
  return {
    fileName,
    styles: new DocxStyles(await read('styles')),
    numbering: new DocxNumbering(await read('numbering')),
    noteOf: (kind, id) => notes[kind].get(id),
    commentOf: (id) => comments.get(id),
  };
}

function byId(root: XmlElement | null, list: string, name: string): ReadonlyMap<string, XmlElement> {
  const elements = root === null ? [] : childrenNamed(childAt(root, list) ?? root, name);
  return new Map(elements.map((element) => [attribute(element, 'id') ?? '', element]));
}

async function addRelated(
  builder: TextBuilder,
  archive: OpenArchive,
  related: Related,
  { type, id }: RelatedPart,
  fileName: string,
): Promise<void> {
  const relationship = related.get(id);
  if (relationship === undefined || relationship.isExternal) return;
  const source = await archive.readText(relationship.target);
  if (source === null) return;
  if (type === 'chart') addChart(builder, parseXml(source, fileName), null);
  else if (type === 'diagram') addDiagram(builder, parseXml(source, fileName), null);
  // A chunk is a whole document in another format; programs that make documents from web pages use HTML.
  else if (/html?$/i.test(relationship.target)) builder.append((await import('./html.ts')).readHtml(source).builder);
}
