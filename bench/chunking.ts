/**
 * Long documents with questions whose answers are exact spans, ingested and searched as the product does it: how much of the
 * answers the five best passages hold, and how much else. `npm run bench:chunking [-- --top-k 5] [--modes hybrid,vector,keyword]`
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { systemScope } from '../src/access/scope.ts';
import { type App, openApp } from '../src/app.ts';
import { estimateMean } from '../src/eval/bootstrap.ts';
import { cacheDir } from './evaluation.ts';
import { type Span, type SpanScores, spanScores } from './span-scores.ts';
import { machine, print, sharedData } from './support.ts';

interface SpanQuestion {
  readonly question: string;
  readonly corpus_id: string;
  /** In code points of the file. */
  readonly references: readonly { readonly text: string; readonly start: number; readonly end: number }[];
}

const { values } = parseArgs({
  options: {
    'top-k': { type: 'string', default: '5' },
    modes: { type: 'string', default: 'hybrid,vector,keyword' },
    limit: { type: 'string' },
  },
});
const topK = Number(values['top-k']);
const data = join(sharedData, 'chunking-spans');
const folder = join(cacheDir, 'chunking-spans');

await mkdir(folder, { recursive: true });
await writeFile(
  join(folder, 'persea.yaml'),
  `sources:\n  - { name: spans, path: ${JSON.stringify(join(data, 'corpora'))}, label: { anyOf: [everyone], classification: public } }\n`,
);
await writeFile(join(folder, 'access.yaml'), 'principals:\n  me: { groups: [], roles: [employee] }\n');
const all = (await readFile(join(data, 'questions.jsonl'), 'utf8'))
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line) as SpanQuestion);
const questions = values.limit === undefined ? all : all.slice(0, Number(values.limit));

const app = await openApp({ configPath: join(folder, 'persea.yaml'), mayPullModels: true, onWarning: print });
try {
  const startedAt = performance.now();
  const report = await app.ingestor.ingest();
  print(
    `${machine()} · ${questions.length} questions, ${report.chunks} new chunks in ${Math.round((performance.now() - startedAt) / 1_000)} s`,
  );
  const located = await locate(app);
  print(`| mode | corpus | questions | recall | 95 % | precision | IoU | characters of ${topK} passages |`);
  print('|---|---|---|---|---|---|---|---|');
  for (const mode of values.modes.split(',') as ('hybrid' | 'vector' | 'keyword')[]) await measure(located, mode);
} finally {
  await app.close();
}

interface LocatedQuestion {
  readonly question: string;
  readonly corpus: string;
  readonly wanted: readonly Span[];
}

/** The spans in the parsed text, where each must stand word for word: what parsing lost would count as not found. */
async function locate(opened: App): Promise<readonly LocatedQuestion[]> {
  const scope = systemScope('bench of chunking');
  const texts = new Map<string, { readonly source: readonly string[]; readonly parsed: string }>();
  for (const name of new Set(questions.map(({ corpus_id }) => corpus_id))) {
    const document = await opened.catalog.documentByUri(scope, `spans/${name}.md`);
    const parsed = document === undefined ? undefined : await opened.catalog.text(scope, document.documentId);
    if (parsed === undefined) throw new Error(`${name}.md was not ingested.`);
    texts.set(name, {
      source: [...(await readFile(join(data, 'corpora', `${name}.md`), 'utf8'))],
      parsed: parsed.text,
    });
  }
  let missing = 0;
  const located = questions.map(({ question, corpus_id, references }) => {
    const { source, parsed } = texts.get(corpus_id) ?? { source: [], parsed: '' };
    const wanted = references.map(({ start, end }) => {
      const text = source.slice(start, end).join('').replace(/\r\n?/g, '\n').normalize('NFC');
      const expected = source.slice(0, start).join('').length;
      const found = nearest(parsed, text, expected);
      if (found === -1) missing++;
      const from = found === -1 ? -1 - text.length : found;
      return { document: corpus_id, start: from, end: from + text.length };
    });
    return { question, corpus: corpus_id, wanted };
  });
  if (missing > 0)
    print(`${missing} spans do not stand in the parsed text as they do in the file; they count as not found.`);
  return located;
}

function nearest(text: string, part: string, expected: number): number {
  const before = text.lastIndexOf(part, expected);
  const after = text.indexOf(part, expected);
  if (before === -1 || after === -1) return Math.max(before, after);
  return expected - before <= after - expected ? before : after;
}

async function measure(located: readonly LocatedQuestion[], mode: 'hybrid' | 'vector' | 'keyword'): Promise<void> {
  const scope = await app.scopeFor(app.principal('me'));
  const scored: (SpanScores & { readonly corpus: string; readonly characters: number })[] = [];
  for (const { question, corpus, wanted } of located) {
    const { hits } = await app.search(scope, { query: question, topK, mode });
    const spans = hits.map(({ uri, start, end }) => ({
      document: uri.slice('spans/'.length, -'.md'.length),
      start,
      end,
    }));
    const characters = spans.reduce((sum, { start, end }) => sum + (end - start), 0);
    scored.push({ corpus, characters, ...spanScores(wanted, spans) });
  }
  for (const [corpus, ofCorpus] of Map.groupBy(scored, (one) => one.corpus)) print(lineOf(mode, corpus, ofCorpus));
  print(lineOf(mode, 'all', scored));
}

function lineOf(
  mode: string,
  corpus: string,
  scored: readonly (SpanScores & { readonly characters: number })[],
): string {
  const mean = (of: (one: (typeof scored)[number]) => number) =>
    scored.reduce((sum, one) => sum + of(one), 0) / scored.length;
  const recalls = scored.map(({ recall }, index) => ({ group: String(index), value: recall }));
  const { interval } = estimateMean(recalls, { seed: 1 });
  const range = interval === null ? '–' : `${interval[0].toFixed(3)} to ${interval[1].toFixed(3)}`;
  return `| ${mode} | ${corpus} | ${scored.length} | ${mean(({ recall }) => recall).toFixed(3)} | ${range} | ${mean(({ precision }) => precision).toFixed(3)} | ${mean(({ iou }) => iou).toFixed(3)} | ${Math.round(mean(({ characters }) => characters))} |`;
}
