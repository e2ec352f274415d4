/** Personal data and secrets in the forms that documents and people write them in. */
import { expect, it } from 'vitest';
import type { Detection } from '../../src/guard/detectors/detector.ts';
import { personalDataDetector } from '../../src/guard/personal-data.ts';

const detect = personalDataDetector({
  kinds: ['email', 'phone', 'iban', 'card', 'national-id', 'name'],
  countries: ['DE', 'GB'],
  names: ['Nadia Mertens', 'Jürgen Groß', 'Sean O’Brien', 'Marie-Claire Dubois', 'Rose'],
});

const found: readonly [Detection['kind'], string, string][] = [
  ['secret', '**Password:** ', 'Sommer2026!'],
  ['secret', '| password | ', 'Sommer2026!'],
  ['secret', 'mysql --password ', 'Sommer2026!'],
  ['secret', 'The password "', 'Sommer2026!'],
  ['secret', 'пароль: ', 'Sommer2026!'],
  ['secret', 'パスワード：', 'Sommer2026!'],
  ['secret', 'secretKey=', '8f3Kd92LmQpX71Zt'],
  ['secret', '"accessToken": "', '8f3Kd92LmQpX71Zt'],
  ['secret', 'Authorization: Bearer ', 'abcdef0123456789abcdef0123456789'],
  ['secret', 'authorization: Basic ', 'dXNlcjpwYXNzd29yZDEyMw=='],
  ['secret', 'key=', `AIza${'Sy0123456789'.repeat(3).slice(0, 35)}`],
  ['phone', 'Fax ', '+49–30–1234567'],
  ['phone', 'Tel:', '+49 30 1234567'],
  ['phone', 'Call ', '＋49 ３０ 1234567'],
  ['card', 'Card ', '4111–1111–1111–1111'],
  ['card', 'Card ', '4111 1111\u00A01111 1111'],
  ['email', 'Mail ', 'jo＠corvane.example'],
  ['email', 'Mail ', 'jo\\@corvane.example'],
  ['email', 'Mail -', 'jo@corvane.example'],
  ['name', 'Ask ', 'NADIA MERTENS'],
  ['name', 'Ask ', 'nadia mertens'],
  ['name', 'Ask ', 'Mertens, Nadia'],
  ['name', 'Ask ', 'Juergen Gross'],
  ['name', 'Ask ', 'Jurgen Groß'],
  ['name', 'Ask ', "Sean O'Brien"],
  ['name', 'Ask ', 'Marie‑Claire Dubois'],
  ['name', 'Ask ', 'ROSE'],
];

it.each(found)('%s: %s%s', async (kind, before, value) => {
  const text = `${before}${value}, please.`;
  expect((await detect(text)).map(({ kind, start, end }) => [kind, text.slice(start, end)])).toEqual([[kind, value]]);
});

it('secret in an address', async () => {
  const text = 'GET https://user:s3cr3t99@host.example/x';
  expect((await detect(text)).map(({ kind, start, end }) => [kind, text.slice(start, end)])).toEqual([
    ['secret', 's3cr3t99'],
  ]);
});

it.each([
  'The password must have 12 characters.',
  'password: see section 4.2',
  '| password | required |',
  'A basic understanding-of-things is enough, says the bearer of-this-letter.',
  'http://user:password@host',
  'A rose is a rose, nadia.',
  'Mo–Fr 08:00–17:00, 2019–2020, pages 100–200',
])('nothing: %s', async (text) => {
  expect(await detect(text)).toEqual([]);
});
