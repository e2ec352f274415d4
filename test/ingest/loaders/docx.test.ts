import { utils, write } from 'cfb';
import { describe, expect, it } from 'vitest';
import { loadDocument } from '../../../ingest/loaders/registry.ts';
import type { ParsedDocument } from '../../../src/core/document.ts';
import { testLimits } from '../../support/loader-files.ts';
import {
  type DocxParts,
  makeDocx,
  makeXlsx,
  wordParagraph as p,
  relationships,
  sheetRow,
  wordStyle,
} from '../../support/office-files.ts';

const load = (body: string, parts: DocxParts = {}) =>
  loadDocument({ bytes: makeDocx(body, parts), fileName: 'a.docx' }, testLimits);
const outline = (document: ParsedDocument) =>
  document.blocks.map((block) => `${block.kind}${block.level === null ? '' : ` ${block.level}`}`);
const run = (text: string, properties = '') => `<w:r><w:rPr>${properties}</w:rPr><w:t>${text}</w:t></w:r>`;
const item = (list: number, depth: number) => `<w:numPr><w:ilvl w:val="${depth}"/><w:numId w:val="${list}"/></w:numPr>`;
const level = (depth: number, format: string, text: string, rest = '') =>
  `<w:lvl w:ilvl="${depth}"><w:start w:val="1"/><w:numFmt w:val="${format}"/><w:lvlText w:val="${text}"/>${rest}</w:lvl>`;
const list = (id: number, levels: string, num = '') =>
  `<w:abstractNum w:abstractNumId="${id}">${levels}</w:abstractNum><w:num w:numId="${id}"><w:abstractNumId w:val="${id}"/>${num}</w:num>`;
const cell = (content: string, properties = '') => `<w:tc><w:tcPr>${properties}</w:tcPr>${content}</w:tc>`;
const row = (...cells: readonly string[]) => `<w:tr>${cells.join('')}</w:tr>`;

describe('DOCX headings', () => {
  it('takes levels from names, translated names, outline levels and what a style is based on', async () => {
    const document = await load(
      [
        p('Manual', '<w:pStyle w:val="T"/>'),
        p('One', '<w:pStyle w:val="H1"/>'),
        p('Two', '<w:pStyle w:val="U2"/>'),
        p('Three', '<w:pStyle w:val="Own"/>'),
        p('Four', '<w:outlineLvl w:val="3"/>'),
        p('Body', '<w:pStyle w:val="H1"/><w:outlineLvl w:val="9"/>'),
      ].join(''),
      {
        styles: [
          wordStyle('T', 'Title'),
          wordStyle('H1', 'heading 1'),
          wordStyle('U2', 'Überschrift 2'),
          wordStyle('O', 'Other', '<w:pPr><w:outlineLvl w:val="2"/></w:pPr>'),
          wordStyle('Own', 'My own', '<w:basedOn w:val="O"/>'),
        ].join(''),
      },
    );
    expect(outline(document)).toEqual(['heading 1', 'heading 1', 'heading 2', 'heading 3', 'heading 4', 'paragraph']);
    expect(document.title).toBe('Manual');
  });

  it('numbers headings by the list of their styles', async () => {
    const numbering = list(
      1,
      `${level(0, 'upperRoman', 'Part %1', '<w:pStyle w:val="H1"/>')}${level(1, 'decimal', '%1.%2', '<w:isLgl/><w:pStyle w:val="H2"/>')}`,
    );
    const styles = ['H1', 'H2'].map((id) =>
      wordStyle(id, `heading ${id.slice(1)}`, '<w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr>'),
    );
    const heading = (id: string, text: string) => p(text, `<w:pStyle w:val="${id}"/>`);
    const body = [heading('H1', 'A'), heading('H2', 'B'), heading('H2', 'C'), heading('H1', 'D'), heading('H2', 'E')];
    const document = await load(body.join(''), { numbering, styles: styles.join('') });
    expect(document.blocks.map((block) => block.title)).toEqual(['Part I A', '1.1 B', '1.2 C', 'Part II D', '2.1 E']);
  });
});

