/**
 * How fast files are parsed and cut: `node bench/loaders.ts FOLDER [--workers N] [--repeat N]`. Prints, for each media type,
 * files, megabytes and pages a second through the parser pool, then tokens a second of the chunker.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { defaultChunkerOptions, structureChunker } from '../ingest/chunking/structure-chunker.ts';
import { createParserPool, type ParserPool } from '../ingest/loaders/parse.ts';
import type { ParsedDocument } from '../src/core/document.ts';
import { PerseaError } from '../src/core/errors.ts';
import { approximateTokens } from '../src/core/tokens.ts';
import { machine, print } from './support.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { workers: { type: 'string', default: '2' }, repeat: { type: 'string', default: '3' } },
});
const [folder] = positionals;
if (folder === undefined) {
  process.stderr.write('Usage: node bench/loaders.ts FOLDER [--workers N] [--repeat N]\n');
  process.exit(2);
}

const mebibyte = 1024 * 1024;
const workers = Number(values.workers);
const repeat = Number(values.repeat);

interface Totals {
  files: number;
  bytes: number;
  pages: number;
  ms: number;
}

const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .map((path) => join(folder, path))
  .filter((path) => statSync(path).isFile())
  .map((path) => ({ fileName: basename(path), bytes: new Uint8Array(readFileSync(path)) }));

const pool = createParserPool({
  size: workers,
  timeoutMs: 60_000,
  memoryBytes: 1024 * mebibyte,
  limits: { parsedTextBytes: 20 * mebibyte, pages: 5000, archiveEntries: 10_000, archiveRatio: 100, nesting: 3 },
});

const documents: ParsedDocument[] = [];
const refused = new Map<string, number>();
const typeOf = new Map<object, string>();
const cold = performance.now();
await inParallel(files, async (file) => {
  try {
    const document = await pool.parse(file);
    documents.push(document);
    typeOf.set(file, document.mediaType);
  } catch (thrown) {
    const code = thrown instanceof PerseaError ? thrown.code : String(thrown);
    refused.set(code, (refused.get(code) ?? 0) + 1);
  }
});
print(
  `cold: ${files.length} files, ${documents.length} parsed, ${seconds(performance.now() - cold)} with ${workers} processes`,
);
print(machine());
for (const [code, count] of refused) print(`  refused ${code}: ${count}`);

const byType = Map.groupBy(
  files.filter((file) => typeOf.has(file)),
  (file) => typeOf.get(file) ?? '',
);
for (const [type, members] of byType) print(`  ${describe(await measure(pool, members), type)}`);
await pool.close();

for (let round = 0; round < repeat; round++) {
  const started = performance.now();
  let tokens = 0;
  let chunks = 0;
  for (const document of documents) {
    for (const chunk of structureChunker.chunk(document, approximateTokens, defaultChunkerOptions)) {
      tokens += chunk.tokens;
      chunks++;
    }
  }
  const ms = performance.now() - started;
  print(
    `chunker, round ${round + 1}: ${chunks} chunks, ${tokens} tokens, ${seconds(ms)}, ${Math.round((tokens / ms) * 1000)} tokens/s`,
  );
}

/** Best of the rounds: a shared machine only ever adds time. */
async function measure(parsers: ParserPool, members: typeof files): Promise<Totals> {
  const totals: Totals = { files: members.length, bytes: 0, pages: 0, ms: Number.POSITIVE_INFINITY };
  for (let round = 0; round < repeat; round++) {
    let pages = 0;
    const started = performance.now();
    await inParallel(members, async (file) => {
      // In two steps: the sum must be read after the wait, not before.
      const document = await parsers.parse(file);
      pages += document.pageCount ?? 0;
    });
    totals.ms = Math.min(totals.ms, performance.now() - started);
    totals.pages = pages;
  }
  totals.bytes = members.reduce((sum, file) => sum + file.bytes.length, 0);
  return totals;
}

async function inParallel(items: typeof files, work: (file: (typeof files)[number]) => Promise<void>): Promise<void> {
  const queue = items.values();
  await Promise.all(
    Array.from({ length: workers * 2 }, async () => {
      for (const item of queue) await work(item);
    }),
  );
}

function describe(totals: Totals, type: string): string {
  const perSecond = (count: number) => ((count / totals.ms) * 1000).toFixed(1);
  const pages = totals.pages === 0 ? '' : `, ${perSecond(totals.pages)} pages/s`;
  return `${type}: ${totals.files} files in ${seconds(totals.ms)}, ${perSecond(totals.files)} files/s, ${perSecond(totals.bytes / mebibyte)} MB/s${pages}`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}
