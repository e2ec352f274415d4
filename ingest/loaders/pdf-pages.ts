/** Pages of a PDF, one after the other, to pieces of text; what readers do not see is left out and counted. */
import type { PDFParse } from 'pdf-parse';
import type { Attachment } from '../../src/core/document.ts';
import { PerseaError } from '../../src/core/errors.ts';
import type { LoaderInput } from './loader.ts';
import { PageRecogniser } from './ocr-page.ts';
import { noNotes, notesOf } from './pdf-annotations.ts';
import { type PageContent, readContent, type TextRun } from './pdf-content.ts';
import { leavesOf } from './pdf-flat.ts';
import { piecesWithTables } from './pdf-grid.ts';
import type { Page } from './pdf-lines.ts';
import { documentOf, fontOf, openForPictures, type PdfDocument, type PdfPage } from './pdf-open.ts';

export interface ReadPages {
  readonly pages: readonly Page[];
  readonly textLength: number;
  /** Numbers of pages without text. */
  readonly empty: readonly number[];
  /** Numbers of pages that could not be read. */
  readonly broken: readonly number[];
  /** Pieces of text that readers do not see. */
  readonly hidden: number;
  /** How many pages have text that was recognised in a picture of them. */
  readonly recognised: number;
  /** Why no text could be recognised; null where it could, or was not due. */
  readonly unrecognised: string | null;
  readonly actions: number;
  readonly attachments: readonly Attachment[];
}

/** Looking for pictures decodes them, so only so many pages of a document are looked at. */
const maxPagesLookedAt = 20;
/** 200 dots an inch: enough for letters of 7 points, and a page takes a few seconds. */
const drawingScale = 200 / 72;
const maxDrawnPixels = 12_000_000;

export class PageReader {
  readonly #input: LoaderInput;
  readonly #document: PdfDocument;
  #pictures: PDFParse | null = null;
  readonly #pageCount: number;
  #lookedAt = 0;

  constructor(input: LoaderInput, document: PdfDocument, pageCount: number) {
    this.#input = input;
    this.#document = document;
    this.#pageCount = pageCount;
  }

  async readAll(): Promise<ReadPages> {
    const read = await this.#readText();
    if (!this.#input.settings.ocr || read.empty.length === 0) return read;
    try {
      return await this.#withRecognised(read);
    } catch (thrown) {
      // What has text of its own is not refused for want of a package.
      if (!(thrown instanceof PerseaError) || thrown.code !== 'type-unsupported' || read.textLength === 0) throw thrown;
      return { ...read, unrecognised: thrown.message };
    }
  }

  async #readText(): Promise<ReadPages> {
    const pages: Page[] = [];
    const empty: number[] = [];
    const broken: number[] = [];
    const attachments: Attachment[] = [];
    let textLength = 0;
    let hidden = 0;
    let actions = 0;
    const layers = await this.#document.getOptionalContentConfig().catch(() => null);
    const isLayerShown = (group: unknown) => layers?.isVisible(group) ?? true;
    for (let number = 1; number <= this.#pageCount; number++) {
      try {
        const read = await this.#readPage(number, isLayerShown);
        pages.push(...read.pages);
        attachments.push(...read.notes.attachments);
        hidden += read.hidden;
        actions += read.notes.actions;
        const length = read.pages.reduce((sum, page) => sum + lengthOf(page), 0);
        if (length === 0) empty.push(number);
        textLength += length;
      } catch (thrown) {
        if (thrown instanceof PerseaError) throw thrown;
        broken.push(number);
      }
      this.#checkLength(textLength, number);
    }
    return { pages, textLength, empty, broken, hidden, recognised: 0, unrecognised: null, actions, attachments };
  }

  /** Pages without text are drawn, and what can be read in the pictures takes their places. */
  async #withRecognised(read: ReadPages): Promise<ReadPages> {
    const recogniser = new PageRecogniser(this.#input);
    const found = new Map<number, Page>();
    let { textLength } = read;
    for (const number of read.empty) {
      if (!recogniser.hasRoom) break;
      const picture = await this.#draw(number);
      if (picture === null) continue;
      const page = await recogniser.recognise(picture.bytes, number, picture.scale);
      if (page.pieces.length === 0) continue;
      found.set(number, page);
      textLength += lengthOf(page);
      this.#checkLength(textLength, number);
    }
    const pages = [...read.pages.filter((page) => !found.has(page.number)), ...found.values()];
    return {
      ...read,
      textLength,
      pages: pages.toSorted((a, b) => a.number - b.number),
      empty: read.empty.filter((number) => !found.has(number)),
      recognised: found.size,
    };
  }

