import { createRequire } from 'node:module';
import { PDFParse } from 'pdf-parse';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createParserPool } from '../../../ingest/loaders/parse.ts';
import { loadDocument } from '../../../ingest/loaders/registry.ts';
import { testLimits } from '../../support/loader-files.ts';
import { drawPdf } from '../../support/pdf-files.ts';

const line = 'Lift the pump by its drive unit.';
const settings = { ocr: true, secrets: 'report' } as const;

function isInstalled(): boolean {
  const { resolve } = createRequire(import.meta.url);
  try {
    return resolve('tesseract.js') !== '' && resolve('@tesseract.js-data/eng/package.json') !== '';
  } catch {
    return false;
  }
}

/** A page of text as the picture that a scanner would make of it. */
async function pictureOf(text: string): Promise<Uint8Array> {
  const pdf = await drawPdf((page) => page.fontSize(14).text(text, 40, 40, { width: 320 }), { size: [400, 140] });
  const parser = new PDFParse({ data: pdf });
  try {
    const { pages } = await parser.getScreenshot({ scale: 2.5, imageDataUrl: false });
    return new Uint8Array(pages[0]?.data ?? []);
  } finally {
    await parser.destroy();
  }
}

describe('pictures and scans without text recognition', () => {
  it('are refused with the setting that reads them', async () => {
    const bytes = await pictureOf(line);
    await expect(loadDocument({ bytes, fileName: 'scan.png' }, testLimits)).rejects.toMatchObject({
      code: 'type-unsupported',
      message: expect.stringContaining('ingest.ocr'),
    });
  });

  it('names the package of a language that is not installed', async () => {
    const bytes = await pictureOf(line);
    const languages = { ...settings, ocrLanguages: ['tlh'] };
    await expect(loadDocument({ bytes, fileName: 'scan.png' }, testLimits, languages)).rejects.toMatchObject({
      code: 'type-unsupported',
      message: expect.stringContaining('npm install'),
    });
  });
});

describe.skipIf(!isInstalled())('text recognition (skipped where tesseract.js is not installed)', () => {
  let picture: Uint8Array;
  let mixed: Uint8Array;
  const pool = createParserPool({
    size: 1,
    limits: { ...testLimits, ocrPages: 1 },
    settings,
    timeoutMs: 30_000,
    memoryBytes: 1024 * 1024 * 1024,
  });

  beforeAll(async () => {
    picture = await pictureOf(line);
    mixed = await drawPdf((pdf) => {
      pdf.text('A page with text of its own.').addPage().image(Buffer.from(picture), 60, 60, { width: 400 });
      pdf.addPage().image(Buffer.from(picture), 60, 60, { width: 400 });
    });
  });
  afterAll(() => pool.close());

  it('reads pictures', async () => {
    const document = await pool.parse({ bytes: picture, fileName: 'scan.png' });
    expect(document.text).toBe(line);
    expect(document).toMatchObject({
      mediaType: 'image/png',
      pageCount: 1,
      warnings: [{ code: 'text-recognised', count: 1 }],
    });
  });

  it('reads scanned pages up to its limit, and keeps the text of the others', async () => {
    const document = await pool.parse({ bytes: mixed, fileName: 'mixed.pdf' });
    expect(document.text).toBe(`A page with text of its own.\n\n${line}`);
    expect(document.blocks.map((block) => block.page)).toEqual([1, 2]);
    expect(document.warnings.map(({ code, count }) => [code, count])).toEqual([
      ['pages-without-text', 1],
      ['text-recognised', 1],
    ]);
  });

  it('keeps the text of other pages where a language is not installed', async () => {
    const document = await loadDocument({ bytes: mixed, fileName: 'mixed.pdf' }, testLimits, {
      ...settings,
      ocrLanguages: ['tlh'],
    });
    expect(document.text).toBe('A page with text of its own.');
    expect(document.warnings.map((one) => one.code)).toEqual(['pages-without-text', 'text-recognition-unavailable']);
  });

  it('tells what is no picture, and pictures without text', async () => {
    const broken = picture.slice(0, 300);
    await expect(pool.parse({ bytes: broken, fileName: 'a.png' })).rejects.toMatchObject({ code: 'document-damaged' });
    const blank = await pictureOf(' ');
    await expect(pool.parse({ bytes: blank, fileName: 'a.png' })).rejects.toMatchObject({
      code: 'document-without-text',
    });
  });

  it('holds up no other file, and is ended when its time is over', async () => {
    const hasty = createParserPool({
      size: 1,
      limits: { ...testLimits, ocrMs: 1 },
      settings,
      timeoutMs: 30_000,
      memoryBytes: 1024 * 1024 * 1024,
    });
    try {
      const scan = hasty.parse({ bytes: picture, fileName: 'scan.png' });
      const text = hasty.parse({ bytes: new TextEncoder().encode('Plain text.'), fileName: 'a.txt' });
      await expect(scan).rejects.toMatchObject({ code: 'parse-timeout', message: expect.stringContaining('ocrMs') });
      expect((await text).text).toBe('Plain text.');
    } finally {
      await hasty.close();
    }
  });
});
