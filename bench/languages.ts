/**
 * Questions in one language over documents in another: the fixtures' cases in other languages and those of fixtures/languages, over
 * all their documents in one store, by words alone, with the English embedding model, and with a multilingual one behind an address. Writes the
 * measured part of docs/languages.md.
 *
 * `npm run eval:languages -- [--base-url http://127.0.0.1:8081/v1] [--model multilingual-e5-small] [--dimensions 384] [--remote-answers]
 * [--keep] [--only-print]`. `--keep`: with the results of the last run. `--remote-answers`: also answers with the model behind the address,
 * through which the sentences of all passages then go.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { parse, stringify } from 'yaml';
import type { AnswersRunReport, RetrievalQuery, RetrievalReport } from '../src/eval/results.ts';
import { cacheDir } from './evaluation.ts';
import { machine, print, repositoryRoot } from './support.ts';

interface Outcome {
  readonly name: string;
  readonly retrieval: RetrievalReport;
  /** Null where the model was only searched with. */
  readonly answers: AnswersRunReport | null;
}

const { values } = parseArgs({
  options: {
    'base-url': { type: 'string' },
    model: { type: 'string', default: 'multilingual-e5-small' },
    dimensions: { type: 'string', default: '384' },
    'remote-answers': { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
    'only-print': { type: 'boolean', default: false },
  },
});
const begin = '<!-- measured: begin (npm run eval:languages) -->';
const end = '<!-- measured: end -->';
const page = join(repositoryRoot, 'docs/languages.md');
const fixtures = join(repositoryRoot, 'fixtures');
const languages = ['en', 'de', 'fr', 'ja'];
const depth = 5;

const embeddings: Readonly<Record<string, object>> = {
  'words alone': { provider: 'none' },
  'bge-small-en-v1.5': { provider: 'local', model: 'bge-small-en-v1.5', dtype: 'q8' },
  ...(values['base-url'] === undefined
    ? {}
    : {
        [values.model]: {
          provider: 'openai-compatible',
          model: values.model,
          baseUrl: values['base-url'],
          zone: 'local',
          dimensions: Number(values.dimensions),
          prefixes: { query: 'query: ', document: 'passage: ' },
          languages,
          timeoutMs: 120_000,
        },
      }),
};

const outcomes: Outcome[] = [];
for (const [name, embedding] of Object.entries(embeddings)) outcomes.push(await measure(name, embedding));
const tables = render();
print(tables);
if (!values['only-print']) {
  const before = readFileSync(page, 'utf8');
  const [head, tail] = [before.slice(0, before.indexOf(begin) + begin.length), before.slice(before.indexOf(end))];
  writeFileSync(page, `${head}\n\n${tables}\n\n${tail}`);
}

/** A store of its own in the cache folder: the fixtures' three sources and the documents in several languages. */
async function measure(name: string, embedding: object): Promise<Outcome> {
  const folder = join(cacheDir, `languages-${name.replace(/[^\w.-]/g, '_')}`);
  const result = (file: string) => JSON.parse(readFileSync(join(folder, file), 'utf8'));
  const isAsked = values['remote-answers'] || name !== values.model;
  const outcome = () => ({
    name,
    retrieval: result('retrieval.json'),
    answers: isAsked ? result('answers.json') : null,
  });
  if (values.keep) return outcome();
  mkdirSync(folder, { recursive: true });
  const config = parse(readFileSync(join(fixtures, 'persea.yaml'), 'utf8'));
  for (const source of config.sources) source.path = join(fixtures, source.path);
  const label = { anyOf: ['staff'], classification: 'internal' };
  config.sources.push({ name: 'languages', type: 'folder', path: join(fixtures, 'languages/documents'), label });
  const access = join(fixtures, config.access);
  writeFileSync(join(folder, 'persea.yaml'), stringify({ ...config, access, embedding }));
  const ofFixtures = readFileSync(join(fixtures, 'cases.jsonl'), 'utf8').split('\n');
  const inLanguages = ofFixtures.filter((line) => line !== '' && JSON.parse(line).tags.includes('language'));
  const cases = [...inLanguages, readFileSync(join(fixtures, 'languages/cases.jsonl'), 'utf8')];
  writeFileSync(join(folder, 'cases.jsonl'), cases.join('\n'));
  await persea(folder, ['ingest']);
  await persea(folder, ['eval', 'run', folder, '--task', 'retrieval', '--out', join(folder, 'retrieval.json')]);
  if (isAsked) await persea(folder, ['eval', 'run', folder, '--out', join(folder, 'answers.json')]);
  return outcome();
}

async function persea(folder: string, args: readonly string[]): Promise<void> {
  const command = [join(repositoryRoot, 'src/cli/main.ts'), ...args, '--config', join(folder, 'persea.yaml')];
  await promisify(execFile)(process.execPath, command, { cwd: repositoryRoot, maxBuffer: 100_000_000 });
}

function render(): string {
  const [first] = outcomes;
  const args = values['base-url'] === undefined ? '' : ` -- --base-url ${values['base-url']} --model ${values.model}`;
  const lines = [
    `Measured on ${new Date().toISOString().slice(0, 10)} by \`npm run eval:languages${args}\`: ${first?.retrieval.queries} questions with an ` +
      `answer and ${unanswerable(first)} without one. ${machine()}.`,
    '',
    `### Recall@${depth}: the document that answers among the first ${depth}`,
    '',
    ...tableHead(outcomes, 'question', 'document', 'questions'),
  ];
  const pairs = languages.flatMap((asked) => languages.map((written) => [asked, written] as const));
  const row = (asked: string, written: string, holds: (query: RetrievalQuery) => boolean) => {
    const count = first?.retrieval.perQuery.filter(holds).length ?? 0;
    const recalls = outcomes.map(({ retrieval }) => recallOf(retrieval.perQuery.filter(holds)));
    lines.push(`| ${asked} | ${written} | ${count} | ${recalls.join(' | ')} |`);
  };
  for (const [asked, written] of pairs)
    row(asked, written, (query) => query.language === asked && query.documentLanguage === written);
  const isSame = (query: RetrievalQuery) => query.language === query.documentLanguage;
  row('all', 'the same', isSame);
  row('all', 'another', (query) => !isSame(query));
  lines.push('', '### Answers without a language model', '');
  const asked = outcomes.filter(({ answers }) => answers !== null);
  lines.push(...tableHead(asked, 'questions', ''));
  for (const language of languages) answerRow(language, 'own', 'answered rightly');
  answerRow('with typing errors', 'typo', 'answered rightly');
  answerRow('about documents in another language', 'cross', 'answered rightly');
  for (const language of languages) answerRow(language, 'none', 'refused, nothing answers them');
  return lines.join('\n');

  function answerRow(title: string, kind: 'own' | 'typo' | 'cross' | 'none', what: string): void {
    const cells = asked.map(({ answers }) => {
      const of = (answers?.perQuery ?? []).filter((query) => {
        const isTypo = query.id.endsWith('-typo');
        const isOwn = query.language === query.documentLanguage;
        if (kind === 'none') return !query.isAnswerable && query.language === title;
        if (kind === 'typo') return isTypo;
        if (kind === 'cross') return query.isAnswerable && !isOwn;
        return query.isAnswerable && isOwn && !isTypo && query.language === title;
      });
      return `${of.filter((query) => query.correct === 1).length} of ${of.length}`;
    });
    lines.push(`| ${title} | ${what} | ${cells.join(' | ')} |`);
  }
}

/** A column of each embedding model after these. */
function tableHead(of: readonly Outcome[], ...columns: readonly string[]): readonly string[] {
  const all = [...columns, ...of.map(({ name }) => name)];
  return [`| ${all.join(' | ')} |`, `| ${all.map(() => '---').join(' | ')} |`];
}

function recallOf(queries: readonly RetrievalQuery[]): string {
  if (queries.length === 0) return '–';
  const isFound = ({ wanted }: RetrievalQuery) => wanted.some(({ rank }) => rank !== null && rank <= depth);
  return (queries.filter(isFound).length / queries.length).toFixed(2);
}

function unanswerable(outcome: Outcome | undefined): number {
  return outcome?.answers?.perQuery.filter(({ isAnswerable }) => !isAnswerable).length ?? 0;
}
