import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadDocument } from '../../../ingest/loaders/registry.ts';
import type { Block, ParsedDocument } from '../../../src/core/document.ts';
import {
  bytesOf,
  makeDocx,
  makePdf,
  sampleHtml,
  sampleMail,
  sampleMarkdown,
  testLimits,
} from '../../support/loader-files.ts';

const load = (content: string | Uint8Array, fileName: string): Promise<ParsedDocument> =>
  loadDocument({ bytes: typeof content === 'string' ? bytesOf(content) : content, fileName }, testLimits);

const slices = (document: ParsedDocument): string[] =>
  document.blocks.map((block) => `${block.kind}: ${document.text.slice(block.start, block.end)}`);

const headings = (document: ParsedDocument): (string | number | null)[][] =>
  document.blocks.filter((block) => block.kind === 'heading').map((block: Block) => [block.level, block.title]);

const tableHeader = (document: ParsedDocument): string | undefined => {
  const table = document.blocks.find((block) => block.kind === 'table');
  return table === undefined ? undefined : document.text.slice(table.start, table.headerEnd ?? 0);
};

describe('Markdown', () => {
  it.each([
    ['effective: 2026-01-01', '2026-01-01'],
    ['effective_date: 2026-01-01', '2026-01-01'],
    ['effective: 2026-01-01\nupdated: 2026-03-02', '2026-03-02'],
    ['date:\nmodified: 2026-03-02', '2026-03-02'],
    ['effective: at once', undefined],
  ])('has the date that its front matter states: %s', async (matter, date) => {
    const { properties } = await load(`---\n${matter}\n---\n# Leave\n\nLeave is 26 weeks.\n`, 'leave.md');
    expect(properties.date).toBe(date);
  });

  it('keeps the source without front matter, with blocks at exact offsets', async () => {
    const document = await load(sampleMarkdown, 'leave.md');
    expect(document.text).toBe(sampleMarkdown.slice(sampleMarkdown.indexOf('# Leave')).trimEnd());
    expect(document.title).toBe('Leave');
    expect(document.frontMatter).toMatchObject({ access: { anyOf: ['hr'] } });
    expect(document.properties).toEqual({ author: 'Helen Marsh', date: '2026-05-04' });
    expect(headings(document)).toEqual([
      [1, 'Leave'],
      [2, 'Parental leave'],
    ]);
    expect(slices(document)).toContain('list: - first item\n- second item');
    expect(slices(document)).toContain('code: ```sh\nnpm test\n```');
    expect(slices(document)).toContain('quote: > A quotation.');
    expect(tableHeader(document)).toBe('| Case | Weeks |\n| --- | --- |');
  });

  it('normalises line ends and composed letters before it takes offsets', async () => {
    const document = await load('\uFEFF---\r\ntitle: x\r\n---\r\n\r\nCafe\u0301 A.\r\nB.\r\n\r\nC.\r\n', 'a.md');
    expect(document.text).toBe('Café A.\nB.\n\nC.');
    expect(slices(document)).toEqual(['paragraph: Café A.\nB.', 'paragraph: C.']);
  });

  it('reads front matter below blank lines, so that no right is overlooked', async () => {
    const document = await load('\n\n---\naccess: { anyOf: [hr] }\n---\nText.', 'a.md');
    expect(document.frontMatter).toEqual({ access: { anyOf: ['hr'] } });
    expect(document.text).toBe('Text.');
  });

  it.each([
    ['broken YAML', '---\naccess: { anyOf: [hr\n---\nText.'],
    ['no mapping', '---\n- access\n---\nText.'],
    ['never closed', '---\naccess: { anyOf: [hr] }\n\nText.'],
    ['after a space', ' ---\naccess: { anyOf: [hr] }\n---\n\nText.'],
    ['after an invisible character', '\u200b---\naccess: { anyOf: [hr] }\n---\n\nText.'],
    ['with its language', '---json\n{"access": {"anyOf": ["hr"]}}\n---\n\nText.'],
    ['of more dashes', '----\naccess:\n  allOf: [hr]\n----\n\nText.'],
    ['of other characters', ';;;\n{\n"access": {"anyOf": ["hr"]}\n}\n;;;\n\nText.'],
    ['TOML', '+++\naccess = "hr"\n+++\nText.'],
  ])('refuses front matter that speaks of access and cannot be read: %s', async (_, source) => {
    await expect(load(source, 'a.md')).rejects.toMatchObject({ code: 'front-matter-invalid' });
  });

  it.each([
    '----\n\nAccess: ask the service desk.\n\n----\n',
    ' ---\n\nClassification: internal\n',
    '# Labels\n\n```yaml\n---\naccess: { anyOf: [hr] }\n---\n```\n',
  ])('takes %j for text', async (source) => {
    expect((await load(source, 'a.md')).warnings).toEqual([]);
  });

  it('reads what it can of broken front matter that grants nothing, with a warning', async () => {
    const document = await load('---\ntitle: Rules: the short form\n---\nText.', 'a.md');
    expect(document.title).toBe('Rules: the short form');
    expect(document.warnings.map((warning) => warning.code)).toEqual(['front-matter-invalid']);
  });

  it.each([
    ['an endless line', `picture: ${'A'.repeat(600_000)}\n\n`],
    ['many lines', Array.from({ length: 9_000 }, (_, n) => `k${n}: v\n`).join('')],
  ])('obeys front matter that holds %s', async (_, lines) => {
    const document = await load(`---\n${lines}access: { anyOf: [hr] }\n---\n\nText.`, 'a.md');
    expect(document.frontMatter).toMatchObject({ access: { anyOf: ['hr'] } });
    expect(document.text).toBe('Text.');
  });

  it('keeps prose between two rules', async () => {
    const document = await load('---\nJust prose here\n---\n\nText.', 'a.md');
    expect(document.text).toContain('Just prose here');
    expect(document.frontMatter).toBeNull();
  });

  it('takes the title from the first heading of level one, else the file name', async () => {
    expect((await load('## Sub\n\n# Main\n\nText.', 'a.md')).title).toBe('Main');
    expect((await load('Text.', 'a.md')).title).toBe('a.md');
  });

  it('leaves out markup without content, but not the text in raw HTML', async () => {
    const document = await load('<!-- note -->\n\n<div>\n\nA.\n\n</div>\n\n<p>B.</p>', 'a.md');
    expect(slices(document)).toEqual(['paragraph: A.', 'paragraph: <p>B.</p>']);
  });
});

