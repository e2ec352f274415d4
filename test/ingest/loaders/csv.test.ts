import { describe, expect, it } from 'vitest';
import { loadDocument } from '../../../ingest/loaders/registry.ts';
import { cellsOf } from '../../../src/core/tables.ts';
import { bytesOf, testLimits } from '../../support/loader-files.ts';

const load = (content: string, fileName = 'a.csv') => loadDocument({ bytes: bytesOf(content), fileName }, testLimits);

/** The cells of each row; the rule line, where there is one, as a single `---`. */
async function rowsOf(content: string, fileName = 'a.csv'): Promise<readonly (readonly string[])[]> {
  const { text, blocks } = await load(content, fileName);
  const table = blocks.find((block) => block.kind === 'table');
  const lines = text.slice(table?.start, table?.end).split('\n');
  return lines.map((line) => (/^\|(?: --- \|)+$/.test(line) ? ['---'] : cellsOf(line)));
}

describe('the dialect of a CSV file', () => {
  it.each([
    ['commas', 'name,bar\nA,16\nB,10\n', ['A', '16']],
    ['semicolons over decimal commas', 'name;bar;price\nA;16,5;1,20\nB;10,0;3,40\n', ['A', '16,5', '1,20']],
    ['semicolons, decimal commas in each line', '1,5;2,5\n3,5;4,5\n5,5;6,5\n', ['1,5', '2,5']],
    ['tabs over prose with commas', 'name\tnote\nA\tsmall, red, old\nB\tlarge, blue\n', ['A', 'small, red, old']],
    ['bars', 'name|note\nA|x, y\nB|z\n', ['A', 'x, y']],
    ['what Excel names', 'sep=;\nname;note\nA,B;x\n', ['A,B', 'x']],
    ['single quotes', "name,note\n'A, B','x'\n'C','y, z'\n", ['A, B', 'x']],
    ['apostrophes that are no quotes', "name,note\nO'Hara,'s-Gravenhage\nB,it's\n", ["O'Hara", "'s-Gravenhage"]],
    ['doubled quotes', 'name,note\n"A ""x"", B",y\nC,z\n', ['A "x", B', 'y']],
    ['backslashes before quotes', 'name,note\n"A \\"x\\", B",y\nC,z\n', ['A "x", B', 'y']],
    ['a path that ends in a backslash', 'name,path\nA,"C:\\dir\\"\nB,"D:\\x"\n', ['A', 'C:\\dir\\']],
    ['line ends within quotes', 'name,note\r\nA,"one\r\ntwo"\r\nB,x\r\n', ['A', 'one two']],
    ['inches', 'name,size\nA,5" pipe\nB,6" pipe\n', ['A', '5" pipe']],
    ['a byte order mark', '\ufeffname,note\nA,x\n', ['A', 'x']],
    ['one column', 'Industry\nFinance\nHealth, care\n', ['Finance']],
  ])('is told: %s', async (_, content, row) => {
    expect(await rowsOf(content)).toContainEqual(row);
  });

  it('is not told by a file that holds no delimiter but the named one', async () => {
    expect(await rowsOf('a\tb\n1\t2\n', 'a.tsv')).toEqual([['a', 'b'], ['---'], ['1', '2']]);
  });
});

describe('the header row of a CSV file', () => {
  it.each([
    ['words over numbers', 'name,bar\nA,16\n', true],
    ['words over words', 'name,city\nAda,Berlin\n', true],
    ['years over numbers', 'region,2023,2024\nNorth,120,135.5\nSouth,80,91\n', true],
    ['numbers over words', '1,2,3\na,b,c\nd,e,f\n', true],
    ['data only', '1,Ada,30\n2,Ben,40\n', false],
    ['dates', '2024-01-01,5\n2024-01-02,6\n', false],
  ])('is told: %s', async (_, content, has) => {
    const { blocks } = await load(content);
    expect((blocks[0]?.headerEnd ?? 0) > (blocks[0]?.start ?? 0)).toBe(has);
  });
});

describe('what stands around the rows', () => {
  it('becomes caption and notes', async () => {
    const { blocks, text } = await load('Pump list 2026\n\nname,bar,site\nA,16,Kiel\nB,10,Bonn\nSource: workshop\n');
    const parts = blocks.map(({ kind, start, end }) => [kind, text.slice(start, end)]);
    expect(parts).toEqual([
      ['caption', 'Pump list 2026'],
      ['table', '| name | bar | site |\n| --- | --- | --- |\n| A | 16 | Kiel |\n| B | 10 | Bonn |'],
      ['caption', 'Source: workshop'],
    ]);
  });

  it('may be remarks and a title in a full row', async () => {
    const { blocks } = await load('# made by hand, on a Monday\nPumps,,\n,,\nname,bar,site\nA,16,Kiel\n');
    expect(blocks.map(({ kind }) => kind)).toEqual(['paragraph', 'table']);
  });

  it('is nothing where a row has lost a cell', async () => {
    expect(await rowsOf('a,b,c\n1,2,3\n4,5\n6,7,8,9\n')).toEqual([
      ['a', 'b', 'c', ''],
      ['---'],
      ['1', '2', '3', ''],
      ['4', '5', '', ''],
      ['6', '7', '8', '9'],
    ]);
  });
});

describe('broken and large CSV files', () => {
  it('reads lines as they are where a quote is never closed', async () => {
    const { text, warnings } = await load('a,b\n"x,1\ny,2\n');
    expect(text).toContain('| "x | 1 |\n| y | 2 |');
    expect(warnings).toMatchObject([{ code: 'quotes-unbalanced' }]);
  });

  it('does not let one quote swallow the rows up to the next', async () => {
    const rows = Array.from({ length: 300 }, (_, index) => `row ${index},${index}`).join('\n');
    const { text, warnings } = await load(`a,b\n"x,1\n${rows}\n"y",2\n`);
    expect(text).toContain('| row 7 | 7 |');
    expect(warnings).toMatchObject([{ code: 'quotes-unbalanced' }]);
  });

  it('does not fill short rows up to an endless one', async () => {
    const { text } = await load(`${','.repeat(50_000)}x\n${'a,b\n'.repeat(20_000)}`);
    expect(text.length).toBeLessThan(1_000_000);
  });
});