describe('DOCX lists', () => {
  const numbering =
    list(1, level(0, 'decimal', '%1.') + level(1, 'lowerLetter', '(%2)')) +
    list(2, level(0, 'bullet', '•') + level(1, 'bullet', 'o')) +
    '<w:num w:numId="3"><w:abstractNumId w:val="1"/><w:lvlOverride w:ilvl="0"><w:startOverride w:val="5"/></w:lvlOverride></w:num>';

  it.each([
    ['counts on after text between', [item(1, 0), '', item(1, 0)], '1. a\n\nb\n\n2. c'],
    [
      'nests, and starts deeper levels anew',
      [item(1, 0), item(1, 1), item(1, 0), item(1, 1)],
      '1. a\n   (a) b\n2. c\n   (a) d',
    ],
    ['starts where the list says', [item(1, 0), item(3, 0), item(3, 0)], '1. a\n5. b\n6. c'],
    ['bullets', [item(2, 0), item(2, 1), item(2, 0)], '- a\n  - b\n- c'],
    ['a deep item without one above', [item(2, 1), item(2, 0)], '- a\n- b'],
    ['no list after all', ['<w:numPr><w:numId w:val="0"/></w:numPr>', item(9, 0)], 'a\n\nb'],
  ])('%s', async (_, properties, expected) => {
    const body = properties.map((property, index) => p('abcd'.charAt(index), property)).join('');
    expect((await load(body, { numbering })).text).toBe(expected);
  });
});

describe('DOCX tables', () => {
  it('gives merged values to each place, and reads lists and tables in cells', async () => {
    const numbering = list(2, level(0, 'bullet', '•'));
    const inner = `<w:tbl>${row(cell(p('i1')), cell(p('i2')))}</w:tbl>${p('')}`;
    const table = `<w:tbl>${[
      row(cell(p('Wide'), '<w:gridSpan w:val="2"/>'), cell(p('H'))),
      row(cell(p('Tall'), '<w:vMerge w:val="restart"/>'), cell(p('x', item(2, 0)) + p('y', item(2, 0))), cell(inner)),
      row(cell(p(''), '<w:vMerge/>'), cell(p('z')), cell(p(''))),
    ].join('')}</w:tbl>`;
    const document = await load(table, { numbering });
    expect(document.text).toBe('| Wide | Wide | H |\n| --- | --- | --- |\n| Tall | - x - y | i1 i2 |\n| Tall | z |  |');
  });

  it('unfolds tables that only lay out a page', async () => {
    const styles = wordStyle('H1', 'heading 1');
    const framed = `<w:tbl>${row(cell(p('Framed') + p('text')))}</w:tbl>`;
    const page = `<w:tbl>${row(cell(p('Left')), cell(p('Right', '<w:pStyle w:val="H1"/>') + p('side')))}</w:tbl>`;
    expect(outline(await load(framed + page, { styles }))).toEqual([
      'paragraph',
      'paragraph',
      'paragraph',
      'heading 1',
      'paragraph',
    ]);
  });
});

