import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runCommand, runForJson } from '../support/command-line.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const lines = (rows: readonly object[]) => rows.map((row) => JSON.stringify(row)).join('\n');
const towns = ['Arden', 'Brook', 'Corwen'];

function datasetFolder() {
  return temporaryFolder({
    'persea.yaml': 'embedding: { provider: none }\n',
    'corpus.jsonl': lines(
      towns.map((town, index) => ({
        _id: `d${index}`,
        title: town,
        text: `The office of ${town} opened in ${1990 + index}.`,
      })),
    ),
    'qa.jsonl': lines(
      towns.map((town, index) => ({
        _id: `q${index}`,
        question: `When was the office of ${town} opened?`,
        answerable: true,
        answers: [String(1990 + index)],
        paragraph: `d${index}`,
      })),
    ),
  });
}

it('ranks formats over a dataset, as JSON, as a table and as a page', async () => {
  const folder = await datasetFolder();
  const out = join(folder, 'lab.html');
  const options = ['--dataset', folder, '--config', join(folder, 'persea.yaml'), '--formats', 'numbered,xml'];
  const { value } = await runForJson<{ questions: number; standings: { format: string; correct: number }[] }>([
    'lab',
    ...options,
    '--out',
    out,
  ]);
  expect(value.questions).toBe(3);
  expect(value.standings.map(({ format }) => format).sort()).toEqual(['numbered', 'xml']);
  expect(await readFile(out, 'utf8')).toContain('<h1>Context lab</h1>');
  const { stdout } = await runCommand(['lab', ...options]);
  expect(stdout).toMatch(/numbered +extractive +\d\.\d{3} +reference/);
  expect(stdout).toMatch(/xml +extractive +\d\.\d{3} +\+0\.000 .*same/);
});

it.each([
  ['neither a question nor a dataset', ['lab'], /either a question or --dataset/],
  ['both', ['lab', 'Why?', '--dataset', '.'], /either a question or --dataset/],
  ['a question without a person', ['lab', 'Why?'], /--as/],
  ['a dataset with a person', ['lab', '--dataset', '.', '--as', 'bob'], /a dataset says itself who asks/],
  ['a question with what goes with a dataset', ['lab', 'Why?', '--as', 'bob', '--keep', 'x'], /--keep only goes with/],
])('refuses %s', async (_, argv, message) => {
  const { status, stderr } = await runCommand(argv);
  expect(status).toBe(2);
  expect(stderr).toMatch(message);
});

it('names a format that does not exist, and a folder that holds no answers', async () => {
  const folder = await datasetFolder();
  const config = ['--config', join(folder, 'persea.yaml')];
  const unknown = await runCommand(['lab', '--dataset', folder, ...config, '--formats', 'poem']);
  expect(unknown.stderr).toMatch(/no format "poem"; there are: numbered/);
  const searched = await temporaryFolder({
    'corpus.jsonl': lines([{ _id: 'd', text: 'Text.' }]),
    'queries.jsonl': lines([{ _id: 'q', text: 'Text?' }]),
    'qrels.tsv': 'query-id\tcorpus-id\tscore\nq\td\t1',
  });
  const { status, stderr } = await runCommand(['lab', '--dataset', searched, ...config]);
  expect(status).not.toBe(0);
  expect(stderr).toMatch(/qa\.jsonl/);
});
