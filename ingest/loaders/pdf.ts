/** PDF by pdf-parse: text with positions, so that paragraphs, headings, lists and tables can be rebuilt, page by page. */
import type { InfoResult, PDFParse } from 'pdf-parse';
import type { Attachment, DocumentProperties, ParsedDocument, Warning } from '../../src/core/document.ts';
import { PerseaError } from '../../src/core/errors.ts';
import { asDate, asText } from './front-matter.ts';
import { recognisedWarning } from './image.ts';
import type { Loader, LoaderInput } from './loader.ts';
import { RecognitionDeferred } from './ocr-page.ts';
import { parsedDocument } from './parsed-document.ts';
import { documentNotes } from './pdf-annotations.ts';
import { foldTitle, layOut, type Outline } from './pdf-layout.ts';
import { withoutRunningLines } from './pdf-lines.ts';
import { documentOf, openForText } from './pdf-open.ts';
import { PageReader, type ReadPages } from './pdf-pages.ts';
import { TextBuilder } from './text-builder.ts';

export const pdfLoader: Loader = {
  name: 'pdf',
  mediaTypes: ['application/pdf'],
  load: loadPdf,
};

async function loadPdf(input: LoaderInput): Promise<ParsedDocument> {
  const parser = openForText(input.bytes);
  try {
    const info = await parser.getInfo();
    if (info.total > input.limits.pages) {
      throw new PerseaError(
        'too-many-pages',
        `Opened ${input.fileName}: it has ${info.total} pages, over the limit of ${input.limits.pages}. Split it.`,
      );
    }
    return await readDocument(input, parser, info);
  } catch (thrown) {
    if (thrown instanceof RecognitionDeferred) throw thrown;
    throw pdfError(thrown, input.fileName);
  } finally {
    await parser.destroy().catch(() => undefined);
  }
}

async function readDocument(input: LoaderInput, parser: PDFParse, info: InfoResult): Promise<ParsedDocument> {
  const document = documentOf(parser);
  const reader = new PageReader(input, document, info.total);
  let read: ReadPages;
  try {
    read = await reader.readAll();
  } finally {
    await reader.close();
  }
  const own = await documentNotes(document);
  const attachments = [...own.attachments, ...read.attachments];
  if (read.textLength === 0 && attachments.length === 0) throw withoutText(input, info.total, read);
  const content = withoutRunningLines(read.pages);
  const builder = new TextBuilder();
  layOut(content.pages, outlineOf(info), builder);
  // What opens the document is its title even where its letters are smaller than a chapter's.
  const opening = builder.blocks[0]?.kind === 'heading' ? builder.blocks[0] : undefined;
  const firstHeading =
    (opening ?? builder.blocks.find((block) => block.kind === 'heading' && block.level === 1))?.title ?? null;
  return parsedDocument({
    title: firstHeading ?? usableTitle(info) ?? input.fileName,
    mediaType: input.mediaType,
    body: builder,
    pageCount: info.total,
    properties: propertiesOf(info),
    attachments: named(attachments),
    warnings: warningsOf(input, read, content.removed, own.actions + read.actions),
  });
}

function withoutText(input: LoaderInput, pageCount: number, read: ReadPages): PerseaError {
  if (read.broken.length === pageCount) {
    return new PerseaError(
      'document-damaged',
      `Parsed ${input.fileName}: none of its ${pageCount} pages can be read. Save it anew.`,
    );
  }
  const remedy = input.settings.ocr
    ? 'Text recognition found none either.'
    : 'Set ingest.ocr to true to recognise text in scans, or run text recognition over it first.';
  return new PerseaError(
    'document-without-text',
    `Parsed ${input.fileName}: its ${pageCount} pages hold no text, perhaps a scan. ${remedy}`,
  );
}

/** Two files may have one name in different places of a document. */
function named(attachments: readonly Attachment[]): readonly Attachment[] {
  return attachments.map((attachment, index) =>
    attachment.name === '' ? { ...attachment, name: `attachment-${index + 1}` } : attachment,
  );
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
function usableTitle(info: InfoResult): string | null {
  const title = asText(field(info.info, 'Title')) ?? asText(xmp(info, 'dc:title'));
  return title === null ||
    /^(?:microsoft word|untitled|unknown|\(anonymous\))|\.(?:docx?|pdf|indd|tex|dvi)$/i.test(title)
    ? null
    : title;
}

function propertiesOf(info: InfoResult): DocumentProperties {
  const author = asText(field(info.info, 'Author')) ?? asText(xmp(info, 'dc:creator'));
  const language = asText(field(info.info, 'Language')) ?? asText(xmp(info, 'dc:language'));
  const dates = info.getDateNode();
  const date = asDate(dates.ModDate ?? dates.XmpModifyDate ?? dates.CreationDate ?? dates.XmpCreateDate);
  return {
    ...(author === null ? {} : { author }),
    ...(date === null ? {} : { date }),
    ...(language === null ? {} : { language }),
  };
}

/** Metadata as XML, which newer programs write instead of the older fields. */
function xmp(info: InfoResult, name: string): unknown {
  const metadata = info.metadata as { get?: (name: string) => unknown } | null | undefined;
  return metadata?.get?.(name);
}

function field(record: unknown, name: string): unknown {
  return typeof record === 'object' && record !== null ? Reflect.get(record, name) : undefined;
}

const namedLines = 3;
const namedLineLength = 80;

function warningsOf(
  { fileName, settings }: LoaderInput,
  read: ReadPages,
  removed: readonly string[],
  actions: number,
): readonly Warning[] {
  const warnings: Warning[] = [];
  const warn = (code: string, count: number, message: string) => {
    if (count > 0) warnings.push({ code, count, message });
  };
  const empty = read.empty.length;
  const remedy = settings.ocr
    ? ' Raise limits.ocrPages or limits.ocrMs if they are scans that were not reached.'
    : ' Set ingest.ocr to true to recognise text in scans.';
  warn(
    'pages-without-text',
    empty,
    `${empty} of the pages of ${fileName} hold no text, perhaps scans; they cannot be found.${remedy}`,
  );
  if (read.unrecognised !== null) warnings.push({ code: 'text-recognition-unavailable', message: read.unrecognised });
  if (read.recognised > 0) warnings.push(recognisedWarning(fileName, read.recognised));
  warn(
    'pages-unreadable',
    read.broken.length,
    `${read.broken.length} of the pages of ${fileName} could not be read (the first is page ${read.broken[0]}).`,
  );
  const lines = removed.slice(0, namedLines).map((line) => `"${line.slice(0, namedLineLength)}"`);
  warn(
    'running-lines-removed',
    removed.length,
    `${fileName} repeats ${removed.length} lines from page to page, left out: ${lines.join(', ')}${removed.length > namedLines ? ', …' : ''}.`,
  );
  warn(
    'hidden-content-dropped',
    read.hidden,
    `${fileName} has ${read.hidden} pieces of text that readers do not see (no ink, the paper's colour, too small, or off the page), left out.`,
  );
  warn(
    'active-content-dropped',
    actions,
    `${fileName} has ${actions} scripts or links that start programs or open other files, left out.`,
  );
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
