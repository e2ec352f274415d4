/** OpenDocument texts, spreadsheets and presentations. Cells of spreadsheets hold their text as shown, formats applied. */
import type { ParsedDocument, Warning } from '../../src/core/document.ts';
import { PerseaError } from '../../src/core/errors.ts';
import { type OpenArchive, openArchive } from './archive.ts';
import type { Loader, LoaderInput } from './loader.ts';
import { OdfBody } from './odf-body.ts';
import { OdfStyles } from './odf-styles.ts';
import { deletedWarning, dublinCore, hiddenWarning, packageContent } from './office-package.ts';
import { parsedDocument } from './parsed-document.ts';
import { cellText, renderTree } from './render.ts';
import { addSheet } from './sheet-tables.ts';
import { TextBuilder } from './text-builder.ts';
import { attribute, childAt, childrenNamed, descendants, elementsOf, parseXml, type XmlElement } from './xml-tree.ts';

export const odfLoader: Loader = {
  name: 'odf',
  mediaTypes: [
    'application/vnd.oasis.opendocument.text',
    'application/vnd.oasis.opendocument.spreadsheet',
    'application/vnd.oasis.opendocument.presentation',
  ],
  load: loadOdf,
};

/** Charts and formulas in one document; each is small. */
const maxObjects = 1_000;

async function loadOdf(input: LoaderInput): Promise<ParsedDocument> {
  const { bytes, fileName, limits, mediaType } = input;
  const archive = await openArchive(bytes, fileName, limits);
  if (/<(?:\w+:)?encryption-data[\s/>]/.test((await archive.readText('META-INF/manifest.xml')) ?? '')) {
    throw new PerseaError('document-encrypted', `Opened ${fileName}: it has a password. Save a copy without it.`);
  }
  const source = await archive.readText('content.xml');
  const content = source === null ? undefined : childAt(parseXml(source, fileName), 'document-content');
  const part = content === undefined ? undefined : childAt(content, 'body');
  if (content === undefined || part === undefined) {
    throw new PerseaError(
      'document-damaged',
      `Parsed ${fileName}: it has no content. Save it anew with its own program.`,
    );
  }
  const shared = await archive.readText('styles.xml');
  const sharedStyles = shared === null ? undefined : childAt(parseXml(shared, fileName), 'document-styles');
  const styles = new OdfStyles(sharedStyles === undefined ? [content] : [sharedStyles, content]);
  const objects = await readObjects(archive, fileName);
  const body = new OdfBody({
    fileName,
    styles,
    objectOf: (address) => objects.get(address.replace(/^\.\//, '')),
    characters: limits.parsedTextBytes,
  });
  const builder = new TextBuilder();
  const inside = await packageContent(archive, fileName);
  const warnings: Warning[] = [...inside.warnings];
  let pageCount: number | null = null;
  for (const element of elementsOf(part)) {
    if (element.name === 'spreadsheet') {
      const { sheets, hidden } = addSheets(builder, element, styles, body);
      pageCount = sheets;
      warnings.push(...hiddenWarning(fileName, 'sheets, rows and columns', hidden));
    } else if (element.name === 'presentation') {
      const { slides, hidden } = addSlides(builder, element, styles, body);
      pageCount = slides;
      warnings.push(...hiddenWarning(fileName, 'slides', hidden));
    } else if (element.name === 'text') {
      renderTree({ type: 'root', children: body.blocksOf(elementsOf(element)) }, builder);
    }
  }
  warnings.push(...hiddenWarning(fileName, 'passages', body.hidden), ...deletedWarning(fileName, body.deleted));
  const { title, properties } = await metadata(archive, fileName);
  const heading = builder.blocks.find((block) => block.kind === 'heading' && block.level === 1)?.title ?? null;
  const slide = builder.blocks.find((block) => block.kind === 'slide' && !/^Slide \d+$/.test(block.title ?? ''));
  const hasContent = slide !== undefined || builder.blocks.some((block) => !/^(?:sheet|slide)$/.test(block.kind));
  return parsedDocument({
    title: heading ?? title ?? slide?.title ?? fileName,
    mediaType,
    body: hasContent ? builder : { text: '', blocks: [] },
    pageCount,
    properties,
    attachments: inside.attachments,
    warnings,
  });
}

async function metadata(archive: OpenArchive, fileName: string) {
  const source = await archive.readText('meta.xml');
  const meta = source === null ? undefined : childAt(parseXml(source, fileName), 'document-meta', 'meta');
  return meta === undefined ? { title: null, properties: {} } : dublinCore(meta);
}

/** Roots of charts and formulas, by the folder that each lies in. */
async function readObjects(archive: OpenArchive, fileName: string): Promise<ReadonlyMap<string, XmlElement>> {
  const objects = new Map<string, XmlElement>();
  for (const name of archive.names) {
    const folder = /^([^/]+)\/content\.xml$/.exec(name)?.[1];
    if (folder === undefined || objects.size >= maxObjects) continue;
    objects.set(folder, parseXml((await archive.readText(name)) ?? '', fileName));
  }
  return objects;
}

function addSheets(
  builder: TextBuilder,
  part: XmlElement,
  styles: OdfStyles,
  body: OdfBody,
): { readonly sheets: number; readonly hidden: number } {
  let hidden = 0;
  const tables = childrenNamed(part, 'table');
  for (const [index, table] of tables.entries()) {
    if (styles.isHidden(table)) {
      hidden += 1;
      continue;
    }
    const grid = body.gridOf(table);
    hidden += grid.hidden;
    const rows = new Map(
      grid.rows.map((cells, row) => [
        row,
        new Map(cells.flatMap((text, column) => (text === '' ? [] : [[column, text] as const]))),
      ]),
    );
    const page = index + 1;
    addSheet(builder, { name: attribute(table, 'name') ?? `Sheet ${page}`, rows, merges: [] }, page);
    const drawn = childrenNamed(table, 'shapes').flatMap((shapes) => body.blocksOf(elementsOf(shapes)));
    renderTree({ type: 'root', children: [...grid.beside, ...drawn] }, builder, page);
  }
  return { sheets: tables.length, hidden };
}

function addSlides(
  builder: TextBuilder,
  part: XmlElement,
  styles: OdfStyles,
  body: OdfBody,
): { readonly slides: number; readonly hidden: number } {
  let hidden = 0;
  const pages = childrenNamed(part, 'page');
  for (const [index, slide] of pages.entries()) {
    if (styles.isHidden(slide)) {
      hidden += 1;
      continue;
    }
    const page = index + 1;
    const frames = elementsOf(slide).filter((element) => !/^(?:notes|forms|animations|par)$/.test(element.name));
    const titleFrame = frames.find((frame) => attribute(frame, 'class') === 'title');
    const title = titleFrame === undefined ? '' : cellText(body.blocksOf([titleFrame]));
    builder.add('slide', title === '' ? `Slide ${page}` : title, { level: 1, page });
    const others = frames.filter((frame) => frame !== titleFrame);
    renderTree({ type: 'root', children: body.blocksOf(others) }, builder, page);
    const notes = childAt(slide, 'notes');
    const texts = (notes === undefined ? [] : descendants(notes, 'text-box'))
      .flatMap((box) => body.blocksOf(elementsOf(box)))
      .map((block) => cellText([block]))
      .filter((line) => line !== '');
    if (texts.length > 0) builder.add('paragraph', `Notes: ${texts.join('\n')}`, { page });
  }
  return { slides: pages.length, hidden };
}
