import { describe, expect, it } from 'vitest';
import { attachmentNames } from '../../../ingest/attachments.ts';
import { loadDocument } from '../../../ingest/loaders/registry.ts';
import { unpackTnef } from '../../../ingest/loaders/tnef.ts';
import { bytesOf, testLimits } from '../../support/loader-files.ts';

const load = (source: string | Uint8Array, name = 'a.eml') =>
  loadDocument({ bytes: typeof source === 'string' ? bytesOf(source) : source, fileName: name }, testLimits);

const head =
  'From: Ada <ada@example.com>\nTo: bob@example.com\nSubject: Plan\nDate: Mon, 1 Jun 2026 10:00:00 +0200\nMIME-Version: 1.0\n';
const multipart = (kind: string, parts: readonly string[]) =>
  `Content-Type: multipart/${kind}; boundary="b-${kind}"\n\n${parts.map((part) => `--b-${kind}\n${part}\n`).join('')}--b-${kind}--\n`;

describe('e-mail', () => {
  it('tells its author and date', async () => {
    const document = await load(`${head}\nWords.`);
    expect(document.properties).toEqual({ author: 'Ada <ada@example.com>', date: '2026-06-01T08:00:00.000Z' });
    expect(document.title).toBe('Plan');
  });

  it('keeps quoted replies', async () => {
    const document = await load(`${head}\nYes.\n\n> Shall we?\n> On Monday?\n`);
    const quote = document.blocks.find(({ kind }) => kind === 'quote');
    expect(document.text.slice(quote?.start, quote?.end)).toBe('> Shall we?\n> On Monday?');
  });

  it('reads the page where the text only says that there is one', async () => {
    const page = `<p>${'The doors are open from eight. '.repeat(20)}</p><p style="display:none">preview</p>`;
    const document = await load(
      head +
        multipart('alternative', ['Content-Type: text/plain\n\nSee the page.', `Content-Type: text/html\n\n${page}`]),
    );
    expect(document.text).toContain('The doors are open from eight.');
    expect(document.warnings).toMatchObject([{ code: 'hidden-content-dropped', count: 1 }]);
  });

  it('hands on forwarded messages, counts pictures within the text, and leaves out signatures', async () => {
    const document = await load(
      head +
        multipart('mixed', [
          multipart('related', [
            'Content-Type: text/html\n\n<p>Hello <img src="cid:logo"></p>',
            'Content-Type: image/png\nContent-ID: <logo>\nContent-Disposition: inline; filename="logo.png"\n\nx',
          ]),
          'Content-Type: message/rfc822\n\nFrom: eve@example.com\nSubject: Old plan\n\nForwarded words.',
          'Content-Type: application/pkcs7-signature; name="smime.p7s"\nContent-Disposition: attachment; filename="smime.p7s"\n\nx',
          "Content-Type: text/plain\nContent-Disposition: attachment; filename*=UTF-8''Gr%C3%BC%C3%9Fe.txt\n\nHi",
          'Content-Type: text/plain\nContent-Disposition: attachment; filename="=?ISO-8859-1?Q?Gr=FC=DFe=202.txt?="\n\nHi',
          'Content-Type: text/plain\nContent-Disposition: attachment; filename="../../etc/passwd"\n\nHi',
        ]),
    );
    expect(document.text).not.toContain('Forwarded words.');
    expect(document.attachments.map(({ name }) => name)).toEqual([
      'Old plan.eml',
      'Grüße.txt',
      'Grüße 2.txt',
      'passwd',
    ]);
    expect(document.warnings).toMatchObject([{ code: 'inline-images-dropped', count: 1 }]);
    const forwarded = await load(document.attachments[0]?.bytes ?? new Uint8Array(), 'Old plan.eml');
    expect(forwarded.text).toContain('Forwarded words.');
  });

  it('tells what an invitation says', async () => {
    const event =
      'BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:Stand-up\nDTSTART;TZID=Europe/Berlin:20260602T093000\nDTEND:20260602T074500Z\n' +
      'LOCATION:Room 4\\, north\nATTENDEE;CN="Bob, Jr.":mailto:bob@example.com\nDESCRIPTION:Long\n er text\nBEGIN:VALARM\nDESCRIPTION:x\nEND:VALARM\nEND:VEVENT\nEND:VCALENDAR';
    const part = `Content-Type: text/calendar; method=REQUEST\n\n${event}`;
    const document = await load(head + multipart('mixed', ['Content-Type: text/plain\n\nPlease come.', part, part]));
    expect(document.text.split('\n\n').at(-1)).toBe(
      'Event: Stand-up\nBegins: 2026-06-02 09:30 Europe/Berlin\nEnds: 2026-06-02 07:45 UTC\nPlace: Room 4, north\nWith: Bob, Jr.\nDescription: Longer text',
    );
    expect(document.attachments).toEqual([]);
    const alone = await load(event, 'a.ics');
    expect(alone.title).toBe('Stand-up');
    expect(alone.blocks.map(({ kind }) => kind)).toEqual(['heading', 'paragraph']);
  });

  it('says that an encrypted body was not read', async () => {
    const document = await load(`${head}Content-Type: application/pkcs7-mime; smime-type=enveloped-data\n\nx`);
    expect(document.warnings.map(({ code }) => code)).toEqual(['body-encrypted']);
  });

  it.each([
    ['a mailbox line before it', `From ada@example.com Mon Jun  1 10:00:00 2026\n${head}\nWords.`, 'a.eml'],
    ["Apple's frame around it", `${head.length + 7}\n${head}\nWords.<?xml version="1.0"?><plist/>`, 'a.emlx'],
  ])('reads a message with %s', async (_, source, name) => {
    expect((await load(source, name)).text.split('\n\n')).toEqual([expect.stringContaining('Subject: Plan'), 'Words.']);
  });

  it('refuses what nests too deep', async () => {
    let part = 'Content-Type: text/plain\n\nx';
    for (let depth = 0; depth < 100; depth++) {
      part = `Content-Type: multipart/mixed; boundary="b${depth}"\n\n--b${depth}\n${part}\n--b${depth}--\n`;
    }
    await expect(load(head + part)).rejects.toMatchObject({ code: 'document-damaged' });
  });
});

