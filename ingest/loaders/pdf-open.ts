/** Opening PDFs with pdf-parse, and what Persea asks of the pdf.js document that it holds. */
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { PDFParse } from 'pdf-parse';
import { PerseaError } from '../../src/core/errors.ts';

export interface PdfDocument {
  readonly numPages: number;
  getPage(number: number): Promise<PdfPage>;
  getAttachments(): Promise<Readonly<Record<string, unknown>> | null>;
  getJSActions(): Promise<Readonly<Record<string, unknown>> | null>;
  getOptionalContentConfig(): Promise<{ isVisible(group: unknown): boolean }>;
}

export interface PdfPage {
  /** Left, bottom, right and top of its visible part. */
  readonly view: readonly number[];
  readonly commonObjs: { has(name: string): boolean; get(name: string): unknown };
  getOperatorList(): Promise<PdfOperators>;
  getAnnotations(): Promise<readonly Readonly<Record<string, unknown>>[]>;
  cleanup(): void;
}

export interface PdfOperators {
  readonly fnArray: readonly number[];
  readonly argsArray: readonly (readonly unknown[] | null)[];
}

export interface PdfFont {
  readonly name?: string;
  readonly bold?: boolean;
  readonly black?: boolean;
  readonly vertical?: boolean;
  readonly isType3Font?: boolean;
  readonly fontMatrix?: readonly number[] | null;
  readonly bbox?: readonly number[] | null;
}

/** Fonts are asked for their widths and characters only; without this, pdf.js would build the outline of every glyph. */
const noDocument = {
  createElement: () => ({ sheet: { insertRule: () => 0, cssRules: [] }, remove: () => undefined }),
  documentElement: { getElementsByTagName: () => [{ append: () => undefined }] },
};

const resources = dirname(
  createRequire(createRequire(import.meta.url).resolve('pdf-parse')).resolve('pdfjs-dist/package.json'),
);

/** For its text: pictures are not decoded. Every read of the parser must end in its `destroy()`. */
export function openForText(bytes: Uint8Array): PDFParse {
  return new PDFParse({
    ...common(bytes),
    disableFontFace: false,
    maxImageSize: 0,
    ownerDocument: noDocument as never,
  });
}

/** With its pictures, to look at or to draw. */
export function openForPictures(bytes: Uint8Array): PDFParse {
  return new PDFParse({
    ...common(bytes),
    maxImageSize: maxPicturePixels,
    standardFontDataUrl: `${resources}/standard_fonts/`,
    wasmUrl: `${resources}/wasm/`,
  });
}

const maxPicturePixels = 64 * 1024 * 1024;

function common(bytes: Uint8Array) {
  return {
    // pdf.js takes the buffer for itself, so it gets a copy.
    data: new Uint8Array(bytes),
    isEvalSupported: false,
    stopAtErrors: false,
    // Without these tables the text of many Chinese, Japanese and Korean documents is lost.
    cMapUrl: `${resources}/cmaps/`,
    cMapPacked: true,
    useSystemFonts: false,
    enableXfa: false,
  };
}

/**
 * pdf-parse gives lines without their places and sizes, and without those there are no headings and no tables. The document
 * that it holds has them; the version is pinned, and a test reads headings and a table from a real file.
 */
export function documentOf(parser: PDFParse): PdfDocument {
  const document: unknown = Reflect.get(parser, 'doc');
  if (typeof document !== 'object' || document === null || !('getPage' in document)) {
    throw new PerseaError(
      'parse-failed',
      'Opened a PDF with pdf-parse: it holds no document. Another version than 2.4.5 is installed.',
    );
  }
  return document as PdfDocument;
}

export function fontOf(page: PdfPage, name: string): PdfFont | null {
  try {
    const font = page.commonObjs.has(name) ? page.commonObjs.get(name) : null;
    return typeof font === 'object' && font !== null && !(font instanceof Error) ? (font as PdfFont) : null;
  } catch {
    // Not every font that is named can be read.
    return null;
  }
}
