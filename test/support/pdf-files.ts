/// <reference path="../../fixtures/build/pdfkit.d.ts" />
/** PDFs made in memory: drawn with pdfkit, or written by hand where pdfkit cannot draw what is tested. */
import PDFDocument from 'pdfkit';

export type Draw = (pdf: InstanceType<typeof PDFDocument>) => void;

export function drawPdf(draw: Draw, options: object = {}): Promise<Uint8Array> {
  return new Promise((resolve) => {
    const pdf = new PDFDocument({ size: 'A4', margin: 60, ...options });
    const parts: Uint8Array[] = [];
    pdf.on('data', (part) => parts.push(part));
    pdf.on('end', () => resolve(new Uint8Array(Buffer.concat(parts))));
    pdf.fontSize(10);
    draw(pdf);
    pdf.end();
  });
}

export interface WrittenPdf {
  readonly content: string;
  /** Entries of the font; Helvetica when unset. */
  readonly font?: string;
  readonly page?: string;
  readonly catalog?: string;
  /** Further objects, numbered from 6. */
  readonly objects?: readonly string[];
}

/** One page with a font F1, from the text of its content stream. */
export function writePdf({ content, font, page = '', catalog = '', objects = [] }: WrittenPdf): Uint8Array {
  const bodies = [
    `<< /Type /Catalog /Pages 2 0 R ${catalog} >>`,
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> ${page} >>`,
    `<< /Length ${Buffer.byteLength(content, 'latin1')} >>\nstream\n${content}\nendstream`,
    font ?? '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>',
    ...objects,
  ];
  let text = '%PDF-1.7\n';
  const offsets = bodies.map((body, index) => {
    const offset = text.length;
    text += `${index + 1} 0 obj\n${body}\nendobj\n`;
    return offset;
  });
  const table = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('');
  const start = text.length;
  text += `xref\n0 ${bodies.length + 1}\n0000000000 65535 f \n${table}`;
  text += `trailer\n<< /Size ${bodies.length + 1} /Root 1 0 R >>\nstartxref\n${start}\n%%EOF\n`;
  return new Uint8Array(Buffer.from(text, 'latin1'));
}