  async #draw(number: number): Promise<{ readonly bytes: Uint8Array; readonly scale: number } | null> {
    this.#pictures ??= await opened(this.#input.bytes);
    const { view } = await documentOf(this.#pictures).getPage(number);
    const area = Math.abs(((view[2] ?? 0) - (view[0] ?? 0)) * ((view[3] ?? 0) - (view[1] ?? 0)));
    const scale = Math.min(drawingScale, Math.sqrt(maxDrawnPixels / Math.max(1, area)));
    try {
      const { pages } = await this.#pictures.getScreenshot({ partial: [number], scale, imageDataUrl: false });
      const bytes = pages[0]?.data;
      return bytes === undefined || bytes.length === 0 ? null : { bytes, scale };
    } catch {
      // A page that cannot be drawn stays without text, which the warnings tell.
      return null;
    }
  }

  /** Must be called when the pages are read. */
  async close(): Promise<void> {
    await this.#pictures?.destroy().catch(() => undefined);
  }

  async #readPage(number: number, isLayerShown: (group: unknown) => boolean) {
    const page = await this.#document.getPage(number);
    try {
      const content = readContent(await page.getOperatorList(), page.view, (name) => fontOf(page, name), isLayerShown);
      const notes = await notesOf(page).catch(() => noNotes);
      const runs = await this.#seenBy(content, page, number);
      const leaves = leavesOf({ ...content, runs }, page.view);
      const pages = leaves.map(
        (leaf, index): Page => ({
          number,
          width: leaf.width,
          height: leaf.height,
          isAside: index > 0,
          pieces: piecesWithTables(leaf),
          notes: [],
        }),
      );
      const texts = [...notes.fields, ...notes.comments];
      if (texts.length > 0) {
        const [width = 0, height = 0] = [page.view[2], page.view[3]];
        pages.push({ number, width, height, isAside: true, pieces: [], notes: texts });
      }
      return { pages, notes, hidden: content.runs.length - runs.length + content.hiddenLayers };
    } finally {
      page.cleanup();
    }
  }

  /** The runs that readers see, and the text layer under a scan. */
  async #seenBy(content: PageContent, page: PdfPage, number: number): Promise<readonly TextRun[]> {
    const suspects = content.runs.filter((run) => run.isInvisible || run.isHidden);
    if (suspects.length === 0) return content.runs;
    const visible = content.runs.filter((run) => !run.isInvisible && !run.isHidden);
    const images = await this.#imagesOf(page, number);
    // Too many pages to look at them all: rather a hidden line too many than a lost one.
    if (images === null) return content.runs;
    const isOverImage = (run: TextRun) =>
      images.some((box) => run.x >= box.left - 1 && run.x <= box.right && run.y >= box.bottom - 1 && run.y <= box.top);
    const seen = new Set(suspects.filter((run) => run.size > 1 && isOverImage(run)));
    return seen.size === 0
      ? visible
      : content.runs.filter((run) => seen.has(run) || !(run.isInvisible || run.isHidden));
  }

  async #imagesOf(page: PdfPage, number: number): Promise<PageContent['images'] | null> {
    if (this.#lookedAt >= maxPagesLookedAt) return null;
    this.#lookedAt++;
    this.#pictures ??= await opened(this.#input.bytes);
    const same = await documentOf(this.#pictures).getPage(number);
    try {
      return readContent(
        await same.getOperatorList(),
        page.view,
        () => null,
        () => true,
      ).images;
    } finally {
      same.cleanup();
    }
  }

  #checkLength(textLength: number, number: number): void {
    const { fileName, limits } = this.#input;
    if (textLength <= limits.parsedTextBytes) return;
    throw new PerseaError(
      'text-too-large',
      `Parsed ${fileName}: its text is over the limit of ${limits.parsedTextBytes} bytes at page ${number}. Split it.`,
    );
  }
}

async function opened(bytes: Uint8Array): Promise<PDFParse> {
  const parser = openForPictures(bytes);
  await parser.getInfo();
  return parser;
}

function lengthOf(page: Page): number {
  const inTables = (rows: readonly (readonly string[])[] | null) =>
    rows?.reduce((sum, row) => sum + row.reduce((length, cell) => length + cell.length, 0), 0) ?? 0;
  return (
    page.pieces.reduce((sum, piece) => sum + piece.text.length + inTables(piece.table), 0) +
    page.notes.reduce((sum, note) => sum + note.length, 0)
  );
}