describe('HTML within Markdown', () => {
  it('has its tables as pipe tables, blank lines within them or not', async () => {
    const source = (gap: string) =>
      `# Pumps\n\n<table>${gap}<tr><th>Name</th><th>Bar</th></tr>${gap}<tr><td>A &amp; B</td><td>16</td></tr>${gap}</table>\n\nEnd.`;
    for (const gap of ['', '\n', '\n\n', '\n\n    ']) {
      const document = await load(source(gap), 'a.md');
      expect(slices(document)).toEqual([
        'heading: # Pumps',
        'table: | Name | Bar |\n| --- | --- |\n| A & B | 16 |',
        'paragraph: End.',
      ]);
      expect(tableHeader(document)).toBe('| Name | Bar |\n| --- | --- |');
    }
  });

  it.each([
    ['never closed', '<table>\n<tr><td>one\n\nEnd.'],
    ['a component', '<table>\n<Row name="one" />\n</table>\n\nEnd.'],
    ['a template', '<table>\n{% for x in xs %}<tr><td>{{ x }}</td></tr>{% endfor %}\n</table>\n\nEnd.'],
  ])('stays as it is written where its table is %s', async (_, source) => {
    expect((await load(source, 'a.md')).text).toBe(source);
  });

  it.each([
    ['import Tabs from "x";\n\n# Use\n\n<Tabs title="Warm start">\n  Text.\n</Tabs>', 'a.mdx'],
    ['{% if pump %}\n\nText {{ pump.name }}.\n\n{% endif %}\n\n{{< note "Mind" >}}', 'a.md'],
    ['!!! note "Mind"\n    The gap.\n\nTerm\n: What it means.\n\nSee [[Other page]].[^1]\n\n[^1]: A note.', 'a.md'],
  ])('keeps what other programs expand: %#', async (source, name) => {
    const document = await load(source, name);
    expect(document.text).toBe(source);
    const shown = slices(document).join(' ');
    for (const word of source.match(/\p{L}{3,}/gu) ?? []) expect(shown).toContain(word);
  });

  it.each([
    ['quotes', '> '.repeat(20_000)],
    ['lists', Array.from({ length: 600 }, (_, depth) => `${' '.repeat(2 * depth)}- x`).join('\n')],
    ['markers', '- '.repeat(20_000)],
    ['tags', '<table>'.repeat(5_000)],
    ['comments', '<!-- '.repeat(20_000)],
    ['brackets', '['.repeat(50_000)],
    ['headings', `# ${'*a_ [b]('.repeat(50_000)}`],
  ])(
    'ends in time with endless %s',
    async (_, source) => {
      expect((await load(`# Head\n\n${source}x`, 'a.md')).title).toBe('Head');
    },
    10_000,
  );
});

