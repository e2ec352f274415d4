/** XLSX: each visible sheet with its tables; numbers and dates as the cells show them, results instead of formulas. */
import type { ParsedDocument, Warning } from '../../src/core/document.ts';
import { PerseaError } from '../../src/core/errors.ts';
import { type OpenArchive, openArchive } from './archive.ts';
import type { Loader, LoaderInput, LoaderLimits } from './loader.ts';
import { type NumberFormats, shownNumber } from './number-format.ts';
import { addComments, addDrawing } from './office-drawing.ts';
import {
  hiddenWarning,
  mainPart,
  packageContent,
  packageProperties,
  type Relationship,
  relationshipsOf,
} from './office-package.ts';
import { parsedDocument } from './parsed-document.ts';
import { addSheet, type Rectangle } from './sheet-tables.ts';
import { TextBuilder } from './text-builder.ts';
import {
  attribute,
  childAt,
  childrenNamed,
  descendants,
  parseXml,
  prefixedAttribute,
  readXml,
  textOf,
  type XmlElement,
} from './xml-tree.ts';

export const xlsxLoader: Loader = {
  name: 'xlsx',
  mediaTypes: ['application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'],
  load: loadXlsx,
};

interface Workbook extends NumberFormats {
  readonly strings: readonly string[];
  /** Format number of each cell style. */
  readonly formatOfStyle: readonly number[];
}

interface Sheet {
  readonly rows: ReadonlyMap<number, ReadonlyMap<number, string>>;
  readonly merges: readonly Rectangle[];
  readonly hidden: number;
}

const maxColumns = 16_384;

async function loadXlsx(input: LoaderInput): Promise<ParsedDocument> {
  const { bytes, fileName, limits, mediaType } = input;
  const archive = await openArchive(bytes, fileName, limits);
  const part = await mainPart(archive, fileName, 'xl/workbook.xml');
  const root = childAt(parseXml((await archive.readText(part)) ?? '', fileName), 'workbook');
  const related = await relationshipsOf(archive, part, fileName);
  const workbook = await readWorkbook(archive, root, related, fileName);
  const builder = new TextBuilder();
  const inside = await packageContent(archive, fileName);
  const warnings: Warning[] = [...inside.warnings];
  let hiddenSheets = 0;
  let hiddenLines = 0;
  let page = 0;
  for (const sheet of root === undefined ? [] : descendants(root, 'sheet')) {
    const target = related.get(prefixedAttribute(sheet, 'id') ?? '');
    page += 1;
    if ((attribute(sheet, 'state') ?? 'visible') !== 'visible') {
      hiddenSheets += 1;
      continue;
    }
    const source = target === undefined ? null : await archive.readText(target.target);
    if (target === undefined || source === null) continue;
    const { rows, merges, hidden } = readSheet(source, workbook, input);
    hiddenLines += hidden;
    addSheet(builder, { name: attribute(sheet, 'name') ?? `Sheet ${page}`, rows, merges }, page);
    for (const relationship of (await relationshipsOf(archive, target.target, fileName)).values()) {
      const isDrawing = relationship.type === 'drawing' && !relationship.isExternal;
      if (isDrawing) await addDrawing(builder, archive, relationship.target, fileName, page);
    }
    await addComments(builder, archive, target.target, fileName, page);
  }
  warnings.push(...hiddenWarning(fileName, 'sheets', hiddenSheets));
  warnings.push(...hiddenWarning(fileName, 'rows and columns', hiddenLines));
  const { title, properties } = await packageProperties(archive, fileName);
  const hasContent = builder.blocks.some((block) => block.kind !== 'sheet');
  return parsedDocument({
    title: title ?? fileName,
    mediaType,
    body: hasContent ? builder : { text: '', blocks: [] },
    pageCount: page,
    properties,
    attachments: inside.attachments,
    warnings,
  });
}

async function readWorkbook(
  archive: OpenArchive,
  root: XmlElement | undefined,
  related: ReadonlyMap<string, Relationship>,
  fileName: string,
): Promise<Workbook> {
  const partOf = async (type: string) => {
    const target = [...related.values()].find((relationship) => relationship.type === type)?.target;
    const source = target === undefined ? null : await archive.readText(target);
    return source === null ? null : parseXml(source, fileName);
  };
  const strings = await partOf('sharedStrings');
  const styles = await partOf('styles');
  const cellFormats = styles === null ? undefined : childAt(styles, 'styleSheet', 'cellXfs');
  const own = new Map<number, string>();
  for (const entry of styles === null ? [] : descendants(styles, 'numFmt')) {
    own.set(Number(attribute(entry, 'numFmtId')), attribute(entry, 'formatCode') ?? 'General');
  }
  const properties = root === undefined ? undefined : childAt(root, 'workbookPr');
  return {
    strings: strings === null ? [] : descendants(strings, 'si').map(richText),
    formatOfStyle:
      cellFormats === undefined
        ? []
        : childrenNamed(cellFormats, 'xf').map((entry) => Number(attribute(entry, 'numFmtId') ?? 0)),
    own,
    is1904: properties !== undefined && /^(?:1|true)$/.test(attribute(properties, 'date1904') ?? ''),
  };
}

