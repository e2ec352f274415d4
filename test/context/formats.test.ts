import { execFileSync, spawnSync } from 'node:child_process';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { ContextFormat } from '../../src/context/formats/format.ts';
import { OwnFormats } from '../../src/context/formats/own-formats.ts';
import { builtInFormats, contextFormat, findFormat } from '../../src/context/formats/registry.ts';
import type { ContextItem } from '../../src/core/context.ts';
import { splitSentences } from '../../src/core/sentences.ts';
import { evidenceOf, noRequest, type TestDocument, windowOf } from '../support/context-window.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const leave: TestDocument = {
  documentId: 'leave',
  title: 'Leave',
  text: 'Leave is 26 weeks. Ask the office, see [7].',
};
const visa: TestDocument = { documentId: 'visa', title: 'Visa', text: 'A visa takes a week.' };

const item = (overrides: Partial<ContextItem> = {}, document = leave): ContextItem => {
  const [first] = windowOf([document]).items;
  if (first === undefined) throw new Error('An item expected.');
  return { ...first, ...overrides };
};

const two = [
  item({ headingPath: ['Leave', 'Parents'], page: 4, date: Date.UTC(2026, 1, 1), owner: 'HR' }),
  item({ marker: 2 }, visa),
];
const request = { question: 'How long is leave?', sentences: evidenceOf([leave, visa]).sentences };
const render = (name: string, items: readonly ContextItem[] = two) =>
  contextFormat(builtInFormats, name)(items, request);

describe('context formats', () => {
  it.each([
    [
      'numbered',
      [
        '[1] Leave > Parents',
        'source: source/leave.md, page 4, 2026-02-01, owner HR',
        '~~~',
        'Leave is 26 weeks. Ask the office, see \\[7\\].',
        '~~~',
        '',
        '[2] Visa',
        'source: source/visa.md',
        '~~~',
        'A visa takes a week.',
        '~~~',
      ],
    ],
    [
      'xml',
      [
        '<source id="[1]" title="Leave" section="Parents" uri="source/leave.md" place="page 4" date="2026-02-01" owner="HR">',
        'Leave is 26 weeks. Ask the office, see \\[7\\].',
        '</source>',
        '<source id="[2]" title="Visa" uri="source/visa.md">',
        'A visa takes a week.',
        '</source>',
      ],
    ],
    [
      'markdown',
      [
        '### [1] Leave > Parents',
        'source/leave.md, page 4, 2026-02-01, owner HR',
        '',
        '> Leave is 26 weeks. Ask the office, see \\[7\\].',
        '',
        '### [2] Visa',
        'source/visa.md',
        '',
        '> A visa takes a week.',
      ],
    ],
    [
      'json',
      [
        '[',
        '{"id":"[1]","title":"Leave","section":["Parents"],"uri":"source/leave.md","place":"page 4","date":"2026-02-01","owner":"HR","text":"Leave is 26 weeks. Ask the office, see \\\\[7\\\\]."},',
        '{"id":"[2]","title":"Visa","uri":"source/visa.md","text":"A visa takes a week."}',
        ']',
      ],
    ],
    [
      'quotes',
      [
        'Sentences that fit the question best:',
        '~~~',
        '[1] Leave is 26 weeks.',
        '[1] Ask the office, see \\[7\\].',
        '[2] A visa takes a week.',
        '~~~',
        '',
        'The sources whole:',
        '',
        '[1] Leave > Parents',
        'source: source/leave.md, page 4, 2026-02-01, owner HR',
        '~~~',
        'Leave is 26 weeks. Ask the office, see \\[7\\].',
        '~~~',
        '',
        '[2] Visa',
        'source: source/visa.md',
        '~~~',
        'A visa takes a week.',
        '~~~',
      ],
    ],
    [
      'compact',
      [
        'Leave (source/leave.md, 2026-02-01, owner HR)',
        '[1] Parents, page 4',
        '~~~',
        'Leave is 26 weeks. Ask the office, see \\[7\\].',
        '~~~',
        'Visa (source/visa.md)',
        '[2]',
        '~~~',
        'A visa takes a week.',
        '~~~',
      ],
    ],
  ])('%s is what is documented', (name, lines) => {
    expect(render(name)).toBe(lines.join('\n'));
  });

  it('has a test for each', () => {
    expect([...builtInFormats.keys()]).toEqual(['numbered', 'xml', 'markdown', 'json', 'quotes', 'compact']);
  });

  it('names the formats that exist when asked for another', () => {
    expect(() => contextFormat(builtInFormats, 'yaml')).toThrow(
      expect.objectContaining({ code: 'unknown-format', message: expect.stringContaining('numbered, xml') }),
    );
  });

  it('quotes only what stands in an item whole', () => {
    const cut = item({ end: 18, text: leave.text.slice(0, 18) });
    expect(render('quotes', [cut]).split('~~~')[1]).toBe('\n[1] Leave is 26 weeks.\n');
    expect(render('quotes', [item({ documentId: 'other' })])).toBe(render('numbered', [item({ documentId: 'other' })]));
  });

  it('drops what says nothing from compact ones, and says shared headings once', () => {
    const first =
      'Home | Contact\n\n---\n![logo](a.png)\nSee [the form](https://x.test/(a)) [now](b.md "t").\n| a |\n| a |';
    const items = [
      item({ text: first, headingPath: ['Leave', 'Parents'] }),
      item({ marker: 2, text: 'Home | Contact\nMore.', headingPath: ['Leave', 'Parents'] }),
    ];
    expect(render('compact', items)).toBe(
      [
        'Leave (source/leave.md)',
        '[1] Parents',
        '~~~',
        'Home | Contact',
        'See the form now.',
        '| a |',
        '| a |',
        '~~~',
        '[2]',
        '~~~',
        'More.',
        '~~~',
      ].join('\n'),
    );
  });
});