describe('DOCX texts', () => {
  const field = (...kinds: readonly string[]) => kinds.map((kind) => `<w:r>${kind}</w:r>`).join('');
  const fieldChar = (type: string, rest = '') => `<w:fldChar w:fldCharType="${type}">${rest}</w:fldChar>`;
  const math = (content: string) => `<m:oMath xmlns:m="m">${content}</m:oMath>`;
  const mathRun = (text: string) => `<m:r><m:t>${text}</m:t></m:r>`;

  it.each([
    [
      'breaks and hyphens',
      '<w:r><w:t>a</w:t><w:br/><w:t>b</w:t><w:noBreakHyphen/><w:t>c</w:t><w:br w:type="page"/></w:r>',
      'a\nb-c',
    ],
    [
      'a field shows its result',
      field(
        fieldChar('begin'),
        '<w:instrText>DATE</w:instrText><w:t>no</w:t>',
        fieldChar('separate'),
        '<w:t>today</w:t>',
        fieldChar('end'),
      ),
      'today',
    ],
    [
      'a box of a form',
      field(
        fieldChar('begin', '<w:ffData><w:checkBox><w:default w:val="0"/><w:checked/></w:checkBox></w:ffData>'),
        fieldChar('end'),
        '<w:t> done</w:t>',
      ),
      '[x] done',
    ],
    [
      'a box of a content control',
      `<w:sdt><w:sdtPr><w14:checkbox xmlns:w14="x"><w14:checked w14:val="0"/></w14:checkbox></w:sdtPr><w:sdtContent>${run('☐')}</w:sdtContent></w:sdt>${run(' open')}`,
      '[ ] open',
    ],
    [
      'a hint that waits for text',
      `${run('Name: ')}<w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent>${run('Click here')}</w:sdtContent></w:sdt>`,
      'Name:',
    ],
    ['text above text', `<w:ruby><w:rt>${run('kana')}</w:rt><w:rubyBase>${run('漢')}</w:rubyBase></w:ruby>`, '漢'],
    [
      'one of two alternatives',
      '<w:r><mc:AlternateContent xmlns:mc="m"><mc:Choice><w:t>new</w:t></mc:Choice><mc:Fallback><w:t>old</w:t></mc:Fallback></mc:AlternateContent></w:r>',
      'new',
    ],
    [
      'a formula',
      math(
        `${mathRun('E=')}<m:sSup><m:e>${mathRun('mc')}</m:e><m:sup>${mathRun('2')}</m:sup></m:sSup><m:f><m:num>${mathRun('a+b')}</m:num><m:den>${mathRun('c')}</m:den></m:f>`,
      ),
      'E=mc^2(a+b)/c',
    ],
    [
      'words about a picture',
      '<w:r><w:drawing><wp:docPr xmlns:wp="w" descr="Pump, seen from above"/></w:drawing></w:r>',
      'Pump, seen from above',
    ],
  ])('%s', async (_, content, expected) => {
    expect((await load(`<w:p>${content}</w:p>`)).text).toBe(expected);
  });

  it('drops and counts hidden and deleted text, and flags what people cannot see', async () => {
    const body = [
      `<w:p>${run('seen')}${run(' covert', '<w:vanish/>')}<w:del><w:r><w:delText> gone</w:delText></w:r></w:del><w:ins>${run(' added')}</w:ins></w:p>`,
      `<w:p><w:pPr><w:rPr><w:del/></w:rPr></w:pPr>${run('one ')}</w:p><w:p>${run('line')}</w:p>`,
      `<w:p>${run('white', '<w:color w:val="FFFFFF"/>')}${run(' tiny', '<w:sz w:val="2"/>')}</w:p>`,
      `<w:tbl>${row(cell(`<w:p>${run('head', '<w:color w:val="FFFFFF"/>')}</w:p>`), cell(p('x')))}</w:tbl>`,
    ];
    const document = await load(body.join(''));
    expect(document.text).toBe('seen added\n\none line\n\nwhite tiny\n\n| head | x |');
    expect(document.warnings.map(({ code, count }) => [code, count])).toEqual([
      ['hidden-content-dropped', 1],
      ['deleted-text-dropped', 1],
      ['faint-text-kept', 2],
    ]);
  });

  it('puts notes, comments, boxes and charts behind the block that they belong to', async () => {
    const box = `<w:r><w:pict><v:textbox xmlns:v="v"><w:txbxContent>${p('boxed')}</w:txbxContent></v:textbox></w:pict></w:r>`;
    const chart = '<w:r><w:drawing><c:chart xmlns:c="c" r:id="rId5"/></w:drawing></w:r>';
    const points = (value: string) => `<c:pt idx="0"><c:v>${value}</c:v></c:pt>`;
    const document = await load(
      `<w:p>${run('a')}<w:r><w:footnoteReference w:id="7"/></w:r><w:r><w:commentReference w:id="1"/></w:r>${box}${chart}</w:p>${p('end')}`,
      {
        related: [
          ['footnotes', 'footnotes.xml'],
          ['comments', 'comments.xml'],
          ['chart', 'charts/chart1.xml'],
        ],
        extra: {
          // A note that refers to itself must not be read for ever.
          'word/footnotes.xml': `<w:footnotes xmlns:w="w"><w:footnote w:id="7"><w:p>${run('noted')}<w:r><w:footnoteReference w:id="7"/></w:r></w:p></w:footnote></w:footnotes>`,
          'word/comments.xml': `<w:comments xmlns:w="w"><w:comment w:id="1" w:author="Ada">${p('why?')}</w:comment></w:comments>`,
          'word/charts/chart1.xml': `<c:chartSpace xmlns:c="c"><c:ser><c:tx>${points('Bar')}</c:tx><c:cat>${points('Q1')}</c:cat><c:val>${points('16')}</c:val></c:ser></c:chartSpace>`,
        },
      },
    );
    expect(document.text).toBe(
      'a\n\nboxed\n\nFootnote: noted\n\nComment (Ada): why?\n\n|  | Bar |\n| --- | --- |\n| Q1 | 16 |\n\nend',
    );
    expect(outline(document)).toEqual(['paragraph', 'paragraph', 'paragraph', 'quote', 'table', 'paragraph']);
  });

  it('leaves tables of contents out', async () => {
    const contents = `<w:sdt><w:sdtPr><w:docPartObj><w:docPartGallery w:val="Table of Contents"/></w:docPartObj></w:sdtPr><w:sdtContent>${p('Intro 1')}</w:sdtContent></w:sdt>`;
    const styles = wordStyle('TOC1', 'toc 1');
    const document = await load(`${contents}${p('Intro 1', '<w:pStyle w:val="TOC1"/>')}${p('text')}`, { styles });
    expect(document.text).toBe('text');
  });

  it('knows code by its style or by its font and characters', async () => {
    const mono = '<w:rFonts w:ascii="Courier New"/>';
    const body = `${p('import x', '<w:pStyle w:val="C"/>')}${p('run(x)', '<w:pStyle w:val="C"/>')}${p('-')}<w:p>${run('f(x);', mono)}</w:p><w:p>${run('A memo', mono)}</w:p>`;
    const document = await load(body, { styles: wordStyle('C', 'Source Code') });
    expect(outline(document)).toEqual(['code', 'paragraph', 'code', 'paragraph']);
    expect(document.text).toContain('import x\nrun(x)');
  });
});

