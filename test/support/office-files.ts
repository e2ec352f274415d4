/** Office documents made part by part, so that a test says itself what lies in them. */
import { strToU8, type Zippable, zipSync } from 'fflate';

export type Parts = Readonly<Record<string, string | Uint8Array>>;

export function zipOf(parts: Parts): Uint8Array {
  const files: Zippable = {};
  for (const [name, content] of Object.entries(parts)) {
    const bytes = typeof content === 'string' ? strToU8(content) : content;
    // OpenDocument and EPUB want their first entry as it is.
    files[name] = name === 'mimetype' ? [bytes, { level: 0 }] : bytes;
  }
  return zipSync(files);
}

export function relationships(...targets: readonly (readonly [type: string, target: string])[]): string {
  const list = targets.map(
    ([type, target], index) =>
      `<Relationship Id="rId${index + 1}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/${type}" Target="${target}"/>`,
  );
  return `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">${list.join('')}</Relationships>`;
}

const spreadsheet = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"';
const related = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"';

export interface SheetParts {
  readonly name: string;
  /** `<row>` elements, and what may stand behind `sheetData`. */
  readonly rows: string;
  readonly before?: string;
  readonly after?: string;
  readonly state?: 'hidden';
}

export function makeXlsx(sheets: readonly SheetParts[], extra: Parts = {}, styles = ''): Uint8Array {
  const list = sheets.map(
    ({ name, state }, index) =>
      `<sheet name="${name}" sheetId="${index + 1}" r:id="rId${index + 1}"${state === undefined ? '' : ` state="${state}"`}/>`,
  );
  return zipOf({
    '_rels/.rels': relationships(['officeDocument', 'xl/workbook.xml']),
    'xl/workbook.xml': `<workbook ${spreadsheet} ${related}><sheets>${list.join('')}</sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': relationships(
      ...sheets.map((_, index) => ['worksheet', `worksheets/sheet${index + 1}.xml`] as const),
      ['styles', 'styles.xml'],
    ),
    'xl/styles.xml': `<styleSheet ${spreadsheet}>${styles}</styleSheet>`,
    ...Object.fromEntries(
      sheets.map(({ rows, before = '', after = '' }, index) => [
        `xl/worksheets/sheet${index + 1}.xml`,
        `<worksheet ${spreadsheet}>${before}<sheetData>${rows}</sheetData>${after}</worksheet>`,
      ]),
    ),
    ...extra,
  });
}

/** A row of inline texts and numbers from column A. */
export function sheetRow(number: number, cells: readonly (string | number | null)[], attributes = ''): string {
  const list = cells.map((cell, index) => {
    const place = `${String.fromCharCode(65 + index)}${number}`;
    if (cell === null) return '';
    return typeof cell === 'number'
      ? `<c r="${place}"><v>${cell}</v></c>`
      : `<c r="${place}" t="inlineStr"><is><t>${cell}</t></is></c>`;
  });
  return `<row r="${number}" ${attributes}>${list.join('')}</row>`;
}

const drawing = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"';
const presentation = 'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"';

export interface SlideParts {
  /** Shapes, as XML. */
  readonly shapes: string;
  readonly notes?: string;
  readonly isHidden?: boolean;
}

export function textShape(placeholder: string | null, ...paragraphs: readonly string[]): string {
  const body = paragraphs.map((text) => `<a:p><a:r><a:t>${text}</a:t></a:r></a:p>`).join('');
  const mark = placeholder === null ? '' : `<p:ph type="${placeholder}"/>`;
  return `<p:sp><p:nvSpPr><p:nvPr>${mark}</p:nvPr></p:nvSpPr><p:txBody>${body}</p:txBody></p:sp>`;
}

export function makePptx(slides: readonly SlideParts[], extra: Parts = {}): Uint8Array {
  const wrap = (name: string, shapes: string, attributes = '') =>
    `<p:${name} ${presentation} ${drawing} ${related} ${attributes}><p:cSld><p:spTree>${shapes}</p:spTree></p:cSld></p:${name}>`;
  const parts: Record<string, string> = {};
  for (const [index, { shapes, notes, isHidden }] of slides.entries()) {
    parts[`ppt/slides/slide${index + 1}.xml`] = wrap('sld', shapes, isHidden === true ? 'show="0"' : '');
    if (notes === undefined) continue;
    parts[`ppt/slides/_rels/slide${index + 1}.xml.rels`] = relationships([
      'notesSlide',
      `../notesSlides/n${index}.xml`,
    ]);
    parts[`ppt/notesSlides/n${index}.xml`] = wrap('notes', textShape('body', notes));
  }
  const list = slides.map((_, index) => `<p:sldId id="${256 + index}" r:id="rId${index + 1}"/>`).join('');
  return zipOf({
    '_rels/.rels': relationships(['officeDocument', 'ppt/presentation.xml']),
    'ppt/presentation.xml': `<p:presentation ${presentation} ${related}><p:sldIdLst>${list}</p:sldIdLst></p:presentation>`,
    'ppt/_rels/presentation.xml.rels': relationships(
      ...slides.map((_, index) => ['slide', `slides/slide${index + 1}.xml`] as const),
    ),
    ...parts,
    ...extra,
  });
}

const openDocument =
  'xmlns:office="o" xmlns:text="t" xmlns:table="ta" xmlns:draw="d" xmlns:style="s" xmlns:presentation="p"';

export function makeOpenDocument(
  kind: 'text' | 'spreadsheet' | 'presentation',
  body: string,
  styles = '',
  extra: Parts = {},
): Uint8Array {
  return zipOf({
    mimetype: `application/vnd.oasis.opendocument.${kind}`,
    'content.xml': `<office:document-content ${openDocument}><office:automatic-styles>${styles}</office:automatic-styles><office:body><office:${kind}>${body}</office:${kind}></office:body></office:document-content>`,
    ...extra,
  });
}

export function makeEpub(chapters: readonly string[], extra: Parts = {}): Uint8Array {
  const items = chapters.map(
    (_, index) => `<item id="c${index}" href="c%20${index}.xhtml" media-type="application/xhtml+xml"/>`,
  );
  const order = chapters.map((_, index) => `<itemref idref="c${index}"/>`).reverse();
  return zipOf({
    mimetype: 'application/epub+zip',
    'META-INF/container.xml': '<container><rootfiles><rootfile full-path="book/package.opf"/></rootfiles></container>',
    'book/package.opf': `<package xmlns:dc="d"><metadata><dc:title>The pump</dc:title><dc:creator>A. Writer</dc:creator></metadata><manifest>${items.join('')}<item id="nav" href="nav.xhtml" properties="nav" media-type="application/xhtml+xml"/></manifest><spine><itemref idref="nav"/>${order.join('')}</spine></package>`,
    'book/nav.xhtml': '<html><body><nav>Contents</nav></body></html>',
    ...Object.fromEntries(
      chapters.map((body, index) => [`book/c ${index}.xhtml`, `<html><body>${body}</body></html>`]),
    ),
    ...extra,
  });
}

const word = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"';

export interface DocxParts {
  readonly styles?: string;
  readonly numbering?: string;
  /** Relationships of the document itself, beyond styles and numbering: `rId3` and on. */
  readonly related?: readonly (readonly [type: string, target: string])[];
  readonly extra?: Parts;
}

/** `body` is WordprocessingML. */
export function makeDocx(body: string, parts: DocxParts = {}): Uint8Array {
  const { styles = '', numbering = '', related: others = [], extra = {} } = parts;
  return zipOf({
    '_rels/.rels': relationships(['officeDocument', 'word/document.xml']),
    'word/document.xml': `<w:document ${word} ${related} ${drawing}><w:body>${body}</w:body></w:document>`,
    'word/_rels/document.xml.rels': relationships(['styles', 'styles.xml'], ['numbering', 'numbering.xml'], ...others),
    'word/styles.xml': `<w:styles ${word}>${styles}</w:styles>`,
    'word/numbering.xml': `<w:numbering ${word}>${numbering}</w:numbering>`,
    ...extra,
  });
}

/** A paragraph; `properties` is what stands in `w:pPr`. */
export function wordParagraph(text: string, properties = ''): string {
  return `<w:p><w:pPr>${properties}</w:pPr><w:r><w:t>${text}</w:t></w:r></w:p>`;
}

export function wordStyle(id: string, name: string, rest = ''): string {
  return `<w:style w:type="paragraph" w:styleId="${id}"><w:name w:val="${name}"/>${rest}</w:style>`;
}
