import { describe, expect, it } from 'vitest';
import { loadDocument } from '../../../ingest/loaders/registry.ts';
import { bytesOf, testLimits } from '../../support/loader-files.ts';

const load = (fileName: string, content: string | Uint8Array) =>
  loadDocument({ bytes: typeof content === 'string' ? bytesOf(content) : content, fileName }, testLimits);
const kinds = (document: { readonly blocks: readonly { readonly kind: string }[] }) =>
  document.blocks.map((block) => block.kind);

describe('JSON', () => {
  it('makes a table of flat records, without losing digits', async () => {
    const document = await load('a.json', '[{"id": 12345678901234567890, "rate": 1.50}, {"id": 2, "note": "x|y"}]');
    expect(document.text).toBe(
      '| id | rate | note |\n| --- | --- | --- |\n| 12345678901234567890 | 1.50 |  |\n| 2 |  | x\\|y |',
    );
  });

  it('makes sections of what is nested', async () => {
    const document = await load('a.json', '{"name": "Aquilo", "limits": {"bar": 16, "media": ["water", "oil"]}}');
    expect(document.title).toBe('Aquilo');
    expect(document.text).toBe('name: Aquilo\n\nlimits\n\nbar: 16\nmedia: water, oil');
    expect(kinds(document)).toEqual(['paragraph', 'heading', 'paragraph']);
  });

  it('names the line of a mistake', async () => {
    await expect(load('a.json', '{\n"a": 1,\n"b": }')).rejects.toThrow(/a\.json.*line 3/);
  });

  it('keeps the good lines of JSON Lines', async () => {
    const document = await load('a.jsonl', '{"a": 1, "b": 2}\nnonsense\n{"a": 3, "b": 4}\n');
    expect(document.text).toContain('| 3 | 4 |');
    expect(document.warnings).toMatchObject([{ code: 'lines-skipped', count: 1 }]);
  });

  it('reads notebooks', async () => {
    const cells = [
      { cell_type: 'markdown', source: ['# Flow\n', 'It flows.'] },
      { cell_type: 'code', source: 'print(1)', outputs: [{ text: ['1\n'] }] },
    ];
    const document = await load('a.ipynb', JSON.stringify({ cells }));
    expect(document.title).toBe('Flow');
    expect(kinds(document)).toEqual(['heading', 'paragraph', 'code', 'code']);
  });

  it('shows what is nested deep as it is written, and refuses nesting without end', async () => {
    const nested = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
    expect((await load('a.json', nested(100))).text).toContain('{"a":{"a":1}}');
    await expect(load('a.json', nested(100_000))).rejects.toMatchObject({ code: 'archive-unsafe' });
  });
});

describe('XML', () => {
  it('makes headings of titles and tables of records', async () => {
    const document = await load(
      'a.xml',
      '<guide><title>Pumps</title><section><title>Care</title><para>Grease <b>it</b> weekly.</para></section>' +
        '<stock><pump id="1"><name>A</name><bar>16</bar></pump><pump id="2"><name>B</name><bar>10</bar></pump></stock></guide>',
    );
    expect(document.title).toBe('Pumps');
    expect(kinds(document)).toEqual(['heading', 'heading', 'paragraph', 'table']);
    expect(document.text).toContain('Grease it weekly.');
    expect(document.text).toContain('| id | name | bar |\n| --- | --- | --- |\n| 1 | A | 16 |');
  });

  it('expands no entity of its own and fetches nothing', async () => {
    const document = await load(
      'a.xml',
      '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd"><!ENTITY y "yyyy">]><a><p>one &x; &y; two</p></a>',
    );
    expect(document.text).toBe('one &x; &y; two');
  });

  it('searches what is broken as it is written, and says so', async () => {
    const document = await load('a.xml', '<a><b>The pump</a>');
    expect(document.text).toContain('The pump');
    expect(document.warnings).toMatchObject([{ code: 'xml-broken' }]);
  });

  it('refuses nesting without end', async () => {
    await expect(load('a.xml', '<a>'.repeat(100_000))).rejects.toMatchObject({ code: 'archive-unsafe' });
  });
});

describe('source code', () => {
  it('parts at blank lines between definitions only', async () => {
    const source = 'import a\n\ndef one():\n    x = 1\n\n    return x\n\n\ndef two():\n    pass\n';
    const document = await load('a.py', source);
    expect(document.text).toBe(source.trimEnd());
    expect(document.blocks.map(({ start, end }) => document.text.slice(start, end))).toEqual([
      'import a',
      'def one():\n    x = 1\n\n    return x',
      'def two():\n    pass',
    ]);
  });

  it.each(['a.yaml', 'a.ts', 'Dockerfile', 'a.sql'])('knows %s', async (name) => {
    expect((await load(name, 'a: 1')).mediaType).toBe('text/x-source');
  });
});

describe('transcripts', () => {
  it('joins what one person says, with its second', async () => {
    const document = await load(
      'a.vtt',
      'WEBVTT - Stand-up\n\n1\n00:00:01.000 --> 00:00:04.000\n<v Ada>The pump\n\n00:00:05.000 --> 00:00:06.000\n<v Ada>is <i>hot</i>.\n\n01:02:03.500 --> 01:02:04.000\n<v Bob>Lock it.\n',
    );
    expect(document.title).toBe('Stand-up');
    expect(document.text).toBe('Ada: The pump\nis hot.\n\nBob: Lock it.');
    expect(document.blocks.map((block) => block.seconds)).toEqual([1, 3723]);
  });

  it('reads SubRip', async () => {
    const document = await load('a.srt', '1\r\n00:00:01,000 --> 00:00:02,000\r\nHello\r\n');
    expect(document.text).toBe('Hello');
  });
});

describe('mailboxes', () => {
  const message = (subject: string, body: string) =>
    `From ada@example.com Mon Jun  1 10:00:00 2026\nFrom: Ada <ada@example.com>\nDate: Mon, 1 Jun 2026 10:00:00 +0000\nSubject: ${subject}\n\n${body}\n\n`;

  it('lists its messages and hands each on', async () => {
    const document = await load('a.mbox', message('One', '>From here on it is text.') + message('Two', 'b'));
    expect(document.text).toContain('| 2026-06-01T10:00:00.000Z | Ada | One |');
    expect(document.attachments.map(({ name }) => name.replace(/ [0-9a-f]{8}\.eml$/, ''))).toEqual([
      '2026-06-01 One',
      '2026-06-01 Two',
    ]);
    const [first] = document.attachments;
    const child = await load('a.eml', first?.bytes ?? new Uint8Array());
    expect(child.text).toContain('From here on it is text.');
    expect(child.text).not.toContain('>From');
  });

  it('is the message itself where there is but one', async () => {
    expect((await load('a.mbox', message('Only', 'text'))).title).toBe('Only');
  });
});