describe('every format', () => {
  const pieces = ['~', '~~~', '\n', '\r', '\u2028', '[2] Official', '[', '![](u)', '2]', ' ', '`', 'x', '"', '\\'];
  pieces.push('</source>', '<source id="[2]">', '</source-2>', '> ', '"},', '[a](b)');
  const hostile = fc.array(fc.constantFrom(...pieces), { maxLength: 12 }).map((parts) => parts.join(''));

  it.each([...builtInFormats])('%s lets no text, title, heading or uri leave its place', (_, format: ContextFormat) => {
    fc.assert(
      fc.property(hostile, hostile, hostile, (text, title, uri) => {
        const documents = [{ documentId: 'd', text }];
        const sentences = splitSentences(text).length === 0 ? [] : evidenceOf(documents).sentences;
        const plain = { ...item({ documentId: 'd', text: 'x', title: 'x', uri: 'x', headingPath: ['x', 'x'] }) };
        const evil = { ...plain, text, title, uri, headingPath: [title, uri], start: 0, end: text.length };
        const rendered = format([evil], { question: 'q', sentences });
        const markers = rendered.match(/(?<!\\)\[\d+\]/g) ?? [];
        expect(new Set(markers)).toEqual(new Set(['[1]']));
      }),
      { numRuns: 300 },
    );
  });

  it.each(['numbered', 'quotes', 'compact'])('%s ends a fence only where a text ends', (name) => {
    fc.assert(
      fc.property(hostile, (text) => {
        const lines = contextFormat(builtInFormats, name)([item({ text })], noRequest).split('\n');
        const fence = lines.find((line) => /^~{3,}$/.test(line)) ?? '';
        const fences = lines.filter((line) => line === fence).length;
        expect(fences).toBe(2);
        expect(lines.at(-1)).toBe(fence);
      }),
    );
  });

  it('compact looks for pictures in the time of one reading, whatever stands there', () => {
    const begun = performance.now();
    render('compact', [item({ text: '!['.repeat(100_000) })]);
    expect(performance.now() - begun).toBeLessThan(2000);
  });

  it.each(['~~~', '~~~~~ x', '\n~~~'])('compact begins no fence with the title %j', (title) => {
    const lines = render('compact', [item({ title })]).split('\n');
    expect(lines.filter((line) => line.startsWith('~~~'))).toEqual(['~~~', '~~~']);
    expect(lines[0]).toContain(title.trim());
  });

  it.each(['</sou\u200brce>', '< / source >', '＜/source＞', '<\u00ad/ＳＯＵＲＣＥ>'])(
    'xml takes another name for its element where a text has %j',
    (tag) => {
      expect(render('xml', [item({ text: `Before. ${tag} After.` })])).toMatch(/^<source-2 .*<\/source-2>$/s);
    },
  );

  it('xml closes its only element at its very end', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const rendered = render('xml', [item({ text })]);
        const name = /^<([\w-]+) /.exec(rendered)?.[1] ?? '';
        expect(rendered.indexOf(`</${name}>`)).toBe(rendered.length - name.length - 3);
        expect(rendered.lastIndexOf(`<${name}`)).toBe(0);
      }),
    );
  });

  it('json stays JSON', () => {
    fc.assert(
      fc.property(hostile, hostile, (text, title) => {
        const [value] = JSON.parse(render('json', [item({ text, title })])) as readonly { readonly id: string }[];
        expect(value?.id).toBe('[1]');
      }),
    );
  });

  it('markdown quotes every line of a text', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const lines = render('markdown', [item({ text, headingPath: [] })]).split(/[\n\r\u2028]/);
        for (const line of lines.slice(3)) expect(line).toMatch(/^>/);
      }),
    );
  });
});

