import { createRequire } from 'node:module';
import iconv from 'iconv-lite';
import { describe, expect, it } from 'vitest';
import { loadDocument } from '../../../ingest/loaders/registry.ts';
import { bytesOf, testLimits } from '../../support/loader-files.ts';

// Its types tell of a default export, which the module has only for some loaders.
const codepage: typeof import('codepage')['default'] = createRequire(import.meta.url)('codepage');

const load = (fileName: string, content: string | Uint8Array) =>
  loadDocument({ bytes: typeof content === 'string' ? bytesOf(content) : content, fileName }, testLimits);

describe('encodings', () => {
  const russian =
    'Насос работает при давлении шестнадцать бар. Перед ремонтом отключите питание и повесьте табличку на рубильник.';
  const japanese = 'ポンプは十六バールで運転します。修理の前に電源を切り、鍵をかけてください。安全第一です。';

  it.each([
    ['windows-1251', russian],
    ['koi8-r', russian],
    ['cp866', russian],
    ['shift_jis', japanese],
    ['euc-jp', japanese],
    ['utf-16le', 'The pump runs at 16 bar.'],
    ['utf-16be', 'The pump runs at 16 bar.'],
    ['utf-32le', 'The pump runs at 16 bar.'],
  ])('reads %s without any mark and says so', async (encoding, text) => {
    const document = await load('a.txt', iconv.encode(text.repeat(3), encoding));
    expect(document.text).toBe(text.repeat(3));
    expect(document.warnings).toMatchObject([{ code: 'encoding-guessed' }]);
  });

  it.each(['utf8', 'utf-16le', 'utf-16be', 'utf-32le', 'utf-32be'])(
    'obeys the byte order mark of %s',
    async (encoding) => {
      const document = await load('a.txt', iconv.encode('Größe 16', encoding, { addBOM: true }));
      expect(document).toMatchObject({ text: 'Größe 16', warnings: [] });
    },
  );

  it('takes bytes with a zero among them for no text', async () => {
    await expect(load('a.txt', 'no PDF \u0000\u0001')).rejects.toMatchObject({ code: 'document-damaged' });
  });

  it('takes control sequences in a log for what they are', async () => {
    const document = await load('a.log', 'start \u001b[32mgreen\u001b[0m – done');
    expect(document.text).toContain('– done');
    expect(document.warnings).toEqual([]);
  });

  it.each([
    [
      'Korean beyond its first table',
      'windows-949',
      iconv.encode('똠방각하 펲시콜라 뷁 쿼터백 햏자들이 봣씀니다. '.repeat(3), 'cp949'),
      '뷁',
    ],
    [
      'Johab',
      'Johab',
      codepage.utils.encode(1361, '이 문서는 조합형으로 썼다. 펌프는 수리 전에 끈다. '.repeat(3)),
      '펌프',
    ],
    [
      'mainframes',
      'cp500',
      codepage.utils.encode(500, 'The pump runs at sixteen bar\u0085before it stops. '.repeat(3)),
      'bar\nbefore',
    ],
    ['little German of DOS', 'cp850', iconv.encode('Größe der Prüfmaße', 'cp850'), 'Größe der Prüfmaße'],
    [
      'little German of Windows',
      'windows-1252',
      iconv.encode('Größe: 16 mm\nMaß: 3\n'.repeat(5), 'win1252'),
      'Größe: 16',
    ],
  ])('reads %s', async (_, encoding, bytes, text) => {
    const document = await load('a.txt', Uint8Array.from(bytes as Iterable<number>));
    expect(document.text).toContain(text);
    expect(document.warnings).toMatchObject([{ code: 'encoding-guessed', message: expect.stringContaining(encoding) }]);
  });

  it('stays with UTF-8 where a few bytes are broken, and counts them', async () => {
    const bytes = Buffer.concat([bytesOf('Größe Länge Höhe Öl '), Uint8Array.of(0xe4), bytesOf(' Maß')]);
    const document = await load('a.txt', bytes);
    expect(document.text).toBe('Größe Länge Höhe Öl \ufffd Maß');
    expect(document.warnings).toMatchObject([{ code: 'encoding-broken', count: 1 }]);
  });

  it('leaves out the zeros that fill up a file', async () => {
    const document = await load('a.log', Buffer.concat([bytesOf('Start\nStop\n'), new Uint8Array(4096)]));
    expect(document).toMatchObject({ text: 'Start\nStop', warnings: [] });
  });

  it('disbelieves a page that declares Latin-1 over letters of another script', async () => {
    const page = `<html><head><meta charset="iso-8859-1"></head><body><p>${russian.repeat(3)}</p></body></html>`;
    const document = await load('a.html', iconv.encode(page, 'win1251'));
    expect(document.text).toContain(russian);
    expect(document.warnings).toMatchObject([{ code: 'encoding-guessed' }]);
  });

  it.each([
    ['random bytes', Uint8Array.from({ length: 4096 }, (_, index) => (index * index * 31 + index * 7) % 256)],
    ['zeros within', Buffer.concat([bytesOf('abc'), new Uint8Array(5), bytesOf('def')])],
  ])('takes no %s for text', async (_, bytes) => {
    await expect(load('a.txt', bytes)).rejects.toMatchObject({ code: 'document-damaged' });
  });

  it('obeys the encoding that XML declares', async () => {
    const xml = '<?xml version="1.0" encoding="iso-8859-2"?><a><p>Żółć</p></a>';
    expect((await load('a.xml', iconv.encode(xml, 'iso-8859-2'))).text).toBe('Żółć');
  });
});
