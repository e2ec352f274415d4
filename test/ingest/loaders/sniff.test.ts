import { describe, expect, it } from 'vitest';
import { loadDocument } from '../../../ingest/loaders/registry.ts';
import { sniffMediaType } from '../../../ingest/loaders/sniff.ts';
import { bytesOf, makeDocx, makePdf, testLimits } from '../../support/loader-files.ts';

const junk = Uint8Array.from({ length: 4000 }, (_, index) => (index * 7919 + (index >> 3) * 31) % 256);

describe('sniffMediaType', () => {
  it.each([
    ['a.md', '# A', 'text/markdown'],
    ['a.txt', 'BM is the brand of the pump.', 'text/plain'],
    ['a.txt', 'MZ and PK are letters, ID3 too.', 'text/plain'],
    ['README', 'Text.', 'text/plain'],
    ['a.csv', 'a,b', 'text/csv'],
    ['a.txt', '<!DOCTYPE html><html></html>', 'text/html'],
    ['a', '<?xml version="1.0"?>\n<html xmlns="x"></html>', 'text/html'],
    ['a.md', '<html>', 'text/markdown'],
    ['a', 'Received: x\nFrom: a@example.com\nSubject: b\n\nText', 'message/rfc822'],
    ['a.svg', '<svg></svg>', 'image/svg+xml'],
  ])('%s with %j is %s', async (name, content, mediaType) => {
    expect(await sniffMediaType(bytesOf(content), name, testLimits)).toBe(mediaType);
  });

  it('goes by the bytes, whatever the name says', async () => {
    const pdf = await makePdf([{ paragraphs: ['x'] }]);
    expect(await sniffMediaType(pdf, 'a.docx', testLimits)).toBe('application/pdf');
    expect(await sniffMediaType(await makeDocx(), 'a.pdf', testLimits)).toMatch(/wordprocessingml/);
  });
});

describe('refusals', () => {
  const png = new Uint8Array([
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d, 0x49, 0x48, 0x44, 0x52, 0, 0, 0, 1,
  ]);
  const oldOffice = new Uint8Array(1024).fill(1);
  oldOffice.set([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]);
  const protectedOffice = Uint8Array.from([...oldOffice, ...Buffer.from('EncryptedPackage', 'utf16le')]);

  it.each([
    ['an empty file', 'a.md', new Uint8Array(), 'file-empty'],
    ['a file of blanks', 'a.md', bytesOf(' \n\n'), 'file-empty'],
    ['front matter alone', 'a.md', bytesOf('---\ntitle: x\n---\n'), 'file-empty'],
    ['binary junk named .md', 'a.md', junk, 'document-damaged'],
    ['binary junk named .pdf', 'a.pdf', junk, 'document-damaged'],
    ['binary junk', 'a.bin', junk, 'type-unsupported'],
    ['a picture', 'a.png', png, 'type-unsupported'],
    ['a picture named .md', 'a.md', png, 'type-unsupported'],
    ['old Office', 'a.doc', oldOffice, 'type-unsupported'],
    ['Office with a password', 'a.docx', protectedOffice, 'document-encrypted'],
    ['a broken zip', 'a.docx', bytesOf('PK\u0003\u0004 nothing more'), 'document-damaged'],
  ])('%s', async (_, fileName, bytes, code) => {
    await expect(loadDocument({ bytes, fileName }, testLimits)).rejects.toMatchObject({ code });
  });

  it('says what to do', async () => {
    await expect(loadDocument({ bytes: oldOffice, fileName: 'a.doc' }, testLimits)).rejects.toThrow(/\.docx/);
    await expect(loadDocument({ bytes: oldOffice, fileName: 'a.msg' }, testLimits)).rejects.toThrow(/\.eml/);
  });

  it('refuses archives by their directory, before anything is unpacked', async () => {
    const bytes = await makeDocx();
    await expect(
      loadDocument({ bytes, fileName: 'a.docx' }, { ...testLimits, archiveEntries: 2 }),
    ).rejects.toMatchObject({ code: 'archive-unsafe' });
    const bomb = bytes.slice();
    const view = new DataView(bomb.buffer);
    for (let index = 0; index < bomb.length - 46; index++) {
      // The unpacked size in the entry's directory record.
      if (view.getUint32(index, true) === 0x02014b50) view.setUint32(index + 24, 0x7fffffff, true);
    }
    await expect(loadDocument({ bytes: bomb, fileName: 'a.docx' }, testLimits)).rejects.toMatchObject({
      code: 'archive-unsafe',
    });
  });

  it('refuses text over the limit', async () => {
    const bytes = bytesOf('word '.repeat(1000));
    await expect(
      loadDocument({ bytes, fileName: 'a.txt' }, { ...testLimits, parsedTextBytes: 1000 }),
    ).rejects.toMatchObject({ code: 'text-too-large' });
  });
});
