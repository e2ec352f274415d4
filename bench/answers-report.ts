/**
 * What answers are worth, with and without a language model: writes the measured parts of docs/answers.md and docs/formats.md from what
 * was measured before. Each part can be measured by itself, and the local model's in pieces:
 *
 * `npm run eval:answers -- --part extractive` · `--part local [--url URL --served NAME --minutes N]` · without a part: the pages
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadDataset, loadQuestions } from '../src/eval/dataset.ts';
import { labReport } from '../src/eval/lab-standings.ts';
import type { AnswersRunReport } from '../src/eval/results.ts';
import { runEvaluation } from '../src/eval/run.ts';
import { type ExtractiveOutcome, renderExtractive, renderFormats, renderLocal } from './answers-tables.ts';
import { benchEmbedder, benchIndexer, cacheDir } from './evaluation.ts';
import { collectLocalAnswers, runLocalAnswers } from './local-answers.ts';
import { machine, print, repositoryRoot, sharedData } from './support.ts';

const { values } = parseArgs({
  options: {
    part: { type: 'string' },
    url: { type: 'string', default: 'http://127.0.0.1:8080/v1' },
    served: { type: 'string', default: 'qwen2.5-coder-1.5b-instruct-q4' },
    minutes: { type: 'string', default: '8' },
    /** Of each set, for a first look. */
    limit: { type: 'string' },
    keep: { type: 'string', default: join(cacheDir, 'answers') },
  },
});
const seed = 1;
const end = '<!-- measured: end -->';
const extractivePath = join(values.keep, 'extractive.json');
const local = {
  url: values.url,
  served: values.served,
  folder: values.keep,
  ...(values.limit === undefined ? {} : { questions: Number(values.limit) }),
};

mkdirSync(values.keep, { recursive: true });
if (values.part === 'extractive') writeFileSync(extractivePath, JSON.stringify(await measureExtractive()));
else if (values.part === 'local') await collectLocalAnswers(local, Number(values.minutes));
else await writePages();

async function measureExtractive(): Promise<ExtractiveOutcome> {
  const limit = values.limit === undefined ? {} : { limit: Number(values.limit) };
  const embedder = await benchEmbedder('bge-small-en-v1.5');
  const tools = { indexCorpus: benchIndexer(embedder), cases: null };
  const run = async (set: string, options: object): Promise<AnswersRunReport['metrics']> => {
    const dataset = await loadDataset(join(sharedData, set), { task: 'answers' });
    const report = await runEvaluation(dataset, tools, { ...limit, ...options });
    if (report.kind !== 'answers') throw new Error(`${set} is not a set of answers.`);
    print(`${set} ${JSON.stringify(report.metrics)}`);
    return report.metrics;
  };
  try {
    const offTopic = await loadQuestions(join(sharedData, 'clapnq'));
    return {
      two: await run('squad2', { sentences: 2, offTopic }),
      one: await run('squad2', { sentences: 1 }),
      clapnq: await run('clapnq', { sentences: 2 }),
      limit: values.limit ?? null,
      machine: machine(),
      date: today(),
    };
  } finally {
    await embedder?.close();
  }
}

async function writePages(): Promise<void> {
  const extractive: ExtractiveOutcome | null = existsSync(extractivePath)
    ? JSON.parse(readFileSync(extractivePath, 'utf8'))
    : null;
  const { large, repaired, quoted, formats, leftOut } = await runLocalAnswers({ ...local, mayAsk: false });
  const [first] = formats;
  const compared =
    first === undefined
      ? null
      : labReport('squad2', formats, { reference: { format: first.format, model: first.model }, seed });
  const made = { served: values.served, machine: machine(), date: today(), seed };
  const tables = [
    ...(extractive === null ? [] : [renderExtractive(extractive)]),
    renderLocal({ once: large, repaired, quoted }, { ...made, leftOut }),
    renderFormats(compared, made),
  ];
  writePart('docs/answers.md', tables.join('\n\n'));
  writePart('docs/formats.md', renderFormats(compared, made));
  print(tables.join('\n\n'));
}

function writePart(path: string, tables: string): void {
  const page = join(repositoryRoot, path);
  const before = readFileSync(page, 'utf8');
  const head = before.slice(0, before.indexOf('-->', before.indexOf('<!-- measured: begin')) + '-->'.length);
  writeFileSync(page, `${head}\n\n${tables}\n\n${before.slice(before.indexOf(end))}`);
}

function today(): string {
  return new Date().toISOString().slice(0, 10);
}
