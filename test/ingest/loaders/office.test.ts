import { describe, expect, it } from 'vitest';
import { loadDocument } from '../../../ingest/loaders/registry.ts';
import type { ParsedDocument } from '../../../src/core/document.ts';
import { bytesOf, testLimits } from '../../support/loader-files.ts';
import {
  makeEpub,
  makeOpenDocument,
  makePptx,
  makeXlsx,
  relationships,
  sheetRow,
  textShape,
  zipOf,
} from '../../support/office-files.ts';

const load = (fileName: string, bytes: Uint8Array) => loadDocument({ bytes, fileName }, testLimits);
const outline = (document: ParsedDocument) =>
  document.blocks.map((block) => `${block.kind}${block.page === null ? '' : ` ${block.page}`}`);

describe('XLSX', () => {
  it('reads sheets as tables with their titles and headers', async () => {
    const rows = [
      sheetRow(1, ['Pumps of the plant']),
      sheetRow(3, ['Pump', 'Bar']),
      sheetRow(4, ['Aquilo', 16]),
      sheetRow(7, ['Valve', 'Size']),
      sheetRow(8, ['V1', 40]),
    ].join('');
    const document = await load('a.xlsx', makeXlsx([{ name: 'Stock', rows }]));
    expect(outline(document)).toEqual(['sheet 1', 'paragraph 1', 'table 1', 'table 1']);
    expect(document.text).toContain('| Pump | Bar |\n| --- | --- |\n| Aquilo | 16 |');
    expect(document.blocks[0]?.title).toBe('Stock');
    expect(document.pageCount).toBe(1);
  });

  it('shows numbers and dates as their cells do', async () => {
    const styles =
      '<numFmts><numFmt numFmtId="164" formatCode="#,##0.00 &quot;EUR&quot;"/></numFmts>' +
      '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="9"/><xf numFmtId="164"/></cellXfs>';
    const rows =
      '<row r="1"><c r="A1" s="1"><v>45292</v></c><c r="B1" s="2"><v>0.25</v></c><c r="C1" s="3"><f>2*600</f><v>1200.5</v></c>' +
      '<c r="D1" t="b"><v>1</v></c><c r="E1"><v>0.30000000000000004</v></c><c r="F1" t="str"><f>A1</f><v>done</v></c></row>';
    const document = await load('a.xlsx', makeXlsx([{ name: 'S', rows }], {}, styles));
    expect(document.text).toContain('| 2024-01-01 | 25% | 1,200.50 EUR | TRUE | 0.3 | done |');
  });

  it('gives a merged value to each place it covers, and takes a merged line above for the title', async () => {
    const rows = [
      sheetRow(1, ['Plan 2026']),
      sheetRow(2, ['', 'North', null, 'South']),
      sheetRow(3, ['Q1', 'a', 'b', 'c']),
    ].join('');
    const after = '<mergeCells><mergeCell ref="A1:D1"/><mergeCell ref="B2:C2"/></mergeCells>';
    const document = await load('a.xlsx', makeXlsx([{ name: 'S', rows, after }]));
    expect(outline(document)).toEqual(['sheet 1', 'caption 1', 'table 1']);
    expect(document.text).toContain('|  | North | North | South |');
  });

  it('leaves hidden sheets, rows and columns out and counts them', async () => {
    const rows = [
      sheetRow(1, ['Name', 'Pay', 'Room']),
      sheetRow(2, ['Ada', 'secret', 'A1'], 'hidden="1"'),
      sheetRow(3, ['Bob', 'hush', 'B2']),
    ].join('');
    const document = await load(
      'a.xlsx',
      makeXlsx([
        { name: 'S', rows, before: '<cols><col min="2" max="2" hidden="1"/></cols>' },
        { name: 'H', rows: sheetRow(1, ['covert']), state: 'hidden' },
      ]),
    );
    expect(document.text).toContain('| Name | Room |\n| --- | --- |\n| Bob | B2 |');
    expect(document.text).not.toMatch(/secret|hush|covert|Ada/);
    expect(document.warnings).toMatchObject([
      { code: 'hidden-content-dropped', count: 1 },
      { code: 'hidden-content-dropped', count: 2 },
    ]);
  });

  it('drops and counts macros, embedded objects and links to other files', async () => {
    const extra = {
      'xl/vbaProject.bin': 'x',
      'xl/embeddings/oleObject1.bin': 'x',
      'xl/externalLinks/_rels/externalLink1.xml.rels':
        '<Relationships><Relationship Id="rId1" Type="x/externalLinkPath" Target="file:///other.xlsx" TargetMode="External"/><Relationship Id="rId2" Type="x/hyperlink" Target="https://example.org" TargetMode="External"/></Relationships>',
    };
    const document = await load('a.xlsm', makeXlsx([{ name: 'S', rows: sheetRow(1, ['a']) }], extra));
    expect(document.warnings.map((warning) => [warning.code, warning.count])).toEqual([
      ['macros-dropped', 1],
      ['embedded-objects-dropped', 1],
      ['external-links-dropped', 1],
    ]);
  });

  it('reads comments of both kinds, each once', async () => {
    const document = await load(
      'a.xlsx',
      makeXlsx([{ name: 'S', rows: sheetRow(1, ['a']) }], {
        'xl/worksheets/_rels/sheet1.xml.rels': relationships(
          ['comments', '../comments1.xml'],
          ['threadedComment', '../threadedComments/t1.xml'],
        ),
        'xl/persons/person.xml': '<personList><person id="{P}" displayName="Bob"/></personList>',
        'xl/threadedComments/t1.xml':
          '<ThreadedComments><threadedComment ref="A1" personId="{P}" id="{1}"><text>new</text></threadedComment></ThreadedComments>',
        'xl/comments1.xml':
          '<comments><authors><author>Ada</author><author>tc={1}</author></authors><commentList><comment ref="B1" authorId="0"><text><t>old</t></text></comment><comment ref="A1" authorId="1"><text><t>[Threaded comment] new</t></text></comment></commentList></comments>',
      }),
    );
    expect(document.text).toBe('S\n\na\n\nComment (Ada): old\n\nComment (Bob): new');
  });

  it('refuses a workbook without any text', async () => {
    await expect(load('a.xlsx', makeXlsx([{ name: 'S', rows: '' }]))).rejects.toMatchObject({
      code: 'document-without-text',
    });
  });
});

