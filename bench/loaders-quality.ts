/**
 * How much of real files the loaders keep, against references: `npm run bench:loaders-quality` (`--only NAME`, `--worst N` names
 * the worst files, `--out docs/loaders.md` writes the table there). Word recall is the share of a reference's words (as often as they stand
 * there) found in the parsed text; headings the longest common subsequence of titles; cells the F1 of the texts of table cells.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { decodeText } from '../ingest/loaders/decode.ts';
import { createParserPool, type ParserPool } from '../ingest/loaders/parse.ts';
import { configFrom } from '../src/config.ts';
import { opensSection, type ParsedDocument } from '../src/core/document.ts';
import { PerseaError } from '../src/core/errors.ts';
import { cellsOf } from '../src/core/tables.ts';
import { machine, print, sharedData } from './support.ts';

const { values } = parseArgs({
  options: { only: { type: 'string' }, worst: { type: 'string', default: '0' }, out: { type: 'string' } },
});
if (!existsSync(sharedData)) {
  print(`Skipped: ${sharedData} is not here.`);
  process.exit(0);
}

interface Result {
  readonly file: string;
  /** Null where the file became text. */
  readonly code: string | null;
  readonly recall?: number;
  readonly headings?: number;
  readonly cells?: number;
}

const lines: string[] = [];
const say = (line: string) => {
  lines.push(line);
  print(line);
};
const { limits } = configFrom('', null, '.');
const pool = createParserPool({ size: 2, limits, timeoutMs: limits.parseMs, memoryBytes: limits.parseMemoryBytes });

say(machine());
say('');
say('| set | files | text | refused | word recall mean (least) | headings in order | cells F1 |');
say('| --- | --- | --- | --- | --- | --- | --- |');
const docling = join(sharedData, 'docs-docling');
for (const format of existsSync(docling) ? readdirSync(docling) : []) {
  const sources = join(docling, format, 'sources');
  if (existsSync(sources))
    await report(`docling ${format}`, () => againstReferences(sources, join(docling, format, 'groundtruth')));
}
await report('csv-spectrum', csvSpectrum);
await report('encodings-chardet', encodings);
await report('markdown-spec', markdownSpec);
for (const name of ['docx-mammoth', 'docs-tika', 'pdf-pypdf-samples']) {
  await report(name, () => againstReferences(join(sharedData, name), null));
}
await pool.close();
if (values.out !== undefined) await writeFile(values.out, withTable(values.out, lines.join('\n')));

/** The page with a new table between its marks; what people wrote around them stays. */
function withTable(path: string, table: string): string {
  const marks = ['<!-- measured -->', '<!-- /measured -->'] as const;
  const page = existsSync(path) ? readFileSync(path, 'utf8') : marks.join('\n');
  const [before, rest = marks[1]] = page.split(marks[0], 2);
  return `${before}${marks[0]}\n\n${table}\n\n${rest.slice(rest.indexOf(marks[1]))}`;
}

async function report(name: string, measure: () => Promise<readonly Result[]>): Promise<void> {
  if (values.only !== undefined && !name.includes(values.only)) return;
  const results = await measure();
  const parsed = results.filter((result) => result.code === null);
  const codes = Map.groupBy(
    results.filter((result) => result.code !== null),
    (result) => result.code ?? '',
  );
  const refused = [...codes].map(([code, some]) => `${some.length} ${code}`).join(', ');
  const mean = (pick: (result: Result) => number | undefined) => {
    const numbers = results.map(pick).filter((value) => value !== undefined);
    return numbers.length === 0 ? null : numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
  };
  const shown = (value: number | null) => (value === null ? '' : value.toFixed(3));
  const recalls = results.map((result) => result.recall).filter((value) => value !== undefined);
  const recall = recalls.length === 0 ? '' : `${shown(mean((r) => r.recall))} (${Math.min(...recalls).toFixed(2)})`;
  say(
    `| ${name} | ${results.length} | ${parsed.length} | ${refused} | ${recall} | ${shown(mean((r) => r.headings))} | ${shown(mean((r) => r.cells))} |`,
  );
  const score = (result: Result) => Math.min(result.recall ?? 1, result.headings ?? 1, result.cells ?? 1);
  const worst = results.toSorted((a, b) => score(a) - score(b)).slice(0, Number(values.worst));
  for (const { file, recall: words, headings, cells } of worst) {
    print(
      `    ${file}: words ${shown(words ?? null)}, headings ${shown(headings ?? null)}, cells ${shown(cells ?? null)}`,
    );
  }
}

