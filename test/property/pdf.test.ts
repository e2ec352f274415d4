import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { toReadingOrder } from '../../ingest/loaders/pdf-right-to-left.ts';
import { loadDocument } from '../../ingest/loaders/registry.ts';
import { PerseaError } from '../../src/core/errors.ts';
import { testLimits } from '../support/loader-files.ts';
import { drawPdf, writePdf } from '../support/pdf-files.ts';

/** Text that lies within the blocks, or a PerseaError that is no accident of ours. */
async function expectTextOrError(bytes: Uint8Array): Promise<void> {
  try {
    const document = await loadDocument({ bytes, fileName: 'a.pdf' }, testLimits);
    for (const block of document.blocks) expect(document.text.slice(block.start, block.end).trim()).not.toBe('');
  } catch (thrown) {
    if (!(thrown instanceof PerseaError)) throw thrown;
    expect(['internal', 'parse-failed'], thrown.message).not.toContain(thrown.code);
  }
}

describe('PDF', () => {
  let samples: readonly Uint8Array[] = [];

  beforeAll(async () => {
    samples = [
      await drawPdf(
        (pdf) => {
          pdf.fontSize(18).text('Manual').fontSize(10).text('It pumps. '.repeat(40));
          for (const y of [400, 420, 440]) pdf.moveTo(60, y).lineTo(300, y).stroke();
          for (const x of [60, 180, 300]) pdf.moveTo(x, 400).lineTo(x, 440).stroke();
          pdf.text('a', 65, 405).text('b', 185, 405).text('c', 65, 425).text('d', 185, 425);
          pdf.file(Buffer.from('x'), { name: 'x.txt' });
        },
        { compress: false },
      ),
      writePdf({
        content:
          "q 1 0 0 1 5 5 cm 0.5 g 0 0 m 100 0 l 50 80 l h f 1 g BT /F1 12 Tf 3 Tr 60 700 Td [(Te) -200 (xt)] TJ T* (x) ' ET Q",
        page: '/Annots [6 0 R]',
        objects: ['<< /Type /Annot /Subtype /Text /Rect [0 0 9 9] /Contents (Note) /T (A) >>'],
      }),
    ];
  });

  it('ends in text or in a clear error however it is cut off or damaged', async () => {
    const mutation = fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), byte: fc.nat(255) });
    const damage = fc.record({
      sample: fc.nat(1),
      keep: fc.oneof(fc.constant(1), fc.double({ min: 0, max: 1, noNaN: true })),
      mutations: fc.array(mutation, { maxLength: 20 }),
    });
    await fc.assert(
      fc.asyncProperty(damage, async ({ sample, keep, mutations }) => {
        const original = samples[sample] ?? new Uint8Array([0]);
        const bytes = original.slice(0, Math.max(1, Math.ceil(original.length * keep)));
        for (const { at, byte } of mutations) bytes[Math.min(bytes.length - 1, Math.floor(at * bytes.length))] = byte;
        await expectTextOrError(bytes);
      }),
      { numRuns: 150 },
    );
  });

  it('loses no letter where lines are turned into reading order', () => {
    const glyph = fc.constantFrom('a', 'B', '7', ' ', '(', ')', '.', '-', 'ש', 'ل', 'لا', 'م', '\u064b');
    fc.assert(
      fc.property(fc.array(glyph, { minLength: 1, maxLength: 30 }), (texts) => {
        fc.pre(texts.some((text) => /\p{L}/u.test(text)));
        const glyphs = texts.map((text, index) => ({ text, offset: index, width: 1 }));
        const lettersOf = (text: string) => [...text.replace(/[()]/g, '|')].toSorted().join('');
        expect(lettersOf(toReadingOrder(glyphs))).toBe(lettersOf(texts.join('')));
      }),
    );
  });
});
