import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { type Behaviour, ChatCompletionsServer } from '../support/chat-completions-server.ts';
import { runCommand, runForJson } from '../support/command-line.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const lines = (rows: readonly object[]) => rows.map((row) => JSON.stringify(row)).join('\n');
const years = Array.from({ length: 24 }, (_, index) => 1990 + index);
const says = (text: string): Behaviour => ({ kind: 'answer', pieces: [text] });
/** The n-th question asks for the n-th year. */
const right = (index: number) => says(`The office of town${index}x opened in ${years[index]}. [1]`);
const refused: Behaviour = { kind: 'status', status: 400 };

/** A corpus with so many answerable questions, and a model `small` that answers as it is told. */
async function asked(questions: number, ...behaviours: readonly Behaviour[]) {
  const server = await ChatCompletionsServer.start(...behaviours);
  onTestFinished(() => server[Symbol.asyncDispose]());
  const remote = `provider: openai-compatible, baseUrl: "${server.baseUrl}", zone: local, contextTokens: 8000`;
  const folder = await temporaryFolder({
    'persea.yaml': `
embedding: { provider: none }
models: [{ id: small, model: a, ${remote} }, { id: large, model: b, ${remote} }]
route: [small, large]
`,
    'corpus.jsonl': lines(
      years.map((year, index) => ({
        _id: `d${index}`,
        title: `Town ${index}`,
        text: `The office of town${index}x opened in ${year}.`,
      })),
    ),
    'qa.jsonl': lines([
      ...years.slice(0, questions).map((year, index) => ({
        _id: `q${index}`,
        question: `When was the office of town${index}x opened?`,
        answerable: true,
        answers: [String(year)],
        paragraph: `d${index}`,
      })),
      ...years.map((_, index) => ({
        _id: `u${index}`,
        question: `Which colour has the roof of the office in town${index}x?`,
        answerable: false,
      })),
    ]),
  });
  const limit = ['--limit', String(questions), '--config', join(folder, 'persea.yaml')];
  return { server, folder, limit };
}

interface Result {
  readonly metrics: Readonly<Record<string, number>>;
  readonly perQuery: readonly { readonly status: string }[];
  readonly fingerprint: Readonly<Record<string, string>>;
}

it('goes on after a question at which the model fails, counts it as wrong and says so', async () => {
  const { folder, limit } = await asked(4, right(0), refused, right(2), right(3));
  const { status, value, stderr } = await runForJson<Result>(['eval', 'run', folder, '--model', 'small', ...limit]);
  expect(status).toBe(3);
  expect(value.perQuery.map((query) => query.status)).toEqual(['answered', 'failed', 'answered', 'answered']);
  expect(value.metrics).toMatchObject({ correct: 0.75, failed: 1, wrongRefusals: 0, containsAnswer: 0.75 });
  expect(stderr).toMatch(/1 answer that models failed to give, counted as wrong: .*q1.*status 400/);
});

it('ends at the third question in a row that the model does not answer, and at the end of fewer', async () => {
  const { server, folder, limit } = await asked(5, refused);
  const ended = await runCommand(['eval', 'run', folder, '--model', 'small', ...limit]);
  expect(ended).toMatchObject({ status: 1, stdout: '' });
  expect(ended.stderr).toMatch(/status 400.*model-failed/);
  expect(server.requests).toHaveLength(3);
  server.behaviours = [right(0), right(0), right(0), right(0), right(1), refused];
  const later = await runCommand(['eval', 'run', folder, '--model', 'small', ...limit]);
  expect(later).toMatchObject({ status: 1, stdout: '' });
  expect(server.requests).toHaveLength(3 + 5);
  const few = await runCommand(['eval', 'run', folder, '--model', 'small', ...limit.with(1, '2')]);
  expect(few.status).toBe(1);
});

it('asks a model to the end whose answers no source supports, and tries it in the lab all the same', async () => {
  const { server, folder, limit } = await asked(8, says('All offices were closed in 1850. [1]'));
  const { status, value, stderr } = await runForJson<Result>(['eval', 'run', folder, '--model', 'small', ...limit]);
  expect(value.perQuery.map((query) => query.status)).toEqual(Array(8).fill('abstained'));
  expect(value.metrics).toMatchObject({ correct: 0, wrongRefusals: 1 });
  expect([status, stderr.includes('left alone')]).toEqual([0, false]);
  server.behaviours = [says('All offices were closed in 1851. [1]')];
  const lab = await runCommand(['lab', '--dataset', folder, '--formats', 'numbered', '--models', 'small', ...limit]);
  expect([lab.status, lab.stderr]).toEqual([0, expect.not.stringContaining('left alone')]);
});

it('ranks the settings of the lab although one of the models fails now and then', async () => {
  const { folder, limit } = await asked(2, right(0), right(0), right(1), refused);
  const { status, value, stderr } = await runForJson<{
    readonly standings: readonly { readonly model: string; readonly failed: number; readonly correct: number }[];
    readonly answers: readonly { readonly status: string; readonly reason: string | null }[];
  }>(['lab', '--dataset', folder, '--formats', 'numbered', '--models', 'small,large', ...limit]);
  expect(status).toBe(3);
  expect(value.standings).toMatchObject([
    { model: 'small', failed: 0, correct: 1 },
    { model: 'large', failed: 1, correct: 0.5 },
  ]);
  expect(value.answers.at(-1)).toMatchObject({ status: 'failed', reason: 'model-failed' });
  expect(stderr).toMatch(/q1\\" \(large\)/);
});

it('tells runs with another model or format apart, and refuses options without effect', async () => {
  const { folder, limit } = await asked(1, right(0));
  const run = async (name: string, ...options: readonly string[]) => {
    const out = join(folder, name);
    await runCommand(['eval', 'run', folder, '--out', out, ...options, ...limit]);
    return out;
  };
  const small = await run('small.json', '--model', 'small');
  const large = await run('large.json', '--model', 'large');
  const xml = await run('xml.json', '--model', 'small', '--format', 'xml');
  const long = await run('long.json', '--model', 'small', '--sentences', '3');
  const compared = async (b: string) => (await runCommand(['eval', 'compare', small, b])).stdout;
  expect(await compared(large)).toContain('They differ in the language models (small, large).');
  expect(await compared(xml)).toContain('They differ in the context format (numbered, xml).');
  expect(await compared(long)).toContain('They differ in the settings of answers.');
  expect(await compared(small)).not.toContain('They differ');
  const { fingerprint } = JSON.parse(await readFile(small, 'utf8')) as Result;
  expect(fingerprint).toMatchObject({ model: 'small', format: 'numbered' });

  const searched = await runCommand(['eval', 'run', folder, '--mode', 'keyword', ...limit]);
  expect(searched.status).toBe(2);
  expect(searched.stderr).toMatch(/--mode cannot be given/);
});

it('asks no model to learn when to abstain', async () => {
  const { server, folder, limit } = await asked(years.length, right(0));
  const { value } = await runForJson<{ readonly answerable: number; readonly unanswerable: number }>([
    'eval',
    'tune',
    'abstention',
    folder,
    ...limit.slice(2),
  ]);
  expect(value).toMatchObject({ answerable: years.length, unanswerable: years.length });
  expect(server.requests).toHaveLength(0);
});