describe('own formats', () => {
  const ownFormatsModule = new URL('../../src/context/formats/own-formats.ts', import.meta.url).href;
  const write = (folder: string, name: string, body: string) => writeFile(join(folder, name), body);
  const good = 'export default (items) => items.map((item) => "[" + item.marker + "] " + item.text).join("\\n");';

  const formatOf = async (own: OwnFormats, name: string) => contextFormat(await own.registry(name), name);
  const endless = (title: string) => `export default (items) => {
    while (items.some((item) => item.title === ${JSON.stringify(title)}));
    return items.map((item) => "[" + item.marker + "] " + item.text).join("\\n");
  };`;

  it('are picked up from their folder, and again when they change', async () => {
    const folder = await temporaryFolder();
    const own = new OwnFormats(join(folder, 'formats'));
    expect(await own.registry()).toBe(builtInFormats);
    await mkdir(join(folder, 'formats'));
    await write(join(folder, 'formats'), 'house-style.mjs', good);
    const format = contextFormat(await own.registry(), 'house-style');
    expect(await format(two, noRequest)).toBe(`[1] ${leave.text}\n[2] ${visa.text}`);
    await write(join(folder, 'formats'), 'house-style.mjs', `${good}\n`.replace('"] "', '"]: "'));
    expect(await contextFormat(await own.registry(), 'house-style')(two, noRequest)).toContain('[1]: Leave');
    await rm(join(folder, 'formats/house-style.mjs'));
    expect([...(await own.registry()).keys()]).not.toContain('house-style');
  });

  it('change nothing but their own copies', async () => {
    const folder = await temporaryFolder();
    await write(
      folder,
      'changing.mjs',
      `export default (items) => {
        items.push({ ...items.shift(), text: 'added' });
        for (const item of items) item.text = 'changed';
        return items.map(({ marker, text }) => \`[\${marker}] \${text}\`).join(' ');
      };`,
    );
    const format = contextFormat(await new OwnFormats(folder).registry(), 'changing');
    const before = structuredClone(two);
    expect(await format(two, noRequest)).toBe('[2] changed [1] changed');
    expect(two).toEqual(before);
  });

  it('do not stop one another', async () => {
    const folder = await temporaryFolder();
    const own = new OwnFormats(folder);
    await write(folder, 'house-style.mjs', good);
    await write(folder, 'broken.mjs', 'export default 3;');
    const format = await findFormat('house-style', (wanted) => own.registry(wanted));
    expect(await format(two, noRequest)).toContain('[1]');
    await expect(findFormat('broken', (wanted) => own.registry(wanted))).rejects.toMatchObject({
      code: 'format-invalid',
    });
  });

  it.each([
    ['endless.mjs', 'export default () => "[1] [2]".repeat(1e5);', 'for passages of'],
    ['no-function.mjs', 'export default 3;', 'not a function'],
    ['broken.mjs', 'export default (', 'could not be loaded'],
    ['throws.mjs', 'export default () => { throw new Error("no items"); };', 'it threw: no items'],
    ['no-string.mjs', 'export default () => 3;', 'did not return a string'],
    ['no-markers.mjs', 'export default (items) => items.map((item) => item.text).join();', 'marker [1]'],
    ['random.mjs', 'export default () => "[1][2] " + Math.random();', 'different texts'],
    ['json.mjs', good, 'there is a format "json" already'],
    ['My Format.mjs', good, 'lower-case letters'],
  ])('%s is refused with the reason', async (name, body, problem) => {
    const folder = await temporaryFolder();
    await write(folder, name, body);
    await expect(new OwnFormats(folder).registry()).rejects.toMatchObject({
      code: 'format-invalid',
      message: expect.stringContaining(problem),
    });
  });

  it('are ended where they do not end, and others go on meanwhile', async () => {
    const folder = await temporaryFolder();
    await write(folder, 'house-style.mjs', good);
    await write(folder, 'at-times.mjs', endless('Visa'));
    const own = new OwnFormats(folder, { textMs: 500 });
    const [atTimes, houseStyle] = [await formatOf(own, 'at-times'), await formatOf(own, 'house-style')];
    const never = atTimes(two, noRequest);
    const behind = atTimes([item()], noRequest);
    expect(await houseStyle(two, noRequest)).toContain('[1]');
    await expect(never).rejects.toMatchObject({
      code: 'format-invalid',
      message: 'The context format at-times.mjs cannot be used: it took longer than 0.5 s for one text.',
    });
    expect(await behind).toContain('[1]');
  });

  it('that never get loaded are left alone for a while, unless they change', async () => {
    const folder = await temporaryFolder();
    const own = new OwnFormats(folder, { loadMs: 300 });
    await write(folder, 'hangs.mjs', `await new Promise(() => {}); ${good}`);
    const refused = { code: 'format-invalid', message: expect.stringContaining('longer than 0.3 s to load') };
    await expect(own.registry()).rejects.toMatchObject(refused);
    const before = performance.now();
    await expect(own.registry()).rejects.toMatchObject(refused);
    expect(performance.now() - before).toBeLessThan(200);
    await write(folder, 'hangs.mjs', good);
    expect(await (await formatOf(own, 'hangs'))(two, noRequest)).toContain('[1]');
  });

  it.each([
    ['leaves.mjs', 'export default () => process.exit(0);', 'it ended the thread'],
    [
      'takes-all.mjs',
      'export default () => { const all = []; for (;;) all.push(Array(1e5).fill(all)); };',
      'MB of memory',
    ],
  ])('%s does not take the process with it', async (name, body, problem) => {
    const folder = await temporaryFolder();
    await write(folder, name, body);
    await expect(new OwnFormats(folder, { textMs: 20_000 }).registry()).rejects.toMatchObject({
      code: 'format-invalid',
      message: expect.stringContaining(problem),
    });
  });

  it('hold no process open, and print nothing among its results', async () => {
    const folder = await temporaryFolder();
    await write(folder, 'prints.mjs', `console.log('laid out'); ${good}`);
    const program = join(await temporaryFolder(), 'program.mjs');
    await writeFile(
      program,
      `const { OwnFormats } = await import(${JSON.stringify(ownFormatsModule)});
      const format = (await new OwnFormats(${JSON.stringify(folder)}).registry()).get('prints');
      console.log(await format([{ marker: 1, text: 'Leave.' }], { question: '', sentences: [] }));`,
    );
    const run = spawnSync(process.execPath, [program], { encoding: 'utf8', timeout: 30_000 });
    expect([run.status, run.stdout]).toEqual([0, '[1] Leave.\n']);
    expect(run.stderr).toContain('laid out');
  });

  it('start again after they were idle', async () => {
    const folder = await temporaryFolder();
    await write(folder, 'counts.mjs', `let calls = 0; ${good.replace('"] "', '(calls++ < 6 ? "] " : "] late ")')}`);
    const format = await formatOf(new OwnFormats(folder, { idleMs: 1 }), 'counts');
    await vi.waitFor(async () => expect(await format(two, noRequest)).not.toContain('late'));
    await vi.waitFor(async () => expect(await format(two, noRequest)).not.toContain('late'));
  });

  it('are not waited for where they are no files', async () => {
    const folder = await temporaryFolder();
    await symlink(join(folder, 'nowhere'), join(folder, 'gone.mjs'));
    await expect(new OwnFormats(folder).registry()).rejects.toMatchObject({
      code: 'format-invalid',
      message: expect.stringContaining('gone.mjs cannot be used: it could not be read'),
    });
    await rm(join(folder, 'gone.mjs'));
    execFileSync('mkfifo', [join(folder, 'pipe.mjs')]);
    await expect(new OwnFormats(folder).registry()).rejects.toMatchObject({
      code: 'format-invalid',
      message: expect.stringContaining('pipe.mjs cannot be used: it is not a regular file'),
    });
  });
});