describe('PPTX', () => {
  it('reads slides with titles, lists, tables and notes', async () => {
    const table =
      '<p:graphicFrame><a:graphic><a:graphicData><a:tbl><a:tr><a:tc gridSpan="2"><a:txBody><a:p><a:r><a:t>Wide</a:t></a:r></a:p></a:txBody></a:tc><a:tc hMerge="1"/></a:tr>' +
      '<a:tr><a:tc><a:txBody><a:p><a:r><a:t>x</a:t></a:r></a:p></a:txBody></a:tc><a:tc><a:txBody><a:p><a:r><a:t>y</a:t></a:r></a:p></a:txBody></a:tc></a:tr></a:tbl></a:graphicData></a:graphic></p:graphicFrame>';
    const document = await load(
      'a.pptx',
      makePptx([
        {
          shapes: `${textShape('title', 'Safety first')}${textShape('body', 'Lock it', 'Tag it')}${textShape('ftr', 'Corvane')}`,
          notes: 'Speak slowly.',
        },
        { shapes: textShape(null, 'covert'), isHidden: true },
        { shapes: table },
      ]),
    );
    expect(document.title).toBe('Safety first');
    expect(outline(document)).toEqual(['slide 1', 'list 1', 'paragraph 1', 'slide 3', 'table 3']);
    expect(document.text).toContain('Safety first\n\n- Lock it\n- Tag it\n\nNotes: Speak slowly.\n\nSlide 3');
    expect(document.text).toContain('| Wide | Wide |');
    expect(document.text).not.toMatch(/covert|Corvane/);
    expect(document.warnings).toMatchObject([{ code: 'hidden-content-dropped', count: 1 }]);
    expect(document.pageCount).toBe(3);
  });

  it('reads the numbers of a chart', async () => {
    const frame =
      '<p:graphicFrame><a:graphic><a:graphicData><c:chart xmlns:c="c" r:id="rId1"/></a:graphicData></a:graphic></p:graphicFrame>';
    const points = (values: readonly string[]) =>
      values.map((value, index) => `<c:pt idx="${index}"><c:v>${value}</c:v></c:pt>`).join('');
    const chart = `<c:chartSpace xmlns:c="c"><c:chart><c:ser><c:tx>${points(['Ducks'])}</c:tx><c:cat>${points(['2024', '2025'])}</c:cat><c:val>${points(['7', '9'])}</c:val></c:ser></c:chart></c:chartSpace>`;
    const document = await load(
      'a.pptx',
      makePptx([{ shapes: frame }], {
        'ppt/slides/_rels/slide1.xml.rels': relationships(['chart', '../charts/chart1.xml']),
        'ppt/charts/chart1.xml': chart,
      }),
    );
    expect(document.text).toContain('|  | Ducks |\n| --- | --- |\n| 2024 | 7 |\n| 2025 | 9 |');
  });
});

