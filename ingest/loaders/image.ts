/** Pictures: nothing but the text that is recognised in them, and that only where the configuration asks for it. */
import type { ParsedDocument } from '../../src/core/document.ts';
import { PerseaError } from '../../src/core/errors.ts';
import type { Loader, LoaderInput } from './loader.ts';
import { PageRecogniser } from './ocr-page.ts';
import { parsedDocument } from './parsed-document.ts';
import { layOut } from './pdf-layout.ts';
import { TextBuilder } from './text-builder.ts';

export const imageLoader: Loader = {
  name: 'image',
  mediaTypes: ['image/png', 'image/jpeg', 'image/tiff', 'image/webp', 'image/bmp'],
  load: loadImage,
};

/** Scans are mostly made with 200 dots an inch. */
const pixelsPerPoint = 200 / 72;

async function loadImage(input: LoaderInput): Promise<ParsedDocument> {
  const { bytes, fileName, mediaType, settings } = input;
  if (!settings.ocr) {
    throw new PerseaError(
      'type-unsupported',
      `Opened ${fileName}: a picture (${mediaType}). Set ingest.ocr to true to recognise its text, or exclude it.`,
      { details: { mediaType } },
    );
  }
  const page = await new PageRecogniser(input).recognise(bytes, 1, pixelsPerPoint);
  if (page.pieces.length === 0) {
    throw new PerseaError(
      'document-without-text',
      `Recognised text in ${fileName}: it has none that can be read. Exclude it, or add a sharper picture.`,
    );
  }
  const builder = new TextBuilder();
  layOut([page], new Map(), builder);
  return parsedDocument({
    title: builder.blocks.find((block) => block.kind === 'heading')?.title ?? fileName,
    mediaType,
    body: builder,
    pageCount: 1,
    warnings: [recognisedWarning(fileName, 1)],
  });
}

export function recognisedWarning(fileName: string, pages: number) {
  const message = `The text of ${pages} ${pages === 1 ? 'page' : 'pages'} of ${fileName} was recognised in pictures and may have errors.`;
  return { code: 'text-recognised', count: pages, message };
}