describe('winmail.dat', () => {
  const attribute = (id: number, data: Uint8Array) => {
    const header = Buffer.alloc(9);
    header.writeUInt8(2, 0);
    header.writeUInt32LE(id, 1);
    header.writeUInt32LE(data.length, 5);
    return Buffer.concat([header, data, Buffer.alloc(2)]);
  };
  const longName = Buffer.from('Annual budget.txt\0', 'utf16le');
  const property = Buffer.alloc(12);
  property.writeUInt32LE(0x3707_001f, 0);
  property.writeUInt32LE(1, 4);
  property.writeUInt32LE(longName.length, 8);
  const start = Buffer.from([0x78, 0x9f, 0x3e, 0x22, 0, 0]);
  const packed = Buffer.concat([
    start,
    attribute(0x0006_9002, Buffer.alloc(14)),
    attribute(0x0001_8010, Buffer.from('ANNUAL~1.TXT\0')),
    attribute(0x0006_800f, Buffer.from('All costs of the year.')),
    attribute(0x0006_9005, Buffer.concat([property, longName])),
  ]);

  it('is unpacked', async () => {
    const part = `Content-Type: application/ms-tnef; name="winmail.dat"\nContent-Transfer-Encoding: base64\nContent-Disposition: attachment; filename="winmail.dat"\n\n${packed.toString('base64')}`;
    const document = await load(head + multipart('mixed', ['Content-Type: text/plain\n\nSee below.', part]));
    expect(document.attachments.map(({ name, bytes }) => [name, Buffer.from(bytes).toString()])).toEqual([
      ['Annual budget.txt', 'All costs of the year.'],
    ]);
  });

  it.each([0, 3, 20, packed.length - 60, packed.length - 1])('gives what is there when cut at byte %i', (length) => {
    expect(unpackTnef(packed.subarray(0, length)).length).toBeLessThanOrEqual(1);
  });
});

