/** PDF by pdf-parse: text with positions, so that paragraphs, headings, lists and tables can be rebuilt, page by page. */
import { type InfoResult, PDFParse } from 'pdf-parse';
import type { DocumentProperties, ParsedDocument, Warning } from '../../src/core/document.ts';
import { PerseaError } from '../../src/core/errors.ts';
import { asDate, asText } from './front-matter.ts';
import type { Loader, LoaderInput } from './loader.ts';
import { foldTitle, layOut, type Outline } from './pdf-layout.ts';
import { type Page, piecesOf, type TextItem, withoutRunningLines } from './pdf-lines.ts';
import { TextBuilder } from './text-builder.ts';

export const pdfLoader: Loader = {
  name: 'pdf',
  mediaTypes: ['application/pdf'],
  load: loadPdf,
};

async function loadPdf(input: LoaderInput): Promise<ParsedDocument> {
  // pdf.js takes the buffer for itself, so it gets a copy.
  const parser = new PDFParse({ data: new Uint8Array(input.bytes), isEvalSupported: false, stopAtErrors: false });
  try {
    const info = await parser.getInfo();
    if (info.total > input.limits.pages) {
      throw new PerseaError(
        'too-many-pages',
        `Opened ${input.fileName}: it has ${info.total} pages, over the limit of ${input.limits.pages}. Split it.`,
      );
    }
    return await readPages(input, parser, info);
  } catch (thrown) {
    throw pdfError(thrown, input.fileName);
  } finally {
    await parser.destroy().catch(() => undefined);
  }
}

async function readPages(input: LoaderInput, parser: PDFParse, info: InfoResult): Promise<ParsedDocument> {
  const document = openDocument(parser);
  const pages: Page[] = [];
  const broken: number[] = [];
  let textLength = 0;
  for (let number = 1; number <= info.total; number++) {
    try {
      const page = await readPage(document, number);
      textLength += page.pieces.reduce((sum, piece) => sum + piece.text.length, 0);
      pages.push(page);
    } catch {
      broken.push(number);
    }
    if (textLength > input.limits.parsedTextBytes) {
      throw new PerseaError(
        'text-too-large',
        `Parsed ${input.fileName}: its text is over the limit of ${input.limits.parsedTextBytes} bytes at page ${number}. Split it.`,
      );
    }
  }
  if (textLength === 0) {
    if (broken.length === info.total) {
      throw new PerseaError(
        'document-damaged',
        `Parsed ${input.fileName}: none of its ${info.total} pages can be read. Save it anew.`,
      );
    }
    throw new PerseaError(
      'document-without-text',
      `Parsed ${input.fileName}: its ${info.total} pages hold no text, perhaps a scan. Run text recognition over it first.`,
    );
  }
  const builder = new TextBuilder();
  layOut(withoutRunningLines(pages), outlineOf(info), builder);
  // What opens the document is its title even where its letters are smaller than a chapter's.
  const opening = builder.blocks[0]?.kind === 'heading' ? builder.blocks[0] : undefined;
  const firstHeading =
    (opening ?? builder.blocks.find((block) => block.kind === 'heading' && block.level === 1))?.title ?? null;
  return {
    title: firstHeading ?? usableTitle(info.info) ?? input.fileName,
    mediaType: input.mediaType,
    text: builder.text,
    blocks: builder.blocks,
    pageCount: info.total,
    properties: propertiesOf(info),
    frontMatter: null,
    attachments: [],
    warnings: warningsOf(input.fileName, pages, broken),
  };
}

interface PdfDocument {
  getPage(number: number): Promise<PdfPage>;
}

interface PdfPage {
  readonly view: readonly number[];
  getTextContent(): Promise<{ readonly items: readonly (TextItem | { readonly type: string })[] }>;
  cleanup(): void;
}

/**
 * pdf-parse gives lines without their places and sizes, and without those there are no headings and no tables. The document
 * that it holds has them; the version is pinned, and a test reads headings and a table from a real file.
 */
function openDocument(parser: PDFParse): PdfDocument {
  const document: unknown = Reflect.get(parser, 'doc');
  if (typeof document !== 'object' || document === null || !('getPage' in document)) {
    throw new PerseaError(
      'parse-failed',
      'Opened a PDF with pdf-parse: it holds no document. Another version than 2.4.5 is installed.',
    );
  }
  return document as PdfDocument;
}

async function readPage(document: PdfDocument, number: number): Promise<Page> {
  const page = await document.getPage(number);
  try {
    const [left = 0, bottom = 0, right = 612, top = 792] = page.view;
    const content = await page.getTextContent();
    const items = content.items.filter((item): item is TextItem => 'str' in item);
    return { number, width: right - left, height: top - bottom, pieces: piecesOf(items, top) };
  } finally {
    page.cleanup();
  }
}

interface OutlineEntry {
  readonly title?: unknown;
  readonly items?: readonly OutlineEntry[];
}

function outlineOf(info: InfoResult): Outline {
  const titles = new Map<string, number>();
  const visit = (entries: readonly OutlineEntry[], depth: number) => {
    for (const entry of entries) {
      const title = typeof entry.title === 'string' ? foldTitle(entry.title) : '';
      if (title !== '' && !titles.has(title)) titles.set(title, depth);
      if (depth < 6) visit(entry.items ?? [], depth + 1);
    }
  };
  visit(info.outline ?? [], 1);
  return titles;
}

/** Programs write their own name and the file's into this field. */
function usableTitle(info: unknown): string | null {
  const title = asText(field(info, 'Title'));
  return title === null ||
    /^(?:microsoft word|untitled|unknown|\(anonymous\))|\.(?:docx?|pdf|indd|tex|dvi)$/i.test(title)
    ? null
    : title;
}

function propertiesOf(info: InfoResult): DocumentProperties {
  const author = asText(field(info.info, 'Author'));
  const language = asText(field(info.info, 'Language'));
  const dates = info.getDateNode();
  const date = asDate(dates.ModDate ?? dates.XmpModifyDate ?? dates.CreationDate ?? dates.XmpCreateDate);
  return {
    ...(author === null ? {} : { author }),
    ...(date === null ? {} : { date }),
    ...(language === null ? {} : { language }),
  };
}

function field(record: unknown, name: string): unknown {
  return typeof record === 'object' && record !== null ? Reflect.get(record, name) : undefined;
}

function warningsOf(fileName: string, pages: readonly Page[], broken: readonly number[]): readonly Warning[] {
  const warnings: Warning[] = [];
  const empty = pages.filter((page) => page.pieces.length === 0).length;
  if (empty > 0) {
    const message = `${empty} of the pages of ${fileName} hold no text, perhaps scans; they cannot be found.`;
    warnings.push({ code: 'pages-without-text', message });
  }
  if (broken.length > 0) {
    const message = `${broken.length} of the pages of ${fileName} could not be read (the first is page ${broken[0]}).`;
    warnings.push({ code: 'pages-unreadable', message });
  }
  return warnings;
}

function pdfError(thrown: unknown, fileName: string): PerseaError {
  if (thrown instanceof PerseaError) return thrown;
  const name = thrown instanceof Error ? thrown.name : '';
  if (name === 'PasswordException') {
    return new PerseaError(
      'document-encrypted',
      `Opened ${fileName}: the PDF has a password. Save a copy without it.`,
      { cause: thrown },
    );
  }
  return new PerseaError(
    'document-damaged',
    `Opened ${fileName}: it is no valid PDF. Save it anew with its own program.`,
    { cause: thrown },
  );
}
