import { describe, expect, it } from 'vitest';
import { loadDocument } from '../../../ingest/loaders/registry.ts';
import { bytesOf, testLimits } from '../../support/loader-files.ts';
import {
  makeDocx,
  makeEpub,
  makeOpenDocument,
  makePptx,
  makeXlsx,
  relationships,
  sheetRow,
  textShape,
  wordParagraph,
  zipOf,
} from '../../support/office-files.ts';

const load = (fileName: string, bytes: Uint8Array) => loadDocument({ bytes, fileName }, testLimits);
const centralEntry = 'PK\u0001\u0002';

/** A copy of an archive, its directory's entries changed one by one. */
function withDirectory(bytes: Uint8Array, change: (view: Buffer, at: number) => void): Buffer {
  const view = Buffer.from(bytes);
  for (let at = view.indexOf(centralEntry); at !== -1; at = view.indexOf(centralEntry, at + 4)) change(view, at);
  return view;
}

/** The same archive with a directory in the 64-bit form. */
function asZip64(bytes: Uint8Array): Buffer {
  const view = Buffer.from(bytes);
  const end = view.lastIndexOf('PK\u0005\u0006');
  const record = Buffer.alloc(56);
  record.write('PK\u0006\u0006', 0, 'latin1');
  record.writeBigUInt64LE(44n, 4);
  record.writeBigUInt64LE(BigInt(view.readUInt16LE(end + 8)), 24);
  record.writeBigUInt64LE(BigInt(view.readUInt16LE(end + 10)), 32);
  record.writeBigUInt64LE(BigInt(view.readUInt32LE(end + 12)), 40);
  record.writeBigUInt64LE(BigInt(view.readUInt32LE(end + 16)), 48);
  const locator = Buffer.alloc(20);
  locator.write('PK\u0006\u0007', 0, 'latin1');
  locator.writeBigUInt64LE(BigInt(end), 8);
  locator.writeUInt32LE(1, 16);
  const tail = Buffer.from(view.subarray(end));
  tail.fill(0xff, 8, 20);
  return Buffer.concat([view.subarray(0, end), record, locator, tail]);
}

describe('zip directories', () => {
  const document = makeDocx(wordParagraph('text'));

  it('reads the 64-bit form', async () => {
    expect((await load('a.docx', asZip64(document))).text).toBe('text');
  });

  it.each([
    [
      'entries that lie in each other',
      // All name the bytes of the first.
      withDirectory(document, (view, at) => view.writeUInt32LE(0, at + 42)),
      'archive-unsafe',
    ],
    [
      'an entry with a password',
      withDirectory(document, (view, at) => view.writeUInt16LE(1, at + 8)),
      'document-encrypted',
    ],
    [
      'more entries than allowed',
      zipOf(Object.fromEntries(Array.from({ length: 1001 }, (_, n) => [`${n}`, '']))),
      'archive-unsafe',
    ],
    [
      'a packing that nobody uses',
      withDirectory(document, (view, at) => view.writeUInt16LE(14, at + 10)),
      'document-damaged',
    ],
    [
      'an offset beyond the end',
      withDirectory(document, (view, at) => view.writeUInt32LE(0x10000000 + at * 1000, at + 42)),
      'document-damaged',
    ],
    ['a directory that breaks off', document.subarray(0, document.length - 30), 'document-damaged'],
    [
      'packed bytes that are broken',
      withDirectory(document, (view, at) =>
        view.fill(0xff, view.readUInt32LE(at + 42) + 60, view.readUInt32LE(at + 42) + 80),
      ),
      'document-damaged',
    ],
  ])('%s', async (_, bytes, code) => {
    await expect(load('a.docx', bytes)).rejects.toMatchObject({ code });
  });

  it('refuses names that lead out of the archive', async () => {
    for (const name of ['../../evil.sh', '/root/evil', '..\\evil.bat']) {
      const bytes = makeXlsx([{ name: 'S', rows: sheetRow(1, ['x']) }], { [name]: 'x' });
      await expect(load('a.xlsx', bytes)).rejects.toMatchObject({ code: 'archive-unsafe' });
    }
  });

  it('counts what really comes out where the directory lies about sizes', async () => {
    const bytes = makeXlsx([{ name: 'S', rows: `<!--${' '.repeat(40_000_000)}-->` }]);
    // The unpacked size stands 24 bytes in.
    const lying = withDirectory(bytes, (view, at) => view.writeUInt32LE(10, at + 24));
    await expect(load('a.xlsx', lying)).rejects.toMatchObject({ code: 'document-damaged' });
  });
});