/** Without the reading aids (`rPh`) that East Asian text carries. */
function richText(element: XmlElement): string {
  return element.children
    .map((child) => {
      if (typeof child === 'string' || child.name === 'rPh') return '';
      return child.name === 't' ? textOf(child) : richText(child);
    })
    .join('');
}

/** Streamed: a sheet can be far larger than anything else in a workbook. */
function readSheet(source: string, workbook: Workbook, { fileName, limits }: LoaderInput): Sheet {
  let characters = 0;
  const rows = new Map<number, Map<number, string>>();
  const merges: Rectangle[] = [];
  const hiddenColumns = new Set<number>();
  const hiddenRows = new Set<number>();
  let row = -1;
  let column = -1;
  let isRowHidden = false;
  let cell: { readonly type: string; readonly style: number } | null = null;
  let text: string | null = null;
  let value = '';
  readXml(source, fileName, {
    open(name, attributes) {
      if (name === 'row') {
        row = attributes.r === undefined ? row + 1 : Number(attributes.r) - 1;
        column = -1;
        isRowHidden = isTrue(attributes.hidden);
        if (isRowHidden) hiddenRows.add(row);
      } else if (name === 'col' && isTrue(attributes.hidden)) {
        const last = Math.min(Number(attributes.max), maxColumns);
        // Ranges do not overlap, except where somebody wants them to take for ever.
        for (let index = Number(attributes.min); index <= last && !hiddenColumns.has(index - 1); index++) {
          hiddenColumns.add(index - 1);
        }
      } else if (name === 'c') {
        const place = placeOf(attributes.r);
        column = place === null ? column + 1 : place.column;
        cell = { type: attributes.t ?? 'n', style: Number(attributes.s ?? 0) };
        value = '';
      } else if (name === 'mergeCell') {
        const [from, to] = (attributes.ref ?? '').split(':').map(placeOf);
        if (from && to) merges.push({ top: from.row, left: from.column, bottom: to.row, right: to.column });
      } else if (cell !== null && (name === 'v' || name === 't')) {
        text = '';
      }
    },
    text(piece) {
      if (text !== null) text += piece;
    },
    close(name) {
      if ((name === 'v' || name === 't') && text !== null) {
        value += text;
        text = null;
      } else if (name === 'c' && cell !== null) {
        const shown = shownCell(value, cell, workbook);
        if (shown !== '' && !isRowHidden && !hiddenColumns.has(column)) {
          // Cells name shared strings by number: few bytes may stand for very much text.
          characters += shown.length;
          if (characters > limits.parsedTextBytes) throw tooLarge(fileName, limits);
          const cells = rows.get(row) ?? new Map<number, string>();
          cells.set(column, shown);
          rows.set(row, cells);
        }
        cell = null;
      }
    },
  });
  return closeUp({ rows, merges, hidden: hiddenRows.size + hiddenColumns.size }, hiddenRows, hiddenColumns);
}

function tooLarge(fileName: string, limits: LoaderLimits): PerseaError {
  return new PerseaError(
    'text-too-large',
    `Parsed ${fileName}: a sheet holds more than ${limits.parsedTextBytes} characters. Split the file.`,
  );
}

/** Without gaps where hidden rows and columns were: a gap would part one table into two. */
function closeUp(sheet: Sheet, hiddenRows: ReadonlySet<number>, hiddenColumns: ReadonlySet<number>): Sheet {
  if (sheet.hidden === 0) return sheet;
  const shiftedBy = (hidden: ReadonlySet<number>) => {
    const sorted = Float64Array.from(hidden).sort();
    return (index: number) => {
      let low = 0;
      let high = sorted.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if ((sorted[middle] ?? 0) < index) low = middle + 1;
        else high = middle;
      }
      return index - low;
    };
  };
  const row = shiftedBy(hiddenRows);
  const column = shiftedBy(hiddenColumns);
  return {
    ...sheet,
    rows: new Map(
      [...sheet.rows].map(([index, cells]) => [
        row(index),
        new Map([...cells].map(([at, text]) => [column(at), text])),
      ]),
    ),
    merges: sheet.merges.map(({ top, left, bottom, right }) => ({
      top: row(top),
      left: column(left),
      bottom: row(bottom),
      right: column(right),
    })),
  };
}

function isTrue(value: string | undefined): boolean {
  return value === '1' || value === 'true';
}

function shownCell(value: string, cell: { readonly type: string; readonly style: number }, workbook: Workbook): string {
  switch (cell.type) {
    case 's':
      return workbook.strings[Number(value)] ?? '';
    case 'b':
      return value === '' ? '' : value === '1' ? 'TRUE' : 'FALSE';
    case 'd':
      return value.replace(/T00:00:00(?:\.0+)?Z?$/, '');
    case 'n':
      return shownNumber(value, workbook.formatOfStyle[cell.style] ?? 0, workbook);
    default:
      return value;
  }
}

/** `BC12` to row 11, column 54. */
function placeOf(reference: string | undefined): { readonly row: number; readonly column: number } | null {
  const match = /^\$?([A-Z]{1,3})\$?(\d{1,7})$/i.exec(reference ?? '');
  if (match?.[1] === undefined || match[2] === undefined) return null;
  let column = 0;
  for (const letter of match[1].toUpperCase()) column = column * 26 + letter.charCodeAt(0) - 64;
  return { row: Number(match[2]) - 1, column: column - 1 };
}
