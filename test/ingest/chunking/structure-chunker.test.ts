import { describe, expect, it } from 'vitest';
import { defaultChunkerOptions, structureChunker } from '../../../ingest/chunking/structure-chunker.ts';
import { loadDocument } from '../../../ingest/loaders/registry.ts';
import type { Chunk } from '../../../src/core/chunk.ts';
import type { TokenCounter } from '../../../src/core/tokens.ts';
import { bytesOf, makePdf, testLimits } from '../../support/loader-files.ts';

/** One word, one token: sizes can be read off the texts. */
const words: TokenCounter = { id: 'words', count: (text) => text.match(/\S+/g)?.length ?? 0 };
const options = { minTokens: 10, targetTokens: 40, maxTokens: 60, indexTokens: 80 };

const chunk = async (source: string, limits = options): Promise<readonly Chunk[]> =>
  structureChunker.chunk(await loadDocument({ bytes: bytesOf(source), fileName: 'a.md' }, testLimits), words, limits);

const prose = (count: number, name = 'word'): string =>
  Array.from({ length: count / 5 }, (_, index) => `One ${name} ${index} is here.`).join(' ');

describe('structureChunker', () => {
  it('begins a chunk at each heading that has enough text, under its path', async () => {
    const chunks = await chunk(
      `# Leave\n\n${prose(20)}\n\n## Parental\n\n${prose(30)}\n\n### Notice\n\n${prose(25)}\n\n## Sick\n\n${prose(20)}`,
    );
    expect(chunks.map((one) => one.headingPath)).toEqual([
      ['Leave'],
      ['Leave', 'Parental'],
      ['Leave', 'Parental', 'Notice'],
      ['Leave', 'Sick'],
    ]);
    expect(chunks[1]?.indexText.startsWith('Leave\n## Parental\n\nOne')).toBe(true);
    expect(chunks[2]?.indexText.startsWith('Leave > Parental\n### Notice')).toBe(true);
  });

  it('merges small neighbours under one parent, and keeps their common path', async () => {
    const chunks = await chunk(
      `# Top\n\n${prose(20)}\n\n## A\n\nShort one.\n\n## B\n\nShort two.\n\n## C\n\nShort three.`,
    );
    expect(chunks).toHaveLength(2);
    expect(chunks[1]?.text).toBe('## A\n\nShort one.\n\n## B\n\nShort two.\n\n## C\n\nShort three.');
    expect(chunks[1]?.headingPath).toEqual(['Top']);
  });

  it('never merges across different parents', async () => {
    const chunks = await chunk(
      `# Top\n\n${prose(20)}\n\n## A\n\n${prose(15)}\n\n### A1\n\nShort.\n\n## B\n\n${prose(20)}`,
    );
    for (const one of chunks) expect(one.text.includes('Short.') && one.text.includes('## B')).toBe(false);
  });

  it('keeps a heading with what follows it', async () => {
    const chunks = await chunk(`# Top\n\n## Middle\n\n### Inner\n\n${prose(120)}`);
    for (const one of chunks) expect(one.text).toMatch(/is here\.$/);
    expect(chunks[0]?.headingPath).toEqual(['Top', 'Middle', 'Inner']);
  });

  it('cuts long text between sentences, near the target', async () => {
    const chunks = await chunk(`# Top\n\n${prose(400)}`);
    expect(chunks.length).toBeGreaterThanOrEqual(8);
    for (const one of chunks) {
      expect(one.text).toMatch(/(?:^One|^# Top)[\s\S]*is here\.$/);
      expect(one.tokens).toBeGreaterThanOrEqual(25);
      expect(one.tokens).toBeLessThanOrEqual(60);
    }
  });

  it('keeps a table whole when it fits, and repeats its header in what is indexed when not', async () => {
    const row = (index: number) => `| row ${index} | value |`;
    const small = await chunk(`# T\n\n${prose(40)}\n\n| h1 | h2 |\n| --- | --- |\n${[1, 2, 3].map(row).join('\n')}`);
    expect(small.filter((one) => one.text.includes('| row')).length).toBe(1);
    const large = await chunk(
      `# T\n\n| h1 | h2 |\n| --- | --- |\n${Array.from({ length: 40 }, (_, index) => row(index)).join('\n')}`,
    );
    expect(large.length).toBeGreaterThan(3);
    expect(large[1]?.text).toMatch(/^\| row \d+ \| value \|/);
    expect(large[1]?.indexText).toContain('T\n| h1 | h2 |\n| row');
    for (const one of large) expect(one.text.split('\n').at(-1)).toMatch(/^\| row \d+ \| value \|$/);
  });

  it('puts the rows of wide tables as lines of column and value into what is indexed', async () => {
    const row = (index: number) => `| site ${index} | north | ${index}0 EUR |  | Ada |`;
    const source = `# T\n\n| Site | Side | Rent | Note | Manager |\n| --- | --- | --- | --- | --- |\n${[1, 2, 3, 4, 5, 6].map(row).join('\n')}`;
    const chunks = await chunk(source, { ...options, maxTokens: 80 });
    expect(chunks.length).toBeGreaterThan(1);
    for (const one of chunks)
      expect(one.indexText).toMatch(/\nSite: site \d; Side: north; Rent: \d0 EUR; Manager: Ada\n/);
    expect((await chunk(`# T\n\n| a | b | c |\n| --- | --- | --- |\n| 1 | 2 | 3 |`))[0]?.indexText).not.toContain(
      'a: 1',
    );
  });

  it.each([
    ['above', (table: string) => `Table 3: Rents\n\n${table}\n\n${prose(20)}`],
    ['below', (table: string) => `${prose(20)}\n\n${table}\n\nTable 3: Rents\n\n${prose(20)}`],
  ])('repeats the caption %s a table in each of its chunks', async (_, around) => {
    const rows = Array.from({ length: 40 }, (_, index) => `| row ${index} | value |`);
    const chunks = await chunk(`# T\n\n${around(`| h1 | h2 |\n| --- | --- |\n${rows.join('\n')}`)}`);
    const ofTable = chunks.filter((one) => /^\| row/m.test(one.text));
    expect(ofTable.length).toBeGreaterThan(3);
    for (const one of ofTable) expect(one.indexText).toContain('Table 3: Rents');
    expect(chunks.filter((one) => one.text.includes('Table 3: Rents'))).toHaveLength(1);
  });

  it('gives captions between tables to the one that they belong to', async () => {
    const table = (name: string) =>
      `| h1 | h2 |\n| --- | --- |\n${Array.from({ length: 20 }, (_, index) => `| ${name} ${index} | value |`).join('\n')}`;
    const chunks = await chunk(
      `# T\n\n${table('one')}\n\nTable 1: First\n\n${table('two')}\n\nTable 2: Second\n\n${prose(40)}`,
    );
    const only = (name: string) => chunks.filter((one) => one.text.includes(`| ${name} 7`))[0]?.indexText;
    expect(only('one')).toContain('Table 1: First');
    expect(only('two')).toContain('Table 2: Second');
  });

  it('shortens the names of columns that would fill the chunk', async () => {
    const long = Array.from({ length: 5 }, (_, index) => `c${index} ${'long '.repeat(9).trim()}`);
    const rows = Array.from({ length: 30 }, (_, index) => `| r${index} | 1 | 2 | 3 | 4 |`);
    const chunks = await chunk(`# T\n\n| ${long.join(' | ')} |\n| --- | --- | --- | --- | --- |\n${rows.join('\n')}`);
    const last = chunks.at(-1);
    expect(last?.indexText).toMatch(/\| c0 long(?: long)* \| c1 long/);
    for (const one of chunks) expect(words.count(one.indexText)).toBeLessThanOrEqual(60);
  });

  it('cuts code between lines and lists between items', async () => {
    const code = await chunk(
      `# C\n\n\`\`\`\n${Array.from({ length: 60 }, (_, index) => `call number ${index}`).join('\n')}\n\`\`\``,
    );
    for (const one of code.slice(1)) expect(one.text).toMatch(/^call number|^```/);
    const list = await chunk(
      `# L\n\n${Array.from({ length: 20 }, (_, index) => `- item ${index} has six words. And two.\n  - nested ${index}`).join('\n')}`,
    );
    for (const one of list.slice(1)) expect(one.text).toMatch(/^- item/);
  });

  it('holds a list to the sentence that leads to it, and repeats that above later items', async () => {
    const items = Array.from({ length: 30 }, (_, index) => `- lend key number ${index} to them`).join('\n');
    const chunks = await chunk(`# Keys\n\n${prose(35)}\n\nYou must not:\n\n${items}\n\nAsk us.`);
    const [first, ...later] = chunks.filter(({ text }) => text.includes('lend'));
    expect(first?.text).toContain('You must not:\n\n- lend key number 0 to them');
    expect(later.length).toBeGreaterThan(1);
    for (const one of later) expect(one.indexText.startsWith('Keys\nYou must not:\n- lend key')).toBe(true);
    for (const one of chunks) expect(one.tokens).toBeLessThanOrEqual(60);
  });

  it('cuts a sentence that is too long at a clause, then at words', async () => {
    const clauses = Array.from({ length: 30 }, (_, index) => `a b c d e f g ${index},`).join(' ');
    const chunks = await chunk(`# S\n\n${clauses}`);
    for (const one of chunks.slice(0, -1)) expect(one.text).toMatch(/,$/);
    expect((await chunk(`x ${'word '.repeat(300)}`)).every((one) => one.tokens <= 60)).toBe(true);
  });

  it('keeps the prefix within its share: the middle of the path goes first', async () => {
    const deep = [1, 2, 3, 4, 5].map((level) => `${'#'.repeat(level)} level ${level} of a long path`).join('\n\n');
    const chunks = await chunk(`${deep}\n\n${prose(200)}`);
    expect(chunks[1]?.headingPath).toHaveLength(5);
    expect(chunks[1]?.indexText.split('\n')[0]).toMatch(/^level 1 of a long path/);
    for (const one of chunks) expect(words.count(one.indexText)).toBeLessThanOrEqual(60);
  });

  it('puts the title first unless the first heading says it', async () => {
    const chunks = await chunk(`---\ntitle: Handbook\n---\n\n# Leave\n\n${prose(100)}`);
    expect(chunks[1]?.indexText.startsWith('Handbook > Leave\n')).toBe(true);
  });

  it('says on which page a chunk begins', async () => {
    const pages = [0, 1, 2].map((page) => ({ title: `Part ${page + 1}`, paragraphs: [prose(100, `page${page + 1}`)] }));
    const document = await loadDocument({ bytes: await makePdf(pages), fileName: 'a.pdf' }, testLimits);
    const chunks = structureChunker.chunk(document, words, options);
    for (const one of chunks) expect(one.text).toContain(`page${one.page}`);
    expect(new Set(chunks.map((one) => one.page))).toEqual(new Set([1, 2, 3]));
  });

  it('has defaults that suit a model of 512 tokens', () => {
    expect(defaultChunkerOptions).toEqual({ minTokens: 64, targetTokens: 256, maxTokens: 384, indexTokens: 510 });
  });
});