function container(stream: string, content: Buffer): Buffer {
  const file = utils.cfb_new();
  utils.cfb_add(file, stream, content);
  return Buffer.from(write(file, { type: 'buffer' }) as Uint8Array);
}

describe('DOCX packages', () => {
  it('gives embedded documents as attachments, but not the workbook behind a chart', async () => {
    const workbook = makeXlsx([{ name: 'S', rows: sheetRow(1, ['x']) }]);
    const document = await load(p('a'), {
      extra: {
        'word/embeddings/plan.xlsx': workbook,
        'word/embeddings/chart.xlsx': workbook,
        'word/charts/_rels/chart1.xml.rels': relationships(['package', '../embeddings/chart.xlsx']),
      },
    });
    expect(document.attachments.map(({ name, bytes }) => [name, bytes.length])).toEqual([
      ['plan.xlsx', workbook.length],
    ]);
  });

  it('takes files out of the containers of Windows, and counts what only its own program shows', async () => {
    const text = (value: string) => Buffer.from(`${value}\0`);
    const number = (value: number) => {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32LE(value);
      return bytes;
    };
    const path = text('C:\\temp\\notes.txt');
    const dropped = Buffer.concat([
      number(0),
      Buffer.from([2, 0]),
      text('notes.txt'),
      path,
      number(3),
      number(path.length),
      path,
      number(5),
      Buffer.from('hello'),
      Buffer.from('rest'),
    ]);
    const document = await load(p('a'), {
      extra: {
        'word/embeddings/oleObject1.bin': container('/CONTENTS', Buffer.from('%PDF-1.7 x')),
        'word/embeddings/oleObject2.bin': container('/\u0001Ole10Native', dropped),
        'word/embeddings/oleObject3.bin': container('/Workbook', Buffer.from('x')),
        'word/embeddings/oleObject4.bin': container('/CONTENTS', Buffer.from('%PDF-1.7 x')).subarray(0, 600),
        'word/embeddings/oleObject5.bin': container('/\u0001Ole10Native', dropped.subarray(0, 20)),
      },
    });
    expect(document.attachments.map(({ name, bytes }) => [name, Buffer.from(bytes).toString()])).toEqual([
      ['oleObject1.pdf', '%PDF-1.7 x'],
      ['notes.txt', 'hello'],
    ]);
    expect(document.warnings).toMatchObject([{ code: 'embedded-objects-dropped', count: 3 }]);
  });

  it('reads web pages that a document is made of', async () => {
    const document = await load(`${p('before')}<w:altChunk r:id="rId3"/>${p('after')}`, {
      related: [['aFChunk', 'part.html']],
      extra: { 'word/part.html': '<html><body><p>from the web</p></body></html>' },
    });
    expect(document.text).toBe('before\n\nfrom the web\n\nafter');
  });

  it('survives styles that are based on each other and relationships that run in circles', async () => {
    const styles = `${wordStyle('A', 'a', '<w:basedOn w:val="B"/>')}${wordStyle('B', 'b', '<w:basedOn w:val="A"/>')}`;
    const document = await load(p('still here', '<w:pStyle w:val="A"/>'), {
      styles,
      related: [['chart', 'document.xml']],
    });
    expect(document.text).toBe('still here');
  });

  it('refuses a document without a body', async () => {
    await expect(load('', { extra: { 'word/document.xml': '<w:document xmlns:w="w"/>' } })).rejects.toMatchObject({
      code: 'document-damaged',
    });
  });
});