describe('mailboxes', () => {
  const message = (subject: string, body: string) =>
    `From ada@example.com Mon Jun  1 10:00:00 2026\nFrom: ada@example.com\nSubject: ${subject}\n\n${body}\n`;

  it('part at separators with and without a blank line, and not at text', async () => {
    const document = await load(
      message('One', 'From the desk of Ada, 2026.\n>From quoted\n>>From twice') + message('Two', 'b\n'),
      'a.mbox',
    );
    expect(document.attachments).toHaveLength(2);
    expect(Buffer.from(document.attachments[0]?.bytes ?? []).toString()).toContain(
      'From the desk of Ada, 2026.\nFrom quoted\n>From twice',
    );
  });

  it('give a message without headers the sender and time of its separator', async () => {
    const document = await load('From ada@example.com Mon Jun  1 10:00:00 2026\n\nWords.\n', 'a.mbox');
    expect(document.text).toBe('From: ada@example.com\nDate: 2026-06-01T10:00:00.000Z\n\nWords.');
  });

  it('name messages by what they are, not by where they stand', async () => {
    const names = async (source: string) => (await load(source, 'a.mbox')).attachments.map(({ name }) => name);
    const all = await names(message('One', 'a') + message('Two', 'b') + message('Three', 'c'));
    expect(all.slice(1)).toEqual(await names(message('Two', 'b') + message('Three', 'c')));
  });

  it('lose only what is broken', async () => {
    const broken = `From x Mon Jun  1 10:00:00 2026\nSubject: ${'x'.repeat(3_000_000)}\n\nb\n`;
    const document = await load(message('One', 'a') + broken + message('Three', 'c'), 'a.mbox');
    expect(document.attachments).toHaveLength(2);
    expect(document.warnings).toMatchObject([{ code: 'messages-skipped', count: 1 }]);
  });

  it('are bounded', async () => {
    const source = message('One', 'a').repeat(testLimits.archiveEntries + 1);
    await expect(load(source, 'a.mbox')).rejects.toMatchObject({ code: 'archive-unsafe' });
  });
});

describe('saved web pages', () => {
  it('are read as the page, with its address', async () => {
    const source = `From: <Saved by a browser>\nSnapshot-Content-Location: https://wiki.example/leave\nSubject: Leave\nDate: Mon, 1 Jun 2026 10:00:00 +0000\nMIME-Version: 1.0\n${multipart(
      'related',
      [
        'Content-Type: text/html\nContent-Transfer-Encoding: quoted-printable\nContent-Location: https://wiki.example/leave\n\n<h1>Leave</h1><p>26 weeks =E2=80=93 all.</p>',
        'Content-Type: image/png\nContent-Location: https://wiki.example/a.png\n\nx',
      ],
    )}`;
    for (const name of ['page.mht', 'page.unknown']) {
      const document = await load(source, name);
      expect(document.text).toBe('Leave\n\n26 weeks – all.');
      expect(document.properties).toEqual({ date: '2026-06-01T10:00:00.000Z', url: 'https://wiki.example/leave' });
      expect(document.warnings).toMatchObject([{ code: 'inline-images-dropped', count: 1 }]);
    }
  });
});

describe('names of attachments', () => {
  it.each([
    [['a/b\\c.txt'], ['a_b_c.txt']],
    [
      ['a.txt', 'a.txt', '2-a.txt'],
      ['a.txt', '2-a.txt', '3-2-a.txt'],
    ],
    [
      ['..', ''],
      ['attachment-1', 'attachment-2'],
    ],
    [['in\u202Evoice\u200B.txt\u0000'], ['in_voice_.txt_']],
    [[`${'x'.repeat(300)}.docx`], [`${'x'.repeat(115)}.docx`]],
    [['u\u0308.txt'], ['ü.txt']],
  ])('%j become %j', (names, expected) => {
    expect(attachmentNames(names.map((name) => ({ name })))).toEqual(expected);
  });
});