describe('plain text', () => {
  it('finds headings, lists and paragraphs', async () => {
    const document = await load(
      'SAFETY RULES\n\n1.2 Ladders\n\nUse three points.\nAlways.\n\n- one\n- two\n\nEnd\n===\nLast.',
      'a.txt',
    );
    expect(slices(document)).toEqual([
      'heading: SAFETY RULES',
      'heading: 1.2 Ladders',
      'paragraph: Use three points.\nAlways.',
      'list: - one\n- two',
      'heading: End\n===',
      'paragraph: Last.',
    ]);
    expect(document.title).toBe('SAFETY RULES');
  });

  it.each([
    ['UTF-16 little endian', new Uint8Array([0xff, 0xfe, 0x47, 0, 0xfc, 0, 0x74, 0]), 'Güt', 0],
    ['UTF-16 big endian', new Uint8Array([0xfe, 0xff, 0, 0x47, 0, 0xfc, 0, 0x74]), 'Güt', 0],
    ['windows-1252', new Uint8Array([0x47, 0xfc, 0x74, 0x20, 0x80]), 'Güt €', 1],
  ])('reads %s', async (_, bytes, text, warnings) => {
    const document = await load(bytes, 'a.txt');
    expect(document.text).toBe(text);
    expect(document.warnings).toHaveLength(warnings);
  });
});

describe('CSV', () => {
  it('becomes a pipe table with a header', async () => {
    const document = await load('Name;Note\r\n"Marsh; Helen";"a | b\nc"\r\nRenner;\r\n', 'people.csv');
    expect(document.text).toBe('| Name | Note |\n| --- | --- |\n| Marsh; Helen | a \\| b c |\n| Renner |  |');
    expect(tableHeader(document)).toBe('| Name | Note |\n| --- | --- |');
    expect(document.title).toBe('people.csv');
  });

  it('has no header when the first row is data', async () => {
    const document = await load('1\t2\n3\t4\n', 'a.tsv');
    expect(document.text).toBe('| 1 | 2 |\n| 3 | 4 |');
    expect(document.blocks[0]?.headerEnd).toBe(0);
  });
});

describe('HTML', () => {
  it('keeps the content and its structure, and drops navigation, scripts and hidden text', async () => {
    const document = await load(sampleHtml, 'badges.html');
    expect(slices(document)).toEqual([
      'heading: Badges',
      'paragraph: Badges are worn visibly.',
      'heading: Loss',
      'list: - Call security\n  - extension 4012\n- Fill in form 7',
      'table: | Site | Desk |\n| --- | --- |\n| Leeds | L\\|1 |',
      'code: a  b\nc',
    ]);
    expect(headings(document)).toEqual([
      [1, 'Badges'],
      [2, 'Loss'],
    ]);
    expect(document.title).toBe('Badges');
    expect(document.properties.language).toBe('en');
  });

  it('reads the declared encoding', async () => {
    const bytes = Buffer.from(
      '<html><head><meta charset="iso-8859-2"></head><body><p>Wa\xb3\xeasa</p></body></html>',
      'latin1',
    );
    expect((await load(bytes, 'a.html')).text).toBe('Wałęsa');
  });

  it('unwraps tables that only place things', async () => {
    const html = '<table><tr><td><h2>Head</h2><p>Text</p></td><td><p>Side</p></td></tr></table>';
    expect(slices(await load(`<html><body>${html}</body></html>`, 'a.html'))).toEqual([
      'heading: Head',
      'paragraph: Text',
      'paragraph: Side',
    ]);
  });
});

describe('DOCX', () => {
  it('keeps headings, nested lists and tables', async () => {
    const document = await load(await makeDocx(), 'travel.docx');
    expect(slices(document)).toEqual([
      'heading: Travel rules',
      'paragraph: Trips are booked two weeks ahead.',
      'heading: Limits',
      'list: - Trains first\n  - Second class\n- Flights over 600 km',
      'table: | City | Hotel |\n| --- | --- |\n| Lyon | EUR 120 |',
    ]);
    expect(document.title).toBe('Travel rules');
    expect(document.properties.author).toBe('Helen Marsh');
  });
});