describe('OpenDocument', () => {
  it('reads texts with headings, nested lists, tables and notes', async () => {
    const body =
      '<text:h text:outline-level="1">Leave</text:h><text:p>Twelve<text:s text:c="2"/>weeks<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>By law.</text:p></text:note-body></text:note>.</text:p>' +
      '<text:list><text:list-item><text:p>one</text:p><text:list><text:list-item><text:p>inner</text:p></text:list-item></text:list></text:list-item></text:list>' +
      '<table:table><table:table-row><table:table-cell table:number-columns-spanned="2"><text:p>Both</text:p></table:table-cell><table:covered-table-cell/></table:table-row><table:table-row><table:table-cell><text:p>l</text:p></table:table-cell><table:table-cell><text:p>r</text:p></table:table-cell></table:table-row></table:table>';
    const document = await load('a.odt', makeOpenDocument('text', body));
    expect(document.title).toBe('Leave');
    expect(outline(document)).toEqual(['heading', 'paragraph', 'paragraph', 'list', 'table']);
    expect(document.text).toContain('- one\n  - inner');
    expect(document.text).toContain('| Both | Both |');
    expect(document.text).toContain('weeks.\n\nFootnote: By law.\n\n- one');
  });

  it('numbers headings and items as their styles say, and lets a list go on', async () => {
    const levels = (element: string, ...formats: readonly string[]) =>
      formats
        .map(
          (format, index) =>
            `<text:${element} text:level="${index + 1}" style:num-format="${format}" style:num-suffix=")" text:display-levels="${index + 1}"/>`,
        )
        .join('');
    const styles = `<text:outline-style>${levels('outline-level-style', '1', '1')}</text:outline-style><text:list-style style:name="L">${levels('list-level-style-number', 'a', 'i')}</text:list-style>`;
    const heading = (level: number, text: string) => `<text:h text:outline-level="${level}">${text}</text:h>`;
    const item = (text: string, below = '') => `<text:list-item><text:p>${text}</text:p>${below}</text:list-item>`;
    const list = (items: string, attributes = '') =>
      `<text:list text:style-name="L" ${attributes}>${items}</text:list>`;
    const body = [
      heading(1, 'A'),
      heading(2, 'B'),
      list(item('one', `<text:list>${item('inner')}</text:list>`) + item('two')),
      heading(1, 'C'),
      list(item('three'), 'text:continue-numbering="true"'),
      '<text:p>between</text:p>',
      list(item('anew')),
    ];
    const document = await load('a.odt', makeOpenDocument('text', body.join(''), styles));
    expect(document.text).toBe(
      '1) A\n\n1.1) B\n\na) one\n   a.i) inner\nb) two\n\n2) C\n\nc) three\n\nbetween\n\na) anew',
    );
  });

  it('reads boxes, descriptions, formulas, charts and comments, and drops what is hidden or deleted', async () => {
    const body = [
      '<text:tracked-changes><text:changed-region><text:deletion><text:p>gone</text:p></text:deletion></text:changed-region></text:tracked-changes>',
      '<text:p>a<text:span text:style-name="Hidden">covert</text:span><draw:frame><draw:text-box><text:p>boxed</text:p></draw:text-box></draw:frame>',
      '<office:annotation><dc:creator>Ada</dc:creator><text:p>why?</text:p></office:annotation></text:p>',
      '<text:p>see <draw:frame><draw:image/><svg:desc>a pump</svg:desc></draw:frame></text:p>',
      '<text:p>as <draw:frame><draw:object xlink:href="./Object 1"/></draw:frame></text:p>',
      '<text:p><draw:frame><draw:object xlink:href="./Object 2"/></draw:frame></text:p>',
    ];
    const cell = (text: string) => `<table:table-cell><text:p>${text}</text:p></table:table-cell>`;
    const styles =
      '<style:style style:name="Hidden"><style:text-properties text:display="none"/></style:style><style:style style:name="p"/>';
    const document = await load(
      'a.odt',
      makeOpenDocument('text', body.join(''), styles, {
        'Object 1/content.xml':
          '<math><semantics><mi>x</mi><annotation encoding="StarMath 5.0">E = m c^2</annotation></semantics></math>',
        'Object 2/content.xml': `<office:document-content><office:body><office:chart><chart:chart><chart:title><text:p>Bars</text:p></chart:title><table:table><table:table-row>${cell('Q')}${cell('Bar')}</table:table-row><table:table-row>${cell('1')}${cell('16')}</table:table-row></table:table></chart:chart></office:chart></office:body></office:document-content>`,
      }),
    );
    expect(document.text).toBe(
      'a\n\nboxed\n\nComment (Ada): why?\n\nsee a pump\n\nas E = m c^2\n\nBars\n\n| Q | Bar |\n| --- | --- |\n| 1 | 16 |',
    );
    expect(document.warnings.map(({ code, count }) => [code, count])).toEqual([
      ['hidden-content-dropped', 1],
      ['deleted-text-dropped', 1],
    ]);
  });

  it('refuses a document with a password', async () => {
    const manifest = '<manifest:manifest><manifest:encryption-data/></manifest:manifest>';
    const bytes = makeOpenDocument('text', '', '', { 'META-INF/manifest.xml': manifest });
    await expect(load('a.odt', bytes)).rejects.toMatchObject({ code: 'document-encrypted' });
  });

  it('reads sheets as shown, without the rows repeated to the end', async () => {
    const cell = (text: string) => `<table:table-cell office:value="0.5"><text:p>${text}</text:p></table:table-cell>`;
    const body = `<table:table table:name="Rates"><table:table-row>${cell('Who')}${cell('Rate')}</table:table-row><table:table-row>${cell('Ada')}${cell('50 %')}</table:table-row><table:table-row table:number-rows-repeated="1048576"><table:table-cell table:number-columns-repeated="16384"/></table:table-row></table:table>`;
    const document = await load('a.ods', makeOpenDocument('spreadsheet', body));
    expect(outline(document)).toEqual(['sheet 1', 'table 1']);
    expect(document.text).toBe('Rates\n\n| Who | Rate |\n| --- | --- |\n| Ada | 50 % |');
  });

  it('reads slides', async () => {
    const body =
      '<draw:page><draw:frame presentation:class="title"><draw:text-box><text:p>Hello</text:p></draw:text-box></draw:frame><draw:frame><draw:text-box><text:p>World</text:p></draw:text-box></draw:frame></draw:page>';
    const document = await load('a.odp', makeOpenDocument('presentation', body));
    expect(document.text).toBe('Hello\n\nWorld');
    expect(outline(document)).toEqual(['slide 1', 'paragraph 1']);
  });
});