describe('hostile XML', () => {
  const workbook = (sheet: string) => makeXlsx([{ name: 'S', rows: sheet }]);

  it('never expands entities or reads what they name', async () => {
    const lol = Array.from({ length: 9 }, (_, n) => `<!ENTITY l${n + 1} "&l${n};&l${n};&l${n};&l${n};&l${n};&l${n};">`);
    const sheet = `<!DOCTYPE worksheet [<!ENTITY l0 "lol">${lol.join('')}<!ENTITY x SYSTEM "file:///etc/passwd">]><worksheet><sheetData>${sheetRow(1, ['a &l9; &x; b'])}</sheetData></worksheet>`;
    const document = await load(
      'a.xlsx',
      zipOf({
        'xl/workbook.xml': '<workbook xmlns:r="r"><sheets><sheet name="S" r:id="rId1"/></sheets></workbook>',
        'xl/_rels/workbook.xml.rels': relationships(['worksheet', 'worksheets/sheet1.xml']),
        'xl/worksheets/sheet1.xml': sheet,
      }),
    );
    expect(document.text.length).toBeLessThan(60);
    expect(document.text).not.toMatch(/lollol|root:/);
  });

  it.each([
    ['XML nested without end', workbook(`${'<a>'.repeat(5000)}${'</a>'.repeat(5000)}`), 'archive-unsafe'],
    ['XML that breaks off', workbook('<row><c'), 'document-damaged'],
    [
      'a part that unpacks to far more than its archive',
      workbook(`<!--${' '.repeat(40_000_000)}-->`),
      'archive-unsafe',
    ],
  ])('%s', async (_, bytes, code) => {
    await expect(load('a.xlsx', bytes)).rejects.toMatchObject({ code });
  });

  const entities = (root: string, text: string) =>
    `<!DOCTYPE ${root} [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;"><!ENTITY x SYSTEM "file:///etc/passwd">]>${text}`;

  it.each([
    [
      'a.docx',
      zipOf({
        '_rels/.rels': relationships(['officeDocument', 'word/document.xml']),
        'word/document.xml': entities(
          'd',
          '<w:document xmlns:w="w"><w:body><w:p><w:r><w:t>in &b; &x;</w:t></w:r></w:p></w:body></w:document>',
        ),
      }),
    ],
    [
      'a.odt',
      makeOpenDocument('text', '', '', {
        'content.xml': entities(
          'd',
          '<o:document-content><o:body><o:text><t:p>in &b; &x;</t:p></o:text></o:body></o:document-content>',
        ),
      }),
    ],
    ['a.epub', makeEpub(['<p>in &b; &x;</p>'])],
    [
      'a.pptx',
      makePptx([{ shapes: textShape('title', 'in') }], { 'docProps/core.xml': entities('c', '<c>&b;&x;</c>') }),
    ],
  ])('declared entities stay unread in %s', async (fileName, bytes) => {
    const document = await load(fileName, bytes);
    expect(document.text).toMatch(/^in/);
    expect(document.text).not.toMatch(/lollol|root:/);
  });
});