async function parse(parsers: ParserPool, path: string): Promise<ParsedDocument | PerseaError> {
  try {
    return await parsers.parse({ bytes: new Uint8Array(readFileSync(path)), fileName: basename(path) });
  } catch (thrown) {
    if (thrown instanceof PerseaError) return thrown;
    throw thrown;
  }
}

async function againstReferences(folder: string, references: string | null): Promise<readonly Result[]> {
  if (!existsSync(folder)) return [];
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((path) => join(folder, path))
    .filter((path) => statSync(path).isFile() && !/SOURCE\.txt$|\.tsv$|files\.json$/.test(path));
  return Promise.all(
    paths.map(async (path): Promise<Result> => {
      const file = relative(folder, path);
      const document = await parse(pool, path);
      if (document instanceof PerseaError) return { file, code: document.code };
      const reference = [`${basename(path)}.md`, `${basename(path).replace(/\.\w+$/, '')}.md`]
        .map((name) => join(references ?? '', name))
        .find((candidate) => references !== null && existsSync(candidate));
      if (reference === undefined) return { file, code: null };
      return { file, code: null, ...scores(document, readFileSync(reference, 'utf8')) };
    }),
  );
}

function scores(document: ParsedDocument, markdown: string): Omit<Result, 'file' | 'code'> {
  const reference = plain(markdown);
  const headings = [...markdown.matchAll(/^#{1,6}\s+(.+)$/gm)].map((match) => fold(plain(match[1] ?? '')));
  const ours = document.blocks.filter((block) => opensSection(block.kind)).map((block) => fold(block.title ?? ''));
  const cells = tableCells(markdown.split('\n').filter((line) => /^\s*\|/.test(line)));
  const ownCells = tableCells(
    document.blocks
      .filter((block) => block.kind === 'table')
      .flatMap((block) => document.text.slice(block.start, block.end).split('\n')),
  );
  const words = wordsOf(reference);
  return {
    ...(words.length === 0 ? {} : { recall: shared(words, wordsOf(document.text)) / words.length }),
    ...(headings.length === 0 ? {} : { headings: commonSubsequence(headings, ours) / headings.length }),
    ...(cells.length === 0 ? {} : { cells: (2 * shared(cells, ownCells)) / (cells.length + ownCells.length) }),
  };
}

/** What a reader sees of the reference: no comments, pictures, link targets or entities. */
function plain(markdown: string): string {
  return markdown
    .replace(/<!--[\s\S]*?-->/g, ' ')
    .replace(/!\[[^\]]*\]\([^)]*\)/g, ' ')
    .replace(/\]\([^)\s]*\)/g, '] ')
    .replace(/&(amp|lt|gt|quot|#39);/g, ' ')
    .replace(/\\([_*[\]#|])/g, '$1');
}

function fold(text: string): string {
  return wordsOf(text).join(' ');
}

function wordsOf(text: string): readonly string[] {
  return (
    text
      .normalize('NFKC')
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? []
  );
}

function tableCells(rows: readonly string[]): readonly string[] {
  return rows
    .filter((row) => !/^[\s|:-]+$/.test(row))
    .flatMap((row) => cellsOf(plain(row)).map(fold))
    .filter((cell) => cell !== '');
}

/** How many items two bags have in common. */
function shared(a: readonly string[], b: readonly string[]): number {
  const counts = new Map<string, number>();
  for (const item of b) counts.set(item, (counts.get(item) ?? 0) + 1);
  let count = 0;
  for (const item of a) {
    const left = counts.get(item) ?? 0;
    if (left === 0) continue;
    counts.set(item, left - 1);
    count++;
  }
  return count;
}

function commonSubsequence(a: readonly string[], b: readonly string[]): number {
  let previous = new Array<number>(b.length + 1).fill(0);
  for (const item of a) {
    const current = [0];
    for (const [index, other] of b.entries()) {
      current.push(
        item === other ? (previous[index] ?? 0) + 1 : Math.max(current[index] ?? 0, previous[index + 1] ?? 0),
      );
    }
    previous = current;
  }
  return previous.at(-1) ?? 0;
}

/** Every row as its JSON has it; the score is the share of records whose values all stand in one row of the text. */
async function csvSpectrum(): Promise<readonly Result[]> {
  const folder = join(sharedData, 'csv-spectrum');
  if (!existsSync(folder)) return [];
  return Promise.all(
    readdirSync(join(folder, 'csvs')).map(async (name): Promise<Result> => {
      const document = await parse(pool, join(folder, 'csvs', name));
      if (document instanceof PerseaError) return { file: name, code: document.code };
      const json = readFileSync(join(folder, 'json', name.replace(/csv$/, 'json')), 'utf8');
      const records = [JSON.parse(json) as Readonly<Record<string, string>>].flat();
      const rows = document.text.split('\n').map((row) => cellsOf(row).join('\u0000'));
      const tidy = (value: string) => value.replace(/\s+/g, ' ').trim();
      const found = records.filter((record) => rows.includes(Object.values(record).map(tidy).join('\u0000')));
      return { file: name, code: null, cells: records.length === 0 ? 1 : found.length / records.length };
    }),
  );
}

/** The score is 1 where the text is the one that the true encoding gives. */
async function encodings(): Promise<readonly Result[]> {
  const folder = join(sharedData, 'encodings-chardet');
  if (!existsSync(folder)) return [];
  const { default: iconv } = await import('iconv-lite');
  const results: Result[] = [];
  for (const encoding of readdirSync(folder).filter((name) => !name.includes('.'))) {
    for (const name of readdirSync(join(folder, encoding))) {
      const bytes = readFileSync(join(folder, encoding, name));
      const file = `${encoding}/${name}`;
      try {
        const { text } = decodeText(bytes, name);
        const label = encoding.replace(/^(iso-8859-\d+|windows-\d+)-.*$/i, '$1').replace(/^CP949$/i, 'euc-kr');
        const truth = iconv.encodingExists(label)
          ? iconv.decode(bytes, label)
          : new TextDecoder(String(label)).decode(bytes);
        results.push({ file, code: null, recall: fold(text) === fold(truth) ? 1 : 0 });
      } catch (thrown) {
        results.push({ file, code: thrown instanceof PerseaError ? thrown.code : 'no-reference' });
      }
    }
  }
  return results;
}

/** Every word that a browser would show of an example stands in the parsed text. */
async function markdownSpec(): Promise<readonly Result[]> {
  const folder = join(sharedData, 'markdown-spec');
  if (!existsSync(folder)) return [];
  const { markdownLoader } = await import('../ingest/loaders/markdown.ts');
  const { defaultLoaderSettings } = await import('../ingest/loaders/loader.ts');
  const results: Result[] = [];
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.jsonl'))) {
    for (const line of readFileSync(join(folder, name), 'utf8')
      .split('\n')
      .filter((text) => text.trim() !== '')) {
      const { example, markdown, html } = JSON.parse(line) as { example: number; markdown: string; html: string };
      const file = `${name} ${example}`;
      const bytes = new TextEncoder().encode(markdown);
      try {
        const document = await markdownLoader.load({
          bytes,
          fileName: 'a.md',
          mediaType: 'text/markdown',
          limits,
          settings: defaultLoaderSettings,
        });
        const words = wordsOf(html.replace(/<[^>]*>/g, ' ').replace(/&[a-z]+;/g, ' '));
        const decoded = document.text.replace(/&[#\w]+;/g, ' ');
        const found = words.filter((word) => wordsOf(decoded).includes(word)).length;
        results.push({ file, code: null, ...(words.length === 0 ? {} : { recall: found / words.length }) });
      } catch (thrown) {
        results.push({ file, code: thrown instanceof PerseaError ? thrown.code : 'crash' });
      }
    }
  }
  return results;
}