describe('EPUB and RTF', () => {
  it('reads chapters in the order of the spine, without the table of contents', async () => {
    const document = await load('a.epub', makeEpub(['<h1>Second</h1><p>b</p>', '<h1>First</h1><p>a</p>']));
    expect(document.title).toBe('The pump');
    expect(document.properties.author).toBe('A. Writer');
    expect(document.text).toBe('First\n\na\n\nSecond\n\nb');
  });

  it('refuses books with copy protection, but not those with scrambled fonts', async () => {
    const locked = (uri: string) => ({
      'META-INF/encryption.xml': `<encryption><EncryptedData><CipherData><CipherReference URI="${uri}"/></CipherData></EncryptedData></encryption>`,
    });
    await expect(load('a.epub', makeEpub(['<p>x</p>'], locked('book/c 0.xhtml')))).rejects.toMatchObject({
      code: 'document-encrypted',
    });
    expect((await load('a.epub', makeEpub(['<p>x</p>'], locked('book/font.otf')))).text).toBe('x');
  });

  it('reads RTF', async () => {
    const document = await load('a.rtf', bytesOf('{\\rtf1\\ansi The pump\\par runs at 16 bar.\\par}'));
    expect(document.text).toBe('The pump\n\nruns at 16 bar.');
  });
});

describe('other types in zip files', () => {
  it.each([
    ['a.xlsb', { 'xl/workbook.bin': 'x' }, /ms-excel.*\.xlsx/],
    ['a.vsdx', { 'visio/document.xml': '<x/>' }, /visio.*PDF/],
    ['a.pages', { 'Index/Document.iwa': 'x' }, /iwork.*\.docx/],
    ['a.odg', { mimetype: 'application/vnd.oasis.opendocument.graphics', 'content.xml': '<x/>' }, /graphics.*PDF/],
    ['a.zip', { 'readme.txt': 'x' }, /Unpack/],
  ])('%s is refused with what to do', async (fileName, parts, message) => {
    await expect(load(fileName, zipOf(parts))).rejects.toMatchObject({
      code: 'type-unsupported',
      message: expect.stringMatching(message),
    });
  });
});
