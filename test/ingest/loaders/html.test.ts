import { describe, expect, it } from 'vitest';
import { loadDocument } from '../../../ingest/loaders/registry.ts';
import type { ParsedDocument } from '../../../src/core/document.ts';
import { bytesOf, testLimits } from '../../support/loader-files.ts';

const load = (html: string, name = 'page.html') => loadDocument({ bytes: bytesOf(html), fileName: name }, testLimits);
const slices = ({ blocks, text }: ParsedDocument) =>
  blocks.map((block) => `${block.kind}: ${text.slice(block.start, block.end)}`);
const warned = ({ warnings }: ParsedDocument, code: string) => warnings.find((warning) => warning.code === code)?.count;

describe('hidden content', () => {
  const shown = '<p>Visible words of the page.</p>';
  it.each([
    ['the attribute', '<p hidden>secret</p>'],
    ['a closed dialog', '<dialog>secret</dialog>'],
    ['display', '<p style="color:red; DISPLAY : none !important">secret</p>'],
    ['visibility', '<p style="visibility:hidden">secret</p>'],
    ['opacity', '<p style="opacity:0.0">secret</p>'],
    ['size', '<span style="font-size:0px">secret</span>'],
    ['tiny size', '<span style="font-size:.05em">secret</span>'],
    ['place', '<div style="position:absolute;left:-9999px">secret</div>'],
    ['indent', '<p style="text-indent:-9999px">secret</p>'],
    ['clip', '<span style="position:absolute;clip:rect(0,0,0,0)">secret</span>'],
    ['a box without height', '<div style="max-height:0;overflow:hidden">secret</div>'],
    ['white on white', '<p style="color:#fff">secret</p>'],
    [
      'white on a white box',
      '<div style="background:#fff"><p class="a" style="color:rgb(254,255,255)">secret</p></div>',
    ],
    ['white by font', '<font color="white">secret</font>'],
    ['no colour', '<p style="color:transparent">secret</p>'],
    ['inside something hidden', '<div hidden><p style="display:none">secret</p></div>'],
  ])('is dropped and counted: %s', async (_, html) => {
    const document = await load(`<body>${shown}${html}</body>`);
    expect(document.text).toBe('Visible words of the page.');
    expect(warned(document, 'hidden-content-dropped')).toBe(1);
  });

  it.each([
    ['white on blue', '<table bgcolor="#003366"><tr><td style="color:white">kept</td></tr></table>'],
    ['white where a style sheet may give a background', '<style>.a{}</style><p style="color:white">kept</p>'],
    ['white over a picture', '<div style="background-image:url(a.png)"><p style="color:white">kept</p></div>'],
    ['a size set anew inside', '<div style="font-size:0"><span style="font-size:14px">kept</span></div>'],
    ['found by the search of a browser', '<div hidden="until-found">kept</div>'],
    ['a colour', '<p style="color:#900">kept</p>'],
    ['an open dialog', '<dialog open>kept</dialog>'],
    ['moved a little', '<p style="position:absolute;left:-20px">kept</p>'],
  ])('is not what can be seen: %s', async (_, html) => {
    const document = await load(`<body>${shown}${html}</body>`);
    expect(document.text).toContain('kept');
    expect(warned(document, 'hidden-content-dropped')).toBeUndefined();
  });
});

describe('active content', () => {
  it('is counted and leaves no trace', async () => {
    const document = await load(
      '<html><head><script src="https://a.example/x.js"></script><script type="application/ld+json">{}</script></head>' +
        '<body onload="go()"><p>Words.</p><iframe src="https://a.example/"></iframe><a href="javascript:go()">Go</a>' +
        '<img src="https://a.example/p.png" alt="Plan"><script>document.write("evil")</script></body></html>',
    );
    expect(document.text).toBe('Words.\n\nGoPlan');
    const warning = document.warnings.find(({ code }) => code === 'active-content-dropped');
    expect(warning).toMatchObject({ count: 6 });
    expect(warning?.message).toContain('2 scripts, 1 embedded object, 2 event handlers, 1 external resource');
  });

  it('is no matter where there is none', async () => {
    expect((await load('<p>Words.</p>')).warnings).toEqual([]);
  });
});