describe('few bytes that stand for much', () => {
  const repeated = (name: string, count: number) => `table:number-${name}="${count}"`;
  const cell = (attributes: string) =>
    `<table:table-cell ${attributes}><text:p>${'y'.repeat(99)}</text:p></table:table-cell>`;
  const table = (row: string) => makeOpenDocument('spreadsheet', `<table:table table:name="T">${row}</table:table>`);

  it.each([
    [
      'cells repeated in rows repeated',
      'a.ods',
      table(
        `<table:table-row ${repeated('rows-repeated', 99999)}>${cell(repeated('columns-repeated', 99999))}</table:table-row>`,
      ),
    ],
    [
      'cells merged over each other',
      'a.ods',
      table(
        `<table:table-row>${cell(`${repeated('columns-spanned', 999)} ${repeated('rows-spanned', 9999)}`)}</table:table-row>`,
      ),
    ],
    [
      'one shared string in each cell',
      'a.xlsx',
      makeXlsx([{ name: 'S', rows: `<row>${'<c t="s"><v>0</v></c>'.repeat(200)}</row>` }], {
        'xl/_rels/workbook.xml.rels': relationships(['worksheet', 'worksheets/sheet1.xml'], ['sharedStrings', 's.xml']),
        'xl/s.xml': `<sst><si><t>${'z'.repeat(10_000)}</t></si></sst>`,
      }),
    ],
    [
      'cells as wide as many columns',
      'a.docx',
      makeDocx(
        `<w:tbl>${'<w:tr><w:tc><w:tcPr><w:gridSpan w:val="9999999"/></w:tcPr><w:p/></w:tc></w:tr>'.repeat(9000)}</w:tbl>`,
      ),
    ],
  ])('%s', async (_, fileName, bytes) => {
    await expect(load(fileName, bytes)).rejects.toMatchObject({ code: 'text-too-large' });
  });

  it('reads sheets whose cells share no column, and columns that are hidden over and over', async () => {
    const place = (index: number) =>
      `${String.fromCharCode(65 + Math.floor(index / 676), 65 + (Math.floor(index / 26) % 26), 65 + (index % 26))}${index + 1}`;
    const rows = Array.from({ length: 3000 }, (_, n) => `<row r="${n + 1}"><c r="${place(n)}"><v>${n}</v></c></row>`);
    const before = `<cols>${'<col min="9000" max="16384" hidden="1"/>'.repeat(20_000)}</cols>`;
    const document = await load('a.xlsx', makeXlsx([{ name: 'S', rows: rows.join(''), before }]));
    expect(document.text).toMatch(/^S\n\n0\n1\n2\n/);
    expect(document.text.length).toBeLessThan(20_000);
  });

  it('gives up a slide that is listed without end', async () => {
    const bytes = zipOf({
      'ppt/presentation.xml': `<p:presentation xmlns:r="r">${'<p:sldId id="1" r:id="rId1"/>'.repeat(3000)}</p:presentation>`,
      'ppt/_rels/presentation.xml.rels': relationships(['slide', 'slides/s.xml']),
      'ppt/slides/s.xml': `<p:sld><!--${' '.repeat(10_000)}--><p:cSld><p:spTree>${textShape('title', 'x')}</p:spTree></p:cSld></p:sld>`,
    });
    await expect(load('a.pptx', bytes)).rejects.toMatchObject({ code: 'archive-unsafe' });
  });
});

describe('hostile RTF', () => {
  it.each([
    ['groups in groups', `{\\rtf1 ${'{'.repeat(200_000)}x`, 'archive-unsafe'],
    ['groups that do not end', `{\\rtf1 ${'{\\b x'.repeat(50_000)}`, 'archive-unsafe'],
  ])('%s', async (_, source, code) => {
    await expect(load('a.rtf', bytesOf(source))).rejects.toMatchObject({ code });
  });

  it('does not believe the length of a picture', async () => {
    const document = await load('a.rtf', bytesOf('{\\rtf1 before {\\pict\\bin2147483647 xx}}'));
    expect(document.text).toBe('before');
  });
});