describe('e-mail', () => {
  it('puts the header lines first, then the text, and hands on attachments', async () => {
    const document = await load(sampleMail.replaceAll('\r\n', '\n'), 'budget.eml');
    expect(document.text).toBe(
      'Subject: Budget für 2027\nFrom: Tobias Renner <tobias@example.com>\nTo: all@example.com\nDate: 2026-11-02T10:00:00.000Z\n\n' +
        'The budget closes on 12 November.\n\nSend plans to finance.',
    );
    expect(document.title).toBe('Budget für 2027');
    expect(
      document.attachments.map((part) => [part.name, part.mediaType, Buffer.from(part.bytes).toString().trim()]),
    ).toEqual([['plans.csv', 'text/csv', 'a,b\n1,2']]);
  });

  it('falls back on the HTML body', async () => {
    const mail = `From: a@example.com\nSubject: Hi\nMIME-Version: 1.0\nContent-Type: text/html\n\n<h2>News</h2><p>Doors open.</p>`;
    const document = await load(mail, 'a.eml');
    expect(document.text).toContain('Doors open.');
  });
});

describe('PDF', () => {
  const long =
    'The pump is lifted by its drive unit and never by its head, because the head is made of plastic and breaks easily.';

  it('rebuilds headings, paragraphs and tables, with the page of each', async () => {
    const bytes = await makePdf([
      { title: 'Pump manual', paragraphs: [long] },
      {
        title: 'Torque',
        paragraphs: [long],
        rows: [
          ['Screw', 'Torque'],
          ['M6', '8 Nm'],
          ['M8', '20 Nm'],
        ],
      },
    ]);
    const document = await load(bytes, 'pump.pdf');
    expect(slices(document)).toEqual([
      'heading: Pump manual',
      `paragraph: ${long}`,
      'heading: Torque',
      `paragraph: ${long}`,
      'table: | Screw | Torque |\n| --- | --- |\n| M6 | 8 Nm |\n| M8 | 20 Nm |',
    ]);
    expect(document.blocks.map((block) => block.page)).toEqual([1, 1, 2, 2, 2]);
    expect(document.pageCount).toBe(2);
    expect(document.title).toBe('Pump manual');
  });

  it('removes running footers and joins words parted at line ends', async () => {
    const pages = [1, 2, 3].map((number) => ({
      paragraphs: [`Chapter text ${'abc '.repeat(number * 9)}is en-\ncrypted here.`],
    }));
    const document = await load(await makePdf(pages, { footer: 'Internal, page' }), 'a.pdf');
    expect(document.text).not.toContain('Internal');
    expect(document.text).toContain('is encrypted here.');
  });

  it('tells encrypted, damaged, scanned and too long documents apart', async () => {
    const good = await makePdf([{ paragraphs: [long] }]);
    await expect(load(await makePdf([{ paragraphs: [long] }], { password: 'x' }), 'a.pdf')).rejects.toMatchObject({
      code: 'document-encrypted',
    });
    await expect(load(good.slice(0, 300), 'a.pdf')).rejects.toMatchObject({ code: 'document-damaged' });
    await expect(load(await makePdf([{}]), 'a.pdf')).rejects.toMatchObject({ code: 'document-without-text' });
    await expect(loadDocument({ bytes: good, fileName: 'a.pdf' }, { ...testLimits, pages: 0 })).rejects.toMatchObject({
      code: 'too-many-pages',
    });
  });

  it('reads a manual of ten pages with its outline and all its tables', async () => {
    const path = new URL('../../../fixtures/operations/production/aquilo-400-manual.pdf', import.meta.url);
    const document = await load(readFileSync(path), 'aquilo-400-manual.pdf');
    expect(document.title).toBe('Aquilo 400 Operating and Service Manual');
    expect(headings(document)).toContainEqual([2, '4 Technical data']);
    expect(headings(document)).toContainEqual([3, '1.2 How instructions are written']);
    expect(document.text).toContain('| Maximum flow | 400 l/h at 10 bar |');
    expect(document.text).toContain(
      '| Crushing by the push rod | Between diaphragm and drive | Never run the pump without its head |',
    );
    expect(document.text).not.toMatch(/AQ4-M-07 Rev\. F/);
  });
});