describe('structure', () => {
  it.each([
    [
      'a caption before its table',
      '<table><caption>Hotels</caption><tr><th>City</th></tr><tr><td>Lyon</td></tr></table>',
      ['caption: Hotels', 'table: | City |\n| --- |\n| Lyon |'],
    ],
    [
      'the caption of a figure',
      '<figure><img alt="Pump" src="p.png"><figcaption>Fig. 1: <b>Pump</b></figcaption></figure>',
      ['paragraph: Pump', 'caption: Fig. 1: Pump'],
    ],
    [
      'a list in a cell',
      '<table><tr><td>A</td><td>B</td></tr><tr><td>Either<ul><li>one</li><li>two</li></ul></td><td>2</td></tr></table>',
      ['table: | A | B |\n| --- | --- |\n| Either - one - two | 2 |'],
    ],
    [
      'a table in a cell',
      '<table><tr><td>A</td><td>B</td></tr><tr><td><table><tr><td>1</td><td>2</td></tr></table></td><td>3</td></tr></table>',
      ['table: | A | B |\n| --- | --- |\n| 1 2 | 3 |'],
    ],
    [
      'a heading in a cell',
      '<table><tr><td><h2>A</h2></td><td>B</td></tr><tr><td>1</td><td>2</td></tr></table>',
      ['table: | A | B |\n| --- | --- |\n| 1 | 2 |'],
    ],
    [
      'merged cells',
      '<table><tr><th colspan="2">AB</th></tr><tr><td rowspan="2">1</td><td>2</td></tr><tr><td>3</td></tr></table>',
      ['table: | AB | AB |\n| --- | --- |\n| 1 | 2 |\n| 1 | 3 |'],
    ],
    ['definitions', '<dl><dt>Pump</dt><dd>Lifts water.</dd></dl>', ['list: - Pump\n  Lifts water.']],
    ['details', '<details><summary>More</summary><p>Folded.</p></details>', ['paragraph: More', 'paragraph: Folded.']],
    ['white space of code', '<pre><code>a\n  b\n</code></pre>', ['code: a\n  b']],
    [
      'a form',
      '<form><label>Name <input value="Ada"></label><input type="hidden" value="x"></form>',
      ['paragraph: Name Ada'],
    ],
    ['a menu', '<menu><li>Cut</li><li>Copy</li></menu>', ['list: - Cut\n- Copy']],
  ])('keeps %s', async (_, html, expected) => {
    expect(slices(await load(`<html><body>${html}</body></html>`))).toEqual(expected);
  });

  it('tells the address that the page gives as its own', async () => {
    const document = await load('<link rel="canonical" href="https://wiki.example/leave"><p>Words.</p>');
    expect(document.properties.url).toBe('https://wiki.example/leave');
    const other = await load('<link rel="canonical" href="javascript:alert(1)"><p>Words.</p>');
    expect(other.properties.url).toBeUndefined();
  });

  it('reads XHTML as the XML that it is', async () => {
    const document = await load(
      '<?xml version="1.0"?><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "x.dtd" [<!ENTITY firm "Ravenholt">' +
        '<!ENTITY bomb "&firm;&firm;">]><html xmlns="http://www.w3.org/1999/xhtml"><head><title>T</title><script src="a.js"/>' +
        '</head><body><h1>Rules of &firm;</h1><a name="x"/><p>&bomb;<![CDATA[a < b & c]]></p></body></html>',
      'page.xhtml',
    );
    expect(document.title).toBe('Rules of Ravenholt');
    expect(document.text).toBe('Rules of Ravenholt\n\n&bomb;a < b & c');
  });
});

describe('hostile pages', () => {
  it.each([
    [
      '100,000 nested elements',
      `${'<div>'.repeat(100_000)}<h2>Deep</h2><p>bottom &amp; end</p>${'</div>'.repeat(100_000)}`,
    ],
    ['a page of megabytes', `<h2>Deep</h2>${'<p>words</p>'.repeat(260_000)}<p>bottom &amp; end</p>`],
    ['400,000 brackets', `<h2>Deep</h2>${'<'.repeat(400_000)}<p>bottom &amp; end</p>`],
  ])('keep headings and text: %s', async (_, html) => {
    const bytes = bytesOf(html);
    const document = await loadDocument({ bytes, fileName: 'a.html' }, { ...testLimits, parsedTextBytes: 8_000_000 });
    expect(slices(document)).toContain('heading: Deep');
    expect(document.text.endsWith('bottom & end')).toBe(true);
    expect(document.warnings.map(({ code }) => code)).toEqual(['structure-lost']);
  });

  it('cannot multiply by merged cells', async () => {
    const rows = '<tr><td>y</td></tr>'.repeat(999);
    const document = await load(`<table><tr><td colspan="1000" rowspan="1000">x</td></tr>${rows}</table>`);
    expect(document.text.length).toBeLessThan(20_000);
  });

  it('are refused where nothing can be read', async () => {
    await expect(load('<html><script>only()</script></html>')).rejects.toMatchObject({ code: 'file-empty' });
  });
});
