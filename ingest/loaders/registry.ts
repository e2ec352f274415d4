/**
 * Which loader reads which type, and the one way to call them. A loader is imported when its type is first met, because the
 * parsers of PDF and office files are heavy. Another format is one more line in `loaderByMediaType`.
 */
import type { ParsedDocument } from '../../src/core/document.ts';
import { isAbortError, PerseaError } from '../../src/core/errors.ts';
import { withoutInvisible } from './invisible.ts';
import { defaultLoaderSettings, type Loader, type LoaderLimits, type LoaderSettings } from './loader.ts';
import { RecognitionDeferred } from './ocr-page.ts';
import { withOrdersNamed } from './orders.ts';
import { withoutSecrets } from './secrets.ts';
import { extensionOf, sniffMediaType } from './sniff.ts';
import { nameWithinTemplate, withoutTemplate } from './template.ts';

export interface LoadableFile {
  readonly bytes: Uint8Array;
  /** Last segment of the uri. */
  readonly fileName: string;
}

const markdown = async () => (await import('./markdown.ts')).markdownLoader;
const text = async () => (await import('./text.ts')).textLoader;
const outline = async () => (await import('./outline.ts')).outlineLoader;
const csv = async () => (await import('./csv.ts')).csvLoader;
const html = async () => (await import('./html.ts')).htmlLoader;
const json = async () => (await import('./json.ts')).jsonLoader;
const xml = async () => (await import('./xml.ts')).xmlLoader;
const code = async () => (await import('./code.ts')).codeLoader;
const transcript = async () => (await import('./transcript.ts')).transcriptLoader;
const mailbox = async () => (await import('./mailbox.ts')).mailboxLoader;
const mail = async () => (await import('./mail.ts')).mailLoader;
const mhtml = async () => (await import('./mhtml.ts')).mhtmlLoader;
const calendar = async () => (await import('./calendar.ts')).calendarLoader;
const docx = async () => (await import('./docx.ts')).docxLoader;
const rtf = async () => (await import('./rtf.ts')).rtfLoader;
const xlsx = async () => (await import('./xlsx.ts')).xlsxLoader;
const pptx = async () => (await import('./pptx.ts')).pptxLoader;
const odf = async () => (await import('./odf.ts')).odfLoader;
const epub = async () => (await import('./epub.ts')).epubLoader;
const image = async () => (await import('./image.ts')).imageLoader;
const pdf = async () => (await import('./pdf.ts')).pdfLoader;

const loaderByMediaType: Readonly<Record<string, () => Promise<Loader>>> = {
  'text/markdown': markdown,
  'text/plain': text,
  'text/x-rst': outline,
  'text/asciidoc': outline,
  'text/org': outline,
  'text/csv': csv,
  'text/tab-separated-values': csv,
  'text/html': html,
  'text/x-source': code,
  'text/vtt': transcript,
  'application/x-subrip': transcript,
  'application/json': json,
  'application/x-ndjson': json,
  'application/x-ipynb+json': json,
  'application/xml': xml,
  'image/svg+xml': xml,
  'message/rfc822': mail,
  'application/mbox': mailbox,
  'multipart/related': mhtml,
  'text/calendar': calendar,
  'application/pdf': pdf,
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': docx,
  'application/rtf': rtf,
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': xlsx,
  'application/vnd.openxmlformats-officedocument.presentationml.presentation': pptx,
  'application/vnd.oasis.opendocument.text': odf,
  'application/vnd.oasis.opendocument.spreadsheet': odf,
  'application/vnd.oasis.opendocument.presentation': odf,
  'application/epub+zip': epub,
  'image/png': image,
  'image/jpeg': image,
  'image/tiff': image,
  'image/webp': image,
  'image/bmp': image,
};

export async function loadDocument(
  source: LoadableFile,
  limits: LoaderLimits,
  settings: LoaderSettings = defaultLoaderSettings,
): Promise<ParsedDocument> {
  try {
    const file = withoutTemplate(source);
    const mediaType = await sniffMediaType(file.bytes, nameWithinTemplate(file.fileName), limits);
    const open = Object.hasOwn(loaderByMediaType, mediaType) ? loaderByMediaType[mediaType] : undefined;
    if (open === undefined) throw unsupported(file.fileName, mediaType);
    const loader = await open();
    const document = await loader.load({ ...file, mediaType, limits, settings });
    const visible = withoutInvisible(checked(document, file.fileName, limits));
    const secured = checked(await withoutSecrets(visible, file.fileName, settings.secrets), file.fileName, limits);
    return withOrdersNamed(secured);
  } catch (thrown) {
    if (thrown instanceof PerseaError || thrown instanceof RecognitionDeferred || isAbortError(thrown)) throw thrown;
    throw new PerseaError(
      'parse-failed',
      `Parsed ${source.fileName}: the parser failed unexpectedly. Convert it to another format; the log has the cause.`,
      { cause: thrown },
    );
  }
}

function checked(document: ParsedDocument, fileName: string, limits: LoaderLimits): ParsedDocument {
  if (document.blocks.length === 0 && document.attachments.length === 0) {
    if (document.mediaType.startsWith('text/'))
      throw new PerseaError('file-empty', `Read ${fileName}: it has no text.`);
    throw new PerseaError(
      'document-without-text',
      `Parsed ${fileName}: it holds no text, perhaps only pictures. Run text recognition over it first.`,
    );
  }
  const textBytes = Buffer.byteLength(document.text);
  if (textBytes > limits.parsedTextBytes) {
    throw new PerseaError(
      'text-too-large',
      `Parsed ${fileName}: its text has ${textBytes} bytes, over the limit of ${limits.parsedTextBytes}. Split the file.`,
    );
  }
  return document;
}

function unsupported(fileName: string, mediaType: string): PerseaError {
  const extension = extensionOf(fileName);
  return new PerseaError(
    'type-unsupported',
    `Opened ${fileName}: no loader reads ${mediaType}. ${remedyFor(mediaType, extension)}`,
    { details: { mediaType } },
  );
}

function remedyFor(mediaType: string, extension: string): string {
  if (mediaType === 'application/x-cfb') {
    const current = { msg: '.eml', xls: '.xlsx', xlt: '.xlsx', ppt: '.pptx', pps: '.pptx' }[extension] ?? '.docx';
    return `Save it in the current format (${current})${extension === 'msg' ? '' : ' or as PDF'}.`;
  }
  if (mediaType.startsWith('image/'))
    return 'Run text recognition over it and add the result as PDF or text, or exclude it.';
  if (mediaType.startsWith('audio/') || mediaType.startsWith('video/'))
    return 'Add a transcript as text, or exclude it.';
  if (/zip|compress|tar|rar|7z|gzip|xz/.test(mediaType) && !mediaType.includes('epub'))
    return 'Unpack it into the source.';
  if (/officedocument|opendocument|ms-/.test(mediaType)) return 'Save it as .docx, .xlsx, .pptx or PDF.';
  return 'Convert it to Markdown, text, HTML, PDF or .docx, or exclude it.';
}
